/** What a hostile guest can send or leave out: each has a bound, and ends in an error that says what it was. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { CODE } from '../src/control/codes.ts';
import type { GuestSession } from '../src/index.ts';
import {
  ANSWER_MS,
  END_OF_FILE_MS,
  HANG_UP_MS,
  JSON_NESTS,
  MESSAGES_PER_S,
  OOM_EVENT_MS,
  QUERIES_UNDER_WAY,
  START_MS,
  TEXT_BYTES,
  UNANSWERED,
} from '../src/limits.ts';
import { json, message, RawGuest, stdioFrame } from './support/rawGuest.ts';
import { containerSpec, processSpec } from './support/specs.ts';

/** A guest with a container `c`, whose init runs. */
async function withContainer(): Promise<{
  guest: RawGuest;
  session: GuestSession;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const guest = await RawGuest.make();
  const session = await guest.openExtended();
  const running = session.newContainer(containerSpec('c', ['true']));
  guest.say(CODE.ACK, json({ pid: 2 }), await guest.asked(CODE.NEWCONTAINER));
  await running;
  return { guest, session, [Symbol.asyncDispose]: () => guest[Symbol.asyncDispose]() };
}

const finished = (container: string, process: string, status: number) =>
  message(CODE.PROCESSASYNCEVENT, json({ container, process, event: 'finished', status }), 0);
const oom = (container: string) => message(CODE.PROCESSASYNCEVENT, json({ container, event: 'oom' }), 0);

describe('a guest that breaks the protocol ends its session, which says why', () => {
  test.each([
    ['an exit status below 0', finished('c', 'init', -1), /exit status -1 of process "c\/init"/],
    ['an exit status above 255', finished('c', 'init', 2 ** 32), /exit status 4294967296/],
    ['the exit of a process that does not run', finished('c', 'other', 0), /"c\/other", which does not run/],
    ["another pod's container", finished('d', 'init', 0), /"d\/init", which does not run/],
    ['an exit twice', Buffer.concat([finished('c', 'init', 0), finished('c', 'init', 0)]), /does not run/],
    ["an OOM kill in another pod's container", oom('d'), /OOM kill in "d"/],
    ['a message of an unknown kind', message(4711, Buffer.alloc(0), 0), /unknown kind \(code 4711\)/],
    ['READY again', message(CODE.READY, Buffer.alloc(0), 0), /unknown kind/],
    ['a query without a name server', message(CODE.QUERY, Buffer.alloc(20), 0), /without a name server/],
  ])('%s', async (_, said, why) => {
    await using hostile = await withContainer();
    hostile.guest.control.write(said);
    const error = await hostile.session.closed;
    expect(error).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(/^the guest broke the protocol: /),
    });
    expect(error.message).toMatch(why);
    await once(hostile.guest.control, 'close');
  });

  test('a flood of messages', async () => {
    await using hostile = await withContainer();
    // However slow this machine is, they come within one second.
    vi.useFakeTimers({ toFake: ['performance'] });
    hostile.guest.control.write(Buffer.concat(Array.from({ length: MESSAGES_PER_S + 1 }, () => oom('c'))));
    expect((await hostile.session.closed).message).toContain(`more than ${MESSAGES_PER_S} messages in a second`);
    vi.useRealTimers();
  });

  test('more name queries than may be under way', async () => {
    await using hostile = await withContainer();
    const opened = hostile.session.network.openNameserver('127.0.0.11', () => new Promise(() => {}));
    hostile.guest.say(CODE.ACK, Buffer.alloc(0), await hostile.guest.asked(CODE.NAMESERVER));
    await opened;
    const queries = Array.from({ length: QUERIES_UNDER_WAY + 1 }, () => message(CODE.QUERY, Buffer.alloc(20), 0));
    hostile.guest.control.write(Buffer.concat(queries));
    expect((await hostile.session.closed).message).toContain(`more than ${QUERIES_UNDER_WAY} name queries`);
  });

  test('numbers of metrics that are none', async () => {
    await using hostile = await withContainer();
    const stats = hostile.session.stats('c');
    const answer = json({ cgroup: { 'memory.current': '-1' }, network: '' });
    hostile.guest.say(CODE.ACK, answer, await hostile.guest.asked(CODE.STATS));
    await expect(stats).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect((await hostile.session.closed).code).toBe('PROTOCOL');
  });
});

