import { expect, test } from 'vitest';
import { type Ending, vmExit } from '../../src/machine/vmExit.ts';

const exit = (ending: Partial<Ending>) =>
  vmExit({ code: null, signal: null, killedBy: undefined, lastWords: '', ...ending });

test.each([
  [{ code: 0 }, 'powered-off', 'the guest powered off'],
  [{ code: 75 }, 'powered-off', 'reset itself'],
  [{ code: 134 }, 'powered-off', 'panicked'],
  [{ signal: 'SIGABRT' }, 'powered-off', 'panicked'],
  [{ code: 1, lastWords: 'first\nlast\n' }, 'crashed', 'status 1: first | last'],
  [{ signal: 'SIGSEGV' }, 'crashed', 'SIGSEGV'],
  [{ signal: 'SIGKILL' }, 'killed', 'SIGKILL from outside'],
  [{ signal: 'SIGKILL', killedBy: 'killed by runv' }, 'killed', 'killed by runv'],
  [{}, 'killed', 'from outside'],
] as const)('%j is %s', (ending, reason, words) => {
  expect(exit(ending)).toEqual({ reason, detail: expect.stringContaining(words) });
});
