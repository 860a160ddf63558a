import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FrameDecoder, type FrameShape } from '../../src/control/decodeFrames.ts';

const SHAPE: FrameShape = { header: 8, lengthAt: 4, limit: 1 << 20 };

describe('the frame decoder', () => {
  test('gives the same frames however the bytes are cut', () => {
    const seed = Number(process.env.RUNV_FUZZ_SEED ?? randomInt(2 ** 31));
    const random = generator(seed);
    for (let round = 0; round < 100; round += 1) {
      const sizes = Array.from({ length: 1 + random(20) }, () => (random(4) === 0 ? random(20_000) : random(40)));
      const frames = sizes.map((size) => frame(randomBytes(size)));
      const decoded = decode(cut(Buffer.concat(frames), random));
      expect(same(decoded, frames), `RUNV_FUZZ_SEED=${seed}`).toBe(true);
    }
  });

  test('gives nothing for half a header and half a frame', () => {
    const decoder = new FrameDecoder();
    const whole = frame(Buffer.from('payload'));
    decoder.push(whole.subarray(0, 5));
    expect(decoder.next(SHAPE)).toBeUndefined();
    decoder.push(whole.subarray(5, 10));
    expect(decoder.next(SHAPE)).toBeUndefined();
    decoder.push(whole.subarray(10));
    expect(decoder.next(SHAPE)).toEqual(whole);
    expect(decoder.next(SHAPE)).toBeUndefined();
  });

  test('takes another shape from one frame to the next', () => {
    const decoder = new FrameDecoder();
    const longer: FrameShape = { ...SHAPE, header: 12 };
    decoder.push(Buffer.concat([frame(Buffer.from('a')), frame(Buffer.from('with an id'))]));
    expect(decoder.next(SHAPE)?.subarray(8).toString()).toBe('a');
    expect(decoder.next(longer)?.subarray(12).toString()).toBe(' an id');
  });

  test('takes the shortest and the longest frame', () => {
    const [shortest, longest] = [frame(Buffer.alloc(0)), frame(Buffer.alloc(SHAPE.limit - SHAPE.header))];
    expect(same(decode([shortest, longest]), [shortest, longest])).toBe(true);
  });

  test.each([0, 7, SHAPE.limit + 1, 0xffffffff])('refuses the length %i, before its bytes are there', (length) => {
    const decoder = new FrameDecoder();
    const header = Buffer.alloc(SHAPE.header);
    header.writeUInt32BE(length, SHAPE.lengthAt);
    decoder.push(header);
    expect(() => decoder.next(SHAPE)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });
});

function frame(payload: Buffer): Buffer {
  const header = Buffer.alloc(SHAPE.header);
  header.writeUInt32BE(SHAPE.header + payload.length, SHAPE.lengthAt);
  return Buffer.concat([header, payload]);
}

function decode(chunks: readonly Buffer[]): Buffer[] {
  const decoder = new FrameDecoder();
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let next = decoder.next(SHAPE); next; next = decoder.next(SHAPE)) frames.push(next);
  }
  return frames;
}

function same(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.length === others.length && some.every((one, index) => others[index]?.equals(one));
}

function cut(bytes: Buffer, random: (below: number) => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random(random(3) === 0 ? 5 : 8000);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** A linear congruential generator: the same numbers for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = BigInt(seed);
  return (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 33n) % below;
  };
}
