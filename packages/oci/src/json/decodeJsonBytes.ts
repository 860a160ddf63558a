/**
 * Bytes to text without losing any. A command's argument may be any bytes but 0, and container tools write them to
 * config.json as they are, while a JavaScript string knows only Unicode. A byte 0xNN that is no UTF-8 becomes the lone
 * surrogate U+DCNN, which no UTF-8 text can hold (Python calls this surrogateescape), and `encodeJsonBytes` turns it
 * back.
 */
import { isUtf8 } from 'node:buffer';

/**
 * @example
 * decodeJsonBytes(Buffer.from([0x22, 0x61, 0xff, 0x22])) // '"a\udcff"'
 */
export function decodeJsonBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : decodeEscaped(bytes);
}

// A good stretch is decoded as a whole; only the byte that spoils it is escaped.
function decodeEscaped(bytes: Buffer): string {
  let text = '';
  let good = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += bytes.toString('utf8', good, at) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += 1;
    good = at;
  }
  return text + bytes.toString('utf8', good);
}

/** How many bytes the character at `at` has; 0 when there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // isUtf8 knows the rest: overlong forms, surrogates, what is beyond U+10FFFF, a cut end.
  return first >= 0xc0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
