/** The roots that a daemon has made records in, for the daemon that comes after it: `<containerd-dir>/roots.json`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { replaceFile } from './replaceFile.ts';

const Roots = z.array(z.string());

export class RecordRoots {
  readonly #path: string;
  readonly #first: string;
  /** Those that the file has, or is about to have. */
  readonly #known: Set<string>;
  #written: Promise<void> = Promise.resolve();

  /** @param first a root that is always one */
  static async open(dir: string, first: string): Promise<RecordRoots> {
    const path = join(dir, 'roots.json');
    const text = await readFile(path, 'utf8').catch(() => '[]');
    return new RecordRoots(path, first, parse(text));
  }

  private constructor(path: string, first: string, known: readonly string[]) {
    this.#path = path;
    this.#first = first;
    this.#known = new Set(known);
  }

  get all(): readonly string[] {
    return [...new Set([this.#first, ...this.#known])];
  }

  /** Resolves when the file has it. */
  async add(root: string): Promise<void> {
    if (!this.#known.has(root)) {
      this.#known.add(root);
      this.#written = this.#written
        .catch(() => {})
        .then(() => replaceFile(this.#path, JSON.stringify([...this.#known])));
    }
    await this.#written;
  }
}

function parse(text: string): string[] {
  try {
    return Roots.parse(JSON.parse(text));
  } catch {
    // A file that is no list names no root.
    return [];
  }
}
