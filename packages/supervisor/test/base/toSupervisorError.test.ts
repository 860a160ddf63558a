import { GuestError } from '@runv/hyperstart';
import { HypervisorError } from '@runv/hypervisor';
import { readBundle, validateId } from '@runv/oci';
import { expect, test } from 'vitest';
import { SupervisorError } from '../../src/base/errors.ts';
import { toSupervisorError } from '../../src/base/toSupervisorError.ts';

test.each([
  [new GuestError('REFUSED', 'x'), 'FAILED'],
  [new GuestError('REFUSED', 'x', { guestCode: 'ENOENT' }), 'FAILED'],
  [new GuestError('REFUSED', 'x', { guestCode: 'INVALID' }), 'INVALID'],
  [new GuestError('NO_COMMAND', 'x'), 'NO_COMMAND'],
  [new GuestError('UNSUPPORTED', 'x'), 'UNSUPPORTED'],
  [new GuestError('TIMEOUT', 'x'), 'TIMEOUT'],
  [new GuestError('CLOSED', 'x'), 'FAILED'],
  [new GuestError('PROTOCOL', 'x'), 'FAILED'],
  [new HypervisorError('UNSUPPORTED', 'x'), 'UNSUPPORTED'],
  [new HypervisorError('NOT_FOUND', 'x'), 'FAILED'],
  [new Error('x'), 'FAILED'],
])('%s becomes %s, with its words and itself as the cause', (error, code) => {
  const converted = toSupervisorError(error);
  expect(converted).toMatchObject({ name: 'SupervisorError', code, message: 'x' });
  expect(converted.cause).toBe(error);
});

test("a bundle's and an id's errors are the client's", async () => {
  const bundleError = await readBundle('/nowhere').catch((error: unknown) => error);
  expect(toSupervisorError(bundleError)).toMatchObject({ code: 'INVALID' });
  expect(() => validateId('../x')).toThrow();
  try {
    validateId('../x');
  } catch (error) {
    expect(toSupervisorError(error)).toMatchObject({ code: 'INVALID' });
  }
});

test('its own errors stay as they are', () => {
  const error = new SupervisorError('NOT_FOUND', 'x');
  expect(toSupervisorError(error)).toBe(error);
});
