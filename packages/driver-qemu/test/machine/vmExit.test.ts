import { expect, test } from 'vitest';
import { type Ending, vmExit } from '../../src/machine/vmExit.ts';

const base: Ending = { code: 0, signal: null, shutdown: undefined, killedBy: undefined, lastWords: '' };

test.each<[string, Partial<Ending>, string, string]>([
  [
    'the guest powers off',
    { shutdown: { guest: true, reason: 'guest-shutdown' } },
    'powered-off',
    'the guest powered off',
  ],
  ['a kernel panics', { shutdown: { guest: true, reason: 'guest-reset' } }, 'powered-off', 'panicked'],
  ['SIGKILL from outside', { code: null, signal: 'SIGKILL' }, 'killed', 'SIGKILL from outside'],
  ['kill', { code: null, signal: 'SIGKILL', killedBy: 'killed by runv' }, 'killed', 'killed by runv'],
  [
    'SIGTERM from outside, which QEMU takes',
    { shutdown: { guest: false, reason: 'host-signal' } },
    'killed',
    'host-signal',
  ],
  ['QEMU faults', { code: null, signal: 'SIGSEGV', lastWords: 'a\nb' }, 'crashed', 'QEMU ended by SIGSEGV: a | b'],
  ['QEMU gives up', { code: 1, lastWords: 'no memory' }, 'crashed', 'QEMU ended with status 1: no memory'],
  ['a found QEMU ends without a word', { code: null }, 'killed', 'only the process that started it'],
  ['kill of a found QEMU', { code: null, killedBy: 'killed by runv' }, 'killed', 'killed by runv'],
  [
    'the guest of a found QEMU powers off',
    { code: null, shutdown: { guest: true, reason: 'guest-shutdown' } },
    'powered-off',
    'the guest powered off',
  ],
])('%s', (_, ending, reason, detail) => {
  const exit = vmExit({ ...base, ...ending });
  expect(exit.reason).toBe(reason);
  expect(exit.detail).toContain(detail);
  expect(exit.detail).not.toContain('\n');
});
