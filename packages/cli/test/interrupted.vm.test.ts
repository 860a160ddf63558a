/** What a command leaves that is ended while it starts a container. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Bundles, LAUNCHER, usersOf } from '@runv/testkit';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Random, SEED } from './support/random.ts';

let dir: string;
let bundles: Bundles;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rv-int-'));
  bundles = await Bundles.make();
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  await bundles[Symbol.asyncDispose]();
});

/** Processes and mounts of `dir`, and what is in it. */
async function left(): Promise<string[]> {
  const records = await readdir(join(dir, 'root')).catch(() => []);
  return [...(await usersOf(dir)), ...(await readdir(dir)).filter((name) => name !== 'root'), ...records];
}

/** What SIGKILL may leave, in the moment between the making of a daemon's directory and its start: nothing that anybody has begun to use. */
async function removeUnused(): Promise<void> {
  for (const name of (await readdir(dir)).filter((one) => one.startsWith('runv-namespace-'))) {
    const files = await readdir(join(dir, name)).catch(() => ['gone']);
    if (files.every((file) => /^daemon\.(json|json\.new|log)$/.test(file)))
      await rm(join(dir, name), { recursive: true, force: true });
  }
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('run --solo-namespaced that %s ends', (signal) => {
  test(`while it starts leaves nothing; seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const bundle = await bundles.bundle({
      args: ['sh', '-c', 'trap "exit 0" HUP INT TERM; while :; do sleep 0.1; done'],
    });
    const args = [
      '--root',
      join(dir, 'root'),
      '--default_memory',
      '128',
      'run',
      '--solo-namespaced',
      '-b',
      bundle,
      'c',
    ];
    for (let round = 0; round < 4; round += 1) {
      const child = execa(LAUNCHER, args, { reject: false, stdio: 'ignore', detached: true });
      await delay(random.upTo(1200));
      process.kill(-(child.pid ?? 0), signal);
      await child;
      // A container that had started by then outlives its command.
      await execa(LAUNCHER, ['--root', join(dir, 'root'), 'delete', '--force', 'c'], { stdin: 'ignore' });
      await expect
        .poll(
          async () => {
            const found = await left();
            // No process is left that would use it.
            const isOver = found.every((one) => one.startsWith('runv-namespace-'));
            if (signal === 'SIGKILL' && isOver) await removeUnused();
            return found;
          },
          { timeout: 30_000 },
        )
        .toEqual([]);
    }
  });
});
