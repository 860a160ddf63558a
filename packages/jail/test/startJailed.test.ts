import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, readlink, rmdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { descriptorNumber, startJailed } from '../src/index.ts';
import { makePlace, type Place, USER } from './support/place.ts';
import { buildPrograms, JAILS } from './support/programs.ts';

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'];

beforeAll(buildPrograms, 120_000);

describe.each(JAILS)('a program in the jail (%s)', (_, jailPath) => {
  let place: Place;
  beforeEach(async () => {
    place = await makePlace(jailPath);
  });
  afterEach(() => place[Symbol.asyncDispose]());

  test('is another user, without groups, that has the capabilities of file serving and gets no others', async () => {
    const { said, code } = await place.run('id -u; id -G; grep -E "^(Cap|NoNewPrivs)" /proc/self/status');
    const files = '000000008800001b'; // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP
    const sets = ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t${files}`);
    expect(said.trim().split('\n')).toEqual([`${USER}`, `${USER}`, ...sets, 'NoNewPrivs:\t1']);
    expect(code).toBe(0);
  });

  test('is heard to its end, although nobody has listened before it had ended', async () => {
    const child = await place.start('echo first; echo last');
    await child.ended;
    await setImmediate();
    expect(await text(child.stderr)).toBe('first\nlast\n');
  });

  test('has descriptors enough, however few its caller may have', async () => {
    // This process has more open than that, and opens no others meanwhile.
    const own = await execa('prlimit', ['--pid', `${process.pid}`, '--nofile', '--noheadings', '--output', 'SOFT']);
    const open = (await readdir('/proc/self/fd')).length;
    await execa('prlimit', ['--pid', `${process.pid}`, `--nofile=${open + 30}:`]);
    try {
      const file = join(place.dir, 'file');
      await writeFile(file, 'data\n');
      const descriptors = Array.from({ length: 20 }, () => ({ kind: 'read', path: file }) as const);
      expect((await place.run(`cat /proc/self/fd/${descriptorNumber(19)}; ulimit -n`, { descriptors })).said).toMatch(
        /^data\n\d{4,}\n$/,
      );
    } finally {
      await execa('prlimit', ['--pid', `${process.pid}`, `--nofile=${own.stdout.trim()}:`]);
    }
  });

  test('is not spared when memory runs out, as its caller may be', async () => {
    // To spare a process takes a privilege that not every machine gives: a file stands where the kernel's is.
    const script = `mount -t tmpfs none /proc && mkdir /proc/self && echo -500 > /proc/self/oom_score_adj
      exec ${jailPath} start -- /bin/head -n 1 /proc/self/oom_score_adj 3>/dev/null`;
    expect((await execa('unshare', ['--mount', 'sh', '-c', script])).stdout).toBe('0');
  });

  test('has namespaces of its own: it sees no other process, no interface but lo, and no other mount', async () => {
    const child = await place.start('echo $$; ls /proc | grep -c "^[0-9]"; cat /proc/net/dev | wc -l; exec sleep 1000');
    const [first] = await once(child.stderr, 'data');
    expect(`${first}`).toMatch(/^1\n/);
    const links = (pid: number | 'self') => Promise.all(NAMESPACES.map((name) => readlink(`/proc/${pid}/ns/${name}`)));
    const [theirs, ours] = [await links(child.pid), await links('self')];
    for (const [index, name] of NAMESPACES.entries()) expect(theirs[index], name).not.toBe(ours[index]);
    const mounts = (await readFile(`/proc/${child.pid}/mountinfo`, 'utf8')).trim().split('\n');
    expect(mounts.map((line) => line.split(' ')[4])).toEqual(
      expect.arrayContaining(['/', '/proc', '/usr', '/dev/null', '/etc/ld.so.cache']),
    );
    expect(mounts.length).toBeLessThan(10);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(place.dir);
  });

  test('can write nowhere but where it was told, and see nothing else of the host', async () => {
    for (const name of ['share', 'own', 'other']) await mkdir(join(place.dir, name));
    await writeFile(join(place.dir, 'file'), 'data\n');
    const { said } = await place.run(
      `cd ${place.dir}
       for path in / /usr /proc /dev share; do touch $path/x 2>/dev/null && echo "wrote $path"; done
       cat file; echo more >> file; ls -d other /etc/passwd /root /proc/sys; echo x > own/written
       echo x > /proc/self/oom_score_adj; mount -t tmpfs none own; mknod own/null c 1 3; cat own/null`,
      {
        paths: [
          { kind: 'share', path: join(place.dir, 'share') },
          { kind: 'writable', path: join(place.dir, 'own') },
          { kind: 'data', path: join(place.dir, 'file') },
        ],
      },
    );
    expect(said).not.toContain('wrote');
    expect(said).toMatch(/^data\n/);
    for (const words of ['file: Read-only file system', 'own/null: Permission denied']) expect(said).toContain(words);
    for (const missing of ['other', '/etc/passwd', '/root', '/proc/sys'])
      expect(said).toMatch(new RegExp(`'?${missing}'?: No such file`));
    expect(await readdir(join(place.dir, 'share'))).toEqual([]);
    expect(await readFile(join(place.dir, 'own/written'), 'utf8')).toBe('x\n');
    expect((await stat(join(place.dir, 'own/written'))).uid).toBe(USER);
    expect(await readFile(join(place.dir, 'file'), 'utf8')).toBe('data\n');
  });

  test('cannot change the devices that it has, nor read the keys of who started it', async () => {
    const device = join(place.dir, 'device');
    await execa('mknod', ['-m', '600', device, 'c', '1', '3']);
    const { said } = await place.run(
      `chmod 666 ${device} /dev/null /proc/self/fd/0; echo x > ${device} && echo written; grep -c . /proc/keys`,
      { paths: [{ kind: 'device', path: device }] },
    );
    expect(said.match(/Read-only file system/g)).toHaveLength(3);
    expect(said).toContain('written');
    expect((await stat(device)).mode & 0o777).toBe(0o600);
    expect((await stat('/dev/null')).mode & 0o777).toBe(0o666);
  });

  test.each([
    ['no-processes', ['fork', 'unshare', 'mount', 'keyctl', 'ptrace', 'prctl', 'inet', 'vsock'], 'unix None'],
    ['few-calls', ['unshare', 'mount', 'keyctl', 'ptrace', 'prctl', 'inet', 'vsock', 'unix'], 'fork None'],
  ] as const)('with the filter %s is refused %j', async (filter, refused, done) => {
    const script = `
import ctypes, os, socket, threading
libc = ctypes.CDLL(None, use_errno=True)
def tried(name, call):
    try: result = call()
    except OSError as error: result = -error.errno
    os.write(2, f'{name} {result}\\n'.encode())
def system(number, *args):
    result = libc.syscall(number, *args)
    return -ctypes.get_errno() if result < 0 else result
def fork():
    if os.fork() == 0: os._exit(0)
tried('fork', fork)
tried('unshare', lambda: system(272, 0x10000000))
tried('mount', lambda: system(165, b'x', b'/usr', b'tmpfs', 0, 0))
tried('keyctl', lambda: system(250, 0, -3, 0))
tried('ptrace', lambda: system(101, 0, 0, 0, 0))
tried('prctl', lambda: system(157, 1, 0))
tried('inet', lambda: socket.socket(socket.AF_INET).close())
tried('vsock', lambda: socket.socket(40).close())
tried('unix', lambda: socket.socket(socket.AF_UNIX).close())
tried('other', lambda: system(0x40000000 + 39))
thread = threading.Thread(target=lambda: tried('thread', lambda: None))
thread.start(); thread.join()`;
    const child = await startJailed({
      ...{ program: '/usr/bin/python3', args: ['-I', '-c', script], env: {}, descriptors: [], filter, jailPath },
      jail: { root: join(place.dir, 'root'), user: USER },
      paths: ['/usr', '/lib', '/lib64'].map((path) => ({ kind: 'read-only', path }) as const),
    });
    const [said] = await Promise.all([text(child.stderr), child.ended]);
    const lines = [...refused.map((name) => `${name} -1`), done, 'other -1', 'thread None'];
    expect(said.trim().split('\n').toSorted()).toEqual(lines.toSorted());
  });

  test('finds open what it was given, and nothing else', async () => {
    const secret = await open('/etc/shadow');
    await using _secret = { [Symbol.asyncDispose]: () => secret.close() };
    const paths = {
      listen: join(place.dir, 'listen'),
      read: join(place.dir, 'f'),
    };
    await writeFile(paths.read, 'read only');
    await chmod(paths.read, 0o666);
    const descriptors = (['listen', 'read'] as const).map((kind) => ({ kind, path: paths[kind] }));
    const [, read = 0] = descriptors.map((_, index) => descriptorNumber(index));
    const child = await place.start(
      `ls /proc/self/fd | tr '\\n' ' '; cat <&${read}; echo x > /proc/self/fd/${read}; exec sleep 1000`,
      { descriptors },
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    await expect.poll(() => said).toContain('Read-only file system');
    // 3 is the directory that ls reads.
    expect(said).toMatch(/^0 1 2 3 4 5 read only/);
    const client = connect(paths.listen);
    await once(client, 'connect');
    client.destroy();
    expect((await stat(paths.listen)).mode & 0o777).toBe(0o700);
    expect(await readFile(paths.read, 'utf8')).toBe('read only');
  });

  test('ends as it ends, by itself and by a signal, and is killed when asked', async () => {
    expect(await place.run('exit 7')).toMatchObject({ code: 7, signal: null });
    const child = await place.start('exec sleep 1000');
    process.kill(child.pid, 'SIGKILL');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const other = await place.start('trap "" TERM; sleep 1000');
    other.kill();
    expect(await other.ended).toEqual({ code: null, signal: 'SIGKILL' });
    await expect(stat(`/proc/${other.pid}`)).rejects.toThrow('ENOENT');
  });

  test('says how it ended to whoever looks later, in a file', async () => {
    const status = join(place.dir, 'status');
    const first = await place.start('exit 7', { status });
    await first.ended;
    expect(await readFile(status, 'utf8')).toBe('code 7\n');
    const second = await place.start('sleep 1000', { status });
    expect(await readFile(status, 'utf8')).toBe('');
    second.kill();
    await second.ended;
    expect(await readFile(status, 'utf8')).toBe('signal 9\n');
  });

  test('runs on where the process that forked it is killed: it is killed when asked, and how it ended is known', async () => {
    const statuses = ['first', 'second'].map((name) => join(place.dir, name));
    const [first, second] = await Promise.all(statuses.map((status) => place.start('exec sleep 1000', { status })));
    if (!first || !second) throw new Error('nothing was started');
    await execa('pkill', ['-KILL', '-x', '-P', `${process.pid}`, 'runv-spawner']);
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' });
    second.kill();
    expect(await second.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await place.run('exit 7')).toMatchObject({ code: 7 });
  });

  test('writes to a FIFO that it is given, whether anybody reads it or not', async () => {
    const path = join(place.dir, 'fifo');
    const script = `echo early >&${descriptorNumber(0)}; sleep 1000`;
    const child = await place.start(script, { descriptors: [{ kind: 'fifo', path }] });
    const reader = await open(path, 'r');
    expect((await reader.read(Buffer.alloc(6))).buffer.toString()).toBe('early\n');
    await reader.close();
    child.kill();
    await child.ended;
  });

  test('leaves beside a FIFO what it has written there and nobody has read', async () => {
    const [read, unread] = ['read', 'unread'].map((name) => join(place.dir, name)) as [string, string];
    const script = `echo words >&${descriptorNumber(0)}; echo more >&${descriptorNumber(1)}; read x <&${descriptorNumber(1)}; exit 3`;
    const status = join(place.dir, 'status');
    const descriptors = [unread, read].map((path) => ({ kind: 'fifo', path }) as const);
    expect(await place.run(script, { descriptors, status })).toMatchObject({ code: 3 });
    expect(await readFile(`${unread}.left`, 'utf8')).toBe('words\n');
    expect(await readFile(status, 'utf8')).toBe('code 3\n');
    expect(existsSync(`${read}.left`)).toBe(false);
  });

  test('ends with the process that answers for it', async () => {
    const child = await place.start('exec sleep 1000');
    const [, parent] = /^PPid:\t(\d+)$/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8')) ?? [];
    process.kill(Number(parent), 'SIGKILL');
    await child.ended;
    // Whoever reaps orphans here may do so late, or never.
    await expect.poll(() => readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => ') Z')).toMatch(/\) Z/);
  });

  test('starts in its control groups', async () => {
    const own = await readFile('/proc/self/cgroup', 'utf8');
    const group = await makeGroup(`runv-jail-${process.pid}`);
    try {
      const child = await place.start('exec sleep 1000', { cgroups: [group] });
      expect(await readFile(join(group, 'cgroup.procs'), 'utf8')).toContain(`${child.pid}\n`);
      expect(await readFile('/proc/self/cgroup', 'utf8')).toBe(own);
      child.kill();
      await child.ended;
    } finally {
      // Empty when the kernel has noticed.
      await expect.poll(() => rmdir(group).then(() => 'gone', String)).toBe('gone');
    }
  });

  test('without a jail keeps its user and its files, and its descriptors and end are the same', async () => {
    const { said, code } = await place.run('id -u; ls -d /root; grep NoNewPrivs /proc/self/status; exit 3', {
      jail: undefined,
    });
    expect(said).toBe('0\n/root\nNoNewPrivs:\t1\n');
    expect(code).toBe(3);
  });

  test.each<[string, Partial<Parameters<typeof startJailed>[0]>, RegExp]>([
    ['a program that is not there', { program: '/usr/bin/nobody' }, /^running \/usr\/bin\/nobody: No such file/],
    [
      'a path that is not there',
      { paths: [{ kind: 'data', path: '/no/where' }] },
      /^copying the mount at \/no\/where: No such file/,
    ],
    ['a relative path', { paths: [{ kind: 'data', path: 'where' }] }, /^--data needs an absolute path, not "where"$/],
    [
      'a socket that nobody listens at',
      { descriptors: [{ kind: 'listen', path: '/no/socket' }] },
      /^listening at \/no\/socket: No such/,
    ],
    [
      'a socket with too long a path',
      { descriptors: [{ kind: 'listen', path: `/${'x'.repeat(200)}` }] },
      /more than 107 bytes$/,
    ],
    ['a control group that is none', { cgroups: ['/tmp'] }, /^entering the control group \/tmp: /],
    [
      'a root that is not there',
      { jail: { root: '/no/root', user: USER } },
      /^mounting the jail's root on \/no\/root: No such/,
    ],
    ['root as its user', { jail: { root: '/tmp', user: 0 } }, /--user, and that other than root$/],
    [
      'too many paths',
      { paths: Array.from({ length: 65 }, () => ({ kind: 'data', path: '/usr' }) as const) },
      /^more than 64 paths/,
    ],
  ])('%s is one clear line, and nothing is left', async (_name, wrong, line) => {
    const jail = { root: join(place.dir, 'root'), user: USER };
    const usr = [{ kind: 'read-only', path: '/usr' } as const];
    const options = { program: '/usr/bin/true', args: [], env: {}, jail, paths: usr, descriptors: [], jailPath };
    await expect(startJailed({ ...options, ...wrong })).rejects.toMatchObject({
      name: 'JailError',
      message: expect.stringMatching(line),
    });
    expect(await readdir(join(place.dir, 'root'))).toEqual([]);
  });
});

/** Of whichever hierarchy this machine has. */
async function makeGroup(name: string): Promise<string> {
  const root = (await stat('/sys/fs/cgroup/pids').catch(() => undefined)) ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';
  const dir = join(root, name);
  await mkdir(dir);
  return dir;
}
