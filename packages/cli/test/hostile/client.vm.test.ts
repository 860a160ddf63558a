/** A client that means harm, or knows no better, against the host's files. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Bundles, Daemon, runExec } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let daemon: Daemon;
beforeAll(async () => {
  daemon = await Daemon.start();
});
afterAll(() => daemon[Symbol.asyncDispose]());

test.each(['../outside', '/tmp', '..', '.', 'a/../../outside', ''])(
  'an id that is a path (%j) deletes nothing',
  async (id) => {
    const outside = join(daemon.dir, 'outside');
    await mkdir(outside, { recursive: true });
    const runv = { created: '', pod: '', vm: { id: '', pid: 0, dir: outside }, daemon: {}, keep: true, labels: [] };
    const record = { ociVersion: '1.0.2', id, status: 'stopped', pid: 0, bundle: '/', annotations: {}, runv };
    await writeFile(join(outside, 'state.json'), JSON.stringify(record));
    const deleted = daemon.client.delete({ id, force: true });
    await expect(deleted).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await readdir(outside)).toEqual(['state.json']);
  },
);

test('a second daemon on one state-dir leaves the first one its containers and their records', async () => {
  await using bundles = await Bundles.make();
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
  await daemon.client.createContainer({ id: 'first', bundlePath });
  const record = join(daemon.stateDir, 'first', 'state.json');
  const before = await readFile(record, 'utf8');
  {
    await using second = await Daemon.start({ containerdFlags: ['--state-dir', daemon.stateDir] });
    expect((await second.client.state({})).containers).toEqual([]);
    const create = second.client.createContainer({ id: 'first', bundlePath });
    await expect(create).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
    for (const force of [false, true]) {
      const deleted = second.client.delete({ id: 'first', force });
      await expect(deleted).rejects.toMatchObject({ details: expect.stringContaining(`listens on ${daemon.socket}`) });
    }
    await second.client.createContainer({ id: 'second', bundlePath });
  }
  expect(await readdir(daemon.stateDir)).toEqual(['first']);
  expect(await readFile(record, 'utf8')).toBe(before);
  expect((await runExec(daemon, 'first', { pid: 'e', args: ['echo', 'here'] })).stdout.toString()).toBe('here\n');
  await daemon.client.delete({ id: 'first', force: true });
});
