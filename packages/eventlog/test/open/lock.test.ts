import { once } from 'node:events';
import { expect, test } from 'vitest';
import { collect, event, numbers, openLog, tempDir } from '../support/events.ts';
import { startWriter } from '../support/startWriter.ts';

test('two writers in one process: the second is refused until the first closes', async () => {
  const dir = await tempDir();
  const first = await openLog(dir);
  await expect(openLog(dir)).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining(dir) });
  await first.append(event(0));
  await first.close();
  const second = await openLog(dir);
  await second.append(event(1));
  expect(numbers(await collect(second.read({ from: 'start' })))).toEqual([0, 1]);
});

test('two writers in two processes: the second is refused, and let in at once when the first is killed', async () => {
  const dir = await tempDir();
  const writer = startWriter(dir, 0, 0);
  await writer.line('open');
  await expect(openLog(dir)).rejects.toMatchObject({ code: 'LOCKED' });
  writer.child.kill('SIGKILL');
  await once(writer.child, 'exit');
  await openLog(dir);
});

test('without flock the log says what to install', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    await expect(openLog(await tempDir())).rejects.toMatchObject({
      code: 'NO_LOCK',
      message: expect.stringContaining('util-linux'),
    });
  } finally {
    process.env.PATH = path;
  }
});
