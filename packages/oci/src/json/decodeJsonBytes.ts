/**
 * Decodes bytes as text without loss. A command's argument may have any bytes but 0, and container tools write them to
 * config.json unchanged, while a JavaScript string is Unicode. A byte 0xNN that is not UTF-8 becomes the lone
 * surrogate U+DCNN, which UTF-8 cannot contain (Python calls this surrogateescape); `encodeJsonBytes` converts it
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

// A valid range is decoded as a whole; only the byte that ends it is escaped.
function decodeEscaped(bytes: Buffer): string {
  let text = '';
  let validFrom = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += bytes.toString('utf8', validFrom, at) + String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += 1;
    validFrom = at;
  }
  return text + bytes.toString('utf8', validFrom);
}

/** The length in bytes of the character at `at`; 0 if there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // isUtf8 detects the rest: overlong forms, surrogates, code points beyond U+10FFFF, truncation.
  return first >= 0xc0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
