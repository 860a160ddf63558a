import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CarrierSpawner } from '../src/index.ts';
import { buildPrograms, SHIMS } from './support/programs.ts';

beforeAll(buildPrograms, 120_000);

const NONE = [undefined, undefined, undefined] as const;

describe.each(SHIMS)('by the %s shim', (_, path) => {
  let dir: string;
  let spawner: CarrierSpawner;
  let server: Server;
  const pids: number[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runv-carriers-'));
    server = createServer(() => {}).listen(join(dir, 's'));
    await once(server, 'listening');
    spawner = new CarrierSpawner(join(dir, 's'), path);
  });
  afterEach(async () => {
    for (const pid of pids.splice(0)) if (await cmdline(pid)) process.kill(pid, 'SIGKILL');
    await spawner[Symbol.asyncDispose]();
    server.close();
    await rm(dir, { recursive: true });
  });
  const start = async (...args: Parameters<CarrierSpawner['start']>) => {
    const pid = await spawner.start(...args);
    pids.push(pid);
    return pid;
  };

  test('a carrier has the descriptors that it was given, and no other of the daemon', async () => {
    const file = join(dir, 'file');
    await using handle = await open(file, 'w');
    const pid = await start('web/init/secret', [undefined, handle.fd, handle.fd]);
    // It opens and closes more as it looks for its daemon.
    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) T /);
    const fds = (await readdir(`/proc/${pid}/fd`)).map(Number);
    const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`)));
    expect(targets.slice(0, 3)).toEqual(['/dev/null', file, file]);
    expect(targets.slice(3).filter((target) => !/^(anon_inode|socket):/.test(target))).toEqual([]);
  });

  test('it has no capability, is in a session of its own at /, and ps shows whose it is', async () => {
    const pid = await start('web/init/secret', NONE);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/CapPrm:\t0+\nCapEff:\t0+\n/);
    expect(status).toMatch(/NoNewPrivs:\t1/);
    // SIGPIPE, which a shim ignores, and not SIGCHLD, which the spawner does.
    expect(status).toMatch(/SigIgn:\t0{12}1000\n/);
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
    expect(await cmdline(pid)).toBe(`runv-shim stdio web/init ${join(dir, 's')}`);
    expect((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[5]).toBe(`${pid}`);
  });

  test('many at once are started, each once, and go on when the spawner ends', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => start(`web/${index}/secret`, NONE)));
    expect(new Set(all).size).toBe(20);
    await spawner[Symbol.asyncDispose]();
    for (const [index, pid] of all.entries()) expect(await cmdline(pid)).toContain(`web/${index} `);
  });

  test('what cannot be done is said, and the next one is started', async () => {
    await expect(spawner.start('web/init/secret', [9999, undefined, undefined])).rejects.toThrow(
      'taking descriptor 9999: Bad file descriptor',
    );
    await expect(spawner.start('k'.repeat(1025), NONE)).rejects.toThrow('this is no request');
    expect(await start('web/init/secret', NONE)).toBeGreaterThan(0);
  });

  test('a spawner that was killed is missed once at most, and replaced', async () => {
    const parent = Number((await readFile(`/proc/${await start('a/init/secret', NONE)}/stat`, 'utf8')).split(' ')[3]);
    process.kill(parent, 'SIGKILL');
    await expect.poll(() => cmdline(parent)).toBe('');
    await start('b/init/secret', NONE).catch(() => undefined);
    expect(await start('c/init/secret', NONE)).toBeGreaterThan(0);
  });
});

test('a program that cannot be run is an error', async () => {
  await using spawner = new CarrierSpawner('/run/s', '/none');
  await expect(spawner.start('web/init/secret', NONE)).rejects.toThrow('/none cannot be run');
});

async function cmdline(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}
