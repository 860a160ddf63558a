/** `runv events --verify` and `--repair`, as a process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN } from '@runv/testkit';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';

const EXIT = '{"id":"x","type":"exit","timestamp":"2026-11-23T09:06:44.1Z","pid":"init","status":3}';

async function logOf(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-check-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'events.log'), text, { mode: 0o600 });
  return dir;
}

async function events(dir: string, ...flags: string[]) {
  return await execa(process.execPath, [BIN, 'events', '--containerd-dir', dir, ...flags], { reject: false });
}

test('a whole log: counts and times, exit 0', async () => {
  const { exitCode, stdout } = await events(await logOf(`${EXIT}\n${EXIT}\n`), '--verify');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
    ['files', '1'],
    ['events', '2'],
    ['first', '2026-11-23T09:06:44.100Z'],
    ['last', '2026-11-23T09:06:44.100Z'],
    ['damaged', '0'],
  ]);
});

test('a damaged log: which file and where, exit 1; repaired it is whole', async () => {
  const dir = await logOf(`${EXIT}\ndamage\n${EXIT}\n`);
  const found = await events(dir, '--verify');
  expect(found.exitCode).toBe(1);
  expect(found.stdout).toContain(`${join(dir, 'events.log')} at ${EXIT.length + 1}, 7 bytes: `);
  expect(found.stderr).toContain('1 lines of the event log are damaged; runv events --repair moves them aside');
  const repaired = await events(dir, '--repair', '--format', 'json');
  expect(repaired.exitCode).toBe(0);
  expect(JSON.parse(repaired.stdout)).toMatchObject({ ok: true, moved: 1, events: 2, damaged: 0 });
  expect((await events(dir, '--verify')).exitCode).toBe(0);
});

test('a log that a daemon has open is not repaired, and says so in one line', async () => {
  const dir = await logOf('damage\n');
  const holder = execa('flock', [join(dir, 'events.log.lock'), 'sh', '-c', 'echo held; read _'], { reject: false });
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
  const { exitCode, stderr } = await events(dir, '--repair');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^[^\n]*a daemon has the event log open; end it first, then repair$/);
  holder.stdin?.end();
  await holder;
});

test('a log that is not there is one line too', async () => {
  const { exitCode, stderr } = await events('/nowhere/at/all', '--verify');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^[^\n]*there is no log at \/nowhere\/at\/all\/events\.log[^\n]*$/);
});
