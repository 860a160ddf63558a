/** What is being measured, on stderr: in one line on a terminal, and without the details elsewhere. */

let current = '';

/** A group begins. */
export function begin(name: string): void {
  current = name;
  if (!process.stderr.isTTY) process.stderr.write(`measuring ${name} ...\n`);
}

/** How far the group is. */
export function progress(detail: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2Kmeasuring ${current}: ${detail}`);
}

/** A group has ended. */
export function end(seconds: number, failed: boolean): void {
  const line = `${current}: ${failed ? 'failed after' : 'measured in'} ${seconds.toFixed(1)} s`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${line}\n` : `${line}\n`);
}
