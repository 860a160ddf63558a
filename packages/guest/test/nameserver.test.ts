// What programs ask a name server that only the host can reach.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

const HEAD = 6;
const AT = { address: '127.0.0.11', port: 53 };

async function start(): Promise<TestGuest> {
  const guest = await TestGuest.start();
  // The loopback, which a VM's boot raises.
  await guest.call(code.STARTPOD, { hostname: 'pod', shareDir: 'share_dir', userNamespace: true });
  await symlink('busybox', join(guest.rootfs, 'bin', 'nslookup'));
  return guest;
}

/** One address for a query of one name (RFC 1035, 4.1). */
function answerTo(query: Buffer, address: readonly number[]): Buffer {
  const head = Buffer.from(query.subarray(HEAD, HEAD + 12));
  head.writeUInt16BE(0x8180, 2);
  const isA = query.readUInt16BE(query.length - 4) === 1;
  head.writeUInt16BE(isA ? 1 : 0, 6);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]);
  return Buffer.concat([query.subarray(0, HEAD), head, query.subarray(HEAD + 12), ...(isA ? [record] : [])]);
}

it('goes to the host, and each answer to who asked', async () => {
  await using guest = await start();
  expect(await guest.call(code.NAMESERVER, AT)).toMatchObject({ ok: true });
  const asked = ['one', 'two'].map((name, index) =>
    guest.runContainer(name, ['nslookup', `${name}.example`, '127.0.0.11']).then(({ out }) => {
      expect(out).toContain(`10.0.0.${index}`);
      expect(out).not.toContain(`10.0.0.${1 - index}`);
    }),
  );
  let ended = false;
  const all = Promise.all(asked).finally(() => {
    ended = true;
  });
  const serve = async () => {
    while (!ended) {
      const { payload } = await guest.message((message) => message.code === code.QUERY || ended);
      const last = payload.includes('one') ? 0 : 1;
      expect(await guest.call(code.REPLY, answerTo(payload, [10, 0, 0, last]))).toMatchObject({ ok: true });
    }
  };
  await Promise.race([all, serve()]);
  await all;
  await guest.stop();
});

it('waits where more is under way than the host is to have at once, and goes on with its answers', async () => {
  await using guest = await start();
  await guest.call(code.NAMESERVER, AT);
  const ask = 'for i in $(yes | head -40); do nslookup many.example 127.0.0.11 > /dev/null & done; wait';
  await guest.container('many', ['sh', '-c', ask]);
  const queries = () => guest.messages.filter((message) => message.code === code.QUERY);
  await guest.until(() => (queries().length === 64 ? true : undefined));
  expect(await guest.call(code.PING)).toMatchObject({ ok: true });
  const first = await guest.message((message) => message.code === code.QUERY);
  expect(await guest.call(code.REPLY, first.payload.subarray(0, HEAD))).toMatchObject({ ok: true });
  await guest.until(() => (queries().length === 64 ? true : undefined));
  await guest.stop();
});

it.each([
  [code.NAMESERVER, { address: 'x' }, 'INVALID'],
  [code.NAMESERVER, { address: '127.0.0.11', port: 0 }, 'INVALID'],
  [code.NAMESERVER, { address: '203.0.113.1' }, 'EADDRNOTAVAIL'],
  [code.REPLY, Buffer.alloc(20), 'INVALID'],
])('refuses %d %j', async (command, payload, expected) => {
  await using guest = await start();
  expect((await guest.call(command, payload)).error.code).toBe(expected);
  expect(await guest.call(code.NAMESERVER, AT)).toMatchObject({ ok: true });
  expect((await guest.call(code.NAMESERVER, AT)).error.code).toBe('EXISTS');
  expect((await guest.call(code.REPLY, Buffer.alloc(20))).error.code).toBe('INVALID');
  await guest.stop();
});