test('OOM events of a container are passed on at a bounded rate', async () => {
  await using hostile = await withContainer();
  const heard: string[] = [];
  hostile.session.onOom = (container) => heard.push(container);
  hostile.guest.control.write(Buffer.concat([oom('c'), oom('c'), oom('c')]));
  const ping = hostile.session.ping();
  hostile.guest.say(CODE.ACK, Buffer.alloc(0), await hostile.guest.asked(CODE.PING));
  await ping;
  expect(heard).toEqual(['c']);
  expect(OOM_EVENT_MS).toBeGreaterThanOrEqual(1000);
});

describe("a guest's words", () => {
  test('are cut, and control characters in them escaped', async () => {
    await using hostile = await withContainer();
    const ping = hostile.session.ping();
    const words = json({ message: `\u001b[2J\u202e${'x'.repeat(900 << 10)}`, code: 'ENOENT' });
    hostile.guest.say(CODE.ERROR, words, await hostile.guest.asked(CODE.PING));
    const error = await ping.catch((failure: Error) => failure);
    expect(error).toMatchObject({ message: expect.stringMatching(/^\\x1b\[2J\\u\{202e\}x+$/) });
    expect(Buffer.byteLength((error as Error).message)).toBeLessThanOrEqual(TEXT_BYTES);
  });
});

test('JSON that would keep the daemon for seconds is not parsed', async () => {
  await using hostile = await withContainer();
  const ping = hostile.session.ping();
  hostile.guest.say(CODE.ERROR, Buffer.alloc(7 << 20, '['), await hostile.guest.asked(CODE.PING));
  await expect(ping).rejects.toMatchObject({ code: 'REFUSED', message: 'the guest refused PING without saying why' });
  hostile.guest.say(CODE.PROCESSASYNCEVENT, Buffer.alloc(JSON_NESTS + 1, '['), 0);
  expect((await hostile.session.closed).message).toContain(`more than ${JSON_NESTS} objects and arrays`);
});

describe('a guest that does not answer', () => {
  test.each([
    ['EXECCMD', START_MS, (session: GuestSession) => session.exec('c', processSpec('e', ['true']))],
    ['KILLCONTAINER', ANSWER_MS, (session: GuestSession) => session.signal('c', 'init', 9)],
    ['STATS', ANSWER_MS, (session: GuestSession) => session.stats('c')],
    ['UPDATECONTAINER', ANSWER_MS, (session: GuestSession) => session.updateContainer('c', {})],
    ['FREEZE', ANSWER_MS, (session: GuestSession) => session.freeze('c')],
    ['REMOVECONTAINER', ANSWER_MS, (session: GuestSession) => session.removeContainer('c')],
  ])('%s: an error names the request, the container and the limit', async (name, limit, ask) => {
    await using hostile = await withContainer();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const asked = ask(hostile.session).catch((error: unknown) => error);
      vi.advanceTimersByTime(limit);
      expect(await asked).toMatchObject({
        code: 'TIMEOUT',
        message: `the guest did not answer ${name} of container c within ${limit / 1000} s`,
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is asked no more once it has left many requests unanswered', async () => {
    await using hostile = await withContainer();
    const asked = Array.from({ length: UNANSWERED }, () => hostile.session.ping());
    for (const ping of asked) ping.catch(() => {});
    await expect(hostile.session.ping()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test.each(['READY', 'GETVERSION', 'NEGOTIATE'])('at %s: the handshake says so', async (step) => {
    await using guest = await RawGuest.make();
    const session = guest.open({ readyTimeoutMs: 300 });
    session.catch(() => {});
    if (step !== 'READY') {
      guest.say(CODE.READY);
      await guest.heard(CODE.GETVERSION);
    }
    if (step === 'NEGOTIATE') {
      guest.say(CODE.NEXT, Buffer.of(0, 0, 0, 8));
      guest.say(CODE.ACK, Buffer.concat([Buffer.of(0, 0, 16, 148), json({ runv: 2, kernel: 'k', window: 1000 })]));
    }
    await expect(session).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(new RegExp(`^the guest did not (send|answer) ${step} within 0.3 s`)),
    });
  });
});

test('a hook may take longer than a timer can wait', async () => {
  await using guest = await RawGuest.make();
  const session = await guest.openExtended();
  const hooks = { startContainer: [{ path: '/hook', timeout: 3_000_000 }] };
  const running = session.newContainer(containerSpec('c', ['true'], { isolation: { hooks } }));
  const id = await guest.asked(CODE.NEWCONTAINER);
  await new Promise((resolve) => setTimeout(resolve, 5));
  guest.say(CODE.ACK, json({ pid: 2 }), id);
  expect((await running).pid).toBe(2);
});

describe('a start that was abandoned', () => {
  test('and comes late is taken back: the process is killed and its container removed', async () => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    const abort = new AbortController();
    const running = session.newContainer(containerSpec('late', ['true']), abort.signal);
    const id = await guest.asked(CODE.NEWCONTAINER);
    abort.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    const gone = session.takenBack('late', 'init');
    guest.say(CODE.ACK, json({ pid: 3 }), id);
    guest.say(CODE.ACK, Buffer.alloc(0), await guest.asked(CODE.KILLCONTAINER));
    guest.control.write(finished('late', 'init', 137));
    guest.say(CODE.ACK, Buffer.alloc(0), await guest.asked(CODE.REMOVECONTAINER));
    await gone;
    const again = session.newContainer(containerSpec('late', ['true']));
    guest.say(CODE.ACK, json({ pid: 4 }), await guest.asked(CODE.NEWCONTAINER));
    expect((await again).pid).toBe(4);
  });
});

test('a stdio channel that hangs up ends the session', async () => {
  await using hostile = await withContainer();
  hostile.guest.stdio.end();
  expect(await hostile.session.closed).toMatchObject({ code: 'CLOSED', message: expect.stringContaining('stdio') });
  expect(HANG_UP_MS).toBeLessThanOrEqual(1000);
});

test('a stream of an ended pod ends, whether its end of file comes or not', async () => {
  await using hostile = await withContainer();
  const running = hostile.session.exec('c', processSpec('e', ['true']));
  hostile.guest.say(CODE.ACK, json({ pid: 5 }), await hostile.guest.asked(CODE.EXECCMD));
  const { stdio } = await running;
  hostile.guest.stdio.write(stdioFrame(3n, Buffer.from('last words')));
  await once(stdio, 'readable');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    hostile.session.expectEnds();
    vi.advanceTimersByTime(2 * END_OF_FILE_MS);
  } finally {
    vi.useRealTimers();
  }
  expect(await text(stdio)).toBe('last words');
});

test('bytes of a stream, each in a chunk of junk, keep no more in memory than they are', async () => {
  await using hostile = await withContainer();
  const running = hostile.session.exec('c', processSpec('e', ['true']));
  hostile.guest.say(CODE.ACK, json({ pid: 5 }), await hostile.guest.asked(CODE.EXECCMD));
  const process = await running;
  const before = globalThis.process.memoryUsage().arrayBuffers;
  // Each byte is followed by what nobody reads, so that it comes in a chunk of its own.
  const junk = stdioFrame(99n, Buffer.alloc(64 << 10));
  for (let sent = 0; sent < 2000; sent += 1) {
    const frames = Buffer.concat([stdioFrame(3n, Buffer.of(1)), junk]);
    if (!hostile.guest.stdio.write(frames)) await once(hostile.guest.stdio, 'drain');
  }
  // The end of its stderr comes after all of that.
  hostile.guest.stdio.write(stdioFrame(4n, Buffer.alloc(0)));
  process.stderr?.resume();
  if (process.stderr) await once(process.stderr, 'end');
  expect(globalThis.process.memoryUsage().arrayBuffers - before).toBeLessThan(48 << 20);
});
