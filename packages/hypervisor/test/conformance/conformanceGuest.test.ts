/** The kit's idea of an answer: whole frames, ACK or ERROR, whatever stands before them. */
import { expect, test } from 'vitest';
import { hyperstartGuest } from '../../src/conformance/index.ts';

const NEXT = Buffer.from([0, 0, 0, 14, 0, 0, 0, 12, 0, 0, 0, 8]);
const ACK = Buffer.from([0, 0, 0, 9, 0, 0, 0, 12, 0, 0, 16, 148]);
const ERROR = Buffer.from([0, 0, 0, 10, 0, 0, 0, 8]);

test('READY, GETVERSION and DESTROYPOD are empty frames of their codes', () => {
  expect(hyperstartGuest.ready.toString('hex')).toBe('0000000800000008');
  expect(hyperstartGuest.question.toString('hex')).toBe('0000000000000008');
  expect(hyperstartGuest.powerOff.toString('hex')).toBe('0000000400000008');
});

test.each([
  ['nothing', Buffer.alloc(0), false],
  ['a NEXT alone', NEXT, false],
  ['an ACK after a NEXT', Buffer.concat([NEXT, ACK]), true],
  ['an ERROR', ERROR, true],
  ['an ACK that lacks its last byte', ACK.subarray(0, -1), false],
  ['a length that cannot be', Buffer.from([0, 0, 0, 9, 0, 0, 0, 1]), false],
])('%s', (_, bytes, answered) => {
  expect(hyperstartGuest.answered(bytes)).toBe(answered);
});
