/** Clocks that are set: of the host, as the daemon sees it, and of a guest by a container that may. All else goes on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundles, Daemon, runContainer, runExec, until } from '@runv/testkit';
import { expect, test } from 'vitest';

const YEARS_MS = 10 * 365 * 86_400_000;
const STEPS = [YEARS_MS, -YEARS_MS, 0];

test('of the host: by ten years to and fro, containers start, run and end, and each event comes once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rv-clock-'));
  await using bundles = await Bundles.make();
  const file = join(dir, 'ms');
  const preload = fileURLToPath(new URL('./support/clock.mjs', import.meta.url));
  const env = { NODE_OPTIONS: `--import=${preload}`, RUNV_TEST_CLOCK: file };
  try {
    await using daemon = await Daemon.start({ env });
    const sleeper = await bundles.bundle({ args: ['sleep', '1000'] });
    const short = await bundles.bundle({ args: ['sh', '-c', 'echo out; exit 3'] });
    await daemon.client.createContainer({ id: 'c', bundlePath: sleeper });
    for (const [index, step] of STEPS.entries()) {
      await writeFile(file, `${step}`);
      process.kill(daemon.pid, 'SIGUSR2');
      const year = new Date(Date.now() + step).getUTCFullYear();
      await until(async () => yearOf((await daemon.client.stats({ id: 'c' })).timestamp) === year);
      expect(await runExec(daemon, 'c', { pid: `e${index}`, args: ['true'] })).toMatchObject({ status: 0 });
      const { stdout, status } = await runContainer(daemon, `s${index}`, short);
      expect({ stdout: stdout.toString(), status }).toEqual({ stdout: 'out\n', status: 3 });
    }
    await daemon.client.delete({ id: 'c', force: true });
    await until(async () => (await daemon.client.state({})).containers.length === 0);
    const events = (await daemon.events()) as { type: string; id: string; pid?: string }[];
    const ends = events.filter(({ type }) => type === 'exit').map(({ id, pid }) => `${id} ${pid}`);
    expect(ends.sort()).toEqual(['c e0', 'c e1', 'c e2', 'c init', 's0 init', 's1 init', 's2 init']);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('of a guest, by a container that may: it answers, and its programs end with their statuses', async () => {
  await using bundles = await Bundles.make();
  await using daemon = await Daemon.start();
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
  await daemon.client.createContainer({ id: 'c', bundlePath });
  let count = 0;
  const exec = (args: string[], capabilities: string[] = []) => {
    count += 1;
    return runExec(daemon, 'c', { pid: `e${count}`, args, capabilities });
  };
  for (const year of ['2037', '1971']) {
    expect(await exec(['date', '-s', `${year}-01-01`], ['CAP_SYS_TIME'])).toMatchObject({ status: 0 });
    expect((await exec(['date', '+%Y'])).stdout.toString()).toBe(`${year}\n`);
    expect(await exec(['sh', '-c', 'sleep 0.2; exit 7'])).toMatchObject({ status: 7 });
    expect((await daemon.client.state({ id: 'c' })).containers).toHaveLength(1);
  }
  await daemon.client.delete({ id: 'c', force: true });
  await until(async () => (await daemon.leftovers()).length === 0);
});

function yearOf(seconds: bigint | number | string): number {
  return new Date(Number(seconds) * 1000).getUTCFullYear();
}
