// The command `pnpm images`: makes the images, with progress on stderr and their paths as JSON on stdout.
import { GuestImageError } from './errors.ts';
import { guestImages } from './guestImages.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

try {
  const images = await guestImages({
    onProgress: (line) => process.stderr.write(`${line}\n`),
    signal: interrupted.signal,
  });
  process.stdout.write(`${JSON.stringify(images, undefined, 2)}\n`);
} catch (error) {
  if (!(error instanceof GuestImageError) && !interrupted.signal.aborted) throw error;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
