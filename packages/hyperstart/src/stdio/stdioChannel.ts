/** The stdio channel: every process's streams over one port, each with its own flow control once that is negotiated. */
import type { Duplex } from 'node:stream';
import { GuestError } from '../errors.ts';
import { HANG_UP_MS } from '../limits.ts';
import { type Flow, NEW_STREAM, type StreamState } from './flow.ts';
import { StdioDecoder } from './stdioDecoder.ts';
import { StdioStream } from './stdioStream.ts';

const HEADER = 12;
const MARK = 1n << 63n;

export class StdioChannel {
  /** Absent: the base protocol, in which one slow reader pauses the whole channel, so that buffers stay bounded. */
  flow: Flow | undefined;

  readonly #channel: Duplex;
  readonly #streams = new Map<bigint, StdioStream>();
  readonly #full = new Set<StdioStream>();
  #lastSession: bigint;
  #broken = false;

  /**
   * @param onBroken called when the guest breaks the protocol
   * @param lastSession new sessions have numbers beyond it
   */
  constructor(channel: Duplex, onBroken: (error: GuestError) => void, lastSession = 0n) {
    this.#channel = channel;
    this.#lastSession = lastSession;
    const hungUp = (how: string) => {
      const error = new GuestError('CLOSED', `the guest's stdio channel ${how}`);
      setTimeout(onBroken, HANG_UP_MS, error).unref();
    };
    channel.on('error', ({ message }) => hungUp(`failed: ${message}`));
    channel.once('close', () => hungUp('ended'));
    channel.once('end', () => hungUp('ended'));
    const decoder = new StdioDecoder({
      data: (session, data) => this.#streams.get(session)?.receive(data),
      mark: (session, received, taken) => this.#streams.get(session)?.receiveMark(received, taken),
    });
    channel.on('data', (chunk: Buffer) => {
      if (this.#broken) return;
      try {
        decoder.push(chunk);
      } catch (error) {
        this.#broken = true;
        onBroken(error as GuestError);
      }
    });
  }

  /** A new stream, with a session number that is new to the VM. */
  open(): StdioStream {
    this.#lastSession += 1n;
    return this.adopt(this.#lastSession, NEW_STREAM);
  }

  /** The stream of a session that an earlier host has used. */
  adopt(session: bigint, state: StreamState): StdioStream {
    const stream = new StdioStream({
      session,
      state,
      flow: this.flow,
      send: (data, done) => this.#send(session, data, done),
      mark: (passed, ended) => this.#send(session | MARK, numbers(passed, ended ? 1 : 0)),
      setFull: (full) => this.#setFull(stream, full),
      forget: () => {
        this.#streams.delete(session);
        this.#setFull(stream, false);
      },
    });
    this.#streams.set(session, stream);
    return stream;
  }

  /** No process is left: every stream has to end. */
  expectEnds(): void {
    for (const stream of this.#streams.values()) stream.expectEnd();
  }

  /** Ends every stream. What has arrived can still be read. */
  close(): void {
    for (const stream of [...this.#streams.values()]) stream.lost();
  }

  #send(session: bigint, data: Buffer, done?: (error?: Error | null) => void): void {
    const header = Buffer.allocUnsafe(HEADER);
    header.writeBigUInt64BE(session, 0);
    header.writeUInt32BE(HEADER + data.length, 8);
    this.#channel.cork();
    if (data.length === 0) {
      this.#channel.write(header, done);
    } else {
      this.#channel.write(header);
      this.#channel.write(data, done);
    }
    this.#channel.uncork();
  }

  #setFull(stream: StdioStream, full: boolean): void {
    if (full) this.#full.add(stream);
    else this.#full.delete(stream);
    if (this.#full.size > 0) this.#channel.pause();
    else if (this.#channel.isPaused()) this.#channel.resume();
  }
}

function numbers(first: number, second: number): Buffer {
  const buffer = Buffer.allocUnsafe(16);
  buffer.writeBigUInt64BE(BigInt(first));
  buffer.writeBigUInt64BE(BigInt(second), 8);
  return buffer;
}
