// A host that is gone at any moment, and the one that comes after it: no byte and no exit is lost or comes twice.
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { code, encodeMessage, encodeStdio } from './support/frames.ts';
import { tellWhenFailed } from './support/tellWhenFailed.ts';
import { buildHostProgram, type Listing, TestGuest } from './support/testGuest.ts';

const seed = inject('fuzzSeed');
const window = 65536;

beforeAll(buildHostProgram, 300_000);

function numbers(last: number): string {
  return Array.from({ length: last }, (_, i) => `${i + 1}\n`).join('');
}

async function start(): Promise<TestGuest> {
  const guest = await TestGuest.start({ window, reconnect: true });
  tellWhenFailed(guest);
  return guest;
}

/** A host that comes back and goes on at once. */
async function comeBack(guest: TestGuest, meanwhile?: () => Promise<unknown>): Promise<Listing> {
  await guest.comeBack(meanwhile);
  const list = await guest.list();
  await guest.resume(list);
  return list;
}

/** Asks until nothing is `starting`. */
async function settled(guest: TestGuest): Promise<Listing> {
  for (;;) {
    const list = await guest.list();
    if (list.processes.every(({ state }) => state !== 'starting')) return list;
    await sleep(10);
  }
}

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(10);
}

describe('output', () => {
  it(`is whole, whenever hosts go (RUNV_FUZZ_SEED=${seed})`, { timeout: 120_000 }, async () => {
    await using guest = await start();
    const last = 400_000;
    const whole = numbers(last);
    const script = `busybox seq 1 ${last}; busybox seq 1 5 >&2`;
    const { stdio, stderr } = await guest.container('counts', ['sh', '-c', script]);
    const quiet = await guest.container('quiet', ['cat']);
    const cuts = fc.sample(fc.nat(whole.length), { seed, numRuns: 12 }).sort((a, b) => a - b);
    for (const cut of cuts) {
      await guest.until(() => (guest.soFar(stdio).length >= cut ? true : undefined));
      await comeBack(guest, () => sleep(cut % 20));
    }
    expect((await guest.output(stdio)) === whole).toBe(true);
    expect(await guest.output(stderr)).toBe('1\n2\n3\n4\n5\n');
    guest.closeStdin(quiet.stdio);
    expect(await guest.output(quiet.stdio)).toBe('');
    await guest.stop();
  });

  it(`comes from what was passed on, not from what was sent (RUNV_FUZZ_SEED=${seed})`, async () => {
    await using guest = await start();
    for (const [i, passed] of fc.sample(fc.integer({ min: 1, max: window - 1 }), { seed, numRuns: 5 }).entries()) {
      guest.generous = false;
      const { stdio } = await guest.container(`c${i}`, ['sh', '-c', 'busybox seq 1 50000; sleep 1000']);
      await guest.until(() => (guest.soFar(stdio).length === window ? true : undefined));
      guest.mark(stdio, passed);
      await guest.call(code.PING);
      await guest.until(() => (guest.soFar(stdio).length === window + passed ? true : undefined));
      await guest.comeBack();
      const list = await guest.list();
      expect(list.processes.find(({ container }) => container === `c${i}`)).toMatchObject({
        state: 'running',
        stdoutPassed: passed,
        stdoutEnded: false,
      });
      // This host knows that the one before passed on more than its last mark says.
      guest.mark(stdio, passed + 1);
      const passedOf = (listing: Listing) =>
        listing.processes.find(({ container }) => container === `c${i}`)?.stdoutPassed;
      await until(async () => passedOf(await guest.list()) === passed + 1);
      guest.generous = true;
      await guest.resume(await guest.list());
      await guest.until(() => (guest.soFar(stdio) === numbers(50_000) ? true : undefined));
    }
    await guest.stop();
  });

  it('of more than the window has its program wait, and go on afterwards', async () => {
    await using guest = await start();
    // More than the window and the largest pipe hold.
    const script = 'cat > /dev/null; busybox seq 1 100000; echo done >&2';
    const { stdio, stderr } = await guest.container('waits', ['sh', '-c', script]);
    guest.closeStdin(stdio);
    await guest.call(code.PING);
    await guest.comeBack(() => sleep(300));
    const list = await guest.list();
    expect(list.processes).toEqual([expect.objectContaining({ state: 'running', stdoutPassed: 0, inputEnded: true })]);
    await guest.resume(list);
    expect((await guest.output(stdio)) === numbers(100_000)).toBe(true);
    expect(await guest.output(stderr)).toBe('done\n');
    expect(await guest.exit('waits')).toBe(0);
    await guest.stop();
  });

  it('and its end come again until the end was passed on', async () => {
    await using guest = await start();
    guest.generous = false;
    const { stdio, stderr } = await guest.container('ends', ['echo', 'once']);
    expect(await guest.output(stdio)).toBe('once\n');
    await guest.output(stderr);
    expect(await guest.exit('ends')).toBe(0);
    for (const ends of [2, 3]) {
      const list = await comeBack(guest);
      expect(list.processes).toEqual([
        expect.objectContaining({ state: 'ended', stdoutPassed: 0, stdoutEnded: false, stderrEnded: false }),
      ]);
      await guest.until(() => (guest.endsOf(stdio) === ends && guest.endsOf(stderr) === ends ? true : undefined));
    }
    expect(guest.soFar(stdio)).toBe('once\n');
    // The end is not over while bytes before it are not passed on.
    guest.mark(stdio, 3, true);
    guest.mark(stderr, 0, true);
    const list = await comeBack(guest);
    expect(list.processes).toEqual([
      expect.objectContaining({ stdoutPassed: 3, stdoutEnded: false, stderrPassed: 0, stderrEnded: true }),
    ]);
    await guest.until(() => (guest.endsOf(stdio) === 4 ? true : undefined));
    expect(guest.endsOf(stderr)).toBe(3);
    guest.mark(stdio, 5, true);
    await until(async () => (await guest.list()).processes[0]?.stdoutEnded === true);
    expect((await guest.call(code.TAKEEXIT, { container: 'ends', process: 'init' })).ok).toBe(true);
    expect((await guest.list()).processes).toEqual([]);
    await guest.stop();
  });

  it('is not sent twice to a host that resumes without having gone', async () => {
    await using guest = await start();
    guest.generous = false;
    const { stdio } = await guest.container('stays', ['sh', '-c', 'echo one; cat']);
    await guest.until(() => (guest.soFar(stdio) === 'one\n' ? true : undefined));
    expect((await guest.call(code.RESUME)).ok).toBe(true);
    guest.stdin(stdio, 'two\n');
    await guest.until(() => (guest.soFar(stdio).endsWith('two\n') ? true : undefined));
    expect(guest.soFar(stdio)).toBe('one\ntwo\n');
    await guest.stop();
  });

  it('of ten streams is whole after a host that read nothing', async () => {
    await using guest = await start();
    const made = [];
    guest.ignoreStdio();
    for (let i = 0; i < 10; i++) made.push(await guest.container(`w${i}`, ['busybox', 'seq', '1', '40000']));
    // The guest's queue is full by now, and begins with a part of a frame.
    await sleep(300);
    await comeBack(guest, () => sleep(100));
    for (const { stdio } of made) expect((await guest.output(stdio)) === numbers(40_000)).toBe(true);
    await guest.stop();
  });
});

