/** Shutdown: of the daemon by a signal, of a VM by a signal from outside; and a socket that is taken. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN, Bundles, Daemon, exitOf, Fifos, runContainer, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('shutdown', () => {
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await Bundles.make();
  });
  afterAll(async () => await bundles[Symbol.asyncDispose]());

  test('SIGTERM ends the daemon within 2 s, every VM is stopped, and each container has its exit event', async () => {
    await using daemon = await Daemon.start();
    const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
    for (const id of ['a', 'b', 'c']) await daemon.client.createContainer({ id, bundlePath });
    const client = daemon.client.events({ timestamp: 1n });
    await client.subscribed;
    const started = performance.now();
    daemon.child.kill('SIGTERM');
    const seen: string[] = [];
    for await (const { type, id, status } of client) if (type === 'exit') seen.push(`${id} ${status}`);
    expect(await daemon.ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await daemon.leftovers()).toEqual([]);
    const exits = (await daemon.events()).filter((event) => 'type' in event && event.type === 'exit');
    expect(exits).toHaveLength(3);
    expect(exits).toEqual(
      expect.arrayContaining(['a', 'b', 'c'].map((id) => ({ id, type: 'exit', pid: 'init', status: 137 }))),
    );
    expect(seen.sort()).toEqual(['a 137', 'b 137', 'c 137']);
    expect(existsSync(daemon.socket)).toBe(false);
  });

  test('SIGTERM while containers are being created: the creates fail, and nothing is left', async () => {
    await using daemon = await Daemon.start();
    // However fast its VM is there, the hook keeps the create under way.
    const hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '1000'] }] };
    const bundlePath = await bundles.bundle({ args: ['sleep', '1000'], spec: { hooks } });
    const creates = Promise.allSettled(['a', 'b'].map((id) => daemon.client.createContainer({ id, bundlePath })));
    await until(async () => (await daemon.leftovers()).length > 0);
    daemon.child.kill('SIGTERM');
    expect((await creates).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await daemon.ended).toBe(0);
    expect(await daemon.events()).toEqual([]);
  });

  test("defect 3: SIGKILL of a VM's QEMU is an exit event at once, and the daemon goes on", async () => {
    await using daemon = await Daemon.start();
    const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
    const { container } = await daemon.client.createContainer({ id: 'shot', bundlePath });
    const exit = await exitOf(daemon.client, 'shot', 'init');
    process.kill(container?.pids[0] ?? 0, 'SIGKILL');
    expect(await exit()).toBe(137);
    await until(async () => (await daemon.leftovers()).length === 0);
    expect(
      (await runContainer(daemon, 'shot', await bundles.bundle({ args: ['echo', 'again'] }))).stdout.toString(),
    ).toBe('again\n');
  });

  test('defect 9: resizing the terminal of init is seen in the guest', async () => {
    await using daemon = await Daemon.start();
    await using fifos = await Fifos.make();
    const reader = await fifos.reader('stdout');
    let text = '';
    reader.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done";
    const bundlePath = await bundles.bundle({ args: ['sh', '-c', script], terminal: true });
    await daemon.client.createContainer({
      id: 'tty',
      bundlePath,
      stdin: fifos.path('stdin'),
      stdout: fifos.path('stdout'),
    });
    await until(() => text.includes('ready'));
    await daemon.client.updateProcess({ id: 'tty', pid: 'init', width: 101, height: 37 });
    await until(() => text.includes('37 101'));
    const exit = await exitOf(daemon.client, 'tty', 'init');
    await daemon.client.signal({ id: 'tty', signal: 9 });
    expect(await exit()).toBe(137);
  });

  test('defects 6 and 16: a damaged events.log in a directory whose parents were missing does not keep the daemon from starting', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'runv-log-'));
    const containerdDir = join(dir, 'not/there/yet');
    const start = async (): Promise<string[]> => {
      const args = [
        'containerd',
        '--containerd-dir',
        containerdDir,
        '--state-dir',
        join(dir, 'state'),
        '--listen',
        join(dir, 's'),
      ];
      const daemon = spawn(process.execPath, [BIN, ...args, '--idle-exit', '0'], { stdio: 'ignore' });
      const [code] = await once(daemon, 'exit');
      expect(code).toBe(0);
      return (await readFile(join(containerdDir, 'events.log'), 'utf8')).split('\n');
    };
    expect(await start()).toEqual(['']);
    const whole = '{"id":"x","type":"exit","timestamp":"2026-11-23T09:06:44.1Z","pid":"init","status":3}';
    await writeFile(join(containerdDir, 'events.log'), `${whole}\n\0\0garbage\n${whole}\n{"id":"torn`);
    expect(await start()).toEqual([whole, '\0\0garbage', whole, '']);
    await execa('rm', ['-r', dir]);
  });

  test('the socket: mode 0600, a stale one is replaced, a live one refused', async () => {
    await using daemon = await Daemon.start();
    expect((await stat(daemon.socket)).mode & 0o777).toBe(0o600);
    const again = await execa(
      process.execPath,
      [
        BIN,
        'containerd',
        '--containerd-dir',
        join(daemon.dir, 'other'),
        '--state-dir',
        join(daemon.dir, 'other-state'),
        '--listen',
        daemon.socket,
      ],
      {
        reject: false,
      },
    );
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toMatch(/a daemon listens on .* already/);
    expect((await daemon.client.state({})).containers).toEqual([]);
  });

  test('a socket that a killed daemon left is replaced', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'runv-stale-'));
    await mkdir(join(dir, 'c'));
    const socket = join(dir, 'c/runv.sock');
    const holder = createServer().listen(socket);
    await once(holder, 'listening');
    // What is left of a listener that was killed: a name that nobody answers on.
    await execa('mv', [socket, `${socket}.kept`]);
    await new Promise((resolve) => holder.close(resolve));
    await execa('mv', [`${socket}.kept`, socket]);
    const args = [
      'containerd',
      '--containerd-dir',
      join(dir, 'c'),
      '--state-dir',
      join(dir, 's'),
      '--listen',
      socket,
      '--idle-exit',
      '0',
    ];
    expect((await execa(process.execPath, [BIN, ...args], { reject: false })).exitCode).toBe(0);
    await execa('rm', ['-r', dir]);
  });
});
