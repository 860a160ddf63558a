import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { buildPrograms, SHIMS } from '../../../shim/test/support/programs.ts';
import { end, readBytes, writeBytes } from './support/bytes.ts';
import { CuttingProxy, type Patience } from './support/proxy.ts';
import { openRig, signalsOf } from './support/rig.ts';

const SIGTERM = 15;
const SIGUSR1 = 10;
const seed = inject('fuzzSeed');

beforeAll(buildPrograms, 120_000);

describe.each(SHIMS)('the %s shim', (_name, program) => {
  test(`loses no byte and says none twice when its connection is cut anywhere (RUNV_FUZZ_SEED=${seed})`, async () => {
    await using rig = await openRig(program);
    await using proxy = new CuttingProxy(join(rig.dir, 'proxy.sock'), rig.socket, randomPatience());
    await proxy.listen();
    const { caller, daemon, shim, ended } = await rig.start({ socket: proxy.path });
    const total = 4 << 20;
    const [typed, read, out, shown, err, warned] = await Promise.all([
      writeBytes(caller.stdin, total).finally(() => caller.stdin.end()),
      readBytes(daemon.stdin),
      writeBytes(daemon.stdout, total).finally(() => daemon.stdout.end()),
      readBytes(caller.stdout),
      writeBytes(daemon.stderr, total).finally(() => daemon.stderr.end()),
      readBytes(caller.stderr),
    ]);
    expect(read).toEqual({ sum: typed, total });
    expect(shown).toEqual({ sum: out, total });
    expect(warned).toEqual({ sum: err, total });
    expect(proxy.cuts).toBeGreaterThan(20);
    shim.end(9);
    expect(await ended).toEqual({ code: 9, signal: null });
  });

  test('goes on when the daemon has been gone, with its socket', async () => {
    await using rig = await openRig(program);
    await using proxy = new CuttingProxy(join(rig.dir, 'proxy.sock'), rig.socket);
    await proxy.listen();
    const { pid, caller, daemon, shim, ended } = await rig.start({ socket: proxy.path });
    const signals = signalsOf(shim);
    daemon.stdout.write('before ');
    process.kill(pid, 'SIGUSR1');
    await signals.until(SIGUSR1);

    await proxy.leave();
    // Twice, and said once: what one process gets of a signal that it could not take yet.
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGTERM');
    const sum = writeBytes(caller.stdin, 1 << 20).finally(() => caller.stdin.end());
    daemon.stdout.end('after');
    await proxy.listen();

    await signals.until(SIGTERM);
    expect(await readBytes(daemon.stdin)).toEqual({ sum: await sum, total: 1 << 20 });
    expect(await text(caller.stdout)).toBe('before after');
    expect(signals.seen).toEqual([SIGUSR1, SIGTERM]);
    shim.end(0);
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  test('hears of an exit that happened while it was alone', async () => {
    await using rig = await openRig(program);
    await using proxy = new CuttingProxy(join(rig.dir, 'proxy.sock'), rig.socket);
    await proxy.listen();
    const { caller, daemon, shim, ended } = await rig.start({ socket: proxy.path });
    await proxy.leave();
    daemon.stdout.write('last words');
    shim.end(6);
    await proxy.listen();
    expect(await text(caller.stdout)).toBe('last words');
    expect(await ended).toEqual({ code: 6, signal: null });
  });

  test('tries less and less often while nobody listens', async () => {
    await using rig = await openRig(program);
    await using proxy = new CuttingProxy(join(rig.dir, 'proxy.sock'), rig.socket);
    await proxy.listen();
    const { pid, caller, daemon, shim, ended } = await rig.start({ socket: proxy.path });
    await proxy.leave();
    // Readers and writers that wait are no reason to be busy either.
    caller.stdin.write('x'.repeat(200_000));
    caller.stdout.destroy();
    const tries = contextSwitches(pid) + 12;
    const began = performance.now();
    while (contextSwitches(pid) < tries) await new Promise((resolve) => setImmediate(resolve));
    expect(performance.now() - began).toBeGreaterThan(500);
    await proxy.listen();
    await end(daemon.stdout);
    shim.end(0);
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});

/** Some end within HELLO, most within the data. */
function randomPatience(): Patience {
  const upTo = (max: number) => fc.integer({ min: 1, max });
  const toDaemon = fc.oneof({ weight: 1, arbitrary: upTo(100) }, { weight: 3, arbitrary: upTo(200_000) });
  const patience = fc.infiniteStream(fc.record({ toDaemon, toShim: upTo(200_000) }), { noHistory: true });
  // With fast-check's bias to small numbers most connections would end before they have brought anything on.
  const [stream] = fc.sample(patience, { seed, numRuns: 1, unbiased: true });
  return () => stream?.next().value;
}

function contextSwitches(pid: number): number {
  const [, count] = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(count);
}
