import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ShimOptions, type StartedShim, shimPath, startShim } from '../src/index.ts';
import { buildPrograms, SHIMS } from './support/programs.ts';

let dir: string;
let nothing: number;
const started: StartedShim[] = [];

beforeAll(buildPrograms, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-shim-'));
  nothing = openSync('/dev/null', 'r+');
});

afterEach(async () => {
  for (const { child } of started.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  closeSync(nothing);
  await rm(dir, { recursive: true });
});

async function start(options: Partial<ShimOptions> = {}): Promise<StartedShim> {
  const shim = await startShim({
    socket: join(dir, 'shim.sock'),
    key: 'c1/init/secret',
    args: ['nginx', '-g', 'daemon off;'],
    stdio: [nothing, nothing, nothing],
    ...options,
  });
  started.push(shim);
  return shim;
}

describe.each(SHIMS)('the %s shim', (_name, path) => {
  test('has the command line of its process, and stands there without a daemon', async () => {
    const { pid } = await start({ path });
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toBe('nginx\0-g\0daemon off;\0');
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
  });

  test('that no daemon has wanted ends after a while, and says so', async () => {
    const { child } = await start({ path, patienceMs: 50, stdio: [nothing, nothing, 'pipe'] });
    const [said, [status]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    expect({ said, status }).toEqual({ said: 'no daemon has come that knows of this process\n', status: 255 });
  });

  test('keeps none of the descriptors that it was given beside stdio', async () => {
    const { pid } = await start({ path });
    const open = await Promise.all(
      (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    const known = /^(\/dev\/null|anon_inode:(\[signalfd\]|inotify)|)$/;
    expect(open.filter((target) => !known.test(target))).toEqual([]);
  });

  test('says what is wrong with what it was given', async () => {
    const long = `/${'x'.repeat(108)}`;
    await expect(start({ path, socket: 'shim.sock' })).rejects.toThrow('RUNV_SHIM_SOCKET is "shim.sock": give');
    await expect(start({ path, socket: long })).rejects.toThrow('an absolute path of at most 107 bytes');
    await expect(start({ path, key: '' })).rejects.toThrow('RUNV_SHIM_KEY is not set');
    await expect(start({ path, key: 'k'.repeat(1025) })).rejects.toThrow('RUNV_SHIM_KEY has 1025 bytes and can have');
    await expect(start({ path, consoleSocket: '/c' })).rejects.toThrow('set RUNV_SHIM_TERMINAL=1 too');
    await expect(start({ path, netns: 'old' })).rejects.toThrow('RUNV_SHIM_NETNS is "old": give "new" or an absolute');
    await expect(start({ path, netns: '/none' })).rejects.toThrow(
      'opening the network namespace /none: No such file or directory',
    );
  });

  test('makes a network namespace whose loopback is up, and joins one', async () => {
    const made = await start({ path, netns: 'new' });
    const namespace = await readlink(`/proc/${made.pid}/ns/net`);
    expect(namespace).not.toBe(await readlink('/proc/self/ns/net'));
    expect(await readFile(`/proc/${made.pid}/net/fib_trie`, 'utf8')).toContain('127.0.0.1');
    const joined = await start({ path, netns: `/proc/${made.pid}/ns/net` });
    expect(await readlink(`/proc/${joined.pid}/ns/net`)).toBe(namespace);
  });

  test('from a namespace of its own finds the daemon', async () => {
    const { connected } = await listen(join(dir, 'shim.sock'));
    await start({ path, netns: 'new' });
    expect((await connected).toString('latin1')).toContain('c1/init/secret');
  });
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends a shim that no daemon hears within five seconds', async (signal, status) => {
  const { pid, child } = await start();
  const ended = once(child, 'exit');
  process.kill(pid, signal);
  expect(await ended).toEqual([status, null]);
});

test('takes less than 1 MB of memory', async () => {
  const { pid } = await start();
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kilobytes] = /^Pss:\s*(\d+) kB/m.exec(rollup) ?? [];
  expect(Number(kilobytes)).toBeGreaterThan(0);
  expect(Number(kilobytes)).toBeLessThan(1000);
});

test('a program that cannot be run is an error that names it', async () => {
  await expect(start({ path: '/none' })).rejects.toThrow('/none cannot be run: spawn /none ENOENT');
});

test('is where the build has put it', async () => {
  expect(shimPath()).toMatch(/\/packages\/shim\/dist\/runv-shim$/);
});

/** A daemon that only listens to what the first to come says. */
async function listen(path: string): Promise<{ server: Server; connected: Promise<Buffer> }> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection').then(async ([socket]) => {
    const [bytes] = await once(socket, 'data');
    socket.destroy();
    server.close();
    return bytes as Buffer;
  });
  return { server, connected };
}
