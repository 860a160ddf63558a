/** A client that means harm, or knows no better, against the host's files. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Daemon } from '@runv/testkit';
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
