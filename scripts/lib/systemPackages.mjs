// What runv needs from the system, and installing it by apt.
import { readFile } from 'node:fs/promises';
import { Failure } from './failure.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
const FORMAT = '${Package} ${db:Status-Status}\\n';

/** By the names that Debian and Ubuntu give them. */
const needed = {
  'qemu-system-x86': 'runs the virtual machines',
  gcc: "compiles the guest's PID 1, the shim and the executable, and for tests the same with sanitizers",
  'libc6-dev': 'C library to link it with, statically',
  'musl-tools': 'C library that keeps the shim and the executable small',
  'libjson-c-dev': 'JSON library of PID 1',
  'libseccomp-dev': "compiles the containers' filters of system calls",
  make: 'builds PID 1, the shim, the executable and the compiler of filters',
  binutils: "strips these and the guest kernel's modules",
  'xz-utils': 'uncompresses the guest kernel',
  cpio: 'packs the initrd',
  'busybox-static': 'root file system of the quickstart and of the tests',
  mount: 'binds the rootfs of a container into what its VM sees',
  iproute2: 'ip and tc lead a container network into its VM',
  'util-linux': 'flock guards the event log; nsenter reaches network namespaces; unshare runs PID 1 in tests',
  procps: 'kill, for tests',
};

/** What compiling a kernel needs beside those; runv itself does not. */
export const kernelBuildPackages = {
  flex: "builds the kernel's configuration program",
  bison: "builds the kernel's configuration program",
  bc: "computes the kernel's time constants",
  patch: 'changes the source',
  'libelf-dev': "builds objtool, which the kernel's build runs on each object",
};

/** What the tests with engines need beside those; the tests start the engines themselves, in directories of their own. */
export const enginePackages = {
  'docker.io': 'engine that the tests drive runv by',
  'docker-compose': 'projects of several containers of that engine',
  podman: 'engine that the tests drive runv by',
  containerd: 'engine that the tests drive runv by',
  runc: 'the runtime that runv is compared with',
  netavark: 'networks of podman',
  'aardvark-dns': 'names in networks of podman',
  catatonit: "podman run's --init",
  tini: "docker run's --init",
  iptables: 'published ports of both',
  'containernetworking-plugins': 'networks of pods',
  tmux: 'terminal that the tests type in',
  tcc: 'compiler that a bench runs in a container',
  mmdebstrap: 'makes the root file system of the programs that tests run in containers',
};

/**
 * Installs what is missing, after saying what and why.
 *
 * @param {Record<string, string>} more packages beside runv's own, and why
 */
export async function installSystemPackages(more = {}) {
  const wanted = { ...needed, ...more };
  const missing = await step('Looking for system packages', () => findMissing(wanted));
  if (missing.length === 0) return;
  const root = process.getuid?.() === 0;
  process.stdout.write(`These system packages are missing${root ? ', and are installed now by apt-get' : ''}:\n`);
  process.stdout.write(list(wanted, missing));
  if (!root) throw new Failure(`Installing them needs root. Run this, then try again:\n  sudo ${command(missing)}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  await step('Fetching the lists of packages', (say) => run('apt-get', ['update'], { env, onLine: say }));
  await step('Installing system packages', (say) => run('apt-get', installArgs(missing), { env, onLine: say }));
}

/** @param {Record<string, string>} wanted */
async function findMissing(wanted) {
  const system = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const names = Object.keys(wanted);
  if (!isDebian(system)) {
    throw new Failure(
      `This is ${system.PRETTY_NAME ?? process.platform}: set-up installs packages on Debian and Ubuntu only. ` +
        `runv needs these there:\n${list(wanted, names)}Their names are Debian's; the guest's kernel is Debian's too.`,
    );
  }
  // It fails when it has never heard of one of them, and then still tells about the others.
  const told = await run('dpkg-query', ['-W', '-f', FORMAT, ...names]).catch((error) => {
    if (error instanceof Failure) return error.message;
    throw error;
  });
  return notInstalled(names, told);
}

/**
 * @param {string} text of /etc/os-release
 * @returns {Partial<Record<string, string>>}
 */
export function parseOsRelease(text) {
  const pairs = text.split('\n').flatMap((line) => {
    const match = /^([A-Z_]+)=(["']?)(.*)\2$/.exec(line.trim());
    return match === null ? [] : [[match[1], match[3]]];
  });
  return Object.fromEntries(pairs);
}

/** @param {Partial<Record<string, string>>} system */
export function isDebian(system) {
  return [system.ID, ...(system.ID_LIKE ?? '').split(' ')].includes('debian');
}

/**
 * @param {readonly string[]} names
 * @param {string} told by dpkg-query, a line `<package> <status>` each
 */
export function notInstalled(names, told) {
  const lines = told.split('\n');
  return names.filter((name) => !lines.includes(`${name} installed`));
}

/**
 * @param {Record<string, string>} reasons
 * @param {readonly string[]} names
 */
function list(reasons, names) {
  const width = Math.max(...names.map((name) => name.length));
  return Object.entries(reasons)
    .filter(([name]) => names.includes(name))
    .map(([name, why]) => `  ${name.padEnd(width)}  ${why}\n`)
    .join('');
}

/** @param {readonly string[]} names */
function command(names) {
  return `sh -c 'apt-get update && apt-get ${installArgs(names).join(' ')}'`;
}

/** @param {readonly string[]} names */
function installArgs(names) {
  return ['install', '-y', '--no-install-recommends', ...names];
}
