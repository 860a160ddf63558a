/** Many containers, one after the other and a few at a time, leave the daemon and the host as they were. `RUNV_TEST_FULL=1` has 500. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundles, Daemon, exitOf, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { makeNetns } from './support/netns.ts';

const COUNT = process.env.RUNV_TEST_FULL ? 500 : 24;
const AT_ONCE = 4;
/** What the heap may have more afterwards for each container: nothing that is kept of one is so small. */
const HEAP_BYTES = 4096;
/** What it has more or less by chance. */
const HEAP_NOISE = 3 << 20;
const PROBE = fileURLToPath(new URL('support/heapProbe.mjs', import.meta.url));
const LIMIT_MS = 3_600_000;

test(`${COUNT} containers, with exec and kill`, { timeout: LIMIT_MS }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rv-soak-'));
  const heapFile = join(dir, 'heap');
  const bundles = await Bundles.make();
  const daemon = await Daemon.start({ env: { NODE_OPTIONS: `--import ${PROBE}`, RUNV_TEST_HEAP: heapFile } });
  const netns = await makeNetns('eth0', '10.78.0.2/24');
  onTestFinished(async () => {
    await daemon[Symbol.asyncDispose]();
    await bundles[Symbol.asyncDispose]();
    await netns[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });
  const args = ['sleep', '1000'];
  const network = { type: 'network', path: netns.path };
  const plain = await bundles.bundle({ args });
  const joined = await bundles.bundle({ args, spec: { linux: { namespaces: [{ type: 'pid' }, network] } } });

  const one = async (index: number) => {
    const id = `c${index}`;
    // One at a time has the namespace's interface.
    await daemon.client.createContainer({ id, bundlePath: index % AT_ONCE === 0 ? joined : plain });
    const said = await runExec(daemon, id, { pid: 'e', args: ['echo', id] });
    expect(said.stdout.toString()).toBe(`${id}\n`);
    const exit = await exitOf(daemon.client, id, 'init');
    if (index % 3 === 0) await daemon.client.signal({ id, pid: 'init', signal: 9 });
    else await daemon.client.delete({ id, force: true });
    expect(await exit()).toBe(137);
  };
  const many = async (from: number, to: number) => {
    for (let index = from; index < to; index += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => one(index + more)));
    await until(async () => (await daemon.leftovers()).length === 0 && (await readdir(daemon.stateDir)).length === 0);
  };
  const heap = async () => {
    await rm(heapFile, { force: true });
    daemon.child.kill('SIGUSR2');
    await until(async () => (await readdir(dir)).includes('heap'));
    return Number(await readFile(heapFile, 'utf8'));
  };
  const links = async () => (await execa('ip', ['-n', netns.name, '-oneline', 'link'])).stdout.split('\n').length;
  const qdiscs = async () => (await execa('tc', ['-n', netns.name, 'qdisc'])).stdout;
  const clean = { links: await links(), qdiscs: await qdiscs() };

  await many(0, 2 * AT_ONCE);
  const [descriptors, bytes] = [await daemon.descriptors(), await heap()];
  await many(2 * AT_ONCE, COUNT);
  await until(async () => (await daemon.descriptors()) <= descriptors);
  await until(async () => (await links()) === clean.links);
  expect(await qdiscs()).toBe(clean.qdiscs);
  const grown = (await heap()) - bytes;
  process.stderr.write(
    `${COUNT} containers: the heap has ${(grown / 1024).toFixed(0)} KiB more, descriptors ${descriptors}\n`,
  );
  expect(grown).toBeLessThan(HEAP_NOISE + COUNT * HEAP_BYTES);
});
