import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

const window = 65536;
let guest: TestGuest;
beforeAll(async () => {
  await buildHostProgram();
  guest = await TestGuest.start({ window });
}, 300_000);
afterAll(async () => {
  await guest.stop();
  await guest[Symbol.asyncDispose]();
});

describe('stdin', () => {
  it('reaches the process, and its end of file after it', async () => {
    const { stdio } = await guest.container('cat', ['cat']);
    guest.stdin(stdio, 'one ');
    guest.stdin(stdio, 'two');
    guest.closeStdin(stdio);
    expect(await guest.output(stdio)).toBe('one two');
    expect(await guest.exit('cat')).toBe(0);
  });

  it('of several megabytes passes within the window, byte for byte', async () => {
    const { stdio } = await guest.container('copies', ['cat']);
    const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
    const window = 262_144;
    let sent = 0;
    while (sent < data.length) {
      const free = await guest.until(() => window + guest.input(stdio).taken - sent || undefined);
      const part = data.subarray(sent, sent + Math.min(free, 50_000));
      guest.stdin(stdio, part);
      sent += part.length;
    }
    guest.closeStdin(stdio);
    expect((await guest.output(stdio)) === data.toString('latin1')).toBe(true);
    expect(await guest.exit('copies')).toBe(0);
    // The last quarter of the window may be unmarked.
    expect(guest.input(stdio).received).toBe(data.length);
    expect(guest.input(stdio).taken).toBeGreaterThan(data.length - window / 4);
  });

  it('that the process does not read is kept up to the window, and costs nobody else anything', async () => {
    const { stdio } = await guest.container('deaf', ['sleep', '1000']);
    guest.stdin(stdio, Buffer.alloc(262_144, 'x'));
    expect((await guest.runContainer('beside-deaf', ['echo', 'fine'])).out).toBe('fine\n');
    await guest.until(() => (guest.input(stdio).received === 262_144 ? true : undefined));
    // The pipe itself took 64 KiB.
    expect(guest.input(stdio).taken).toBeLessThanOrEqual(65536);
    await guest.call(code.KILLCONTAINER, { container: 'deaf', signal: 9 });
    expect(await guest.exit('deaf')).toBe(137);
  });

  it('beyond the window is dropped', async () => {
    const { stdio } = await guest.container('flooded', ['sh', '-c', 'sleep 0.3; wc -c']);
    for (let i = 0; i < 10; i++) guest.stdin(stdio, Buffer.alloc(100_000, 'x'));
    guest.closeStdin(stdio);
    const count = Number(await guest.output(stdio));
    expect(count).toBeGreaterThanOrEqual(262_144);
    expect(count).toBeLessThan(500_000);
    expect(await guest.exit('flooded')).toBe(0);
  });

  it('of a process that closed it is dropped, and counts as taken', async () => {
    const { stdio } = await guest.container('closed', ['sh', '-c', 'exec <&-; echo closed; sleep 1000']);
    await guest.until(() => (guest.soFar(stdio) === 'closed\n' ? true : undefined));
    guest.stdin(stdio, Buffer.alloc(100_000));
    guest.stdin(stdio, Buffer.alloc(100_000));
    await guest.until(() => (guest.input(stdio).taken === 200_000 ? true : undefined));
    await guest.call(code.KILLCONTAINER, { container: 'closed', signal: 9 });
    expect(await guest.exit('closed')).toBe(137);
  });

  it('for a session that nobody knows is dropped', async () => {
    guest.stdin(999_999n, 'nobody');
    guest.closeStdin(999_999n);
    guest.mark(999_999n, 5);
    expect((await guest.call(code.PING)).ok).toBe(true);
  });
});

