/** A stream of CRI's Exec, Attach and PortForward: a WebSocket to containerd's streaming server, with numbered channels. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Sandbox } from './sandbox.ts';

/** The channels of Exec and Attach. */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Those of a forwarded port: its bytes, and what is wrong. Each begins with the port. */
export const FORWARDED = { data: 0, error: 1 } as const;

export interface CriStream extends AsyncDisposable {
  send(channel: number, data: string): void;
  /** What has come by this channel so far. */
  received(channel: number): string;
  /** Resolves when the server has closed the stream. */
  readonly ended: Promise<void>;
}

/** @param url that CRI has answered; its server listens on the sandbox's loopback */
export async function openStream(sandbox: Sandbox, url: string): Promise<CriStream> {
  const { hostname, port } = new URL(url);
  const [nsenter = '', ...enter] = sandbox.enter;
  const pipe = spawn(nsenter, [...enter, 'busybox', 'nc', hostname, port], { stdio: ['pipe', 'pipe', 'ignore'] });
  const createConnection = () => Duplex.from({ readable: pipe.stdout, writable: pipe.stdin });
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'v4.channel.k8s.io', { createConnection });
  const chunks = new Map<number, Buffer[]>();
  socket.on('message', (message: Buffer) => {
    const [channel = 0] = message;
    chunks.set(channel, [...(chunks.get(channel) ?? []), message.subarray(1)]);
  });
  const ended = once(socket, 'close').then(() => {});
  // Readers get the error from `ended`.
  ended.catch(() => {});
  await once(socket, 'open');
  return {
    send: (channel, data) => socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)])),
    received: (channel) => Buffer.concat(chunks.get(channel) ?? []).toString('latin1'),
    ended,
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      pipe.kill('SIGKILL');
      if (pipe.exitCode === null && pipe.signalCode === null) await once(pipe, 'exit');
    },
  };
}
