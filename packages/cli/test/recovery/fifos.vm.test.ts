/**
 * A client of types.API that has named FIFOs: the daemon is killed at random moments while all of them flow. `RUNV_TEST_FULL=1` has 50
 * rounds; `RUNV_SEED` repeats those of an earlier run.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { startOf } from '@runv/supervisor';
import { Bundles, Daemon, Fifos, runExec, until } from '@runv/testkit';
import { expect, test } from 'vitest';
import { Random, SEED } from '../support/random.ts';

const ROUNDS = process.env.RUNV_TEST_FULL ? 50 : 6;
/** How long after the daemon is there it is killed, at most, in ms. */
const LATEST_KILL_MS = 1500;
const FEED_MS = 5;

/** Says numbers on stdout and stderr until stdin has ended, and then what it has read. */
const PROGRAM = `
exec 3<&0
(md5sum <&3 >/tmp/sum; : >/tmp/stop) &
i=0
while [ ! -e /tmp/stop ]; do
  n=0
  while [ $n -lt 100 ]; do i=$((i+1)); n=$((n+1)); echo "out $i"; echo "err $i" >&2; done
  sleep 0.01
done
wait
echo "read $(cut -d ' ' -f 1 /tmp/sum)"
exit 7`;

test(`FIFOs lose nothing and double nothing in ${ROUNDS} rounds; seed ${SEED}`, async () => {
  process.stderr.write(`rounds of FIFOs: ${ROUNDS}, RUNV_SEED=${SEED}\n`);
  const random = new Random(SEED);
  await using bundles = await Bundles.make();
  await using client = await Fifos.make();
  await using added = await Fifos.make();
  await using last = new Successor(await Daemon.start());
  const outputs = await Promise.all([client, added].map(readOutputs));
  const bundlePath = await bundles.bundle({ args: ['sh', '-c', PROGRAM] });
  const { daemon } = last;
  await daemon.client.createContainer({ id: 'c', bundlePath, stdin: client.path('stdin'), ...client.outputs });
  const cat = { id: 'c', pid: 'cat', args: ['cat'], stdin: added.path('stdin') };
  await daemon.client.addProcess({ ...cat, ...added.outputs });
  const before = await pidsOf(daemon);
  const feeds = [feed(client.writer(), 'fed'), feed(added.writer(), 'added')] as const;
  for (let round = 0; round < ROUNDS; round += 1) {
    await delay(random.upTo(LATEST_KILL_MS));
    await last.kill();
    // What nobody takes waits.
    if (random.upTo(1)) await delay(random.upTo(300));
    await last.next();
  }
  expect(await pidsOf(last.daemon)).toEqual(before);
  const [fed, echoed] = await Promise.all(feeds.map((one) => one.stop()));
  // The one is told to end while its writer is there, and the other's writer goes.
  feeds[1].writer.end();
  const [{ stdout: cats }, { stdout, stderr }] = [outputs[1] as Read, outputs[0] as Read];
  expect(await cats()).toBe(echoed);
  await last.daemon.client.updateProcess({ id: 'c', pid: 'init', closeStdin: true });
  const [said, errors] = await Promise.all([stdout(), stderr()]);
  feeds[0].writer.destroy();
  const count = errors.split('\n').length - 1;
  expect(count).toBeGreaterThan(ROUNDS * 100);
  expect(errors === numbers('err', count)).toBe(true);
  const sum = createHash('md5')
    .update(fed ?? '')
    .digest('hex');
  expect(said.slice(numbers('out', count).length)).toBe(`read ${sum}\n`);
  expect(said.startsWith(numbers('out', count))).toBe(true);
  await until(async () => (await last.daemon.client.state({})).containers.length === 0);
  expect(await last.daemon.events()).toEqual([
    expect.objectContaining({ id: 'c', type: 'start-container' }),
    expect.objectContaining({ id: 'c', type: 'start-process', pid: 'cat' }),
    expect.objectContaining({ id: 'c', type: 'exit', pid: 'cat' }),
    expect.objectContaining({ id: 'c', type: 'exit', pid: 'init', status: 7 }),
  ]);
}, 3_600_000);

test('a process that ends while no daemon is there has got what came meanwhile, and its client gets all that it said', async () => {
  await using bundles = await Bundles.make();
  await using fifos = await Fifos.make();
  await using last = new Successor(await Daemon.start());
  const { stdout, stderr } = await readOutputs(fifos);
  const bundlePath = await bundles.bundle({ args: ['sh', '-c', 'read line; echo "$line" >&2; seq 20000; exit 5'] });
  await last.daemon.client.createContainer({ id: 'c', bundlePath, stdin: fifos.path('stdin'), ...fifos.outputs });
  await last.kill();
  fifos.writer().end('typed for nobody yet\n');
  await delay(300);
  await last.next();
  expect(await stderr()).toBe('typed for nobody yet\n');
  expect((await stdout()).split('\n').length).toBe(20_001);
  await until(async () => (await last.daemon.events()).length === 2);
  expect((await last.daemon.events())[1]).toMatchObject({ id: 'c', type: 'exit', pid: 'init', status: 5 });
});

