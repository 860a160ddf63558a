// Connections from the host to servers on the pod's loopback.
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { tellWhenFailed } from './support/tellWhenFailed.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

async function start(): Promise<TestGuest> {
  const guest = await TestGuest.start({ reconnect: true });
  tellWhenFailed(guest);
  // As at a VM's boot.
  await execa('nsenter', [`--net=/proc/${guest.pid}/ns/net`, 'ip', 'link', 'set', 'lo', 'up']);
  return guest;
}

/** A server that runs a program for each connection. */
function server(...program: string[]): string[] {
  return ['busybox', 'nc', '-ll', '-p', '8080', '-e', ...program];
}

/** Resolves when so many of the server's programs run. */
async function serves(guest: TestGuest, program: string, count: number): Promise<void> {
  for (;;) {
    const { out } = await guest.runExec('server', `ps${guest.session()}`, ['ps', '-o', 'comm']);
    if (out.split('\n').filter((line) => line === program).length === count) return;
  }
}

/** Tries until somebody listens. */
async function connect(guest: TestGuest, port: number): Promise<bigint> {
  for (;;) {
    const session = guest.session();
    const answer = await guest.call(code.CONNECT, { port, session: Number(session) });
    if (answer.ok) return session;
    expect(answer.error.code).toBe('ECONNREFUSED');
  }
}

it('carry bytes and ends of file both ways', async () => {
  await using guest = await start();
  await guest.container('server', server('cat'));
  const session = await connect(guest, 8080);
  const words = 'x'.repeat(200_000);
  guest.stdin(session, words);
  guest.closeStdin(session);
  expect((await guest.output(session)) === words).toBe(true);
  expect((await guest.call(code.DISCONNECT, { session: Number(session) })).error.code).toBe('NOTFOUND');
  await guest.stop();
});

it.each(['127.0.0.1', '[::1]'])('reach who listens at %s alone', async (address) => {
  await using guest = await start();
  await guest.container('server', ['busybox', 'httpd', '-f', '-p', `${address}:8080`]);
  const session = await connect(guest, 8080);
  guest.stdin(session, 'GET /none HTTP/1.0\r\n\r\n');
  expect(await guest.output(session)).toContain('404 Not Found');
  await guest.stop();
});

it('are refused where nobody listens, and where the session is used', async () => {
  await using guest = await start();
  const { stdio } = await guest.container('cat', ['cat']);
  const refusal = async (payload: object) => (await guest.call(code.CONNECT, payload)).error.code;
  expect(await refusal({ port: 1, session: Number(guest.session()) })).toBe('ECONNREFUSED');
  expect(await refusal({ port: 1, session: Number(stdio) })).toBe('EXISTS');
  expect(await refusal({ port: 70_000, session: 99 })).toBe('INVALID');
  expect(await refusal({ port: 80 })).toBe('INVALID');
  await guest.stop();
});

it('end when the host says so, and when it goes', async () => {
  await using guest = await start();
  await guest.container('server', server('cat'));
  const first = await connect(guest, 8080);
  await connect(guest, 8080);
  await serves(guest, 'cat', 2);
  expect((await guest.call(code.DISCONNECT, { session: Number(first) })).ok).toBe(true);
  await serves(guest, 'cat', 1);
  await guest.comeBack();
  await guest.resume(await guest.list());
  await serves(guest, 'cat', 0);
  await guest.stop();
});

it('end also where a server sends without end', async () => {
  await using guest = await start();
  guest.generous = false;
  await guest.container('server', server('yes'));
  const session = await connect(guest, 8080);
  await guest.until(() => (guest.soFar(session).length === 65536 ? true : undefined));
  expect((await guest.call(code.DISCONNECT, { session: Number(session) })).ok).toBe(true);
  guest.generous = true;
  await serves(guest, 'yes', 0);
  await guest.stop();
});
