/** A process of which the guest has nothing any more: it has ended, and all its output was passed on. */
import { Duplex } from 'node:stream';
import type { GuestProcess, GuestStream } from '@runv/hyperstart';

export function endedProcess(id: string, status: number, terminal: boolean): GuestProcess {
  return {
    id,
    session: 0,
    pid: 0,
    stdio: new EndedStream(),
    stderr: terminal ? undefined : new EndedStream(),
    exited: Promise.resolve(status),
    resize: async () => {},
  };
}

class EndedStream extends Duplex implements GuestStream {
  readonly from = 0;
  onReceived: (total: number) => void = () => {};
  /** All of it is over. */
  readonly ownPassedOn = new Promise<never>(() => {});

  keepUntilPassedOn(): void {}

  passedOn(): void {}

  override _read(): void {
    this.push(null);
  }

  override _write(_data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}
