/** A conversation with the kernel about its taps, CPUs and memory (hostmon.c): a line each way, and answers of several lines that end with `ok` or `error <errno>`. */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { getSystemErrorName } from 'node:util';

/** Thrown for a command that the kernel refused. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

interface Question {
  readonly lines: string[];
  answer(lines: readonly string[]): void;
  refuse(error: Error): void;
}

export class Monitor {
  readonly #socket: Socket;
  readonly #questions: Question[] = [];
  /** Settles (never rejects) when the connection is gone. */
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    // The reset of a killed kernel; 'close' follows. readline passes it on.
    socket.on('error', () => {});
    const lines = createInterface(socket);
    lines.on('error', () => {});
    lines.on('line', (line) => this.#take(line));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
        for (const question of this.#questions.splice(0)) question.refuse(new Error('the kernel hung up'));
      });
    });
  }

  /** @throws Refusal, or Error when the connection is gone */
  ask(command: string): Promise<readonly string[]> {
    return new Promise((answer, refuse) => {
      if (this.#socket.destroyed) return refuse(new Error('the kernel hung up'));
      this.#questions.push({ lines: [], answer, refuse });
      this.#socket.write(`${command}\n`);
    });
  }

  #take(line: string): void {
    const [question] = this.#questions;
    if (question === undefined) return;
    if (!isLast(line)) return void question.lines.push(line);
    this.#questions.shift();
    try {
      refuseError(line);
      question.answer(question.lines);
    } catch (error) {
      question.refuse(error as Error);
    }
  }
}

/** Whether the line ends an answer. */
export function isLast(line: string): boolean {
  return line === 'ok' || line.startsWith('error ');
}

/** @throws Refusal for the last line of an answer that says so */
export function refuseError(line: string): void {
  const [, errno] = /^error (\d+)$/.exec(line) ?? [];
  if (errno !== undefined) throw new Refusal(`the guest's kernel says ${getSystemErrorName(-Number(errno))}`);
}
