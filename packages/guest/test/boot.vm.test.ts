import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bootVm, connectBoth } from './support/bootVm.ts';
import { code } from './support/frames.ts';
import { kernelsToTest } from './support/kernels.ts';

const entropy = 'c3'.repeat(64);

describe.each(kernelsToTest())('a guest with the %s kernel', (kernel) => {
  it('boots, runs containers from the 9p export, and powers off when the pod is destroyed', async () => {
    await using guest = await bootVm(kernel);
    expect((await guest.call(code.SETCLOCK, { seconds: 1_800_000_000, nanoseconds: 0, entropy })).ok).toBe(true);

    const renamed = { hostname: 'renamed', shareDir: 'share_dir' };
    expect((await guest.call(code.STARTPOD, renamed)).ok).toBe(true);
    const first = await guest.runContainer('first', [
      'sh',
      '-c',
      'echo out; echo err >&2; cat /proc/sys/kernel/hostname; exit 3',
    ]);
    expect(first).toEqual({ status: 3, out: 'out\nrenamed\n', err: 'err\n' });

    await guest.container('long', ['sleep', '100000']);
    expect((await guest.runExec('long', 'date', ['busybox', 'date', '+%s'])).out).toMatch(/^18000000\d\d\n$/);
    const tty = await guest.runExec('long', 'tty', ['sh', '-c', 'tty; stty size'], {
      terminal: true,
      rows: 33,
      columns: 99,
    });
    expect(tty.out).toBe('/dev/pts/0\r\n33 99\r\n');
    expect((await guest.runExec('hyperstart', 'beside', ['/init'])).status).toBe(2);
    expect((await guest.container('missing', ['nothing'])).answer.error.code).toBe('NOCOMMAND');
    expect((await guest.call(code.ONLINECPUMEM)).ok).toBe(true);

    const created = await guest.container('created', ['echo', 'created'], {}, { hold: true });
    expect((await guest.call(code.STARTCONTAINER, { id: 'created' })).ok).toBe(true);
    expect(await guest.output(created.stdio)).toBe('created\n');

    await guest.stop();
    expect((await guest.ended()).stderr).toBe(await readFile(join(guest.dir, 'console'), 'utf8'));
  });

  it('shows the host what a container wrote when it reports the end', async () => {
    await using guest = await bootVm(kernel);
    const script = 'dd if=/dev/zero of=/big bs=1M count=20 2>/dev/null; echo small > /small';
    await guest.runContainer('writes', ['sh', '-c', script]);
    expect((await readFile(join(guest.rootfs, 'big'))).length).toBe(20 << 20);
    expect(await readFile(join(guest.rootfs, 'small'), 'utf8')).toBe('small\n');
    await guest.stop();
  });

  it('sees a file of a rootfs that was made after a first look, and with our patches what replaced it', async () => {
    await using guest = await bootVm(kernel);
    expect((await guest.runContainer('c', ['cat', '/proc/self/cmdline'])).status).toBe(0);
    expect((await guest.container('late', ['late'])).answer.ok).toBe(false);
    await writeFile(join(guest.rootfs, 'bin', 'late'), '#!/bin/sh\necho late\n', { mode: 0o755 });
    expect((await guest.runContainer('late', ['late'])).out).toBe('late\n');
    // The stock kernel may have it in its cache until the last process that ran it is gone.
    if (kernel === 'stock') return await guest.stop();
    await writeFile(join(guest.rootfs, 'bin', 'late'), '#!/bin/sh\necho later\n', { mode: 0o755 });
    await guest.call(code.REMOVECONTAINER, { container: 'late' });
    expect((await guest.runContainer('late', ['late'])).out).toBe('later\n');
    await guest.stop();
  });

  it('passes megabytes both ways, and a stalled stream stalls alone', async () => {
    await using guest = await bootVm(kernel);
    const { stdio } = await guest.container('cat', ['cat']);
    const data = 'abcdefgh'.repeat(25_000);
    guest.stdin(stdio, data);
    guest.closeStdin(stdio);
    expect((await guest.output(stdio)) === data).toBe(true);
    guest.generous = false;
    const stalled = await guest.container('stalls', ['sh', '-c', 'yes | head -c 5000000']);
    await guest.until(() => (guest.soFar(stalled.stdio).length >= 65536 ? true : undefined));
    expect((await guest.runContainer('other', ['echo', 'fine'])).out).toBe('fine\n');
    guest.generous = true;
    guest.pass(stalled.stdio);
    expect((await guest.output(stalled.stdio)).length).toBe(5_000_000);
    await guest.stop();
  });

  it('goes on when its host has gone and come back, and loses neither an exit nor output', async () => {
    await using guest = await bootVm(kernel);
    const { stdio } = await guest.container('alone', ['sh', '-c', 'sleep 0.5; echo meanwhile; exit 7']);
    await guest.comeBack(
      () => sleep(1500),
      () => connectBoth(guest.dir),
    );
    const list = await guest.list();
    expect(list.processes).toEqual([expect.objectContaining({ container: 'alone', state: 'ended', status: 7 })]);
    await guest.resume(list);
    expect(await guest.output(stdio)).toBe('meanwhile\n');
    for (let i = 0; i < 3; i++) {
      // Cut off in the middle of what it says.
      const talks = await guest.container(`talks-${i}`, ['sh', '-c', 'busybox seq 1 300000']);
      await guest.until(() => (guest.soFar(talks.stdio).length > i * 500_000 ? true : undefined));
      // QEMU tells the guest of a close only when it sees it itself: a host that is back at once may go unnoticed.
      await guest.comeBack(
        () => sleep(200),
        () => connectBoth(guest.dir),
      );
      await guest.resume(await guest.list());
      const numbers = Array.from({ length: 300_000 }, (_, at) => `${at + 1}\n`).join('');
      expect((await guest.output(talks.stdio)) === numbers).toBe(true);
    }
    await guest.stop();
  });

  it.each([622, 4242, 4244])('is a guest of version %i when the kernel is told so', async (version) => {
    await using guest = await bootVm(kernel, { version });
    expect((await guest.call(code.GETVERSION)).ok).toBe(version >= 4242);
    const { stdio } = await guest.container('old', ['sh', '-c', 'echo old; exit 4']);
    const last = await guest.until(() =>
      guest.frames.find((frame) => frame.session === stdio && frame.data.equals(Buffer.of(4))),
    );
    expect(guest.soFar(stdio)).toBe('old\n\u0004');
    expect(guest.frames.at(-1)).toBe(last);
    await guest.stop();
  });
});
