/** A disk that is full at the moment of an exit holds up no container, and loses no event. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, Daemon, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

let bundles: Bundles;
beforeAll(async () => {
  bundles = await Bundles.make();
});
afterAll(async () => await bundles[Symbol.asyncDispose]());

const TIME = '2026-11-23T09:06:44.123456789Z';
const MiB = 1024 * 1024;

/** Room for the event of the start, and in its page for a part of the event of the exit. */
function logBefore(id: string): string {
  const line = (name: string) => `${JSON.stringify({ id: name, type: 'start-container', timestamp: TIME })}\n`;
  const room = line(id).length + 20;
  return line('x'.repeat(4096 - room - line('').length));
}

/** A daemon whose directory is on a small disk, that is filled once the container runs. */
async function withFullDisk(id: string) {
  const daemon = await Daemon.start({
    prepare: async (dir) => {
      await mkdir(dir, { mode: 0o700 });
      await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', dir]);
      await writeFile(join(dir, 'events.log'), logBefore(id), { mode: 0o600 });
    },
  });
  onTestFinished(async () => {
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    await execa('umount', ['--lazy', daemon.containerdDir]);
    await daemon[Symbol.asyncDispose]();
  });
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
  await daemon.client.createContainer({ id, bundlePath });
  const filler = join(daemon.containerdDir, 'filler');
  await writeFile(filler, Buffer.alloc(4 * MiB)).catch(() => undefined);
  return { daemon, filler };
}

async function isGone(daemon: Daemon, id: string): Promise<boolean> {
  const { containers } = await daemon.client.state({});
  return !containers.some((container) => container.id === id);
}

test('the container ends regardless, and its exit event comes when there is room', async () => {
  const { daemon, filler } = await withFullDisk('full');
  await daemon.client.signal({ id: 'full', pid: 'init', signal: 9 });
  await until(() => daemon.stderr.includes('events.log cannot be written'));
  await until(() => isGone(daemon, 'full'));
  // The VM's own files were on that disk too, so that there may be room already.
  await rm(filler);
  const exit = { id: 'full', type: 'exit', pid: 'init', status: 137 };
  await until(async () => (await daemon.events()).some((event) => 'type' in event && event.type === 'exit'));
  expect(await daemon.events()).toContainEqual(exit);
});

test('SIGTERM ends the daemon while the disk is full', async () => {
  const { daemon } = await withFullDisk('full');
  daemon.child.kill('SIGTERM');
  expect(await daemon.ended).toBe(0);
});
