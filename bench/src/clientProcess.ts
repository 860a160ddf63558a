/** Clients in a process of their own, so that they do not share an event loop with anybody. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect } from '@runv/api';

/** How long State is called, in ms. */
const CALLING_MS = 400;

const RATES = { eventRate, stateRate };

/** @returns what the function of that name gives: events or calls a second */
export async function inClientProcess(rate: keyof typeof RATES, socket: string, clients = 1): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [rate, socket, `${clients}`]);
  const [result] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  child.kill();
  return Number(result);
}

async function eventRate(socket: string): Promise<number> {
  const client = connect(socket);
  const events = client.events({ timestamp: 1n });
  const started = performance.now();
  let count = 0;
  for await (const { type } of events) {
    if (type === 'live') break;
    count += 1;
  }
  const ms = performance.now() - started;
  client.close();
  return (count / ms) * 1000;
}

/** Plain HTTP/2, because a grpc-js client takes longer for a call than the server: it is the server that is measured. */
async function stateRate(socket: string, clients: number): Promise<number> {
  const sessions = Array.from({ length: clients }, () =>
    connectHttp2('http://localhost', { createConnection: () => connectSocket(socket) }),
  );
  const until = performance.now() + CALLING_MS;
  const counts = await Promise.all(sessions.map((session) => callUntil(session, until)));
  for (const session of sessions) session.destroy();
  return (counts.reduce((sum, count) => sum + count, 0) / CALLING_MS) * 1000;
}

/** An empty message: State of all containers. */
const REQUEST = Buffer.alloc(5);

async function callUntil(session: ClientHttp2Session, until: number): Promise<number> {
  let count = 0;
  while (performance.now() < until) {
    const call = session.request({
      ':method': 'POST',
      ':path': '/types.API/State',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.end(REQUEST);
    call.resume();
    const [trailers] = (await once(call, 'trailers')) as [Record<string, string>];
    if (`${trailers['grpc-status']}` !== '0') throw new Error(`State failed: ${JSON.stringify(trailers)}`);
    count += 1;
  }
  return count;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rate, socket = '', clients] = process.argv.slice(2);
  process.send?.(await RATES[rate as keyof typeof RATES](socket, Number(clients)));
}
