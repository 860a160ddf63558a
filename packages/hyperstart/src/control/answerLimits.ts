/** How long an answer of the guest is awaited. */
import { GuestError } from '../errors.ts';
import { nameOf } from './nameOf.ts';

/** A timer that is longer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export interface AnswerLimits {
  readonly limitMs: number;
  /** The container that the request is about, for the error. */
  readonly container?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws GuestError `TIMEOUT`, which names the request, the limit and the container; or the signal's reason */
export function inTime<T>(
  answer: Promise<T>,
  command: number,
  { limitMs, container, signal }: AnswerLimits,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const about = container === undefined ? '' : ` of container ${container}`;
    const timer = setTimeout(
      () =>
        reject(
          new GuestError('TIMEOUT', `the guest did not answer ${nameOf(command)}${about} within ${limitMs / 1000} s`),
        ),
      Math.min(limitMs, LONGEST_MS),
    );
    const abort = () => reject(signal?.aborted && isTimeLimit(signal) ? late(command, about, signal) : signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
    if (signal?.aborted) abort();
  });
}

/** A limit of the caller's own, as of `AbortSignal.timeout`. */
export function isTimeLimit({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function late(command: number, about: string, { reason }: AbortSignal): GuestError {
  return new GuestError('TIMEOUT', `the guest did not answer ${nameOf(command)}${about} in time`, { cause: reason });
}
