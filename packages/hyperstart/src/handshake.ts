/** READY, GETVERSION, NEGOTIATE: identifies the guest, and agrees on the protocol. */
import * as z from 'zod/mini';
import { isTimeLimit } from './control/answerLimits.ts';
import { CODE } from './control/codes.ts';
import type { ControlChannel } from './control/controlChannel.ts';
import { encodeJson } from './control/encodeJson.ts';
import { parseJson } from './control/parseJson.ts';
import { GuestError } from './errors.ts';
import type { GuestInfo } from './guestInfo.ts';
import { guestText } from './guestText.ts';
import type { SessionOptions } from './sessionOptions.ts';

/** The version of what our guest adds to the protocol. */
const EXTENSION = 2;
const DEFAULT_WINDOW = 256 << 10;

const Hello = z.object({ runv: z.literal(EXTENSION), kernel: z.string(), window: z.int().check(z.positive()) });

export async function handshake(control: ControlChannel, options: SessionOptions): Promise<GuestInfo> {
  const limit = AbortSignal.timeout(options.readyTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const step = async <T>(name: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const isLate = limit.aborted || (options.signal?.aborted && isTimeLimit(options.signal));
      if (!isLate) throw error;
      const within = limit.aborted ? `within ${options.readyTimeoutMs / 1000} s of its start` : 'in time';
      throw new GuestError('TIMEOUT', `the guest did not ${name} ${within}`, { cause: error });
    }
  };
  if (options.guest === 'booting') {
    await step('send READY', ready(control, signal));
    options.onReady?.();
  }
  const ourWindow = options.windowBytes ?? DEFAULT_WINDOW;
  const answer = await step('answer GETVERSION', getVersion(control, signal));
  const hello = answer.length > 4 ? Hello.safeParse(parseJson(answer.subarray(4))).data : undefined;
  const extended = hello !== undefined && options.negotiate !== false;
  const terms = encodeJson({ runv: EXTENSION, window: ourWindow });
  if (extended) await step('answer NEGOTIATE', control.request(CODE.NEGOTIATE, terms, { signal }));
  return {
    version: answer.length >= 4 ? answer.readUInt32BE(0) : 0,
    extended,
    kernel: hello && guestText(hello.kernel),
    window: hello?.window ?? 0,
    ourWindow,
  };
}

function ready(control: ControlChannel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    control.onMessage = (number) => {
      if (number !== CODE.READY) return;
      signal.removeEventListener('abort', abort);
      resolve();
    };
    void control.closed.then((error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
  });
}

/** Guests up to 0.6.2 do not know GETVERSION. */
async function getVersion(control: ControlChannel, signal: AbortSignal): Promise<Buffer> {
  try {
    return await control.request(CODE.GETVERSION, Buffer.alloc(0), { signal });
  } catch (error) {
    if (error instanceof GuestError && error.code === 'REFUSED') return Buffer.alloc(0);
    throw error;
  }
}
