/** A template, made as its users make it, and removed in the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN, type Daemon } from '@runv/testkit';
import { execa } from 'execa';

export class Template implements AsyncDisposable {
  readonly #parent: string;
  readonly dir: string;

  /** @param like whose kernel, initrd and size it is to have */
  static async make(like: Daemon): Promise<Template> {
    const parent = await mkdtemp(join(tmpdir(), 'runv-tpl-'));
    const template = new Template(parent);
    try {
      await execa(process.execPath, [BIN, ...flagsOf(like), 'manage', 'create-template', '--template', template.dir]);
      return template;
    } catch (error) {
      await template[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(parent: string) {
    this.#parent = parent;
    this.dir = join(parent, 'template');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#parent, { recursive: true });
  }
}

/** What stands before the command `containerd`. */
function flagsOf({ child }: Daemon): string[] {
  const { spawnargs } = child;
  return spawnargs.slice(1, spawnargs.indexOf('containerd'));
}
