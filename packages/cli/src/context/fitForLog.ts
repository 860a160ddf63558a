/** Makes a line's fields fit for the daemon's log: short, without control characters, whatever a guest or a client has put there. */
import { LOG_LINE_BYTES, LOG_TEXT_BYTES } from '../base/limits.ts';

/** Controls, format characters (which can turn the direction of writing), separators of lines, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** An object in an object, an error's cause included. */
const DEPTH = 5;
/** The entries of an object or an array that are shown. */
const ENTRIES = 50;
/** The frames of a stack that are shown. */
const FRAMES = 20;

/** Of one line: what its texts may still take, in bytes. */
interface Room {
  left: number;
}

/** @param fields of a line, which are not changed */
export function fitForLog(fields: object): Record<string, unknown> {
  return entriesOf(fields, { left: LOG_LINE_BYTES }, DEPTH);
}

/** One text by itself. */
export function fitText(text: string, room: Room = { left: LOG_LINE_BYTES }): string {
  const most = Math.min(LOG_TEXT_BYTES, room.left);
  // As many characters are at least as many bytes: what is certain to be cut is not looked at.
  const escaped = text.slice(0, most).replace(UNSAFE, escapeOf);
  const whole = escaped.length <= most && text.length <= most && Buffer.byteLength(escaped) <= most;
  // A character that the cut has broken is left out.
  const kept = whole ? escaped : Buffer.from(escaped).subarray(0, most).toString().replaceAll('\ufffd', '');
  room.left -= Buffer.byteLength(kept);
  return whole ? kept : `${kept}… (${text.length} characters)`;
}

function escapeOf(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
}

function fit(value: unknown, room: Room, depth: number): unknown {
  if (typeof value === 'string') return fitText(value, room);
  if (typeof value === 'bigint' || typeof value === 'symbol') return fitText(String(value), room);
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (value instanceof Error) return errorOf(value, room, depth - 1);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (!Array.isArray(value)) return entriesOf(value, room, depth - 1);
  const shown = value.slice(0, ENTRIES).map((one) => fit(one, room, depth - 1));
  return value.length > ENTRIES ? [...shown, `… (${value.length})`] : shown;
}

function entriesOf(value: object, room: Room, depth: number): Record<string, unknown> {
  const names = Object.keys(value);
  const shown = names.slice(0, ENTRIES);
  const fitted = shown.map((name) => [fitText(name, room), fit(Reflect.get(value, name), room, depth)]);
  if (names.length > ENTRIES) fitted.push(['…', names.length]);
  return Object.fromEntries(fitted);
}

/** `type`, `message`, `stack` and `cause`, and what the error has beside them, such as its `code`; the arguments of a program are nobody's. */
function errorOf(error: Error, room: Room, depth: number): Record<string, unknown> {
  const { name, message, stack = '', cause, spawnargs: _, ...more } = error as Error & { spawnargs?: unknown };
  return {
    type: fitText(String(name), room),
    message: fitText(String(message), room),
    ...entriesOf(more, room, depth),
    ...(cause === undefined ? {} : { cause: fit(cause, room, depth) }),
    stack: framesOf(String(stack), String(message)).map((frame) => fitText(frame, room)),
  };
}

/** Without the message, which may have lines that look like frames. */
function framesOf(stack: string, message: string): string[] {
  const frames = stack
    .replace(message, '')
    .split('\n')
    .slice(0, 5 * FRAMES);
  return frames
    .filter((line) => /^\s+at /.test(line))
    .slice(0, FRAMES)
    .map((line) => line.trim());
}
