import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

let guest: TestGuest;
beforeAll(async () => {
  await buildHostProgram();
  guest = await TestGuest.start();
}, 300_000);
afterAll(async () => {
  await guest.stop();
  await guest[Symbol.asyncDispose]();
});

describe('a container', () => {
  it('keeps stdout and stderr apart, and ends each once', async () => {
    const { answer, stdio, stderr } = await guest.container('apart', ['sh', '-c', 'echo out; echo err >&2']);
    expect(JSON.parse(answer.payload.toString())).toEqual({ pid: expect.any(Number) });
    expect(await guest.output(stdio)).toBe('out\n');
    expect(await guest.output(stderr)).toBe('err\n');
    expect(await guest.exit('apart')).toBe(0);
    await guest.call(code.PING);
    expect([guest.endsOf(stdio), guest.endsOf(stderr)]).toEqual([1, 1]);
  });

  it('joins stderr with stdout when it has no session of its own', async () => {
    const { out } = await guest.runContainer('joined', ['sh', '-c', 'echo out; echo err >&2'], { stderr: 0 });
    expect(out).toBe('out\nerr\n');
  });

  it.each([0, 3, 255])('that exits with %i reports it', async (status) => {
    const ran = await guest.runContainer(`exits-${status}`, ['sh', '-c', `exit ${status}`]);
    expect(ran.status).toBe(status);
  });

  it('killed by SIGKILL reports 137', async () => {
    await guest.container('killed', ['sleep', '1000']);
    expect((await guest.call(code.KILLCONTAINER, { container: 'killed', signal: 9 })).ok).toBe(true);
    expect(await guest.exit('killed')).toBe(137);
    const again = await guest.call(code.KILLCONTAINER, { container: 'killed', signal: 9 });
    expect(again.error.code).toBe('NOTFOUND');
  });

  it('gets a signal that it handles', async () => {
    const script = 'trap "echo got; exit 7" USR1; echo ready; while :; do sleep 0.01; done';
    const { stdio } = await guest.container('traps', ['sh', '-c', script]);
    await guest.until(() => (guest.soFar(stdio) === 'ready\n' ? true : undefined));
    await guest.call(code.SIGNALPROCESS, { container: 'traps', process: 'init', signal: 10 });
    expect(await guest.exit('traps')).toBe(7);
  });

  it('starts with every signal at its default and none blocked', async () => {
    const { out } = await guest.runContainer('signals', ['cat', '/proc/self/status']);
    expect(out).toMatch(/^SigBlk:\t0+$/m);
    expect(out).toMatch(/^SigIgn:\t0+$/m);
  });

  it('sees nothing but its own descriptors', async () => {
    const { out } = await guest.runContainer('descriptors', ['ls', '/proc/self/fd']);
    // The fourth is the directory that ls reads.
    expect(out.split('\n').filter(Boolean)).toEqual(['0', '1', '2', '3']);
  });

  it('has its own pids, host name and mounts', async () => {
    const { out } = await guest.runContainer(
      'own',
      ['sh', '-c', 'echo $$; cat /proc/sys/kernel/hostname; ls /'],
      {},
      {
        hostname: 'its-own-name',
      },
    );
    const lines = out.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(['1', 'its-own-name']);
    expect(lines.slice(2).sort()).toEqual(['bin', 'dev', 'proc', 'sys']);
  });

  it.each([
    ['nothing', { code: 'NOCOMMAND', message: 'exec: "nothing": executable file not found in $PATH' }],
    ['/bin/nothing', { code: 'NOCOMMAND', message: 'exec: "/bin/nothing": no such file or directory' }],
    ['/bin', { code: 'NOCOMMAND', message: 'exec: "/bin": permission denied' }],
    ['', { code: 'NOCOMMAND', message: 'exec: "": executable file not found in $PATH' }],
    ['/proc/version', { code: 'NOCOMMAND', message: 'exec: "/proc/version": permission denied' }],
  ])('whose command is %s is refused, and nothing of it is left', async (command, error) => {
    for (const created of [false, true]) {
      const { answer, stdio } = await guest.container('missing', [command], {}, { created });
      expect(answer.error).toEqual(error);
      expect((await guest.call(code.REMOVECONTAINER, { container: 'missing' })).error.code).toBe('NOTFOUND');
      expect(guest.frames.some((frame) => frame.session === stdio)).toBe(false);
    }
    expect((await guest.runContainer('missing', ['true'])).status).toBe(0);
    await guest.call(code.REMOVECONTAINER, { container: 'missing' });
  });

  it('whose rootfs is missing is refused with its path', async () => {
    const process = guest.process(['true']);
    const answer = await guest.call(code.NEWCONTAINER, { id: 'no-root', image: 'nowhere', rootfs: 'rootfs', process });
    expect(answer.error).toEqual({
      code: 'ENOENT',
      message: 'the rootfs "nowhere/rootfs" of container "no-root": No such file or directory',
    });
  });

  it.each([
    ['id', { id: '../x' }],
    ['id', { id: '' }],
    ['id', { id: 'hyperstart' }],
    ['image', { image: '..' }],
    ['image', { image: 'a/b' }],
    ['rootfs', { rootfs: 'rootfs/../../c1' }],
  ])('with a bad %s is refused: %j', async (_name, fields) => {
    const process = guest.process(['true']);
    const answer = await guest.call(code.NEWCONTAINER, {
      id: 'bad',
      image: 'c1',
      rootfs: 'rootfs',
      process,
      ...fields,
    });
    expect(answer.error.code).toBe('INVALID');
  });

  it('cannot have the id or the sessions of another', async () => {
    const { stdio } = await guest.container('first', ['sleep', '1000']);
    expect((await guest.container('first', ['true'])).answer.error.code).toBe('EXISTS');
    const taken = await guest.container('second', ['true'], { stdio: Number(stdio) });
    expect(taken.answer.error).toEqual({ code: 'EXISTS', message: `the stdio session ${stdio} is in use` });
    await guest.call(code.KILLCONTAINER, { container: 'first', signal: 9 });
    expect(await guest.exit('first')).toBe(137);
    expect((await guest.container('first', ['true'])).answer.error.code).toBe('EXISTS');
    expect((await guest.call(code.REMOVECONTAINER, { container: 'first' })).ok).toBe(true);
    expect((await guest.runContainer('first', ['true'])).status).toBe(0);
  });

  it('is removed only when its processes have ended', async () => {
    await guest.container('busy', ['sleep', '1000']);
    expect((await guest.call(code.REMOVECONTAINER, { container: 'busy' })).error.code).toBe('EBUSY');
    await guest.call(code.KILLCONTAINER, { container: 'busy', signal: 9 });
    await guest.exit('busy');
    expect((await guest.call(code.REMOVECONTAINER, { container: 'busy' })).ok).toBe(true);
  });
});

