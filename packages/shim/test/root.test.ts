import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ShimOptions, startShim } from '../src/index.ts';
import { buildPrograms, SHIMS } from './support/programs.ts';

let dir: string;
let rootfs: string;
const started: number[] = [];

beforeAll(buildPrograms, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-shim-root-'));
  rootfs = join(dir, 'rootfs');
  await mkdir(join(rootfs, 'proc'), { recursive: true });
  await writeFile(join(rootfs, 'hello'), 'of the container\n');
});

afterEach(async () => {
  for (const pid of started.splice(0)) process.kill(pid, 'SIGKILL');
  await rm(dir, { recursive: true });
});

async function start(options: Partial<ShimOptions>): Promise<{ pid: number; root: string }> {
  const { pid } = await startShim({
    socket: join(dir, 'sock'),
    key: 'c1/init/secret',
    args: ['sh'],
    detached: true,
    ...options,
  });
  started.push(pid);
  return { pid, root: `/proc/${pid}/root` };
}

describe.each(SHIMS)('the root of the %s shim', (_name, path) => {
  test('is the container’s, with the directories and files that are bound into it', async () => {
    const [volume, file] = [join(dir, 'volume'), join(dir, 'file')];
    await mkdir(volume);
    await writeFile(file, 'one\n');
    const mounts = [
      { source: volume, destination: '/a/deep/place', readonly: false },
      { source: file, destination: '/etc/file', readonly: true },
    ];
    const { root } = await start({ path, root: { path: rootfs, mounts } });
    expect(await readFile(`${root}/hello`, 'utf8')).toBe('of the container\n');
    await writeFile(`${root}/a/deep/place/new`, 'in the volume\n');
    expect(await readFile(join(volume, 'new'), 'utf8')).toBe('in the volume\n');
    expect(await readFile(`${root}/etc/file`, 'utf8')).toBe('one\n');
    await expect(writeFile(`${root}/etc/file`, 'two\n')).rejects.toThrow('EROFS');
    await writeFile(`${root}/written`, '');
    await stat(join(rootfs, 'written'));
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(dir);
  });

  test('is where it works, and leads to nothing of the host but the directory of the daemon’s socket', async () => {
    const { pid } = await start({ path, root: { path: rootfs } });
    // While it connects, it is at the socket.
    const where = async () => [await readlink(`/proc/${pid}/cwd`), (await readdir(`/proc/${pid}/cwd/`)).sort()];
    await expect.poll(where).toEqual(['/', (await readdir(rootfs)).sort()]);
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const names = await readdir(`/proc/${pid}/fd/${fd}/`).catch(() => []);
      const above = await readdir(`/proc/${pid}/fd/${fd}/../..`).catch(() => []);
      for (const list of [names, above]) expect(list.filter((name) => !['rootfs'].includes(name))).toEqual([]);
    }
  });

  test('a shim ends with the directory of the daemon’s socket, where no other daemon can be found', async () => {
    const place = join(dir, 'shims');
    await mkdir(place);
    const { pid } = await start({ path, root: { path: rootfs }, socket: join(place, 's'), stdio: [0, 1, 'pipe'] });
    await rm(place, { recursive: true });
    await expect.poll(() => existsSync(`/proc/${pid}/exe`), { timeout: 10_000 }).toBe(false);
    started.splice(started.indexOf(pid), 1);
  });

  test('a shim that is set up has no capability, and gets none', async () => {
    const { pid } = await start({ path, root: { path: rootfs } });
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) expect(status).toContain(`Cap${set}:\t0000000000000000\n`);
    expect(status).toContain('NoNewPrivs:\t1\n');
  });

  test('can be read-only, and stays so below a destination that leads out of it', async () => {
    await writeFile(join(dir, 'secret'), 'the host’s\n');
    await mkdir(join(rootfs, 'out'));
    const mounts = [{ source: dir, destination: '/out/../../../../out', readonly: true }];
    const { root } = await start({ path, root: { path: rootfs, readonly: true, mounts } });
    await expect(writeFile(`${root}/x`, '')).rejects.toThrow('EROFS');
    expect(await readFile(`${root}/out/secret`, 'utf8')).toBe('the host’s\n');
  });

  test('shows in its /proc the shim, and it has the host’s pid for everybody else', async () => {
    const server = createServer().listen(join(dir, 'sock'));
    await once(server, 'listening');
    const said = once(server, 'connection').then(async ([socket]) => {
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return bytes.readUInt32BE(8 + 4);
    });
    const { pid, root } = await start({ path, root: { path: rootfs } });
    expect(await said).toBe(pid);
    expect((await readdir(`${root}/proc`)).filter((name) => /^\d+$/.test(name))).toEqual(['1']);
    expect(await readFile(`${root}/proc/1/cmdline`, 'utf8')).toBe('sh\0');
    expect(await readlink(`/proc/${pid}/ns/pid`)).not.toBe(await readlink('/proc/self/ns/pid'));
    server.close();
  });

  test('says what it cannot have there', async () => {
    await expect(start({ path, root: { path: join(dir, 'none') } })).rejects.toThrow('none into the shim');
    const mounts = [{ source: join(dir, 'gone'), destination: '/x', readonly: false }];
    await expect(start({ path, root: { path: rootfs, mounts } })).rejects.toThrow(
      `taking ${dir}/gone into the shim’s`.replace('’', "'"),
    );
    const wrong = [{ source: 'here', destination: '/x', readonly: false }];
    await expect(start({ path, root: { path: rootfs, mounts: wrong } })).rejects.toThrow(
      'RUNV_SHIM_SOURCE_0 is "here": give',
    );
  });
});
