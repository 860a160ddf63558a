// Many bytes that nobody mistakes for others, and their checksum.
import { createHash, randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

const MIB = 1 << 20;

/** Writes so many bytes and gives their checksum; leaves the stream open. */
export async function writeBytes(to: Writable, total: number): Promise<string> {
  const hash = createHash('sha256');
  const noise = randomBytes(MIB);
  for (let at = 0; at < total; ) {
    // Uneven pieces, which begin anywhere.
    const piece = Buffer.from(noise.subarray((at * 7) % 4099, ((at * 7) % 4099) + Math.min(total - at, 77_777)));
    piece.writeUInt32BE(at, 0);
    hash.update(piece);
    at += piece.length;
    if (!to.write(piece)) await new Promise((resolve) => to.once('drain', resolve));
  }
  return hash.digest('hex');
}

/** Reads to the end; the checksum and the count. */
export async function readBytes(from: Readable): Promise<{ sum: string; total: number }> {
  const hash = createHash('sha256');
  let total = 0;
  await pipeline(from, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      total += chunk.length;
    }
  });
  return { sum: hash.digest('hex'), total };
}

/** Resolves when all of it has been passed on. */
export async function end(stream: Writable, lastWords = ''): Promise<void> {
  stream.end(lastWords);
  await finished(stream, { readable: false });
}
