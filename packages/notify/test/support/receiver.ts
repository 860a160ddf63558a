/** The service manager's end of notifications. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const c = fileURLToPath(new URL('../../c/', import.meta.url));
const program = fileURLToPath(new URL('../../dist/runv-notify-receive', import.meta.url));

export interface Message {
  /** In whose name it came. */
  readonly pid: number;
  /** Its variables, joined by `|`. */
  readonly text: string;
  /** When it came, in ms of `performance.now()`. */
  readonly at: number;
}

export class Receiver implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly #child: ChildProcess;
  #wake = () => {};

  static async at(address: string): Promise<Receiver> {
    const make = spawn('make', ['--quiet', '-C', c, 'host', 'all'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(make, 'exit');
    if (status !== 0) throw new Error('the receiver was not built');
    const receiver = new Receiver(spawn(program, [address], { stdio: ['ignore', 'pipe', 'inherit'] }));
    await receiver.until((messages) => messages.length > 0);
    receiver.messages.shift();
    return receiver;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error('the receiver has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, pid = '0', text = line] = /^(\d+) (.*)$/.exec(line) ?? [];
      this.messages.push({ pid: Number(pid), text, at: performance.now() });
      this.#wake();
    });
  }

  /** Resolves when the messages so far are what is waited for. */
  async until(enough: (messages: readonly Message[]) => boolean): Promise<void> {
    while (!enough(this.messages))
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
