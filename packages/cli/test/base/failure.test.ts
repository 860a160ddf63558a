import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { CliError, exitCodeOf, explain } from '../../src/base/failure.ts';

test('exit codes are 1 but where an error has its own', () => {
  expect(exitCodeOf(new Error('x'))).toBe(1);
  expect(exitCodeOf(new CliError('x'))).toBe(1);
  expect(exitCodeOf(new CliError('x', { exitCode: 255 }))).toBe(255);
  expect(exitCodeOf('x')).toBe(1);
});

test("a person reads the daemon's words, without gRPC's", () => {
  const grpc = (code: status, details: string) => Object.assign(new Error(`${code} X: ${details}`), { code, details });
  expect(explain(grpc(status.NOT_FOUND, 'there is no container x'))).toBe('there is no container x');
  expect(explain(grpc(status.UNAVAILABLE, 'No connection'))).toMatch(/the daemon has gone away.*its log says why/);
  expect(explain(new CliError('in words'))).toBe('in words');
  expect(explain('thrown as it is')).toBe('thrown as it is');
});
