/** The name queries of a guest: asked at a bounded rate, and never more than a bounded number under way. */
import { setTimeout as delay } from 'node:timers/promises';
import { broken } from './errors.ts';
import { QUERIES_PER_S, QUERIES_UNDER_WAY, QUERY_BYTES } from './limits.ts';

/** The bytes before a query that identify the asker: 4 of its address, and 2 of its port. */
const HEAD = 6;
const STEP_MS = 1000 / QUERIES_PER_S;

export type Answer = (query: Buffer) => Promise<Buffer | undefined>;

export class Queries {
  /** Absent: no name server was opened. */
  answer: Answer | undefined;
  /** Resolves when the guest has taken the reply. */
  readonly #reply: (payload: Buffer) => Promise<unknown>;
  #underWay = 0;
  /** When the next query may be asked, in ms. */
  #turn = 0;

  constructor(reply: (payload: Buffer) => Promise<unknown>) {
    this.#reply = reply;
  }

  /** @throws GuestError `PROTOCOL` */
  receive(payload: Buffer): void {
    const { answer } = this;
    if (!answer) throw broken('it sent a name query without a name server');
    if (payload.length < HEAD || payload.length > HEAD + QUERY_BYTES)
      throw broken(`it sent a name query of ${payload.length} bytes`);
    if (this.#underWay === QUERIES_UNDER_WAY)
      throw broken(`it sent more than ${QUERIES_UNDER_WAY} name queries at a time`);
    this.#underWay += 1;
    // A guest that has ended needs no reply.
    void this.#ask(Buffer.from(payload), answer)
      .catch(() => {})
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  async #ask(payload: Buffer, answer: Answer): Promise<void> {
    await this.#inTurn();
    const head = payload.subarray(0, HEAD);
    const words = await answer(payload.subarray(HEAD)).catch(() => undefined);
    await this.#reply(words ? Buffer.concat([head, words]) : head);
  }

  /** A guest that has asked little lately may ask some at once. */
  async #inTurn(): Promise<void> {
    const now = performance.now();
    this.#turn = Math.max(this.#turn, now - QUERIES_UNDER_WAY * STEP_MS) + STEP_MS;
    if (this.#turn > now) await delay(this.#turn - now, undefined, { ref: false });
  }
}
