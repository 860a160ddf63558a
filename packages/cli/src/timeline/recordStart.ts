/** Records a start, in this command and in the daemon, and writes the timeline. */
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { CallOptions, RunvClient } from '@runv/api';
import { type RecordedPhase, traceparent } from '@runv/timeline';
import { arrange, toJson, toSvg } from '@runv/timeline/draw';
import { monotonicMs, type Recorder, recorder, type Trace } from '@runv/timeline/record';
import { CliError } from '../base/failure.ts';
import { DaemonPhases } from './daemonPhases.ts';
import type { StartTimeline } from './startTimeline.ts';

const FAILURE = 'the failure';

/** @throws CliError when the file cannot be written; this is checked before anything starts */
export async function recordStart(file: string, title: string): Promise<StartTimeline> {
  const output = await open(file, 'w').catch((cause: Error) => {
    throw new CliError(`--timeline ${file} cannot be written: ${cause.message}`, { cause });
  });
  return new RecordedStart({ file, output, title, recorder: await recorder() });
}

interface Parts {
  readonly file: string;
  readonly output: FileHandle;
  readonly title: string;
  readonly recorder: Recorder;
}

class RecordedStart implements StartTimeline {
  readonly #parts: Parts;
  readonly #trace: Trace;
  readonly #own: RecordedPhase[] = [];
  #daemon: DaemonPhases | undefined;
  #requests = 0;
  #begin: { readonly fromMs: number; readonly began: Date } | undefined;
  #written: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#trace = parts.recorder.begin(parts.title, (phase) => this.#own.push(phase));
  }

  readonly phase = <T>(name: string, work: () => Promise<T>): Promise<T> => this.#trace.phase(name, work);

  async follow(client: RunvClient): Promise<void> {
    this.#daemon = await DaemonPhases.follow(client, this.#trace.traceId);
  }

  async request<T>(name: string, work: (options: CallOptions) => Promise<T>): Promise<T> {
    this.#begin ??= now();
    this.#requests += 1;
    try {
      return await this.phase(name, () => work({ traceparent: traceparent() }));
    } catch (error) {
      this.finish(FAILURE);
      // Must happen while the daemon is connected.
      await this.settled();
      throw error;
    }
  }

  finish(ending: string): void {
    this.#written ??= this.#write(ending, monotonicMs());
  }

  finishWith<T>(firstByte: Promise<void>, life: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const ending = this.phase("wait for the program's output", () => {
        const lived = life();
        lived.then(resolve, reject);
        return Promise.race([firstByte.then(() => 'the first byte'), lived.then(() => "the program's end")]);
      });
      this.#written ??= ending.then(
        (words) => this.#write(words, monotonicMs()),
        () => this.#write(FAILURE, monotonicMs()),
      );
    });
  }

  async settled(): Promise<void> {
    await this.#written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish(FAILURE);
    await this.settled();
    this.#trace.end();
    await this.#parts.recorder[Symbol.asyncDispose]();
  }

  /** Never rejects: an error is reported, and the container goes on. */
  async #write(ending: string, toMs: number): Promise<void> {
    const { file, output, title } = this.#parts;
    try {
      // The program's output is written first.
      await setImmediate();
      const theirs = (await this.#daemon?.all(this.#requests)) ?? [];
      const begin = this.#begin ?? now();
      const timeline = arrange({ title, ending, ...begin, toMs, phases: [...this.#own, ...theirs] });
      await output.writeFile(file.endsWith('.svg') ? toSvg(timeline) : toJson(timeline));
    } catch (error) {
      process.stderr.write(`runv: --timeline ${file} was not written: ${(error as Error).message}\n`);
    } finally {
      await output.close().catch(() => {});
    }
  }
}

function now() {
  return { fromMs: monotonicMs(), began: new Date() };
}
