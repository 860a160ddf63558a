/** A VM whose guest is an original hyperstart's age, as `--initrd` of an existing installation boots one. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '@runv/driver-qemu';
import { createTemplate, newFromConfigs } from '@runv/factory';
import { guestImages } from '@runv/guest';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { type ContainerEvent, GUEST, type ProcessSpec, Supervisor } from '../../src/index.ts';
import { capture, makeRootfs } from '../support/place.ts';

describe.each([622, 4244])('a guest of version %i', (version) => {
  test('runs a container and an exec, with their output and status, and refuses in words what it cannot', async () => {
    await using place = await makePlace(version);
    const { supervisor } = place;
    const exits = place.exits();
    const init = capture();
    const container = await supervisor.createContainer({
      id: 'old',
      bundlePath: await place.bundle({ args: ['sh', '-c', 'read line; echo "$line"; exit 3'] }),
      stdio: init.request,
      start: true,
      keep: false,
    });
    expect(container.pod.session.guest).toMatchObject({ extended: false });
    const exec = capture();
    await supervisor.addProcess('old', {
      process: { ...container.initSpec, id: 'e1', args: ['sh', '-c', 'echo out; echo err >&2; exit 5'] },
      stdio: exec.request,
    });
    expect(await exec.said).toEqual(['out\n', 'err\n']);
    expect(await exits.next()).toMatchObject({ id: 'old', pid: 'e1', status: 5 });
    const asUser: ProcessSpec = { ...container.initSpec, id: 'e2', uid: 1000 };
    await expect(supervisor.addProcess('old', { process: asUser, stdio: capture().request })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('run as another user'),
    });
    init.stdin.end('to the end\n');
    expect(await exits.next()).toMatchObject({ id: 'old', pid: 'init', status: 3 });
    expect(await init.said).toEqual(['to the end\n', '']);
    await supervisor.settled();
    expect(await readdir(join(place.dir, 'vm'))).toEqual([]);
  });

  test('refuses a container for another user before anything of it runs, and leaves nothing', async () => {
    await using place = await makePlace(version);
    const bundlePath = await place.bundle({ args: ['true'], user: { uid: 1000, gid: 1000 } });
    const created = place.supervisor.createContainer({
      id: 'old',
      bundlePath,
      stdio: capture().request,
      start: true,
      keep: false,
    });
    await expect(created).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/cannot run as another user; use runv's own initrd/),
    });
    expect(await readdir(join(place.dir, 'vm'))).toEqual([]);
    expect(await readdir(join(place.dir, 'state'))).toEqual([]);
  });

  test('is no template: its clones would have one clock and one random pool', async () => {
    await using place = await makePlace(version);
    const dir = join(place.dir, 'template');
    const made = createTemplate({
      ...{ driver: await createDriver(), vmRoot: join(place.dir, 'vm'), guest: GUEST, dir, cpus: 1, memoryMiB: 128 },
      kernelParameters: [`hyperstart.version=${version}`],
      ...(await guestImages()),
    });
    await expect(made).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining("use runv's own initrd"),
    });
    expect(await readdir(join(place.dir, 'vm'))).toEqual([]);
    expect((await readdir(place.dir)).filter((name) => name.startsWith('template'))).toEqual([]);
  });
});

async function makePlace(version: number) {
  const dir = await mkdtemp(join(tmpdir(), 'runv-old-'));
  await makeRootfs(join(dir, 'rootfs'));
  const vmRoot = join(dir, 'vm');
  const factory = await newFromConfigs({
    ...{ driver: await createDriver(), vmRoot, guest: GUEST, templateRoot: dir },
    onError: (error) => {
      throw error;
    },
    kernelParameters: [`hyperstart.version=${version}`],
    ...(await guestImages()),
  });
  const supervisor = await Supervisor.open({
    stateDir: join(dir, 'state'),
    eventLogDir: join(dir, 'log'),
    factory,
    vmRoot,
    defaultCpus: 1,
    defaultMemoryMiB: 128,
    socket: join(dir, 'none.sock'),
    logger: pino({ level: 'silent' }),
  });
  return {
    dir,
    supervisor,
    bundle: async (process: { args: string[]; user?: object }) => {
      const root = { path: join(dir, 'rootfs') };
      const defaults = { cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 } };
      const config = { ociVersion: '1.0.2', root, process: { ...defaults, ...process } };
      await writeFile(join(dir, 'config.json'), JSON.stringify(config));
      return dir;
    },
    exits: () => exits(supervisor),
    [Symbol.asyncDispose]: async () => {
      await supervisor.close();
      await factory[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}

/** The exits from now on, one at a time. */
function exits(supervisor: Supervisor): { next(): Promise<ContainerEvent | undefined> } {
  const entries = supervisor.events.read({ from: supervisor.events.end, follow: true });
  return {
    next: async () => {
      for (;;) {
        const { value, done } = await entries.next();
        if (done || value?.event.type === 'exit') return value?.event;
      }
    },
  };
}
