/** Our guest as the original ones were: what those can do works, what they cannot is refused in words. */
import { beforeAll, describe, expect, test } from 'vitest';
import { buildGuest, HostGuest } from './support/hostGuest.ts';
import { containerSpec, outcome, processSpec, sh } from './support/specs.ts';

beforeAll(buildGuest, 300_000);

describe.each([622, 4242, 4244])('a guest of version %i', (version) => {
  test('runs a container and an exec, each with its output and status', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    const init = await session.newContainer(containerSpec('c', sh('cat; exit 4')));
    const exec = await session.exec('c', processSpec('e', sh('echo out; echo err >&2; exit 5')));
    expect(await outcome(exec)).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 5 });
    init.stdio.write('to init');
    expect(await outcome(init)).toEqual({ stdout: 'to init', stderr: '', status: 4 });
    await session.removeContainer('c');
    await session.destroyPod();
    await guest.endedWell();
  });

  test('takes 9 KB of environment in pieces of 512 bytes, and refuses 12 KB in words', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    const small = containerSpec('c', sh('echo $V | wc -c'), {
      process: { env: ['PATH=/bin', `V=${'v'.repeat(9000)}`] },
    });
    expect((await outcome(await session.newContainer(small))).stdout.trim()).toBe('9001');
    const large = containerSpec('d', ['true'], { process: { env: [`V=${'v'.repeat(12_000)}`] } });
    await expect(session.newContainer(large)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/NEWCONTAINER: the message has 12\d+ bytes and this guest takes 10240; shorten/),
    });
    await session.ping();
    await session.destroyPod();
    await guest.endedWell();
  });

  test('is asked once to bring online what was added', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    await session.onlineCpuMem({ cpus: 1_000_000, addedMemoryMiB: 0 });
    await session.destroyPod();
    await guest.endedWell();
  });

  test('cannot be given a network', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    const mac = '02:00:00:00:00:01';
    const words = { code: 'UNSUPPORTED', message: expect.stringContaining("use runv's own initrd") };
    const spec = { device: mac, mac, name: 'eth0', mtu: 1500, addresses: [] };
    await expect(session.network.setupInterface(spec)).rejects.toMatchObject(words);
    await expect(session.network.setupRoutes([])).rejects.toMatchObject(words);
    await expect(session.network.deleteInterface(mac)).rejects.toMatchObject(words);
    await session.destroyPod();
    await guest.endedWell();
  });

  test('refuses what it would silently leave out', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    const bind = { destination: '/v', type: 'bind', source: 'c1/v', options: [] };
    const refused = [
      containerSpec('c', ['true'], { process: { uid: 1 } }),
      containerSpec('c', ['true'], { process: { additionalGids: [1] } }),
      containerSpec('c', ['true'], { process: { noNewPrivileges: true } }),
      containerSpec('c', ['true'], { created: true }),
      containerSpec('c', ['true'], { readonly: true }),
      containerSpec('c', ['true'], { mounts: [bind] }),
    ];
    for (const spec of refused) {
      await expect(session.newContainer(spec)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining("use runv's own initrd"),
      });
    }
    expect((await outcome(await session.newContainer(containerSpec('c', ['true'])))).status).toBe(0);
    await session.destroyPod();
    await guest.endedWell();
  });

  test('is signalled as far as it can be', async () => {
    await using guest = await HostGuest.open({ version });
    const { session } = guest;
    const init = await session.newContainer(containerSpec('c', ['sleep', '1000']));
    const exec = await session.exec('c', processSpec('e', ['sleep', '1000']));
    const signalled = session.signal('c', 'e', 9);
    if (version < 4244) await expect(signalled).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    else {
      await signalled;
      expect(await exec.exited).toBe(137);
    }
    await session.signal('c', 'init', 9);
    expect(await init.exited).toBe(137);
    expect(await exec.exited).toBe(137);
    await session.destroyPod();
    await guest.endedWell();
  });
});
