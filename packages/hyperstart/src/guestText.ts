/** A guest's own words, made fit for an error, a log line and a terminal: short, and without control characters. */
import { TEXT_BYTES } from './limits.ts';

/** Controls, format characters (which can turn the direction of writing), separators of lines, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** The same, but a line's end. */
const UNSAFE_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * One line, cut at the end.
 *
 * @example guestText('\u001b[2J') // '\\x1b[2J'
 */
export function guestText(text: string): string {
  return cut(text.slice(0, TEXT_BYTES).replace(UNSAFE, escaped), (bytes) => bytes.subarray(0, TEXT_BYTES));
}

/** A name or a number that the guest gave and that cannot be, in quotes. @param shown how much of it, in characters */
export function guestName(text: string, shown = 200): string {
  return JSON.stringify(guestText(text.slice(0, shown)));
}

/** Lines, such as a console's last ones, cut at the beginning. */
export function guestLines(text: string): string {
  const lines = text.slice(-TEXT_BYTES).replace(/\r\n/g, '\n');
  return cut(lines.replace(UNSAFE_IN_LINES, escaped), (bytes) => bytes.subarray(-TEXT_BYTES));
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
}

/** A character that the cut has broken is left out. */
function cut(text: string, part: (bytes: Buffer) => Buffer): string {
  const bytes = Buffer.from(text);
  return bytes.length <= TEXT_BYTES ? text : part(bytes).toString().replaceAll('\ufffd', '');
}
