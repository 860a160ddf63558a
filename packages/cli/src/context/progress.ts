/** Shows progress on a terminal while something takes long. */
import type { CommandContext } from './commandContext.ts';

/** Shorter waits show nothing, in ms. */
const SILENT_MS = 700;

export const STARTING = 'starting a virtual machine';

/** Shows `text` with a spinner on standard error, if that is a terminal, until the work is done. */
export async function withProgress<T>({ stderr }: CommandContext, text: string, work: Promise<T>): Promise<T> {
  // On a terminal without a size, as `script` can make one, ora would clear lines for ever.
  if (stderr !== process.stderr || !process.stderr.isTTY || process.stderr.columns === 0) return await work;
  // Prevents an unhandled rejection while the spinner loads.
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
