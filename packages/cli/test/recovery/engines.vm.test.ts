/**
 * The daemon is killed at random points under Docker, Podman and containerd: these notice nothing, or hear of an error and can clear
 * up. `RUNV_TEST_FULL=1` has 40 rounds; `RUNV_SEED` repeats those of an earlier run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Engine, type Sandbox, startContainerd, startDocker, startPodman, until } from '@runv/testkit';
import { describe, expect, test } from 'vitest';
import { Random, SEED } from '../support/random.ts';

const ROUNDS = process.env.RUNV_TEST_FULL
  ? { docker: 14, podman: 13, containerd: 13 }
  : { docker: 2, podman: 2, containerd: 2 };
/** How long after the round's beginning the daemon is killed, at most, in ms. */
const LATEST_KILL_MS = 2500;
const LIMIT_MS = 1_800_000;
const TICKS = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.05; done';

interface Kind {
  readonly name: keyof typeof ROUNDS;
  readonly sandbox: Sandbox;
  /** A container that says this much; undefined where the engine said that it failed. */
  play(id: string, script: string): Promise<{ readonly said: string; readonly status: number } | undefined>;
  /** Removes what may be left of one that failed. */
  clear(id: string): Promise<void>;
  /** Runs `echo here` in the container that lives through all rounds. */
  anchorSays(): Promise<string>;
  /** The names of all containers. */
  names(): Promise<string[]>;
}

describe.each([
  { name: 'docker', open: () => open(startDocker) },
  { name: 'podman', open: () => open(startPodman) },
  { name: 'containerd', open: openContainerd },
] as const)('$name', ({ name, open: openOne }) => {
  test(
    `loses nothing in ${ROUNDS[name]} rounds; seed ${SEED}`,
    async () => {
      process.stderr.write(`${name}: ${ROUNDS[name]} rounds, RUNV_SEED=${SEED}\n`);
      await using kind = await openOne();
      const random = new Random(SEED);
      for (let round = 0; round < ROUNDS[name]; round += 1) {
        try {
          await playRound(kind, `round-${round}`, random);
        } catch (error) {
          throw new Error(`round ${round} of seed ${SEED}: ${error instanceof Error ? error.stack : error}`);
        }
      }
    },
    LIMIT_MS,
  );
});

async function playRound(kind: Kind, id: string, random: Random): Promise<void> {
  const [count, status] = [random.upTo(4000), random.upTo(120)];
  const script = `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "line $i"; done; exit ${status}`;
  const played = kind.play(id, script);
  await delay(random.upTo(LATEST_KILL_MS));
  await kind.sandbox.run(['pkill', '-KILL', '-f', 'bin.js .* containerd --containerd-dir']);
  // By the next command the next daemon takes back what there was.
  const said = await kind.anchorSays();
  expect(said, said).toBe('here\n');
  const outcome = await played;
  if (outcome) {
    expect(outcome.status).toBe(status);
    expect(outcome.said).toBe(lines(count));
  }
  await kind.clear(id);
  expect(await kind.names()).toEqual(['anchor']);
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
}

async function open(start: () => Promise<Engine>): Promise<Kind & AsyncDisposable> {
  const engine = await start();
  const { exitCode, stderr } = await engine.run(['-d', '--name', 'anchor'], 'sh', '-c', TICKS);
  expect(exitCode, stderr).toBe(0);
  return {
    ...{ name: engine.name, sandbox: engine.sandbox },
    async play(id, script) {
      const run = await engine.run(['-d', '--name', id], 'sh', '-c', script);
      if (run.exitCode !== 0) return undefined;
      const status = Number((await engine.cli('wait', id)).stdout);
      return { status, said: (await engine.cli('logs', id)).stdout };
    },
    clear: async (id) => void (await engine.cli('rm', '-f', ...engine.atOnce, id)),
    async anchorSays() {
      const { stdout, stderr } = await engine.cli('exec', 'anchor', 'echo', 'here');
      return stdout + stderr;
    },
    names: async () => (await engine.cli('ps', '-a', '--format', '{{.Names}}')).stdout.trim().split('\n'),
    async [Symbol.asyncDispose]() {
      const said = (await engine.cli('logs', 'anchor')).stdout;
      expect(said).toBe(lines(said.split('\n').length - 1));
      await engine.cli('rm', '-f', ...engine.atOnce, 'anchor');
      await engine[Symbol.asyncDispose]();
    },
  };
}

async function openContainerd(): Promise<Kind & AsyncDisposable> {
  const containerd = await startContainerd();
  // containerd's shim makes it without the right to enter it, which runv's shim, without capabilities, then has not.
  await containerd.sandbox.run(['mkdir', '-m', '711', '/run/containerd']);
  const { exitCode, stderr } = await containerd.run(['--detach', '--null-io'], 'anchor', 'sh', '-c', TICKS);
  expect(exitCode, stderr).toBe(0);
  const names = async () => (await containerd.ctr('container', 'ls', '-q')).stdout.trim().split('\n').filter(Boolean);
  let execs = 0;
  return {
    ...{ name: 'containerd', sandbox: containerd.sandbox, names },
    async play(id, script) {
      const said = await containerd.run([], id, 'sh', '-c', script);
      // ctr has its own words on stderr where the runtime failed.
      return said.stderr === '' ? { status: said.exitCode ?? -1, said: said.stdout } : undefined;
    },
    async clear(id) {
      await containerd.ctr('task', 'rm', '--force', id);
      await until(async () => {
        await containerd.ctr('container', 'rm', id);
        return !(await names()).includes(id);
      });
    },
    async anchorSays() {
      execs += 1;
      const { stdout, stderr } = await containerd.ctr(
        'task',
        'exec',
        '--exec-id',
        `e${execs}`,
        'anchor',
        'echo',
        'here',
      );
      return stdout + stderr;
    },
    async [Symbol.asyncDispose]() {
      await containerd.ctr('task', 'rm', '--force', 'anchor');
      await containerd[Symbol.asyncDispose]();
    },
  };
}
