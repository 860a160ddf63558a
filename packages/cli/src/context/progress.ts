/** A sign of life for what takes a while, where a person is watching. */
import type { CommandContext } from './commandContext.ts';

/** Shorter waits need no explaining, in ms. */
const SILENT_MS = 700;

export const STARTING = 'starting a virtual machine';

/** Shows `text` with a spinner on standard error, if that is a terminal, until the work is done. */
export async function withProgress<T>({ stderr }: CommandContext, text: string, work: Promise<T>): Promise<T> {
  // A terminal without a size (as `script` makes one where it has none itself) has no lines to draw on: ora would clear them without end.
  if (stderr !== process.stderr || !process.stderr.isTTY || process.stderr.columns === 0) return await work;
  // Not an unhandled rejection while the spinner is being loaded.
  work.catch(() => {});
  const { default: ora } = await import('ora');
  // Standard input belongs to the container's process.
  const spinner = ora({ text, stream: process.stderr, discardStdin: false });
  const timer = setTimeout(() => spinner.start(), SILENT_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    spinner.stop();
  }
}
