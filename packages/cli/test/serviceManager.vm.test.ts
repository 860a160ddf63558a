/** What a service manager hears of the daemon, and when it hears nothing. */
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Bundles, Daemon, exitOf, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Receiver } from '../../notify/test/support/receiver.ts';
import { endDaemon } from './support/endDaemon.ts';
import { runv } from './support/runv.ts';

const WATCHDOG_MS = 1200;

describe('a service manager', () => {
  let dir: string;
  let count = 0;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runv-manager-'));
  });
  afterAll(async () => await rm(dir, { recursive: true }));

  /** A daemon under a manager, with the address in a file. */
  async function managed(env: Record<string, string> = {}) {
    count += 1;
    const address = join(dir, `notify-${count}`);
    const receiver = await Receiver.at(address);
    const daemon = await Daemon.start({
      env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: `${WATCHDOG_MS * 1000}`, ...env },
    });
    return { receiver, daemon };
  }

  test('hears that the daemon is ready, then that it is well, then that it stops, each in its name', async () => {
    const { receiver: received, daemon: started } = await managed();
    await using receiver = received;
    await using daemon = started;
    await receiver.until((messages) => messages.filter(({ text }) => text.includes('WATCHDOG=1')).length >= 3);
    await using bundles = await Bundles.make();
    const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
    await daemon.client.createContainer({ id: 'counted', bundlePath });
    await receiver.until((messages) => messages.some(({ text }) => text.endsWith('containers: 1')));
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    await receiver.until((messages) => messages.some(({ text }) => text.startsWith('STOPPING=1')));
    const { texts } = receiver;
    expect(texts[0]).toBe(`READY=1|STATUS=Listens on ${daemon.socket}`);
    expect(texts[1]).toBe(`WATCHDOG=1|STATUS=Listens on ${daemon.socket}; containers: 0`);
    expect(texts[2]).toBe('WATCHDOG=1');
    expect(texts.at(-1)).toBe('STOPPING=1|STATUS=Ends its containers');
    expect(new Set(receiver.messages.map(({ pid }) => pid))).toEqual(new Set([daemon.pid]));
  });

  test('hears nothing of a daemon whose event loop is blocked', async () => {
    const block = join(dir, 'block.cjs');
    await writeFile(block, "process.on('SIGUSR2', () => { for (;;); });\n");
    const { receiver: received, daemon: started } = await managed({ NODE_OPTIONS: `--require ${block}` });
    await using receiver = received;
    await using daemon = started;
    await receiver.until((messages) => messages.length >= 3);
    daemon.child.kill('SIGUSR2');
    // What was under way when the signal came may still arrive.
    await delay(WATCHDOG_MS / 3);
    const before = receiver.messages.length;
    await delay(2 * WATCHDOG_MS);
    expect(receiver.messages).toHaveLength(before);
    daemon.child.kill('SIGKILL');
  });

  test('hears nothing of a daemon whose socket is gone, and the log says why', async () => {
    const { receiver: received, daemon: started } = await managed();
    await using receiver = received;
    await using daemon = started;
    await receiver.until((messages) => messages.length >= 3);
    await unlink(daemon.socket);
    await until(() => daemon.stderr.includes('the daemon does not answer itself'));
    const before = receiver.messages.length;
    await delay(2 * WATCHDOG_MS);
    expect(receiver.messages).toHaveLength(before);
  });

  test('that watches another process is told that the daemon is ready, and no more', async () => {
    const { receiver: received, daemon: started } = await managed({ WATCHDOG_PID: '1' });
    await using receiver = received;
    await using daemon = started;
    await receiver.until((messages) => messages.length >= 2);
    await delay(WATCHDOG_MS);
    expect(receiver.texts.filter((text) => text.includes('WATCHDOG'))).toEqual([]);
    expect(receiver.texts[0]).toContain('READY=1');
    expect(daemon.stderr).toBe('');
  });

  test('at a name without a file is told as well', async () => {
    const address = `@runv-manager-${process.pid}`;
    await using receiver = await Receiver.at(address);
    await using _daemon = await Daemon.start({ env: { NOTIFY_SOCKET: address } });
    await receiver.until((messages) => messages.length >= 1);
    expect(receiver.texts[0]).toContain('READY=1');
  });

  test('that is no more changes nothing: the daemon runs, and says so once a try', async () => {
    await using daemon = await Daemon.start({ env: { NOTIFY_SOCKET: join(dir, 'nobody') } });
    await until(() => daemon.stderr.includes('the service manager could not be told'));
    expect((await daemon.client.info({})).pid).toBe(daemon.pid);
  });

  test("is not told by hooks: they do not have the daemon's variables", async () => {
    const { receiver: received, daemon: started } = await managed();
    await using _receiver = received;
    await using daemon = started;
    await using bundles = await Bundles.make();
    const file = join(dir, 'hook-environment');
    const hooks = {
      prestart: [{ path: '/bin/sh', args: ['sh', '-c', `env > ${file}`] }],
    };
    const exit = await exitOf(daemon.client, 'hooked', 'init');
    await daemon.client.createContainer({
      id: 'hooked',
      bundlePath: await bundles.bundle({ args: ['true'], spec: { hooks } }),
    });
    expect(await exit()).toBe(0);
    expect(await readFile(file, 'utf8')).not.toMatch(/NOTIFY_SOCKET|WATCHDOG/);
  });

  test('of an engine hears nothing of a daemon that a command of the engine has started', async () => {
    const address = join(dir, 'engine');
    await using receiver = await Receiver.at(address);
    await using bundles = await Bundles.make();
    const root = join(bundles.dir, 'root');
    const bundle = await bundles.bundle({ args: ['true'] });
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '300000' };
    expect((await runv(['--root', root, 'run', '--bundle', bundle, 'once'], { env })).exitCode).toBe(0);
    await endDaemon(root);
    expect(receiver.texts).toEqual([]);
  });
});
