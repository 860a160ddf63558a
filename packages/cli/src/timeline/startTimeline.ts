/** The timeline of a start (`runv run --timeline`). Its code is loaded only where it was asked for. */
import type { CallOptions, RunvClient } from '@runv/api';

export interface StartTimeline extends AsyncDisposable {
  /** Records a phase of this command. */
  readonly phase: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Asks the daemon to report its phases. Call it before the first request. */
  follow(client: RunvClient): Promise<void>;
  /** Records a request to the daemon, which contains the daemon's phases. The timeline begins with the first request. */
  request<T>(name: string, work: (options: CallOptions) => Promise<T>): Promise<T>;
  /** Ends the timeline. The file is written in the background. */
  finish(ending: string): void;
  /** Runs the program. The timeline ends with the first byte of its output, or with the program if there is none. */
  finishWith<T>(firstByte: Promise<void>, life: () => Promise<T>): Promise<T>;
  /** Resolves when the file is written, if the timeline has ended. The daemon must live until then. */
  settled(): Promise<void>;
  /** Marks what has not ended by now as failed. */
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
 * @param file its extension selects the format; undefined: no timeline
 * @throws CliError when the file cannot be written
 */
export async function openTimeline(file: string | undefined, title: string): Promise<StartTimeline> {
  if (!file) return NO_TIMELINE;
  const { recordStart } = await import('./recordStart.ts');
  return await recordStart(file, title);
}
