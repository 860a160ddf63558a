/** The whole flow with the command line of runv 0.6: a plain client, one container, and nothing left. */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readlink, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { types } from '@runv/api';
import { Bundles, Daemon, exitOf, Fifos, runContainer, runExec, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('the flow of a first container', () => {
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await Bundles.make();
  });
  afterAll(async () => await bundles[Symbol.asyncDispose]());

  test('a container runs in a VM of its own; its daemon ends with it and leaves nothing', async () => {
    await using daemon = await Daemon.start({ solo: true });
    await using fifos = await Fifos.make();
    const [stdout, stderr] = [await fifos.readAll('stdout'), await fifos.readAll('stderr')];
    // A client that knows nothing of ours but the generated stub.
    const client = new types.APIClient(`unix:${daemon.socket}`, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
    });
    const bundlePath = await bundles.bundle({
      args: ['sh', '-c', 'uname -r; cat /proc/1/comm; echo wrong >&2; sleep 1; exit 3'],
    });
    const request = types.CreateContainerRequest.fromPartial({ id: 'c1', bundlePath, ...fifos.outputs });
    const response = await new Promise<types.CreateContainerResponse>((resolve, reject) =>
      client.createContainer(request, (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    expect(response.container).toMatchObject({ id: 'c1', bundlePath, status: 'running', runtime: 'runv' });
    expect(response.container?.processes).toMatchObject([
      { pid: 'init', args: expect.arrayContaining(['sh']), cwd: '/' },
    ]);
    expect(await readlink(join(daemon.stateDir, 'c1/namespace'))).toBe(daemon.containerdDir);
    const events: types.Event[] = [];
    for await (const event of client.events({ timestamp: 1n })) {
      events.push(event as types.Event);
      if (events.at(-1)?.type === 'exit') break;
    }
    client.close();
    expect(events.map(({ type, id, pid, status }) => ({ type, id, pid, status }))).toEqual([
      { type: 'start-container', id: 'c1', pid: '', status: 0 },
      { type: 'live', id: '', pid: '', status: 0 },
      { type: 'exit', id: 'c1', pid: 'init', status: 3 },
    ]);
    const [kernel, comm] = (await stdout()).toString().split('\n');
    expect(kernel).toMatch(/^\d+\.\d+\.\d+/);
    expect(kernel).not.toBe(release());
    expect(comm).toBe('sh');
    expect((await stderr()).toString()).toBe('wrong\n');
    expect(await daemon.ended).toBe(0);
    expect(existsSync(daemon.containerdDir)).toBe(false);
    expect(existsSync(join(daemon.stateDir, 'c1'))).toBe(false);
    expect(await daemon.leftovers()).toEqual([]);
  });

  describe('one daemon for several containers', () => {
    let daemon: Daemon;
    beforeAll(async () => {
      daemon = await Daemon.start();
    });
    afterAll(async () => await daemon[Symbol.asyncDispose]());

    test('exit status 0', async () => {
      const bundle = await bundles.bundle({ args: ['echo', 'hello'] });
      expect(await runContainer(daemon, 'zero', bundle)).toEqual({
        status: 0,
        stdout: Buffer.from('hello\n'),
        stderr: '',
      });
    });

    test('10 MiB of output arrive byte for byte', async () => {
      const data = randomBytes(10 << 20);
      await writeFile(join(bundles.dir, 'rootfs/data'), data);
      const { stdout, status } = await runContainer(daemon, 'large', await bundles.bundle({ args: ['cat', '/data'] }));
      expect(status).toBe(0);
      expect(sha256(stdout)).toBe(sha256(data));
    });

    test('stdin reaches the process, and so does its end', async () => {
      await using fifos = await Fifos.make();
      const data = randomBytes(3 << 20);
      const stdout = await fifos.readAll('stdout');
      const exit = await exitOf(daemon.client, 'stdin', 'init');
      const bundlePath = await bundles.bundle({ args: ['cat'] });
      const writer = fifos.writer();
      writer.end(data);
      await daemon.client.createContainer({
        id: 'stdin',
        bundlePath,
        stdin: fifos.path('stdin'),
        stdout: fifos.path('stdout'),
      });
      expect(sha256(await stdout())).toBe(sha256(data));
      expect(await exit()).toBe(0);
    });

    test('closeStdin ends what was written before it, and no more', async () => {
      await using fifos = await Fifos.make();
      const stdout = await fifos.readAll('stdout');
      const exit = await exitOf(daemon.client, 'close-stdin', 'init');
      const bundlePath = await bundles.bundle({ args: ['cat'] });
      const writer = fifos.writer();
      await daemon.client.createContainer({
        id: 'close-stdin',
        bundlePath,
        stdin: fifos.path('stdin'),
        stdout: fifos.path('stdout'),
      });
      await new Promise((resolve) => writer.write('before', resolve));
      await daemon.client.updateProcess({ id: 'close-stdin', pid: 'init', closeStdin: true });
      expect((await stdout()).toString()).toBe('before');
      expect(await exit()).toBe(0);
      writer.destroy();
    });

    test('defect 8: an init killed by SIGKILL reports 137', async () => {
      const exit = await exitOf(daemon.client, 'killed', 'init');
      await daemon.client.createContainer({
        id: 'killed',
        bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }),
      });
      await daemon.client.signal({ id: 'killed', pid: 'init', signal: 9 });
      expect(await exit()).toBe(137);
    });

    test('defect 7: an exec reports its true status, as events in order', async () => {
      await daemon.client.createContainer({
        id: 'execs',
        bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }),
      });
      const args = ['sh', '-c', 'echo out; echo err >&2; exit 42'];
      expect(await runExec(daemon, 'execs', { pid: 'e1', args })).toEqual({
        status: 42,
        stdout: Buffer.from('out\n'),
        stderr: 'err\n',
      });
      const exit = await exitOf(daemon.client, 'execs', 'init');
      await daemon.client.signal({ id: 'execs', signal: 15 });
      await daemon.client.signal({ id: 'execs', signal: 9 });
      expect(await exit()).toBe(137);
      expect((await daemon.events()).filter((event) => 'id' in event && event.id === 'execs')).toEqual([
        { id: 'execs', type: 'start-container' },
        { id: 'execs', type: 'start-process', pid: 'e1' },
        { id: 'execs', type: 'exit', pid: 'e1', status: 42 },
        { id: 'execs', type: 'exit', pid: 'init', status: 137 },
      ]);
    });

    test('a container joins the VM of the one that its bundle names, and the VM goes with the last', async () => {
      await daemon.client.createContainer({
        id: 'first',
        bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }),
      });
      const bundle = await bundles.bundle({ args: ['cat', '/proc/sys/kernel/random/boot_id'], sharedWith: 'first' });
      const joined = await runContainer(daemon, 'second', bundle);
      const boot = await runExec(daemon, 'first', { pid: 'e1', args: ['cat', '/proc/sys/kernel/random/boot_id'] });
      expect(joined.stdout.toString()).toBe(boot.stdout.toString());
      expect(await daemon.leftovers()).not.toEqual([]);
      await daemon.client.signal({ id: 'first', signal: 9 });
      await until(async () => (await daemon.leftovers()).length === 0);
    });

    test('defect 14: nothing accumulates: VM directories, descriptors, state', async () => {
      await until(async () => (await daemon.leftovers()).length === 0);
      const before = await daemon.descriptors();
      const bundle = await bundles.bundle({ args: ['true'] });
      for (let round = 0; round < 3; round += 1) await runContainer(daemon, `leak-${round}`, bundle);
      await until(async () => (await daemon.leftovers()).length === 0);
      await until(async () => (await daemon.descriptors()) <= before);
      expect((await daemon.client.state({})).containers).toEqual([]);
    });
  });
});

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
