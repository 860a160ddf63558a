import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { handOverTap } from '../src/index.ts';
import { makePlace } from './support/place.ts';
import { buildPrograms, JAILS } from './support/programs.ts';

beforeAll(buildPrograms, 120_000);

describe.each(JAILS)('a tap (%s)', (_, jailPath) => {
  test('is made in its namespace, handed over with a message, and the answer is heard to its last line', async () => {
    await using place = await makePlace(jailPath);
    await using netns = await makeNamespace();
    const name = `jt${process.pid}`;
    let links = '';
    const heard: string[] = [];
    await using socket = await answerAt(join(place.dir, 'socket'), async (client, message) => {
      heard.push(message);
      // It is the helper's still: Node takes no descriptors.
      links = (await execa('nsenter', [`--net=${netns.path}`, 'ip', 'link'])).stdout;
      client.write('first\nlast\nmore\n');
    });
    const lines: string[] = [];
    const tap = { name, netns: netns.path, vnetHdr: true, socket: socket.path, message: 'take this\n', jailPath };
    await handOverTap(tap, (line) => lines.push(line) === 2);
    expect({ heard, lines }).toEqual({ heard: ['take this\n'], lines: ['first', 'last'] });
    expect(links).toContain(name);
    expect((await execa('ip', ['link'])).stdout).not.toContain(name);
    expect((await execa('nsenter', [`--net=${netns.path}`, 'ip', 'link'])).stdout).not.toContain(name);
  });

  test('that cannot be made or handed over says why, and is gone', async () => {
    await using place = await makePlace(jailPath);
    await using socket = await answerAt(join(place.dir, 'socket'), async (client) => void client.end());
    const tap = {
      name: 'jt0',
      netns: '/proc/self/ns/net',
      vnetHdr: false,
      socket: socket.path,
      message: 'x\n',
      jailPath,
    };
    const never = () => false;
    await expect(handOverTap(tap, never)).rejects.toThrow('the receiver of the tap jt0 hung up');
    await expect(handOverTap({ ...tap, name: 'sixteen-letters-' }, never)).rejects.toThrow('more than 15 bytes');
    await expect(handOverTap({ ...tap, netns: '/proc/self/ns/mnt' }, never)).rejects.toThrow(
      /joining the network namespace .*: Invalid/,
    );
    await expect(handOverTap({ ...tap, name: 'lo' }, never)).rejects.toThrow(/making the tap lo: /);
    await expect(handOverTap({ ...tap, socket: '/no/socket' }, never)).rejects.toThrow('connecting to /no/socket');
    const refused = handOverTap({ ...tap, name: 'jt1' }, () => {
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow();
    expect((await execa('ip', ['link'])).stdout).not.toMatch(/jt[01]/);
  });
});

async function makeNamespace() {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo here; exec sleep infinity'], { stdio: 'pipe' });
  await once(child.stdout, 'data');
  return {
    path: `/proc/${child.pid}/ns/net`,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function answerAt(path: string, answer: (client: Socket, message: string) => Promise<void>) {
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (message) => void answer(client, `${message}`));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
