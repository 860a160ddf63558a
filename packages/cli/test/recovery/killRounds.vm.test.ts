/**
 * The daemon is killed at random points of creates, starts, execs, output, ends and deletes, round after round, and a model says what
 * must be true then. `RUNV_TEST_FULL=1` has 200 rounds; `RUNV_SEED` repeats those of an earlier run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random, SEED } from '../support/random.ts';
import type { CommandResult } from '../support/runv.ts';
import { makePlace, type Place } from './place.ts';

const ROUNDS = process.env.RUNV_TEST_FULL ? 200 : 12;
/** How long after the round's beginning the daemon is killed, at most, in ms. */
const LATEST_KILL_MS = 4000;
/** How much of the daemons' log is shown with a failure. */
const LOG_LINES = 40;

let place: Place;
let sleeper: string;
beforeAll(async () => {
  place = await makePlace();
  sleeper = await place.bundle({ args: ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done'] });
  // It lives through all rounds.
  const ticks = await place.bundle({
    args: ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.02; done'],
  });
  expect(await place.runvInto('anchor', 'create', '-b', ticks, 'anchor')).toBe(0);
  expect((await place.runv('start', 'anchor')).exitCode).toBe(0);
});
afterAll(async () => {
  await place.runv('delete', '--force', 'anchor');
  await place[Symbol.asyncDispose]();
});

test(`loses nothing and doubles nothing in ${ROUNDS} rounds; seed ${SEED}`, async () => {
  process.stderr.write(`kill rounds: ${ROUNDS}, RUNV_SEED=${SEED}\n`);
  const random = new Random(SEED);
  const seen = { runs: 0, runsFailed: 0, steps: 0, stepsFailed: 0, kills: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      await playRound(round, random, seen);
    } catch (error) {
      const log = (await place.log()).split('\n').slice(-LOG_LINES).join('\n');
      throw new Error(`round ${round} of seed ${SEED}: ${error instanceof Error ? error.stack : error}\n${log}`);
    }
  }
  const anchor = await place.said('anchor');
  expect(anchor).toBe(lines(anchor.split('\n').length - 1));
  expect((await place.state('anchor')).status).toBe('running');
  process.stderr.write(`kill rounds: ${JSON.stringify(seen)}\n`);
}, 3_600_000);

async function playRound(round: number, random: Random, seen: Record<string, number>): Promise<void> {
  const plays = [
    ...Array.from({ length: random.upTo(2) }, (_, index) => runToEnd(`run-${round}-${index}`, random.fork(), seen)),
    ...Array.from({ length: 1 + random.upTo(1) }, (_, index) => stepByStep(`c-${round}-${index}`, random.fork(), seen)),
  ];
  const kills = 1 + (random.upTo(3) === 0 ? 1 : 0);
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(random.upTo(LATEST_KILL_MS));
    await place.kill();
    seen.kills = (seen.kills ?? 0) + 1;
    // The next command takes back what there was.
    expect(await place.runv('exec', 'anchor', 'echo', 'here')).toMatchObject({ stdout: 'here\n', exitCode: 0 });
  }
  const checks = await Promise.all(plays);
  for (const check of checks) await check();
  await until(async () => (await place.leftovers()).filter((line) => !/anchor|\/vm\//.test(line)).length <= 1);
}

/** A container from its start to its end, with all that it says. */
async function runToEnd(id: string, random: Random, seen: Record<string, number>): Promise<() => Promise<void>> {
  const [count, status] = [random.upTo(20_000), random.upTo(200)];
  const bundle = await place.bundle({ args: counter(count, status) });
  seen.runs = (seen.runs ?? 0) + 1;
  const exitCode = await place.runvInto(id, 'run', '-b', bundle, id);
  return async () => {
    const [said, errors] = [await place.said(id), await place.said(`${id}.err`)];
    if (errors === '') {
      expect({ id, exitCode }).toEqual({ id, exitCode: status });
      expect(where(said, lines(count)), id).toBe('');
      expect(await place.events(id)).toEqual(['start-container', exitEvent('init', status)]);
      expect(await place.state(id)).toEqual({});
    } else {
      seen.runsFailed = (seen.runsFailed ?? 0) + 1;
      // Its client was told of an error: nothing of it stays.
      await place.runv('delete', '--force', id);
      expect(where(said, lines(count).slice(0, said.length)), id).toBe('');
      await until(async () => Object.keys(await place.state(id)).length === 0);
      await eventsArePaired(id);
    }
  };
}

const STEPS = ['create', 'start', 'exec', 'exec', 'stop', 'delete'] as const;

/** A container as an engine has it, step by step, until one fails. */
async function stepByStep(id: string, random: Random, seen: Record<string, number>): Promise<() => Promise<void>> {
  const count = random.upTo(5000);
  const done: string[] = [];
  const until_ = random.upTo(STEPS.length - 1);
  let failed: { step: string; said: CommandResult } | undefined;
  for (const [index, step] of STEPS.entries()) {
    if (index > until_) break;
    const said = await doStep(id, step, { name: `${id}-${index}`, count });
    seen.steps = (seen.steps ?? 0) + 1;
    if (said.exitCode !== 0) {
      failed = { step, said };
      seen.stepsFailed = (seen.stepsFailed ?? 0) + 1;
      break;
    }
    done.push(step === 'exec' ? `exec ${index}` : step);
    if (random.upTo(1)) await delay(random.upTo(100));
  }
  return async () => {
    const why = JSON.stringify({ id, done, failed });
    const { status } = await place.state(id);
    if (done.includes('delete')) expect(status, why).toBeUndefined();
    else if (done.includes('stop')) await until(async () => (await place.state(id)).status !== 'running');
    else if (done.includes('start') && !failed) expect(status, why).toBe('running');
    else if (done.includes('create') && !failed) expect(status, why).toBe('created');
    for (const exec of done.filter((step) => step.startsWith('exec'))) {
      // One that was told to be running says all, unless the container was ended first.
      const name = `${id}-${exec.split(' ')[1]}`;
      if (!done.includes('stop') && failed?.step !== 'stop')
        await until(async () => (await place.said(name)) === lines(count));
      const said = await place.said(name);
      expect(where(said, lines(count).slice(0, said.length)), why).toBe('');
    }
    await place.runv('delete', '--force', id);
    await until(async () => Object.keys(await place.state(id)).length === 0);
    await eventsArePaired(id);
    const events = await place.events(id);
    if (done.includes('start')) expect(events, why).toContain('start-container');
    if (done.includes('create'))
      expect(
        events.filter((event) => event.startsWith('exit init')),
        why,
      ).toHaveLength(1);
  };
}

async function doStep(
  id: string,
  step: (typeof STEPS)[number],
  { name, count }: { readonly name: string; readonly count: number },
): Promise<CommandResult> {
  if (step === 'create') return await place.runv('create', '-b', sleeper, id);
  if (step === 'start') return await place.runv('start', id);
  if (step === 'stop') return await place.runv('kill', id, 'TERM');
  if (step === 'delete') {
    await until(async () => (await place.state(id)).status !== 'running');
    return await place.runv('delete', id);
  }
  const exitCode = await place.runvInto(name, 'exec', '--detach', id, ...counter(count, 0));
  return { exitCode, stdout: '', stderr: '' };
}

/** Whatever began ended once, and nothing else did. */
async function eventsArePaired(id: string): Promise<void> {
  const events = await place.events(id);
  const begun = events.filter((event) => event.startsWith('start-process')).map((event) => event.split(' ')[1]);
  const ended = events.filter((event) => event.startsWith('exit')).map((event) => event.split(' ')[1]);
  const starts = events.filter((event) => event === 'start-container').length;
  expect(starts, `${id}: ${events}`).toBeLessThanOrEqual(1);
  if (starts === 1) expect(ended, `${id}: ${events}`).toContain('init');
  expect(new Set(ended).size, `${id}: ${events}`).toBe(ended.length);
  expect(new Set(begun).size, `${id}: ${events}`).toBe(begun.length);
  for (const name of begun) expect(ended, `${id}: ${events}`).toContain(name);
  for (const name of ended) if (name !== 'init') expect(begun, `${id}: ${events}`).toContain(name);
}

function exitEvent(process: string, status: number): string {
  return `exit ${process} ${status}`;
}

function counter(to: number, status: number): string[] {
  return ['sh', '-c', `i=0; while [ $i -lt ${to} ]; do i=$((i+1)); echo "line $i"; done; exit ${status}`];
}

/** What is said at the first line that is not as expected, and what is said in all; '' where it is the same. */
function where(said: string, expected: string): string {
  if (said === expected) return '';
  const [there, should] = [said.split('\n'), expected.split('\n')];
  const at = there.findIndex((line, index) => line !== should[index]);
  const seen = at === -1 ? 'ends' : JSON.stringify(there.slice(at, at + 3));
  return `line ${at === -1 ? there.length : at + 1} of ${should.length}: ${seen}; ${said.length} of ${expected.length} bytes`;
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
}
