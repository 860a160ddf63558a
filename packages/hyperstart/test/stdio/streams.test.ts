import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuestProcess, GuestSession } from '../../src/index.ts';
import { buildGuest, HostGuest } from '../support/hostGuest.ts';
import { containerSpec, outcome, processSpec, sh } from '../support/specs.ts';

const MIB = 1 << 20;

beforeAll(buildGuest, 300_000);

describe.each([
  ['with credit per stream', true],
  ['without', false],
])('stdio %s', (_, negotiate) => {
  let guest: HostGuest & { readonly session: GuestSession };
  let session: GuestSession;
  let init: GuestProcess;
  let execs = 0;
  beforeAll(async () => {
    guest = await HostGuest.open({ negotiate });
    session = guest.session;
    init = await session.newContainer(containerSpec('c', ['cat']));
  });
  afterAll(async () => {
    init.stdio.end();
    expect(await init.exited).toBe(0);
    await session.destroyPod();
    await guest.endedWell();
    await guest[Symbol.asyncDispose]();
  });

  function exec(script: string): Promise<GuestProcess> {
    execs += 1;
    return session.exec('c', processSpec(`e${execs}`, sh(script)));
  }

  test('10 MiB go in and come back, byte for byte', async () => {
    const process = await exec('exec cat');
    const data = randomBytes(10 * MIB);
    const back = buffer(process.stdio);
    process.stdio.end(data);
    expect(sha256(await back)).toBe(sha256(data));
    expect(await process.exited).toBe(0);
  });

  test('stdout and stderr are apart, whichever is read first', async () => {
    const process = await exec('head -c 200000 /dev/zero; head -c 100000 /dev/zero >&2');
    expect((await buffer(process.stderr ?? process.stdio)).length).toBe(100_000);
    expect((await buffer(process.stdio)).length).toBe(200_000);
  });

  test('input for a process that never reads is dropped when it ends', async () => {
    const process = await exec('read line');
    const written = new Promise((resolve) => process.stdio.write(Buffer.alloc(MIB), resolve));
    process.stdio.write('\n');
    process.stdio.resume();
    expect(await process.exited).toBe(0);
    await written;
    const finished = once(process.stdio, 'finish');
    process.stdio.end();
    await finished;
  });

  test('a process that closes its output still reads its input', async () => {
    const process = await exec('exec >&- 2>&-; cat > /taken');
    process.stdio.resume();
    await once(process.stdio, 'end');
    process.stdio.end('after the end of the output');
    expect(await process.exited).toBe(0);
    expect(await text((await exec('cat /taken')).stdio)).toBe('after the end of the output');
  });

  test('a process that closes its input still writes its output', async () => {
    const process = await exec('exec <&-; echo still here');
    process.stdio.write(Buffer.alloc(MIB));
    expect(await text(process.stdio)).toBe('still here\n');
    expect(await process.exited).toBe(0);
  });

  test('what a process wrote before its end is read after it', async () => {
    const process = await exec('echo last words');
    expect(await process.exited).toBe(0);
    expect(await text(process.stdio)).toBe('last words\n');
  });

  test('a stream that is destroyed holds up neither the process nor the others', async () => {
    const process = await exec(`head -c ${4 * MIB} /dev/zero; exec cat >&2`);
    process.stderr?.resume();
    await once(process.stdio, 'readable');
    process.stdio.destroy();
    expect(await process.exited).toBe(0);
    expect((await outcome(await exec('echo next'))).stdout).toBe('next\n');
  });
});

describe('credit', () => {
  test('the guest keeps what was read to its end, and was not passed on', async () => {
    await using guest = await HostGuest.open();
    const { session } = guest;
    const process = await session.newContainer(containerSpec('c', ['cat']));
    process.stdio.keepUntilPassedOn();
    process.stdio.end('kept');
    expect(await text(process.stdio)).toBe('kept');
    expect(await process.exited).toBe(0);
    const listed = async () => (await session.list()).processes[0];
    expect(await listed()).toMatchObject({ stdoutPassed: 0, stdoutEnded: false });
    process.stdio.passedOn('kept'.length);
    await expect.poll(listed).toMatchObject({ stdoutPassed: 4, stdoutEnded: true });
    await session.destroyPod();
    await guest.endedWell();
  });

  test('a slow reader holds up only itself', async () => {
    await using guest = await HostGuest.open({ windowBytes: 64 << 10 });
    const { session } = guest;
    const slow = await session.newContainer(containerSpec('c', sh(`head -c ${MIB} /dev/zero`)));
    await once(slow.stdio, 'readable');
    for (let round = 0; round < 3; round += 1) {
      const quick = await session.exec('c', processSpec(`e${round}`, sh(`head -c ${MIB} /dev/zero`)));
      expect((await buffer(quick.stdio)).length).toBe(MIB);
    }
    expect((await buffer(slow.stdio)).length).toBe(MIB);
    expect(await slow.exited).toBe(0);
    await session.destroyPod();
    await guest.endedWell();
  });

  test('a process that does not read holds up the writing to itself alone', async () => {
    await using guest = await HostGuest.open();
    const { session } = guest;
    const deaf = await session.newContainer(containerSpec('c', ['sleep', '1000']));
    let taken = false;
    deaf.stdio.write(Buffer.alloc(2 * MIB), () => {
      taken = true;
    });
    const cat = await session.exec('c', processSpec('e', ['cat']));
    const back = buffer(cat.stdio);
    cat.stdio.end(Buffer.alloc(2 * MIB, 'x'));
    expect((await back).length).toBe(2 * MIB);
    expect(taken).toBe(false);
    await session.signal('c', 'init', 9);
    expect(await deaf.exited).toBe(137);
    await expect.poll(() => taken).toBe(true);
    await session.destroyPod();
    await guest.endedWell();
  });
});

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
