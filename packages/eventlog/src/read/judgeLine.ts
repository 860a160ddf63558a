/** Says whether a line is an event. */
import type { Source } from '../source.ts';
import type { LineScanner } from './lineScanner.ts';

/** An event; or why the line is none; or nothing but spaces, which a repair leaves where damage was. */
export type Judgement<T> = { readonly event: T } | { readonly damage: string } | 'blank';

const BLANK: Judgement<never> = 'blank';

/** Call it with the line that the scanner has just given. */
export function judgeLine<T>(
  { parse, maxEventBytes }: Pick<Source<T>, 'parse' | 'maxEventBytes'>,
  line: string,
  { problem, start, next }: LineScanner,
): Judgement<T> {
  if (problem !== undefined) return { damage: problem };
  if (next - start > maxEventBytes + 1) return { damage: `longer than ${maxEventBytes} bytes` };
  try {
    return { event: parse(JSON.parse(line)) };
  } catch (error) {
    if (/^ *$/.test(line)) return BLANK;
    return { damage: error instanceof Error ? error.message : String(error) };
  }
}