describe('a host that is late at the stdio channel', () => {
  it('gets all output, and the end of it', async () => {
    await using guest = await TestGuest.start({ handshake: false, reconnect: true });
    tellWhenFailed(guest);
    let stdio = 0n;
    await guest.withoutStdio(async () => {
      await guest.call(code.PING);
      await guest.startPod({ window });
      ({ stdio } = await guest.container('echo', ['echo', 'works']));
      expect(await guest.exit('echo')).toBe(0);
    });
    expect(await guest.output(stdio)).toBe('works\n');
    await guest.stop();
  });
});

describe('without a token', () => {
  it('a host gets the output from what was passed on, and no word before it', async () => {
    await using guest = await TestGuest.start({ window, reconnect: true, token: false });
    guest.generous = false;
    const { stdio } = await guest.container('talks', ['sh', '-c', 'echo one; read line; echo two']);
    await guest.until(() => (guest.soFar(stdio) === 'one\n' ? true : undefined));
    await guest.reconnect(() => guest.acceptAgain());
    await guest.until(() => (guest.soFar(stdio) === 'one\none\n' ? true : undefined));
    guest.stdin(stdio, '\n');
    expect(await guest.output(stdio)).toBe('one\none\ntwo\n');
    expect(await guest.exit('talks')).toBe(0);
    await guest.stop();
  });
});

