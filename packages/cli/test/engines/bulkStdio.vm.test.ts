/** Bulk stdin and stdout of `docker run`, and a client that does not read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Engine, IMAGE, startDocker, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MIB = 2 ** 20;
const BLOCK = randomBytes(MIB);

describe('docker under load', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startDocker();
    await writeFile(engine.sandbox.path('block'), BLOCK);
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  /** The client in the foreground; docker's own log on disk is not what is tested. */
  const client = (flags: readonly string[], ...command: string[]) => {
    const [program = '', ...args] = [...engine.sandbox.enter, ...engine.address, 'run', '--rm', '--runtime', 'runv'];
    const all = [...args, '--log-driver', 'none', '--network', 'none', ...flags, IMAGE, ...command];
    const child = spawn(program, all, { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env.PATH } });
    const ended = once(child, 'close');
    return { child, exit: async () => (await ended)[0] };
  };

  /** Writes the block `count` times, each after its number, which is in /dev/shm/count too. */
  const writer = (count: number) =>
    `cp /block /dev/shm/block; for i in $(seq ${count}); do echo $i > /dev/shm/count; echo $i; cat /dev/shm/block; done`;
  const mounted = () => ['-v', `${engine.sandbox.path('block')}:/block:ro`];

  test('1 GiB of stdin reaches the program, byte for byte', async () => {
    const { child, exit } = client(['-i'], 'sha256sum');
    const said = text(child);
    await pipeline(Readable.from(numbered(1024)), child.stdin);
    expect(await said).toBe(`${digest(numbered(1024))}  -\n`);
    expect(await exit()).toBe(0);
  });

  test('1 GiB of stdout reaches the client, byte for byte', async () => {
    const { child, exit } = client(mounted(), 'sh', '-c', writer(1024));
    child.stdin.end();
    const { bytes, hash } = await read(child);
    expect(bytes).toBe(1024 * MIB + numbersLength(1024));
    expect(hash).toBe(digest(numbered(1024)));
    expect(await exit()).toBe(0);
  });

  test('a client that does not read holds up its own container only, and loses nothing', async () => {
    const count = async () => (await engine.cli('exec', 'stalled', 'cat', '/dev/shm/count')).stdout;
    const stalled = client([...mounted(), '--name', 'stalled'], 'sh', '-c', writer(192));
    stalled.child.stdin.end();
    let last = '';
    await until(async () => {
      const now = await count();
      const still = now !== '' && now === last;
      last = now;
      return still;
    });
    const before = await memory(engine);

    const other = client(['--name', 'other', ...mounted()], 'sh', '-c', `${writer(64)}; sleep 1000`);
    other.child.stdin.end();
    let bytes = 0;
    other.child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await until(() => bytes === 64 * MIB + numbersLength(64));
    const said = await engine.cli('exec', 'other', 'echo', 'not held up');
    expect(said).toEqual({ stdout: 'not held up\n', stderr: '', exitCode: 0 });
    expect((await engine.cli('inspect', '-f', '{{.State.Status}}', 'other')).stdout).toBe('running\n');
    expect((await engine.cli('kill', 'other')).exitCode).toBe(0);
    expect(await other.exit()).toBe(137);
    expect(await count()).toBe(last);
    expect(Number(last)).toBeLessThan(32);

    const { hash } = await read(stalled.child);
    expect(hash).toBe(digest(numbered(192)));
    expect(await stalled.exit()).toBe(0);
    const after = await memory(engine);
    const lasting = [...before].filter(([pid]) => after.has(pid));
    expect(lasting.length).toBeGreaterThanOrEqual(2);
    for (const [pid, bytes] of lasting) expect(after.get(pid)).toBeLessThan(bytes + 50 * MIB);
  });
});

/** What `writer` writes. */
function* numbered(count: number): Generator<Buffer> {
  for (let number = 1; number <= count; number += 1) {
    yield Buffer.from(`${number}\n`);
    yield BLOCK;
  }
}

function numbersLength(count: number): number {
  return Array.from({ length: count }, (_, index) => `${index + 1}\n`.length).reduce((sum, length) => sum + length, 0);
}

function digest(chunks: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function read(child: ChildProcess): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of child.stdout ?? []) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, hash: hash.digest('hex') };
}

async function text(child: ChildProcess): Promise<string> {
  let all = '';
  for await (const chunk of child.stdout ?? []) all += chunk;
  return all;
}

/** Resident bytes of each process that serves more than one container: runv's daemon and the engine's. */
async function memory(engine: Engine): Promise<Map<string, number>> {
  const { stdout } = await engine.sandbox.run(['ps', '-eo', 'pid,rss,args', '--no-headers', '-ww']);
  const rows = stdout.split('\n').filter((line) => /^ *\d+ +\d+ (dockerd |.*bin\.js)/.test(line));
  return new Map(
    rows.map((line) => {
      const [pid = '', rss = ''] = line.trim().split(/ +/);
      return [pid, Number(rss) * 1024];
    }),
  );
}