describe('what a process is given', () => {
  it('keeps an argument with every byte from 1 to 255', async () => {
    const bytes = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join('');
    const { out } = await guest.runContainer('bytes', ['sh', '-c', 'cat /proc/$$/cmdline; true', 'sh', bytes]);
    expect(out.split('\0')[4]).toBe(bytes);
  });

  it('keeps 1,000 arguments', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => `argument-${i}`);
    const { out } = await guest.runContainer('many', ['printf', '%s\\n', ...many]);
    expect(out.trim().split('\n')).toEqual(many);
  });

  it('keeps 100 KB of environment', async () => {
    const envs = [
      { env: 'PATH', value: '/bin' },
      ...Array.from({ length: 100 }, (_, i) => ({ env: `V${i}`, value: 'x'.repeat(1024) })),
    ];
    const { out } = await guest.runContainer('environment', ['env'], { envs });
    expect(out.split('\n').filter((line) => /^V\d+=x{1024}$/.test(line)).length).toBe(100);
  });

  it('says so when the arguments are too long for the kernel', async () => {
    const { answer } = await guest.container('too-long', ['true', 'x'.repeat(200_000)]);
    expect(answer.error.code).toBe('E2BIG');
  });

  it('makes a workdir that is missing', async () => {
    expect((await guest.runContainer('workdir', ['sh', '-c', 'pwd'], { workdir: '/a/b/c' })).out).toBe('/a/b/c\n');
  });

  it('has a HOME from the passwd file of its container, or /', async () => {
    expect((await guest.runContainer('home', ['sh', '-c', 'echo $HOME'])).out).toBe('/\n');
    const write = 'mkdir -p /etc; echo "someone:x:1234:1234::/home/someone:/bin/sh" > /etc/passwd';
    await guest.runContainer('passwd', ['sh', '-c', write]);
    expect((await guest.runContainer('home2', ['sh', '-c', 'echo $HOME'], { uid: 1234 })).out).toBe('/home/someone\n');
  });

  it('has written what it wrote when its end is reported', async () => {
    await guest.runContainer('writes', ['sh', '-c', 'echo kept > /kept']);
    expect(await readFile(join(guest.rootfs, 'kept'), 'utf8')).toBe('kept\n');
  });
});

