/** Where a start's time goes, if somebody wants to know (`runv run --timeline`); otherwise nothing of it is even loaded. */
import type { CallOptions, RunvClient } from '@runv/api';

export interface StartTimeline extends AsyncDisposable {
  /** A phase of this command's own. */
  readonly phase: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Has the daemon tell its phases; to be called before the first request. */
  follow(client: RunvClient): Promise<void>;
  /** A request to the daemon, of which the daemon's phases are parts. With the first one the timeline's whole begins. */
  request<T>(name: string, work: (options: CallOptions) => Promise<T>): Promise<T>;
  /** The whole ends now. The file is written soon, and nobody has to wait for it. */
  finish(ending: string): void;
  /** Runs the program's life. The whole ends with the first byte of its output; where there is none, with the program. */
  finishWith<T>(firstByte: Promise<void>, life: () => Promise<T>): Promise<T>;
  /** Resolves when the file is written, if the whole has ended; the daemon has to be there until then. */
  settled(): Promise<void>;
  /** What has not come to its end by now has failed. */
  [Symbol.asyncDispose](): Promise<void>;
}

export const NO_TIMELINE: StartTimeline = {
  phase: (_name, work) => work(),
  follow: async () => {},
  request: (_name, work) => work({}),
  finish: () => {},
  finishWith: (_firstByte, life) => life(),
  settled: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

/**
 * @param file its extension says in which format; none: nobody wants it
 * @throws CliError when the file cannot be written
 */
export async function openTimeline(file: string | undefined, title: string): Promise<StartTimeline> {
  if (!file) return NO_TIMELINE;
  const { recordStart } = await import('./recordStart.ts');
  return await recordStart(file, title);
}
