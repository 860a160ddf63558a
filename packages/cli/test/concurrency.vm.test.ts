/** Many containers, execs and events at once. */

import { readdir } from 'node:fs/promises';
import { status } from '@grpc/grpc-js';
import { connect } from '@runv/api';
import { Bundles, Daemon, exitOf, Fifos, runContainer, runExec, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('many at once', () => {
  let bundles: Bundles;
  let daemon: Daemon;
  beforeAll(async () => {
    bundles = await Bundles.make();
    daemon = await Daemon.start();
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await bundles[Symbol.asyncDispose]();
  });

  test('defect 1: 20 containers created at once: 20 right outputs, 20 exits, no leak', async () => {
    // What a daemon opens once and keeps is open after this one.
    await runContainer(daemon, 'first', await bundles.bundle({ args: ['true'] }));
    await until(async () => (await daemon.leftovers()).length === 0);
    const before = await daemon.descriptors();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const bundle = await bundles.bundle({ args: ['sh', '-c', `echo I am ${index}; exit ${index}`] });
        return await runContainer(daemon, `many-${index}`, bundle);
      }),
    );
    expect(outcomes.map(({ stdout, status }) => `${stdout}${status}`)).toEqual(
      Array.from({ length: 20 }, (_, index) => `I am ${index}\n${index}`),
    );
    const all = (await daemon.events()) as { type: string; id: string }[];
    const events = all.filter(({ id }) => id !== 'first');
    expect(
      events
        .filter(({ type }) => type === 'exit')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(Array.from({ length: 20 }, (_, index) => `many-${index}`).sort());
    await until(async () => (await daemon.leftovers()).length === 0);
    await until(async () => (await daemon.descriptors()) <= before);
    expect(await readdir(daemon.stateDir)).toEqual([]);
  });

  test('defect 17: of two creates of one id at once one wins, the other gets ALREADY_EXISTS, and one VM boots', async () => {
    const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
    const both = [1, 2].map(() => daemon.client.createContainer({ id: 'twin', bundlePath }));
    const settled = await Promise.allSettled(both);
    expect(settled.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = settled.find((one) => one.status === 'rejected');
    expect(lost?.reason.code).toBe(status.ALREADY_EXISTS);
    expect(lost?.reason.details).toMatch(/twin exists already/);
    expect(await daemon.vmPids()).toHaveLength(1);
    const exit = await exitOf(daemon.client, 'twin', 'init');
    await daemon.client.signal({ id: 'twin', signal: 9 });
    expect(await exit()).toBe(137);
  });

  test('200 execs, 50 at a time, each with its own output and status', async () => {
    await daemon.client.createContainer({ id: 'execs', bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }) });
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const outcomes = new Map<number, string>();
    const worker = async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        const args = ['sh', '-c', `echo out ${number}; echo err ${number} >&2; exit ${number}`];
        const { stdout, stderr, status } = await runExec(daemon, 'execs', { pid: `e${number}`, args });
        outcomes.set(number, `${stdout}${stderr}${status}`);
      }
    };
    await Promise.all(Array.from({ length: 50 }, worker));
    for (let number = 0; number < 200; number += 1) {
      expect(outcomes.get(number)).toBe(`out ${number}\nerr ${number}\n${number}`);
    }
    const { containers } = await daemon.client.state({ id: 'execs' });
    expect(containers[0]?.processes.map(({ pid }) => pid)).toEqual(['init']);
  });

  test('a reader that does not read holds up only its own stream', async () => {
    await using stalled = await Fifos.make();
    const socket = await stalled.reader('stdout');
    socket.pause();
    const args = ['dd', 'if=/dev/zero', 'bs=64k', 'count=160'];
    const exit = await exitOf(daemon.client, 'execs', 'stalled');
    await daemon.client.addProcess({ id: 'execs', pid: 'stalled', args, stdout: stalled.path('stdout') });
    const { stdout } = await runExec(daemon, 'execs', { pid: 'other', args: ['echo', 'not held up'] });
    expect(stdout.toString()).toBe('not held up\n');
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.resume();
    expect(await exit()).toBe(0);
    await until(() => bytes === 160 * 65536);
  });

  test('defects 2 and 13: a slow client gets all of 3,000 events, and holds up nobody', async () => {
    const slow = daemon.client.events({ timestamp: 0n });
    await slow.subscribed;
    const slowly = slow[Symbol.asyncIterator]();
    for (let round = 0; round < 30; round += 1) {
      // Each on a connection of its own: HTTP/2 servers end one on which streams are cancelled by the thousand.
      const client = connect(daemon.socket);
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          runExec({ client }, 'execs', { pid: `s${round}-${index}`, args: ['true'] }),
        ),
      );
      client.close();
    }
    const seen = new Set<string>();
    while (seen.size < 3000) {
      const { value } = await slowly.next();
      if (value?.pid.startsWith('s')) seen.add(`${value.type} ${value.pid}`);
    }
    expect(seen.size).toBe(3000);
    await slowly.return?.();
    // Replayed to another client: all of them, then `live`, then what happens.
    const replay = daemon.client.events({ timestamp: 1n });
    let replayed = 0;
    for await (const { type, pid } of replay) {
      if (type === 'live') break;
      if (pid.startsWith('s') && pid.includes('-')) replayed += 1;
    }
    expect(replayed).toBe(3000);
  });
});