test('stdin that was told to end ends, whenever the daemon is killed', async () => {
  await using bundles = await Bundles.make();
  await using fifos = await Fifos.make();
  await using last = new Successor(await Daemon.start());
  const { stdout } = await readOutputs(fifos);
  const bundlePath = await bundles.bundle({ args: ['sh', '-c', 'sleep 1; exec md5sum'] });
  await last.daemon.client.createContainer({ id: 'c', bundlePath, stdin: fifos.path('stdin'), ...fifos.outputs });
  const writer = fifos.writer();
  writer.on('error', () => {});
  // As much as the guest, the shim and the FIFO keep, and no more than that.
  const data = Buffer.alloc(150_000, 'typed');
  await new Promise((resolve) => writer.write(data, resolve));
  await last.daemon.client.updateProcess({ id: 'c', pid: 'init', closeStdin: true });
  await last.kill();
  writer.destroy();
  await last.next();
  expect(await stdout()).toBe(`${createHash('md5').update(data).digest('hex')}  -\n`);
});

test.each([
  ['while a daemon is there', false],
  ['while none is', true],
])('a process whose carrier is killed %s goes on without a reader', async (_, alone) => {
  await using bundles = await Bundles.make();
  await using fifos = await Fifos.make();
  await using last = new Successor(await Daemon.start());
  const { stdout } = await readOutputs(fifos);
  const args = [
    'sh',
    '-c',
    'cat >/dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done; exec sleep 100000',
  ];
  const bundlePath = await bundles.bundle({ args });
  await last.daemon.client.createContainer({ id: 'c', bundlePath, stdin: fifos.path('stdin'), ...fifos.outputs });
  const [carrier, ...more] = await carriersOf(last.daemon);
  expect(more).toEqual([]);
  if (alone) await last.kill();
  process.kill(Number(carrier), 'SIGKILL');
  expect(await stdout()).toBe('');
  if (alone) await last.next();
  // Its stdin has ended, and its output holds it up no more.
  await until(async () => {
    const { stdout } = await runExec(last.daemon, 'c', { pid: 'ps', args: ['ps', '-o', 'args'] });
    return stdout.toString().includes('sleep 100000');
  });
  await last.daemon.client.signal({ id: 'c', pid: 'init', signal: 9 });
  await until(async () => (await last.daemon.client.state({})).containers.length === 0);
  expect(await last.daemon.events()).toContainEqual(
    expect.objectContaining({ id: 'c', type: 'exit', pid: 'init', status: 137 }),
  );
});

/** The pids of the shims that have the stdio of the daemon's clients. */
async function carriersOf(daemon: Daemon): Promise<string[]> {
  const lines = (await daemon.leftovers()).filter((line) => line.includes('runv-shim stdio c/init'));
  return lines.map((line) => line.trim().split(' ')[0] as string);
}

/** The daemon of a directory, and those that come after it. */
class Successor implements AsyncDisposable {
  daemon: Daemon;

  constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  async kill(): Promise<void> {
    const { daemon } = this;
    daemon.child.kill('SIGKILL');
    await daemon.ended;
    daemon.client.close();
  }

  async next(): Promise<void> {
    this.daemon = await Daemon.start({ dir: this.daemon.dir });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }
}

interface Read {
  stdout(): Promise<string>;
  stderr(): Promise<string>;
}

async function readOutputs(fifos: Fifos): Promise<Read> {
  const [stdout, stderr] = [await fifos.readAll('stdout'), await fifos.readAll('stderr')];
  return { stdout: async () => `${await stdout()}`, stderr: async () => `${await stderr()}` };
}

/** The VM is the host's process for what a client without a shim has started. */
async function pidsOf({ client }: Daemon): Promise<number[]> {
  const { containers } = await client.state({ id: 'c' });
  const pids = containers.flatMap(({ processes }) => processes.map(({ systemPid }) => systemPid));
  expect(pids.every((pid) => startOf(pid) !== undefined)).toBe(true);
  expect(new Set(pids).size).toBe(1);
  return pids;
}

/** Writes numbered lines, a few at a time. `stop` resolves with all of them once they are in the FIFO. */
function feed(writer: Writable, word: string): { readonly writer: Writable; stop(): Promise<string> } {
  writer.on('error', () => {});
  const chunks: string[] = [];
  let stopped = false;
  const done = (async () => {
    for (let line = 0; !stopped; line += 100) {
      const chunk = Array.from({ length: 100 }, (_, index) => `${word} ${line + index}\n`).join('');
      chunks.push(chunk);
      if (!writer.write(chunk)) await once(writer, 'drain');
      await delay(FEED_MS);
    }
    await new Promise((resolve) => writer.write('', resolve));
    return chunks.join('');
  })();
  return {
    writer,
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

function numbers(word: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${word} ${index + 1}\n`).join('');
}
