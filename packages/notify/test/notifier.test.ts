/** What a service manager receives, over real datagram sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNotifier } from '../src/notifier.ts';
import { Receiver } from './support/receiver.ts';

const HOST = fileURLToPath(new URL('../dist/runv-notify-host', import.meta.url));

describe('a notifier', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runv-notify-'));
  });
  afterAll(async () => await rm(dir, { recursive: true }));

  test.each([
    ['a path', () => join(dir, 'notify')],
    ['a name without a file', () => `@runv-test-${process.pid}`],
  ])('tells a manager at %s, in order, as this process', async (_what, address) => {
    await using receiver = await Receiver.at(address());
    const errors: Error[] = [];
    {
      await using notifier = openNotifier(address(), (error) => errors.push(error));
      notifier.tell({ READY: '1', STATUS: 'Listens\non a\0 socket' });
      notifier.tell({ WATCHDOG: '1' });
      notifier.tell({ STATUS: 'x'.repeat(5000) });
    }
    await receiver.until(({ length }) => length === 3);
    expect(receiver.texts).toEqual(['READY=1|STATUS=Listens on a  socket', 'WATCHDOG=1', `STATUS=${'x'.repeat(500)}`]);
    // Another's name needs a capability that root has.
    expect(receiver.messages.map(({ pid }) => pid)).toEqual([process.pid, process.pid, process.pid]);
    expect(errors).toEqual([]);
  });

  test.each([
    ['nobody', () => join(dir, 'nobody'), /nothing reaches .*nobody: No such file/],
    ['no address', () => 'vsock:2:1234', /vsock:2:1234 is no address/],
    ['a path that is too long', () => `/${'x'.repeat(200)}`, /is no address/],
  ])('goes on where it tells %s', async (_what, address, said) => {
    const errors: Error[] = [];
    {
      await using notifier = openNotifier(address(), (error) => errors.push(error));
      notifier.tell({ READY: '1' });
      notifier.tell({ WATCHDOG: '1' });
    }
    expect(errors.map(({ message }) => message).join('\n')).toMatch(said);
  });

  test('the sender with sanitizers: many texts in a read, one in many, one that is too long', async () => {
    const address = join(dir, 'sanitized');
    await using receiver = await Receiver.at(address);
    const long = `A=${'a'.repeat(4000)}`;
    await execa(HOST, [address, `${process.pid}`], { input: `A=1\0B=2\0\0${long}\0C=3\0unfinished` });
    await receiver.until(({ length }) => length === 5);
    expect(receiver.texts).toEqual(['A=1', 'B=2', '', long, 'C=3']);
    const tooLong = await execa(HOST, [address, '1'], { input: 'x'.repeat(5000), reject: false });
    expect(tooLong).toMatchObject({ exitCode: 1, stderr: 'runv-notify: a text is longer than 4095 bytes' });
  });
});
