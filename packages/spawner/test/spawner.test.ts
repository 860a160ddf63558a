import { spawn as fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, readlink } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Spawned, Spawner, type SpawnOptions, spawn, spawnerPath } from '../src/index.ts';

const HOST = `${spawnerPath()}-host`;
const INDEX = new URL('../dist/index.js', import.meta.url).href;

beforeAll(async () => {
  await execa('make', ['-s', '-C', new URL('../c', import.meta.url).pathname, 'all', 'host']);
}, 120_000);

describe.each([
  ['static', spawnerPath()],
  ['sanitized', HOST],
])('by the %s program', (_, path) => {
  let spawner: Spawner;
  beforeEach(() => {
    spawner = new Spawner(path);
  });
  afterEach(() => spawner[Symbol.asyncDispose]());
  const out = async (file: string, args: readonly string[], options: SpawnOptions = {}) => {
    const { streams, ended } = await spawner.spawn(file, args, { stdio: ['null', 'out'], ...options });
    const stdout = streams[1];
    return [stdout && (await text(stdout)), await ended];
  };

  test('a program has its pipes, and its status and output are told', async () => {
    const stdio = ['in', 'out', 'out'] as const;
    const { streams, ended } = await spawner.spawn('sh', ['-c', 'cat; echo err >&2; exit 3'], { stdio });
    const [stdin, stdout, stderr] = streams;
    stdin?.end('in');
    expect(await Promise.all([stdout, stderr].map((stream) => stream && text(stream)))).toEqual(['in', 'err\n']);
    expect(await ended).toEqual({ code: 3, signal: null });
  });

  test('a megabyte goes through, and what was written before the end is there after it', async () => {
    const { streams, ended } = await spawner.spawn('cat', [], { stdio: ['in', 'out'] });
    streams[0]?.end('x'.repeat(1 << 20));
    expect(streams[1] && (await text(streams[1]))).toHaveLength(1 << 20);
    await ended;
    const short = await spawner.spawn('echo', ['here'], { stdio: ['null', 'out'] });
    expect(await short.ended).toEqual({ code: 0, signal: null });
    expect(short.streams[1] && (await text(short.streams[1]))).toBe('here\n');
  });

  test('its name, arguments, environment and directory are those that it was given', async () => {
    const env = { PATH: '/usr/bin:/bin', A: 'ü\n', LEFT: undefined };
    expect(await out('sh', ['-c', 'echo "$0" "$1" $#; pwd', 'a b', '', 'c'], { env, cwd: '/tmp' })).toEqual([
      'a b  2\n/tmp\n',
      { code: 0, signal: null },
    ]);
    expect((await out('env', [], { env }))[0]).toBe('PATH=/usr/bin:/bin\nA=ü\n\n');
    expect((await out('cat', ['/proc/self/cmdline'], { argv0: 'cat of another name' }))[0]).toContain(
      'of another name\0',
    );
    expect((await out('pwd', []))[0]).toBe('/\n');
  });

  test('it gets descriptors of this process, and has no others', async () => {
    await using handle = await open('/proc/self/ns/net');
    const child = await spawner.spawn('sleep', ['1000'], { stdio: ['null', 'out', 'null', handle.fd] });
    // It opens and closes its libraries as it begins.
    await expect.poll(() => readdir(`/proc/${child.pid}/fd`)).toEqual(['0', '1', '2', '3']);
    expect(await readlink(`/proc/${child.pid}/fd/3`)).toBe(await readlink('/proc/self/ns/net'));
    child.kill('SIGKILL');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('it blocks and ignores no signal, and is in a session of its own where that is wanted', async () => {
    const child = await spawner.spawn('sleep', ['1000'], { session: true });
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    expect(status).toMatch(/SigBlk:\t0+\nSigIgn:\t0+\n/);
    expect((await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ')[5]).toBe(`${child.pid}`);
    child.kill();
    expect(await child.ended).toEqual({ code: null, signal: 'SIGTERM' });
    // Its pid may be another's by now.
    child.kill('SIGKILL');
  });

  test('it runs in a network namespace', async () => {
    const holder = fork('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
    try {
      const netns = `/proc/${holder.pid}/ns/net`;
      const own = await readlink('/proc/self/ns/net');
      await expect.poll(() => readlink(netns)).not.toBe(own);
      expect((await out('readlink', ['/proc/self/ns/net'], { netns }))[0]).toBe(`${await readlink(netns)}\n`);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  test.each<[string, string, SpawnOptions, string]>([
    ['a program that is not there', '/no/such', {}, '/no/such: No such file or directory'],
    ['one that is in no PATH', 'no-such', { env: {} }, 'no-such: No such file or directory'],
    ['a directory that is not there', 'true', { cwd: '/none' }, 'entering /none: No such file or directory'],
    ['no namespace', 'true', { netns: '/none' }, 'entering the network namespace /none: No such file or directory'],
    ['no descriptor', 'true', { stdio: [9999] }, 'taking descriptor 9999: Bad file descriptor'],
  ])('%s is an error, and the next one is started', async (_, file, options, words) => {
    await expect(spawner.spawn(file, [], options)).rejects.toThrow(words);
    expect((await out('echo', ['here']))[0]).toBe('here\n');
  });

  test('many at once are told apart', async () => {
    const all = Array.from({ length: 50 }, (_, index) => out('sh', ['-c', `echo ${index}; exit ${index}`]));
    const wanted = Array.from({ length: 50 }, (_, index) => [`${index}\n`, { code: index, signal: null }]);
    expect(await Promise.all(all)).toEqual(wanted);
  });

  test('no descriptor of its own is left over', async () => {
    const { pid } = await spawner.spawn('true', []);
    const parent = Number((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(' ')[3]) || (await own());
    const before = (await readdir(`/proc/${parent}/fd`)).length;
    for (let run = 0; run < 20; run += 1) await out('true', []);
    await expect(spawner.spawn('/no/such', [])).rejects.toThrow();
    await expect.poll(async () => (await readdir(`/proc/${parent}/fd`)).length).toBe(before);
  });

  test('when it is killed, what it has started is given up, what is tied ends, and it is replaced', async () => {
    const tied = await spawner.spawn('sleep', ['1000'], { tied: true });
    const free = await spawner.spawn('sleep', ['1000']);
    process.kill(await own(), 'SIGKILL');
    for (const { ended } of [tied, free])
      await expect(ended).rejects.toThrow('the process that starts programs has ended');
    await expect.poll(() => isRunning(tied)).toBe(false);
    expect(await isRunning(free)).toBe(true);
    process.kill(free.pid, 'SIGKILL');
    expect((await out('echo', ['here']))[0]).toBe('here\n');
  });

  /** The small process's pid. */
  async function own(): Promise<number> {
    const child = await spawner.spawn('sleep', ['1000']);
    const parent = Number((await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ')[3]);
    child.kill('SIGKILL');
    await child.ended;
    return parent;
  }
});

test('the process that starts programs waits for those that it awaits, and for no others', async () => {
  const script = (rest: string) => `const { spawn } = await import(${JSON.stringify(INDEX)});
    const child = await spawn('sleep', ['0.5'], { tied: true });
    ${rest}`;
  const run = (rest: string) => execa(process.execPath, ['--input-type=module', '-e', script(rest)]);
  expect((await run('child.ended.then(({ code }) => console.log(code));')).stdout).toBe('0');
  expect((await run('child.unref(); child.ended.then(({ code }) => console.log(code));')).stdout).toBe('');
});

test('the small process ends with its parent, however that ends', async () => {
  const script = `const { spawn } = await import(${JSON.stringify(INDEX)});
    const { pid } = await spawn('sleep', ['1000'], { tied: true });
    console.log(pid);`;
  const parent = fork(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = await once(parent.stdout, 'data');
  const spawner = (await readFile(`/proc/${Number(pid)}/stat`, 'utf8')).split(' ')[3];
  parent.kill('SIGKILL');
  await once(parent, 'close');
  for (const one of [`${Number(pid)}`, spawner]) await expect.poll(() => cmdline(one)).toBe('');
});

test('a program that is not there is no spawner', async () => {
  await expect(new Spawner('/no/such').spawn('true', [])).rejects.toThrow('/no/such cannot be run');
});

test('the shared one starts programs too', async () => {
  expect(await (await spawn('false', [])).ended).toEqual({ code: 1, signal: null });
});

async function isRunning({ pid }: Spawned): Promise<boolean> {
  return (await cmdline(`${pid}`)) !== '';
}

/** Nothing of one that has ended. */
async function cmdline(pid: string | undefined): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
