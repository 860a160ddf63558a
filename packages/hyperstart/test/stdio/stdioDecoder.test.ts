import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { StdioDecoder } from '../../src/stdio/stdioDecoder.ts';

const MARK = 1n << 63n;

describe('the stdio decoder', () => {
  test.each([1, 2, 11, 12, 13, 16, 17, 4096, 1 << 20])(
    'gives each stream its bytes, its end and its mark, cut into pieces of %i bytes',
    (size) => {
      const data = randomBytes(5000);
      const sent = Buffer.concat([
        ...[frame(1n, data.subarray(0, 3000)), frame(2n | MARK, numbers(77, 70)), frame(2n, Buffer.from('other'))],
        ...[frame(1n, data.subarray(3000)), frame(1n, Buffer.alloc(0)), frame(3n, Buffer.from([5]))],
      ]);
      const { pieces, decoder } = collect();
      for (let at = 0; at < sent.length; at += size) decoder.push(sent.subarray(at, at + size));
      expect(pieces.data(1n)).toEqual(data);
      expect(pieces.data(2n).toString()).toBe('other');
      expect(pieces.data(3n)).toEqual(Buffer.from([5]));
      expect(pieces.said).toEqual(['mark 2: 77, 70', 'end of 1']);
    },
  );

  test('hands data on before its frame is whole', () => {
    const { pieces, decoder } = collect();
    decoder.push(frame(1n, Buffer.from('begun, and more to come')).subarray(0, 17));
    expect(pieces.data(1n).toString()).toBe('begun');
  });

  test('takes a mark of another length for data, as a stream of that number', () => {
    const { pieces, decoder } = collect();
    decoder.push(frame(7n | MARK, Buffer.from('12345')));
    expect(pieces.data(7n | MARK).toString()).toBe('12345');
  });

  test.each([0, 11, (1 << 20) + 1, 0xffffffff])('refuses the length %i', (length) => {
    const header = frame(1n, Buffer.alloc(0));
    header.writeUInt32BE(length, 8);
    expect(() => collect().decoder.push(header)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  test('gives the same however the bytes are cut', () => {
    const upTo = (max: number) => fc.integer({ min: 1, max });
    const size = fc.oneof({ weight: 2, arbitrary: upTo(40) }, { weight: 1, arbitrary: fc.constant(20_000) });
    const sizes = fc.array(size, { minLength: 200, maxLength: 200 });
    const cuts = fc.infiniteStream(fc.oneof(upTo(20), upTo(9000)));
    fc.assert(
      fc.property(sizes, cuts, (lengths, steps) => {
        const parts = lengths.map((length) => randomBytes(length));
        const sent = Buffer.concat(parts.map((part) => frame(1n, part)));
        const { pieces, decoder } = collect();
        let at = 0;
        for (const step of steps) {
          if (at >= sent.length) break;
          decoder.push(sent.subarray(at, at + step));
          at += step;
        }
        expect(pieces.data(1n).equals(Buffer.concat(parts))).toBe(true);
      }),
      { seed: inject('fuzzSeed'), numRuns: 1 },
    );
  });
});

function collect() {
  const data = new Map<bigint, Buffer[]>();
  const said: string[] = [];
  const decoder = new StdioDecoder({
    data: (session, piece) => {
      if (piece.length === 0) said.push(`end of ${session}`);
      else data.set(session, [...(data.get(session) ?? []), Buffer.from(piece)]);
    },
    mark: (session, received, taken) => said.push(`mark ${session}: ${received}, ${taken}`),
  });
  return { pieces: { said, data: (session: bigint) => Buffer.concat(data.get(session) ?? []) }, decoder };
}

function frame(session: bigint, data: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeBigUInt64BE(session, 0);
  header.writeUInt32BE(12 + data.length, 8);
  return Buffer.concat([header, data]);
}

function numbers(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt(first));
  bytes.writeBigUInt64BE(BigInt(second), 8);
  return bytes;
}
