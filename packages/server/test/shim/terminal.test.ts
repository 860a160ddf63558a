import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { startShim } from '@runv/shim';
import type { Shim, Stdio } from '@runv/supervisor';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPrograms, SHIMS } from '../../../shim/test/support/programs.ts';
import { end } from './support/bytes.ts';
import { openRig, type Rig } from './support/rig.ts';
import { Terminal } from './support/terminal.ts';

const SIGHUP = 1;
const KEY = 'c1/init/secret';
/** Every byte, so also what a terminal that is not raw would change. */
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');

beforeAll(buildPrograms, 120_000);

describe.each(SHIMS)('a console of the %s shim', (_name, program) => {
  test('is a raw terminal whose master goes to the console socket', async () => {
    await using rig = await openRig(program);
    await using terminal = await openConsole(rig);
    const { opened, shim, ended } = await startWithConsole(rig, program, terminal);
    expect(terminal.said).toMatch(/^listening\nreceived \/dev\/pts\/\d+\n$/);
    expect(opened.stderr).toBeUndefined();
    const typed = read(opened.stdin, EVERY_BYTE.length);
    terminal.type(EVERY_BYTE);
    expect(await typed).toBe(EVERY_BYTE);
    opened.stdout.write(Buffer.from(EVERY_BYTE, 'latin1'));
    await terminal.until(() => terminal.shown.length >= 256);
    expect(terminal.shown).toBe(EVERY_BYTE);
    shim.end(7);
    expect(await ended).toEqual([7, null]);
  });

  test('tells its size, at first and whenever it changes', async () => {
    await using rig = await openRig(program);
    await using terminal = await openConsole(rig);
    const { shim, ended } = await startWithConsole(rig, program, terminal);
    const events = eventsOf(shim);
    await events.until('24x80');
    terminal.grow();
    await events.until('50x132');
    shim.end(0);
    await ended;
  });

  test('hung up is a SIGHUP to the process, and not the end of the shim', async () => {
    await using rig = await openRig(program);
    await using terminal = await openConsole(rig);
    const { opened, shim, ended, child } = await startWithConsole(rig, program, terminal);
    const events = eventsOf(shim);
    terminal.hangUp();
    await events.until(SIGHUP);
    expect(await read(opened.stdin, 1)).toBe('');
    await end(opened.stdout, 'x'.repeat(200_000));
    expect(child.exitCode).toBe(null);
    expect(events.seen.filter((event) => event === SIGHUP)).toEqual([SIGHUP]);
    shim.end(129);
    expect(await ended).toEqual([129, null]);
  });

  test('that nobody receives is an error', async () => {
    await using rig = await openRig(program);
    const consoleSocket = join(rig.dir, 'console.sock');
    const options = { path: program, socket: rig.socket, key: KEY, args: ['sh'] as [string], terminal: true };
    await expect(startShim({ ...options, consoleSocket, detached: true })).rejects.toThrow(
      `connecting to the console socket ${consoleSocket}: No such file or directory`,
    );
  });
});

describe.each(SHIMS)('in a terminal of the caller, the %s shim', (_name, program) => {
  test('makes it raw, tells its sizes, and leaves it as it was', async () => {
    await using rig = await openRig(program);
    const opening = open(rig);
    const environment = { RUNV_SHIM_SOCKET: rig.socket, RUNV_SHIM_KEY: KEY, RUNV_SHIM_TERMINAL: '1' };
    await using terminal = new Terminal(['run', program], environment);
    const { opened, shim } = await openTerminal(opening);
    const events = eventsOf(shim);
    await events.until('24x80');
    const typed = read(opened.stdin, EVERY_BYTE.length);
    terminal.type(EVERY_BYTE);
    expect(await typed).toBe(EVERY_BYTE);
    terminal.grow();
    await events.until('50x132');
    await end(opened.stdout, 'shown');
    shim.end(5);
    await terminal.ended;
    expect(terminal.shown).toBe('shown');
    expect(terminal.said).toMatch(/ended 5 cooked\n$/);
  });
});

async function openConsole(rig: Rig): Promise<Terminal> {
  const terminal = new Terminal(['receive', join(rig.dir, 'console.sock')]);
  await terminal.until(() => terminal.said.includes('listening\n'));
  return terminal;
}

async function startWithConsole(rig: Rig, program: string, terminal: Terminal) {
  const opening = open(rig);
  const { child } = await startShim({
    path: program,
    socket: rig.socket,
    key: KEY,
    args: ['sh'],
    terminal: true,
    consoleSocket: join(rig.dir, 'console.sock'),
  });
  const ended = once(child, 'exit');
  await terminal.until(() => terminal.said.includes('received'));
  return { child, ended, ...(await openTerminal(opening)) };
}

async function open(rig: Rig): Promise<{ stdio: Stdio; shim: Shim }> {
  const { stdio, shim } = rig.shims.request(KEY);
  return { stdio: await stdio.open(), shim: await shim.connect() };
}

async function openTerminal(opening: ReturnType<typeof open>) {
  const { stdio, shim } = await opening;
  return { opened: stdio as { stdin: Readable; stdout: Writable; stderr?: Writable }, shim };
}

/** Signals and sizes that a shim has forwarded. */
function eventsOf(shim: Shim) {
  const seen: (number | string)[] = [];
  let wake = () => {};
  const happen = (event: number | string) => {
    seen.push(event);
    wake();
  };
  shim.relay({ signal: happen, resize: (rows, columns) => happen(`${rows}x${columns}`) });
  const until = async (event: number | string) => {
    while (!seen.includes(event)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { seen, until };
}

/** So many bytes of it; it stays open. */
async function read(from: Readable, length: number): Promise<string> {
  let text = '';
  for await (const chunk of from.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length >= length) break;
  }
  return text;
}