describe('a created container', () => {
  it('runs only after STARTCONTAINER', async () => {
    const { answer, stdio } = await guest.container('created', ['echo', 'started'], {}, { hold: true });
    expect(answer.ok).toBe(true);
    await guest.call(code.PING);
    expect(guest.soFar(stdio)).toBe('');
    expect((await guest.call(code.STARTCONTAINER, { id: 'created' })).ok).toBe(true);
    expect(await guest.output(stdio)).toBe('started\n');
    expect(await guest.exit('created')).toBe(0);
    expect((await guest.call(code.STARTCONTAINER, { id: 'created' })).error.code).toBe('INVALID');
  });

  it('passes on stdin that came before the start', async () => {
    const { stdio } = await guest.container('created-stdin', ['cat'], {}, { hold: true });
    guest.stdin(stdio, 'early');
    guest.closeStdin(stdio);
    await guest.call(code.STARTCONTAINER, { id: 'created-stdin' });
    expect(await guest.output(stdio)).toBe('early');
    expect(await guest.exit('created-stdin')).toBe(0);
  });

  it('killed before its start reports an exit with that signal, and its streams end', async () => {
    const { stdio, stderr } = await guest.container('never', ['true'], {}, { hold: true });
    await guest.call(code.KILLCONTAINER, { container: 'never', signal: 28 });
    expect((await guest.call(code.KILLCONTAINER, { container: 'never', signal: 15 })).ok).toBe(true);
    expect(await guest.exit('never')).toBe(143);
    await guest.output(stdio);
    await guest.output(stderr);
    expect((await guest.call(code.STARTCONTAINER, { id: 'never' })).error.code).toBe('INVALID');
  });

  it('is gone when its program cannot be executed after all', async () => {
    await guest.runContainer('writes-program', [
      'sh',
      '-c',
      'echo "\\0garbage" > /program; kill -0 1; busybox chmod 755 /program',
    ]);
    const { answer, stdio } = await guest.container('no-format', ['/program'], {}, { hold: true });
    expect(answer.ok).toBe(true);
    const started = await guest.call(code.STARTCONTAINER, { id: 'no-format' });
    expect(started.error).toEqual({ code: 'NOCOMMAND', message: 'exec: "/program": exec format error' });
    expect(guest.frames.some((frame) => frame.session === stdio)).toBe(false);
    expect((await guest.call(code.REMOVECONTAINER, { container: 'no-format' })).error.code).toBe('NOTFOUND');
  });
});

describe('an exec', () => {
  beforeAll(async () => {
    await guest.container('host-of-execs', ['sleep', '100000']);
  });

  it('runs in the container and reports its own status', async () => {
    const ran = await guest.runExec('host-of-execs', 'e1', [
      'sh',
      '-c',
      'ps | grep -c "sleep 100000"; ls /proc/1/root; exit 9',
    ]);
    expect(ran.status).toBe(9);
    expect(ran.out).toContain('bin\n');
  });

  it('is in the pid, mount, uts and ipc namespaces of init', async () => {
    const script =
      'for n in pid mnt uts ipc; do [ $(readlink /proc/1/ns/$n) = $(readlink /proc/self/ns/$n) ] && echo same; done';
    const { out } = await guest.runExec('host-of-execs', 'ns', [
      'busybox',
      'sh',
      '-c',
      script.replaceAll('readlink', 'busybox readlink'),
    ]);
    expect(out).toBe('same\n'.repeat(4));
  });

  it.each([
    ['a container that does not exist', 'nowhere', 'NOTFOUND'],
    ['a container that has ended', 'exits-3', 'NOTFOUND'],
  ])('in %s is refused', async (_name, container, expected) => {
    expect((await guest.exec(container, 'e', ['true'])).answer.error.code).toBe(expected);
  });

  it('of a missing command is refused and may be tried again', async () => {
    const { answer } = await guest.exec('host-of-execs', 'again', ['nothing']);
    expect(answer.error.code).toBe('NOCOMMAND');
    expect((await guest.runExec('host-of-execs', 'again', ['true'])).status).toBe(0);
  });

  it('cannot have the id of a running one', async () => {
    await guest.exec('host-of-execs', 'long', ['sleep', '1000']);
    expect((await guest.exec('host-of-execs', 'long', ['true'])).answer.error.code).toBe('EXISTS');
    await guest.call(code.SIGNALPROCESS, { container: 'host-of-execs', process: 'long', signal: 15 });
    expect(await guest.exit('host-of-execs', 'long')).toBe(143);
  });

  it('that leaves a daemon behind reports its exit at once, with how much it had written, and its end of output later', async () => {
    const script = 'echo own; echo err >&2; (sleep 0.3; echo late) & exit 4';
    const { stdio } = await guest.exec('host-of-execs', 'daemon', ['sh', '-c', script]);
    const told = await guest.message(
      (message) => message.code === code.PROCESSASYNCEVENT && message.payload.includes('"daemon"'),
    );
    expect(JSON.parse(told.payload.toString())).toMatchObject({ status: 4, written: [4, 4] });
    expect(guest.endsOf(stdio)).toBe(0);
    expect(await guest.output(stdio)).toBe('own\nlate\n');
  });

  it('runs 200 at once, each with its own status', async () => {
    const all = Array.from({ length: 200 }, (_, i) =>
      guest.runExec('host-of-execs', `n${i}`, ['sh', '-c', `echo ${i}; exit ${i}`]),
    );
    const ran = await Promise.all(all);
    expect(ran.map((one) => one.status)).toEqual(ran.map((_, i) => i));
    expect(ran.map((one) => one.out)).toEqual(ran.map((_, i) => `${i}\n`));
  });

  it('beside PID 1 runs outside of every container', async () => {
    const { out } = await guest.runExec('hyperstart', 'beside', ['/bin/sh', '-c', 'echo $PPID']);
    expect(out).toBe('1\n');
    expect(await guest.exec('hyperstart', 'x', ['/nothing'])).toMatchObject({ answer: { ok: false } });
  });

  it('is reported before the init whose end killed it', async () => {
    await guest.container('ends', ['sleep', '1000']);
    await guest.exec('ends', 'inside', ['sleep', '1000']);
    guest.messages.length = 0;
    await guest.call(code.KILLCONTAINER, { container: 'ends', signal: 9 });
    await guest.until(() => (guest.messages.length === 2 ? true : undefined));
    expect(guest.messages.map((found) => JSON.parse(found.payload.toString()))).toEqual([
      { container: 'ends', process: 'inside', event: 'finished', status: 137 },
      { container: 'ends', process: 'init', event: 'finished', status: 137 },
    ]);
    guest.messages.length = 0;
  });
});

