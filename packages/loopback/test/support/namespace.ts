/** A network namespace, and programs that connect to its loopback. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { execa } from 'execa';

/** Sends the bytes and an end of file, and prints what comes, or the code of the error. */
const CLIENT = `
  const [port, host, text] = process.argv.slice(1);
  const socket = require('net').connect(Number(port), host, () => socket.end(text.repeat(1000)));
  socket.on('error', ({ code }) => console.log(code)).pipe(process.stdout);`;

export interface Namespace extends AsyncDisposable {
  readonly path: string;
  /** What whoever connects gets: text, or an error's code. */
  connect(port: number, host: string, text?: string): Promise<string>;
}

export async function makeNamespace(): Promise<Namespace> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo up; exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const path = `/proc/${holder.pid}/ns/net`;
  await readlink(path);
  return {
    path,
    connect: async (port, host, text = '') => {
      const args = [`--net=${path}`, process.execPath, '-e', CLIENT, `${port}`, host, text];
      return (await execa('nsenter', args)).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
    },
  };
}
