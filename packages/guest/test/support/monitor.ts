// QEMU's monitor, as much of it as plugging devices in takes.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export class Monitor implements Disposable {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  static async open(path: string): Promise<Monitor> {
    const monitor = new Monitor(connect(path));
    await monitor.#answer('QMP');
    await monitor.call('qmp_capabilities');
    return monitor;
  }

  async call(execute: string, args: object = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return await this.#answer('return');
  }

  // Events come between answers.
  async #answer(key: string): Promise<unknown> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error('the monitor has gone');
      const message: Record<string, unknown> = JSON.parse(value);
      if ('error' in message) throw new Error(JSON.stringify(message.error));
      if (key in message) return message[key];
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