describe('files', () => {
  it('are written and read as the container sees them', async () => {
    await guest.container('files', ['sleep', '1000']);
    const name = { container: 'files', file: '/dev/shm/a' };
    const content = Buffer.from([0, 1, 2, 255, 0]);
    const written = await guest.call(
      code.WRITEFILE,
      Buffer.concat([Buffer.from(`${JSON.stringify(name)}\0`), content]),
    );
    expect(written.ok).toBe(true);
    expect((await guest.call(code.READFILE, name)).payload).toEqual(content);
    expect((await guest.runExec('files', 'wc', ['wc', '-c', '/dev/shm/a'])).out).toBe('5 /dev/shm/a\n');
    expect((await guest.call(code.READFILE, { container: 'files', file: '/none' })).error.code).toBe('ENOENT');
    expect((await guest.call(code.READFILE, { container: 'files', file: '/dev/zero' })).error.code).toBe('INVALID');
    expect((await guest.call(code.READFILE, { container: 'nowhere', file: '/x' })).error.code).toBe('NOTFOUND');
    expect((await guest.call(code.WRITEFILE, Buffer.from(JSON.stringify(name)))).error.code).toBe('INVALID');
  });
});

describe('the machine', () => {
  it('takes a clock and entropy, and refuses nonsense', async () => {
    expect((await guest.call(code.SETCLOCK, { seconds: 1, nanoseconds: 2, entropy: '00ffAB' })).ok).toBe(true);
    expect((await guest.call(code.SETCLOCK, { seconds: 1, entropy: 'abc' })).error.code).toBe('INVALID');
    expect((await guest.call(code.SETCLOCK, { seconds: 1, entropy: 'zz' })).error.code).toBe('INVALID');
    expect((await guest.call(code.SETCLOCK, { seconds: -1 })).error.code).toBe('INVALID');
  });

  it('waits for CPUs and memory until they are there, and does everything else meanwhile', async () => {
    expect((await guest.call(code.ONLINECPUMEM)).payload.length).toBe(0);
    const there = await guest.call(code.ONLINECPUMEM, { cpus: 1, addedMemoryMiB: 0 });
    expect(JSON.parse(there.payload.toString())).toEqual({ cpus: cpus().length, addedMemoryMiB: 0 });
    const id = guest.send(code.ONLINECPUMEM, { cpus: 1_000_000 });
    expect((await guest.call(code.PING)).ok).toBe(true);
    expect(guest.messages.some((message) => message.id === id)).toBe(false);
    expect((await guest.call(code.ONLINECPUMEM, { cpus: -1 })).error.code).toBe('INVALID');
    expect((await guest.call(code.ONLINECPUMEM, Buffer.from('{'))).error.code).toBe('INVALID');
  });
});
