/** Bundles that are wrong or mean harm: each is refused in one line that says what is wrong, and nothing of it is left. */
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Bundles, Daemon, runContainer } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

let daemon: Daemon;
let bundles: Bundles;
let dir: string;

beforeAll(async () => {
  daemon = await Daemon.start();
  bundles = await Bundles.make();
});
afterAll(async () => {
  // It goes on as if nothing had been.
  const { stdout } = await runContainer(daemon, 'after', await bundles.bundle({ args: ['echo', 'well'] }));
  expect(stdout.toString()).toBe('well\n');
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-wrong-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
  expect((await daemon.client.state({})).containers).toEqual([]);
  expect((await readdir(join(daemon.dir, 'state'))).filter((name) => !name.startsWith('.'))).toEqual([]);
});

async function refused(bundlePath: string, id = 'wrong'): Promise<{ code: number; details: string }> {
  const error = await daemon.client.createContainer({ id, bundlePath }).then(
    () => ({ code: status.OK, details: '' }),
    ({ code, details }: { code: number; details: string }) => ({ code, details }),
  );
  expect(error.details, 'one line of words').not.toMatch(/[\p{Cc}]/u);
  return error;
}

const LONG = 'x'.repeat(300);

/** config.json, as a file system can have it. */
const FILES: readonly [string, (path: string) => Promise<unknown>][] = [
  ['no file', async () => {}],
  ['a FIFO', (path) => execa('mkfifo', [path])],
  ['a directory', (path) => mkdir(path)],
  ['a link to an endless device', (path) => symlink('/dev/zero', path)],
  ['a link to itself', (path) => symlink(path, path)],
  ['empty', (path) => writeFile(path, '')],
  ['no JSON', (path) => writeFile(path, Buffer.from([0xff, 0xfe, 0x00, 0x7b]))],
  [
    'a terabyte',
    async (path) => {
      await writeFile(path, '');
      await truncate(path, 2 ** 40);
    },
  ],
  ['a million lists', (path) => writeFile(path, '['.repeat(15_000_000))],
  ['null', (path) => writeFile(path, 'null')],
];

test.each(FILES)('config.json: %s', async (_, make) => {
  await make(join(dir, 'config.json'));
  const { code, details } = await refused(dir);
  expect([status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(code);
  expect(details).toContain(dir);
});

const PID_NS = `/proc/${process.pid}/ns/pid`;

/** Merged into the spec. */
const SPECS: readonly [string, Record<string, unknown>][] = [
  ['a root that is missing', { root: { path: '/no/where' } }],
  ['a root that is a file', { root: { path: '/etc/passwd' } }],
  ['a root that is a device', { root: { path: '/dev/null' } }],
  ['a hook by a relative path', { hooks: { prestart: [{ path: 'bin/true' }] } }],
  ['a hook with no time', { hooks: { prestart: [{ path: '/bin/true', timeout: 0 }] } }],
  ['the root of all control groups', { linux: { cgroupsPath: '/' } }],
  ['a mount without a source', { mounts: [{ destination: '/x', type: 'bind' }] }],
  ['a mount of what is not there', { mounts: [{ destination: '/x', type: 'bind', source: '/no/where' }] }],
  ['a mount with mapped ids', { mounts: [{ destination: '/x', type: 'bind', source: '/tmp', options: ['idmap'] }] }],
  ['a mount namespace of another', { linux: { namespaces: [{ type: 'mount', path: '/proc/1/ns/mnt' }] } }],
  ['a container that is not there', { linux: { namespaces: [{ type: 'pid', path: 'nobody' }] } }],
  ['a process that is no container', { linux: { namespaces: [{ type: 'ipc', path: '/proc/1/ns/ipc' }] } }],
  ['a network namespace that is none', { linux: { namespaces: [{ type: 'network', path: '/etc/passwd' }] } }],
  ['a network namespace that is not there', { linux: { namespaces: [{ type: 'network', path: '/no/where' }] } }],
  ['a network namespace that is a pid namespace', { linux: { namespaces: [{ type: 'network', path: PID_NS }] } }],
  ['a pid namespace that is none', { linux: { namespaces: [{ type: 'pid', path: '/etc/passwd' }] } }],
  ['an id that is a path', { linux: { namespaces: [{ type: 'pid', path: '../x' }] } }],
  ['a newer version', { ociVersion: '2.0.0' }],
  ['no version', { ociVersion: '' }],
  ['a name for no process', { process: { args: [], cwd: '/' } }],
  ['a relative directory', { process: { args: ['true'], cwd: 'x' } }],
  ['a limit of nothing', { process: { args: ['true'], cwd: '/', rlimits: [{ type: 'RLIMIT_X', soft: 1, hard: 1 }] } }],
  ['a capability of nothing', { process: { args: ['true'], cwd: '/', capabilities: { bounding: ['CAP_X'] } } }],
  ['an OOM score out of bounds', { process: { args: ['true'], cwd: '/', oomScoreAdj: 5000 } }],
  ['a host name that is too long', { hostname: LONG }],
  ['a setting that is none', { linux: { sysctl: { 'x.y': '1' } } }],
  ['a setting of the host', { linux: { sysctl: { '../../x': '1' } } }],
  ['a device that is none', { linux: { devices: [{ type: 'x', path: '/dev/x' }] } }],
  ['a filter without an action', { linux: { seccomp: { defaultAction: 'SCMP_ACT_X' } } }],
  ['more memory than there is', { linux: { resources: { memory: { limit: 2 ** 50 } } } }],
  [
    'ids that are mapped twice',
    {
      linux: {
        namespaces: [{ type: 'user' }],
        uidMappings: [
          { containerID: 0, hostID: 0, size: 10 },
          { containerID: 5, hostID: 50, size: 10 },
        ],
        gidMappings: [{ containerID: 0, hostID: 0, size: 10 }],
      },
    },
  ],
];

test.each(SPECS)('%s', async (_, spec) => {
  const { code, details } = await refused(await bundles.bundle({ args: ['true'], spec }));
  expect([status.OK, status.INTERNAL, status.UNKNOWN, status.UNAVAILABLE], details).not.toContain(code);
  expect(details).toMatch(/./);
});

test.each(['/no/where', '/bin/false', '/etc/passwd', '/tmp'])('the hook %s, which fails', async (path) => {
  const spec = { hooks: { createRuntime: [{ path }] } };
  const { code, details } = await refused(await bundles.bundle({ args: ['true'], spec }));
  expect({ code, details }).toEqual({ code: status.INTERNAL, details: expect.stringContaining(`(${path})`) });
});

test.each(['', '.', '..', '.daemon', 'a/b', '../x', 'a b', 'a\0b', 'ä', LONG.repeat(5)])('the id %j', async (id) => {
  const { code } = await refused(await bundles.bundle({ args: ['true'] }), id);
  expect(code).toBe(status.INVALID_ARGUMENT);
});