describe('input', () => {
  it('goes on from the offset that the guest has', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('cat', ['cat']);
    guest.stdin(stdio, 'one ');
    await guest.until(() => (guest.input(stdio).received === 4 ? true : undefined));
    // Half of a frame came, which announced the rest too. A mark would become its other half.
    guest.generous = false;
    guest.sendStdioRaw(encodeStdio(stdio, Buffer.from('two three')).subarray(0, 12 + 4));
    await guest.until(() => (guest.input(stdio).received === 8 ? true : undefined));
    guest.frames.length = 0;
    const list = await comeBack(guest);
    guest.generous = true;
    expect(list.processes[0]).toMatchObject({ received: 8, taken: 8, inputEnded: false });
    await guest.until(() => (guest.input(stdio).received === 8 ? true : undefined));
    guest.stdin(stdio, 'three');
    guest.closeStdin(stdio);
    guest.closeStdin(stdio);
    expect(await guest.output(stdio)).toContain('three');
    expect(await guest.exit('cat')).toBe(0);
    const ended = await guest.list();
    expect(ended.processes[0]).toMatchObject({ state: 'ended', received: 13, taken: 13, inputEnded: true });
    await guest.stop();
  });

  it('that the process has not taken is counted apart', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('deaf', ['sleep', '1000']);
    guest.stdin(stdio, Buffer.alloc(200_000));
    await guest.until(() => (guest.input(stdio).received === 200_000 ? true : undefined));
    const [deaf] = (await comeBack(guest)).processes;
    expect(deaf?.received).toBe(200_000);
    expect(deaf?.taken).toBeLessThanOrEqual(65536);
    await guest.stop();
  });
});

describe('an exit', () => {
  it('that happened meanwhile is in the list until it is taken', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('dies', ['sh', '-c', 'read line; echo "$line"; exit 7']);
    guest.stdin(stdio, 'last words\n');
    await guest.until(() => (guest.input(stdio).received > 0 ? true : undefined));
    await comeBack(guest, () => sleep(300));
    expect(await guest.output(stdio)).toBe('last words\n');
    const list = await guest.list();
    expect(list.containers).toEqual([{ id: 'dies', frozen: false }]);
    expect(list.processes.map(({ id, state, status }) => [id, state, status])).toEqual([['init', 'ended', 7]]);
    const taken = { container: 'dies', process: 'init' };
    expect((await guest.call(code.TAKEEXIT, taken)).ok).toBe(true);
    expect((await guest.call(code.TAKEEXIT, taken)).error.code).toBe('NOTFOUND');
    await until(async () => (await guest.list()).processes.length === 0);
    await guest.stop();
  });

  it('that was taken leaves its output, and the other way round', async () => {
    await using guest = await start();
    guest.generous = false;
    const { stdio, stderr } = await guest.container('says', ['echo', 'something']);
    expect(await guest.exit('says')).toBe(0);
    expect((await guest.call(code.TAKEEXIT, { container: 'says', process: 'init' })).ok).toBe(true);
    expect((await comeBack(guest)).processes).toEqual([
      expect.objectContaining({ state: 'ended', exitTaken: true, stdoutPassed: 0 }),
    ]);
    expect(await guest.output(stdio)).toBe('something\n');
    await guest.output(stderr);
    guest.pass(stdio);
    guest.pass(stderr);
    await until(async () => (await guest.list()).processes.length === 0);
    await guest.stop();
  });

  it('is forgotten with its container', async () => {
    await using guest = await start();
    await guest.runContainer('gone', ['true']);
    await guest.container('stays', ['sleep', '1000']);
    await guest.runExec('stays', 'e1', ['sh', '-c', 'exit 3']);
    const names = async () => (await guest.list()).processes.map(({ container, id }) => `${container}/${id}`);
    await until(async () => (await names()).join() === 'gone/init,stays/init,stays/e1');
    expect((await guest.call(code.REMOVECONTAINER, { container: 'gone' })).ok).toBe(true);
    expect(await names()).toEqual(['stays/init', 'stays/e1']);
    // A second process of that name does not confuse the two exits.
    await guest.runExec('stays', 'e1', ['sh', '-c', 'exit 4']);
    for (let i = 0; i < 2; i++) await guest.call(code.TAKEEXIT, { container: 'stays', process: 'e1' });
    await until(async () => (await names()).join() === 'stays/init');
    await guest.stop();
  });

  it('beside PID 1 is not kept', async () => {
    await using guest = await start();
    await guest.runExec('hyperstart', 'e1', ['/bin/true']);
    await until(async () => (await guest.list()).processes.length === 0);
    await guest.stop();
  });
});

