// A terminal emulator, with a real pty, that a shim is in or sends its console to.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PTY } from '../../../../shim/test/support/programs.ts';

export class Terminal implements AsyncDisposable {
  readonly child: ChildProcess;
  /** What it has shown, and what it has said of itself. */
  shown = '';
  said = '';
  readonly ended: Promise<unknown>;
  #wake = () => {};

  /** @param args of the emulator; see pty.c */
  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(PTY, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.ended = once(this.child, 'close');
    this.child.stdout?.on('data', (bytes: Buffer) => {
      this.shown += bytes.toString('latin1');
      this.#wake();
    });
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.said += bytes.toString();
      this.#wake();
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text, 'latin1');
  }

  /** Makes it 50 rows of 132 columns. */
  grow(): void {
    this.child.kill('SIGUSR1');
  }

  /** Nobody types any more, and the console's master is closed. */
  hangUp(): void {
    this.child.stdin?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
