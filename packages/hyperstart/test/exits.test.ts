import { expect, test } from 'vitest';
import { GuestError } from '../src/errors.ts';
import { Exits } from '../src/exits.ts';

test('an end reaches who waits for that process, and nobody else', async () => {
  const exits = new Exits();
  const [one, other] = [exits.expect('c', 'init'), exits.expect('c', 'e1')];
  exits.finished('c', 'e1', { status: 3, written: [1, 2] });
  expect(() => exits.finished('c', 'unknown', { status: 4 })).toThrow('which does not run');
  exits.finished('c', 'unknown', { status: 4 }, false);
  expect(await other).toEqual({ status: 3, written: [1, 2] });
  exits.finished('c', 'init', { status: 0 });
  expect(await one).toEqual({ status: 0 });
});

test('a VM that is lost tells everybody who waits', async () => {
  const exits = new Exits();
  const waiting = [exits.expect('c', 'init'), exits.expect('d', 'init')];
  const error = new GuestError('CLOSED', 'gone');
  exits.lost(error);
  for (const wait of waiting) await expect(wait).rejects.toBe(error);
});