describe('a process that', () => {
  const slow = { hooks: { startContainer: [{ path: '/bin/sleep', args: ['sleep', '1000'] }] } };

  it('does not run yet is killed, and its container removed', async () => {
    await using guest = await start();
    const id = guest.send(code.NEWCONTAINER, {
      id: 'slow',
      image: 'c1',
      rootfs: 'rootfs',
      process: guest.process(['true']),
      ...slow,
    });
    await until(async () => (await guest.list()).processes[0]?.state === 'starting');
    await comeBack(guest);
    expect(await settled(guest)).toEqual({ containers: [], processes: [] });
    expect((await guest.runContainer('slow', ['echo', 'again'])).out).toBe('again\n');
    expect(guest.messages.filter((message) => message.id === id)).toEqual([]);
    await guest.stop();
  });

  it('is created waits, and can be started', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('held', ['sh', '-c', 'read it; echo "$it"'], {}, { hold: true });
    guest.stdin(stdio, 'early\n');
    await guest.until(() => (guest.input(stdio).received === 6 ? true : undefined));
    const list = await comeBack(guest);
    expect(list.processes[0]).toMatchObject({ state: 'created', status: 0, received: 6, taken: 0 });
    expect((await guest.call(code.STARTCONTAINER, { id: 'held' })).ok).toBe(true);
    expect(await guest.output(stdio)).toBe('early\n');
    expect(await guest.exit('held')).toBe(0);
    await guest.stop();
  });

  it('is about to be started starts, and nobody gets the answer', async () => {
    await using guest = await start();
    const hooks = { startContainer: [{ path: '/bin/sleep', args: ['sleep', '0.5'] }] };
    const { stdio } = await guest.container('later', ['sh', '-c', 'echo up; cat'], {}, { hold: true, hooks });
    const id = guest.send(code.STARTCONTAINER, { id: 'later' });
    await guest.call(code.PING);
    const list = await comeBack(guest);
    expect(list.processes[0]?.state).toBe('starting');
    await guest.until(() => (guest.soFar(stdio) === 'up\n' ? true : undefined));
    expect((await settled(guest)).processes[0]?.state).toBe('running');
    expect(guest.messages.filter((message) => message.id === id)).toEqual([]);
    await guest.stop();
  });
});

describe('the ports', () => {
  it('carry nothing of stdio between the token and RESUME', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('talks', ['sh', '-c', 'while echo x; do sleep 0.01; done']);
    await guest.until(() => (guest.soFar(stdio).length > 10 ? true : undefined));
    await guest.comeBack();
    guest.frames.length = 0;
    guest.stdin(stdio, 'ignored by the program');
    await until(async () => (await guest.list()).processes[0]?.received === 22);
    await sleep(100);
    expect(guest.frames).toEqual([]);
    await guest.resume(await guest.list());
    await guest.until(() => (guest.soFar(stdio).length > 100 ? true : undefined));
    expect(guest.input(stdio).received).toBe(22);
    await guest.stop();
  });

  it('carry out what a host said in whole, and drop the half of a message', async () => {
    await using guest = await start();
    const { stdio } = await guest.container('told', [
      'sh',
      '-c',
      'trap "echo usr1" USR1; while :; do sleep 0.01; done',
    ]);
    const signal = Buffer.from(JSON.stringify({ container: 'told', signal: 10 }));
    const half = encodeMessage(code.PING, Buffer.alloc(1000), 900_001).subarray(0, 500);
    await sleep(100);
    guest.sendRaw(Buffer.concat([encodeMessage(code.KILLCONTAINER, signal, 900_000), half]));
    guest.endBoth();
    await comeBack(guest, () => sleep(100));
    await guest.until(() => (guest.soFar(stdio) === 'usr1\n' ? true : undefined));
    expect((await guest.call(code.PING, Buffer.from('there'))).payload.toString()).toBe('there');
    expect(guest.messages.filter((message) => message.id >= 900_000)).toEqual([]);
    await guest.stop();
  });

  it('get the last token that was set, however often hosts come', async () => {
    await using guest = await start();
    guest.token = Buffer.alloc(16, 'T');
    const token = guest.token.toString('hex');
    expect((await guest.call(code.STARTPOD, { shareDir: 'share_dir', token })).ok).toBe(true);
    expect((await guest.call(code.STARTPOD, { shareDir: 'share_dir' })).ok).toBe(true);
    for (let i = 0; i < 20; i++) await comeBack(guest);
    expect((await guest.call(code.PING)).ok).toBe(true);
    await guest.stop();
  });
});
