/** Timestamps with nanoseconds that never run backwards within this process. */

let last = 0n;

export function timestampNow(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  last = now > last ? now : last + 1n;
  const milliseconds = last / 1_000_000n;
  const nanoseconds = (last % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(milliseconds)).toISOString().slice(0, 19)}.${nanoseconds}Z`;
}
