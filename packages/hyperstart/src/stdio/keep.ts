/** Keeps what has arrived in little more memory than it has bytes: a piece of one byte may be a view of a chunk of 64 KiB. */

/** A piece may keep this many times its own size in memory. */
const SHARE = 4;
/** Small pieces that wait are joined in buffers of this size. */
const JOINED = 4096;

export function keep(arrived: Buffer[], piece: Buffer): void {
  if (piece.length * SHARE >= piece.buffer.byteLength) arrived.push(piece);
  else if (arrived.length === 0 || piece.length > JOINED / SHARE) arrived.push(copyIn(piece.length, piece));
  else if (!joined(arrived, piece)) arrived.push(copyIn(JOINED, piece));
}

/** @param room of the buffer whose beginning it becomes */
function copyIn(room: number, piece: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(room);
  own.set(piece);
  return own.subarray(0, piece.length);
}

/** @returns whether there was room behind the last piece */
function joined(arrived: Buffer[], piece: Buffer): boolean {
  const last = arrived.at(-1);
  if (last?.byteOffset !== 0 || last.buffer.byteLength !== JOINED) return false;
  if (last.length + piece.length > JOINED) return false;
  const both = Buffer.from(last.buffer, 0, last.length + piece.length);
  both.set(piece, last.length);
  arrived[arrived.length - 1] = both;
  return true;
}
