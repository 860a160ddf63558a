import { expect, test } from 'vitest';
import { encodeFrame, encodeFrameHead, FrameError, FrameReader } from '../src/index.ts';

const FRAMES = [
  { type: 1, stream: 0, payload: Buffer.alloc(0) },
  { type: 17, stream: 2, payload: Buffer.from('some bytes') },
  { type: 255, stream: 255, payload: Buffer.alloc(1000, 7) },
];
const BYTES = Buffer.concat(FRAMES.map(({ type, stream, payload }) => encodeFrame(type, { stream, payload })));

test.each([1, 7, 8, 9, 100, BYTES.length])('frames arrive whole from pieces of %i bytes', (size) => {
  const reader = new FrameReader(1000);
  const pieces = Array.from({ length: Math.ceil(BYTES.length / size) }, (_, i) =>
    BYTES.subarray(i * size, (i + 1) * size),
  );
  expect(pieces.flatMap((piece) => [...reader.take(piece)])).toEqual(FRAMES);
});

test('the data behind a head belongs to the same frame', () => {
  const head = encodeFrameHead(3, { stream: 1, fields: 4, data: 2 });
  head.writeUInt32BE(9, 8);
  const [frame] = new FrameReader(6).take(Buffer.concat([head, Buffer.from('xy')]));
  expect(frame).toEqual({ type: 3, stream: 1, payload: Buffer.from([0, 0, 0, 9, 0x78, 0x79]) });
});

test.each([
  ['a payload longer than the limit', encodeFrame(1, { payload: Buffer.alloc(11) })],
  ['a reserved field that is not 0', Buffer.from([1, 0, 0, 1, 0, 0, 0, 0])],
])('%s is an error', (_what, bytes) => {
  expect(() => [...new FrameReader(10).take(bytes)]).toThrow(FrameError);
});
