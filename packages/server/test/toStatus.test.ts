import { status } from '@grpc/grpc-js';
import { SupervisorError, type SupervisorErrorCode } from '@runv/supervisor';
import { expect, test } from 'vitest';
import { toStatus } from '../src/toStatus.ts';
import { logger } from './support/server.ts';

const codes: Record<SupervisorErrorCode, status> = {
  INVALID: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  NO_COMMAND: status.INVALID_ARGUMENT,
  TIMEOUT: status.DEADLINE_EXCEEDED,
  UNSUPPORTED: status.UNIMPLEMENTED,
  FAILED: status.INTERNAL,
  ABORTED: status.ABORTED,
  STOPPING: status.UNAVAILABLE,
};

test.each(Object.entries(codes))('%s', (code, expected) => {
  const error = toStatus(new SupervisorError(code as SupervisorErrorCode, 'what was wrong'), logger);
  expect(error).toMatchObject({ code: expected, details: 'what was wrong' });
  expect(error.metadata.get('runv-reason')).toEqual([code]);
});

test('what nobody thought of is INTERNAL, with its words', () => {
  expect(toStatus(new TypeError('x is undefined'), logger)).toMatchObject({
    code: status.INTERNAL,
    details: 'x is undefined',
  });
  expect(toStatus('a string', logger)).toMatchObject({ code: status.INTERNAL, details: 'a string' });
});

test('a text that no header can hold is cut, however many bytes its characters take there', () => {
  for (const character of ['x', '%', 'ü', '\n', '\u{1f600}']) {
    const { details } = toStatus(new SupervisorError('FAILED', character.repeat(200_000)), logger);
    expect(encodeURIComponent(details).length).toBeLessThan(8 << 10);
    expect(details.length).toBeGreaterThan(500);
  }
});
