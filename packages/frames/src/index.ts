export { encodeFrame, encodeFrameHead } from './encodeFrame.ts';
export { type Frame, FrameError, FrameReader, HEADER_BYTES } from './frameReader.ts';
