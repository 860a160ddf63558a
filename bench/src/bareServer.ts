/** The baseline of what goes over gRPC: grpc-js with nothing behind it, in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Metadata, Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { types } from '@runv/api';

export interface Answers {
  /** To every State. */
  readonly state: types.StateResponse;
  /** How many Events gives before the marker. */
  readonly events: number;
}

export class BareServer implements AsyncDisposable {
  readonly socket: string;
  readonly #dir: string;
  readonly #child: ChildProcess;

  static async start(answers: Answers): Promise<BareServer> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-bare-'));
    const socket = join(dir, 'socket');
    const child = fork(fileURLToPath(import.meta.url), [socket], { serialization: 'advanced' });
    child.send(answers);
    await once(child, 'message');
    return new BareServer(dir, socket, child);
  }

  private constructor(dir: string, socket: string, child: ChildProcess) {
    this.#dir = dir;
    this.socket = socket;
    this.#child = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#dir, { recursive: true });
  }
}

async function serve(socket: string, { state, events }: Answers): Promise<void> {
  const server = new Server();
  server.addService(types.APIService, {
    state: (_call: unknown, done: (error: null, answer: types.StateResponse) => void) => done(null, state),
    events: (call: ServerWritableStream<types.EventsRequest, types.Event>) => void stream(call, events),
  });
  await new Promise<void>((resolve, reject) => {
    const done = (error: Error | null) => (error ? reject(error) : resolve());
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), done);
  });
}

async function stream(call: ServerWritableStream<types.EventsRequest, types.Event>, events: number): Promise<void> {
  call.sendMetadata(new Metadata());
  for (let index = 0; index < events; index += 1) {
    const event = {
      id: `c${index >> 1}`,
      type: index % 2 ? 'exit' : 'start-container',
      pid: 'init',
      status: 0,
      reason: '',
    };
    if (!call.write({ ...event, timestamp: BigInt(1_767_225_600 + Math.floor(index / 1000)) }))
      await once(call, 'drain');
  }
  call.write({ id: '', type: 'live', pid: '', status: 0, timestamp: 0n, reason: '' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [answers] = (await once(process, 'message')) as [Answers];
  await serve(process.argv[2] ?? '', answers);
  process.send?.('ready');
}
