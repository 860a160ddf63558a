import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { recordEvent } from '../../src/container/recordEvent.ts';
import { openEventLog } from '../../src/events/openEventLog.ts';
import { tempDir } from '../support/tempDir.ts';

/** A real log on a disk of 64 KiB, and what the daemon's log says of it. */
async function logOnSmallDisk() {
  const made = await tempDir();
  const dir = made.path;
  onTestFinished(() => made[Symbol.asyncDispose]());
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', dir]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir]));
  const said: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
  const events = await openEventLog(dir, { logger });
  onTestFinished(() => events.close());
  return { dir, said, context: { logger, events } };
}

/** Takes what room there is. */
async function fill(file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(64 * 1024)).catch(() => undefined);
}

test('on a full disk nobody waits; each event is in the log once there is room, in order', async () => {
  const { dir, said, context } = await logOnSmallDisk();
  await fill(join(dir, 'filler'));
  // More than the rest of the log's last page takes.
  const ids = Array.from({ length: 100 }, (_, n) => `container-${n}`);
  for (const id of ids) await recordEvent(context, { id, type: 'exit', pid: 'init' });
  expect(context.events.delayed).toBeGreaterThan(0);
  await rm(join(dir, 'filler'));
  const seen: string[] = [];
  for await (const { event } of context.events.read({ from: 'start', follow: true })) {
    seen.push(event.id);
    if (seen.length === ids.length) break;
  }
  expect(seen).toEqual(ids);
  await expect
    .poll(() => said)
    .toEqual([
      expect.stringContaining('events.log cannot be written'),
      expect.stringContaining('events.log can be written again'),
    ]);
});

test('an event that the log cannot take at all is said in the daemon’s log, and holds up nobody', async () => {
  const { said, context } = await logOnSmallDisk();
  await context.events.close();
  await recordEvent(context, { id: 'late', type: 'exit', pid: 'init' });
  expect(said).toEqual([expect.stringContaining('is lost')]);
});
