import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { FrameDecoder, type FrameShape } from '../../src/control/decodeFrames.ts';

const SHAPE: FrameShape = { header: 8, lengthAt: 4, limit: 1 << 20 };

describe('the frame decoder', () => {
  test('gives the same frames however the bytes are cut', () => {
    const size = fc.oneof({ weight: 3, arbitrary: fc.nat(39) }, { weight: 1, arbitrary: fc.nat(19_999) });
    const sizes = fc.array(size, { minLength: 1, maxLength: 20, size: 'max' });
    const upTo = (max: number) => fc.integer({ min: 1, max });
    const cuts = fc.infiniteStream(fc.oneof({ weight: 1, arbitrary: upTo(5) }, { weight: 2, arbitrary: upTo(8000) }));
    fc.assert(
      fc.property(sizes, cuts, (payloads, lengths) => {
        const frames = payloads.map((length) => frame(randomBytes(length)));
        const decoded = decode(cut(Buffer.concat(frames), lengths));
        expect(same(decoded, frames)).toBe(true);
      }),
      { seed: inject('fuzzSeed'), numRuns: 100 },
    );
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

function cut(bytes: Buffer, lengths: Iterable<number>): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
