/** Servers with a health check each, for a while: all stay healthy, and nothing grows. `RUNV_TEST_FULL=1` has 20 for ten minutes. */
import { type Engine, startDocker, until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FULL = process.env.RUNV_TEST_FULL !== undefined;
const COUNT = FULL ? 20 : 4;
const LASTING_MS = FULL ? 600_000 : 20_000;
const LIMIT_MS = LASTING_MS + 720_000;
/** Between two checks: so that they take half of a CPU, by emulation too. */
const INTERVAL = FULL ? '10s' : '2s';
/** A guest has what it needs after a minute, and grows until then. */
const SETTLING_MS = FULL ? 120_000 : 0;
/** What memory has more or less by chance, of all VMs and of the daemon; in MiB. */
const NOISE = { vms: (FULL ? 1 : 4) * COUNT, daemon: 16 };
/** A line for each process: pid, parent, PSS in KiB, command line. */
const PROCESSES = `cd /proc; for pid in [0-9]*; do
  pss=$(awk '/^Pss:/ { print $2 }' $pid/smaps_rollup) && echo $pid $(awk '/^PPid:/ { print $2 }' $pid/status) $pss $(tr '\\0' ' ' < $pid/cmdline)
done 2> /dev/null`;

/** The template's clone that is ready for the next one. */
const KEPT = 1;

let engine: Engine;

beforeAll(async () => {
  engine = await startDocker();
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

test(`${COUNT} servers for ${LASTING_MS / 1000} s`, { timeout: LIMIT_MS }, async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `server${index}`);
  const check = ['--health-cmd', 'wget -q -O /dev/null http://127.0.0.1/bin/busybox', '--health-interval', INTERVAL];
  const health = [...check, '--health-timeout', '60s', '--health-retries', '1', '--health-start-period', '60s'];
  for (const name of names) {
    const { exitCode, stderr } = await engine.run(['--detach', '--name', name, ...health], 'httpd', '-f', '-h', '/');
    expect(exitCode, stderr).toBe(0);
  }
  await checked(names, Date.now() + SETTLING_MS);
  const before = await state();
  await checked(names, Date.now() + LASTING_MS);
  const after = await state();
  process.stderr.write(`${COUNT} servers, before and after: ${JSON.stringify({ before, after })}\n`);
  expect(after.vms - before.vms).toBeLessThan(NOISE.vms);
  expect(after.daemon - before.daemon).toBeLessThan(NOISE.daemon);
  // An exec is under way now and then, and has some.
  await until(async () => {
    const { descriptors, processes } = await state();
    return descriptors <= before.descriptors && processes <= before.processes;
  });
  expect((await engine.cli('rm', '--force', ...names)).exitCode).toBe(0);
  expect(await engine.sandbox.machines()).toBeLessThanOrEqual(KEPT);
});

/** Each has been checked after that time, and found healthy whenever this looked. */
async function checked(names: readonly string[], time: number): Promise<void> {
  const format =
    '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{range .State.Health.Log}}{{.Start.UnixMilli}} {{end}}';
  await until(async () => {
    const { stdout } = await engine.cli('inspect', '--format', format, ...names);
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    for (const [status, streak] of states) {
      expect(status).not.toBe('unhealthy');
      expect(streak).toBe('0');
    }
    return states.every(([status, , ...starts]) => status === 'healthy' && Number(starts.at(-2)) > time);
  });
}

/** What may not grow: the number of processes, the daemon's descriptors, memory in MiB. */
async function state() {
  const { stdout } = await engine.sandbox.run(['sh', '-c', PROCESSES]);
  const processes = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, pss, words = ''] = /^(\d+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    return pid ? [{ pid, parent, mib: Number(pss) / 1024, words }] : [];
  });
  const inVm = new Set<string>();
  const byAge = processes.toSorted((one, other) => Number(one.pid) - Number(other.pid));
  for (const { pid, parent = '', words } of byAge) if (inVm.has(parent) || /runv-jail/.test(words)) inVm.add(pid);
  const daemon = processes.find(({ words }) => / containerd /.test(words) && /bin\.js/.test(words));
  const fds = await engine.sandbox.run(['ls', `/proc/${daemon?.pid}/fd`]);
  const sum = (of: typeof processes) => of.reduce((all, { mib }) => all + mib, 0);
  return {
    processes: processes.length,
    descriptors: fds.stdout.trim().split('\n').length,
    daemon: daemon?.mib ?? 0,
    vms: sum(processes.filter(({ pid }) => inVm.has(pid))),
  };
}