describe('stdout', () => {
  it('stops at the window and goes on with what was passed on', async () => {
    guest.generous = false;
    const { stdio } = await guest.container('stalls', ['sh', '-c', 'yes | head -c 1000000']);
    await guest.until(() => (guest.soFar(stdio).length >= window ? true : undefined));
    // Another stream is not held up by it.
    const other = await guest.runContainer('flows', ['echo', 'flows']);
    expect(other.out).toBe('flows\n');
    expect(guest.soFar(stdio).length).toBe(window);
    guest.pass(stdio, 10);
    await guest.until(() => (guest.soFar(stdio).length >= window + 10 ? true : undefined));
    await guest.call(code.PING);
    expect(guest.soFar(stdio).length).toBe(window + 10);
    // Neither an older mark changes anything, nor one of more than there is.
    guest.mark(stdio, 5);
    guest.mark(stdio, 1_000_000);
    await guest.call(code.PING);
    expect(guest.soFar(stdio).length).toBe(window + 10);
    guest.generous = true;
    guest.pass(stdio);
    expect((await guest.output(stdio)).length).toBe(1_000_000);
    expect(await guest.exit('stalls')).toBe(0);
  });

  it('ends with a full window when there is nothing left in it', async () => {
    guest.generous = false;
    const { stdio } = await guest.container('exact', ['head', '-c', String(window), '/dev/zero']);
    expect((await guest.output(stdio)).length).toBe(window);
    guest.generous = true;
    expect(await guest.exit('exact')).toBe(0);
  });

  it('that is stalled outlives its process, whose exit is reported at once', async () => {
    guest.generous = false;
    const { stdio } = await guest.container('outlives', ['sh', '-c', `head -c ${window + 5000} /dev/zero; exit 6`]);
    expect(await guest.exit('outlives')).toBe(6);
    expect((await guest.call(code.REMOVECONTAINER, { container: 'outlives' })).ok).toBe(true);
    expect(guest.endsOf(stdio)).toBe(0);
    guest.generous = true;
    guest.pass(stdio);
    expect((await guest.output(stdio)).length).toBe(window + 5000);
  });

  it('of ten writers at once arrives whole', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `writer-${i}`);
    const ran = await Promise.all(names.map((id) => guest.runContainer(id, ['sh', '-c', 'yes | head -c 500000'])));
    expect(ran.map((one) => one.out.length)).toEqual(names.map(() => 500_000));
  });
});

describe('a terminal', () => {
  it('is one, with the size it was given', async () => {
    const script = 'tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; echo err >&2';
    const { out, status } = await guest.runContainer('tty', ['busybox', 'sh', '-c', script], {
      terminal: true,
      rows: 31,
      columns: 101,
    });
    expect(out).toBe('/dev/pts/0\r\n31 101\r\nall\r\nerr\r\n');
    expect(status).toBe(0);
  });

  it('is resized by WINSIZE, and its process hears of it', async () => {
    const script = 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.01; done';
    const { stdio } = await guest.container('resized', ['sh', '-c', script], { terminal: true });
    await guest.until(() => (guest.soFar(stdio).includes('ready') ? true : undefined));
    expect((await guest.call(code.WINSIZE, { seq: Number(stdio), row: 40, column: 120 })).ok).toBe(true);
    expect(await guest.output(stdio)).toContain('40 120\r\n');
    expect(await guest.exit('resized')).toBe(0);
    expect((await guest.call(code.WINSIZE, { seq: Number(stdio), row: 1, column: 1 })).error.code).toBe('NOTFOUND');
  });

  it('cannot be resized where there is none', async () => {
    const { stdio } = await guest.container('no-tty', ['sleep', '1000']);
    expect((await guest.call(code.WINSIZE, { seq: Number(stdio), row: 1, column: 1 })).error.code).toBe('INVALID');
    await guest.call(code.KILLCONTAINER, { container: 'no-tty', signal: 9 });
    await guest.exit('no-tty');
  });

  it('turns ^C into SIGINT', async () => {
    const { stdio } = await guest.container(
      'interrupted',
      ['sh', '-c', 'trap "exit 42" INT; echo ready; while :; do sleep 0.01; done'],
      {
        terminal: true,
      },
    );
    await guest.until(() => (guest.soFar(stdio).includes('ready') ? true : undefined));
    guest.stdin(stdio, '\u0003');
    expect(await guest.exit('interrupted')).toBe(42);
  });

  it('is there for an exec too, and for its user', async () => {
    await guest.container('has-tty', ['sleep', '1000']);
    const { out } = await guest.runExec('has-tty', 'shell', ['sh', '-c', 'tty; echo again > $(tty); id -u'], {
      terminal: true,
      uid: 1000,
    });
    expect(out).toBe('/dev/pts/0\r\nagain\r\n1000\r\n');
    await guest.call(code.KILLCONTAINER, { container: 'has-tty', signal: 9 });
    await guest.exit('has-tty');
  });

  it('is the console of its container', async () => {
    const { out } = await guest.runContainer('console', ['sh', '-c', 'echo spoken > /dev/console'], { terminal: true });
    expect(out).toBe('spoken\r\n');
  });

  it('in a created container waits with it', async () => {
    const { stdio } = await guest.container('created-tty', ['tty'], { terminal: true }, { hold: true });
    expect((await guest.call(code.WINSIZE, { seq: Number(stdio), row: 5, column: 6 })).ok).toBe(true);
    await guest.call(code.STARTCONTAINER, { id: 'created-tty' });
    expect(await guest.output(stdio)).toBe('/dev/pts/0\r\n');
    expect(await guest.exit('created-tty')).toBe(0);
  });
});
