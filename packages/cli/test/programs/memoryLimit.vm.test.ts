/** A program that grows until it is at its container's limit is killed, and does not hang: with runv as with runc. */
import { programSpec } from '@runv/testkit';
import { expect, test } from 'vitest';
import { debianRuns } from '../support/debianRuns.ts';

const LIMIT = 100 * 2 ** 20;
/** A large program, whose text comes from the host's files and could be dropped and read again for ever. */
const GROW = 'held = []\nwhile True: held.append(bytearray(1 << 20))';

const runs = debianRuns();

test.each(['runc', 'runv'] as const)('%s', async (runtime) => {
  const { stdout, exitCode } = await runs.run(runtime, 'grows', ({ rootfs }) => {
    const args = ['sh', '-c', `python3 -c '${GROW}'; echo child=$?; echo alive`];
    const spec = programSpec({ rootfs, args, memoryMiB: LIMIT / 2 ** 20, cpus: 1 });
    const resources = { ...spec.linux?.resources, memory: { limit: LIMIT, swap: LIMIT } };
    return { ...spec, linux: { ...spec.linux, resources } };
  });
  expect({ stdout, exitCode }).toEqual({ stdout: 'child=137\nalive', exitCode: 0 });
});
