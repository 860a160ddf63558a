import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CarrierStdio, startCarrier } from '../src/index.ts';
import { buildPrograms, SHIMS } from './support/programs.ts';

beforeAll(buildPrograms, 120_000);

const NONE = [undefined, undefined, undefined] as const;

describe.each(SHIMS)('by the %s shim', (_, path) => {
  let dir: string;
  let server: Server;
  const pids: number[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runv-carriers-'));
    server = createServer(() => {}).listen(join(dir, 's'));
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const pid of pids.splice(0)) if (await cmdline(pid)) process.kill(pid, 'SIGKILL');
    server.close();
    await rm(dir, { recursive: true });
  });
  const start = async (key: string, stdio: CarrierStdio) => {
    const pid = await startCarrier({ socket: join(dir, 's'), key, stdio, path });
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
    // SIGPIPE, which a shim ignores, and nothing else.
    expect(status).toMatch(/SigIgn:\t0{12}1000\n/);
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
    expect(await cmdline(pid)).toBe(`runv-shim stdio web/init ${join(dir, 's')}`);
    expect((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[5]).toBe(`${pid}`);
  });

  test('many at once are started, each once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => start(`web/${index}/secret`, NONE)));
    expect(new Set(all).size).toBe(20);
    for (const [index, pid] of all.entries()) expect(await cmdline(pid)).toContain(`web/${index} `);
  });

  test('what cannot be done is said, and the next one is started', async () => {
    await expect(start('web/init/secret', [9999, undefined, undefined])).rejects.toThrow(
      'taking descriptor 9999: Bad file descriptor',
    );
    await expect(start('k'.repeat(1025), NONE)).rejects.toThrow('RUNV_SHIM_KEY has 1025 bytes and can have 1024');
    expect(await start('web/init/secret', NONE)).toBeGreaterThan(0);
  });
});

test('a program that cannot be run is an error', async () => {
  const carrier = startCarrier({ socket: '/run/s', key: 'web/init/secret', stdio: NONE, path: '/none' });
  await expect(carrier).rejects.toThrow('a carrier cannot be started: /none: No such file or directory');
});

async function cmdline(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}
