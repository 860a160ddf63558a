/** What the environment says about the service manager. */
import { expect, test } from 'vitest';
import { serviceManagerOf, takeServiceManager } from '../src/serviceManager.ts';

test.each([
  [{}, undefined],
  [{ NOTIFY_SOCKET: '' }, undefined],
  [{ WATCHDOG_USEC: '1000000' }, undefined],
  [{ NOTIFY_SOCKET: '/n' }, { address: '/n', watchdogMs: undefined }],
  [
    { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '1500000' },
    { address: '/n', watchdogMs: 1500 },
  ],
  [
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '1500000', WATCHDOG_PID: '42' },
    { address: '@n', watchdogMs: 1500 },
  ],
  [
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: '1500000', WATCHDOG_PID: '43' },
    { address: '@n', watchdogMs: undefined },
  ],
  [
    { NOTIFY_SOCKET: '@n', WATCHDOG_USEC: 'soon' },
    { address: '@n', watchdogMs: undefined },
  ],
])('%j', (env, manager) => {
  expect(serviceManagerOf(env, 42)).toEqual(manager);
});

test('takes its variables out of the environment, and no others', () => {
  const env = { NOTIFY_SOCKET: '/n', WATCHDOG_USEC: '1000', WATCHDOG_PID: `${process.pid}`, PATH: '/bin' };
  expect(takeServiceManager(env)).toEqual({ address: '/n', watchdogMs: 1 });
  expect(env).toEqual({ PATH: '/bin' });
});
