/** Encodes a value as JSON whose strings may have bytes that are not UTF-8: the inverse of `decodeJsonBytes`. */

/** Matches every escape of a JSON string, so that an escaped backslash is not mistaken for the start of an escape. */
const ESCAPE = /\\(?:udc([89a-f][0-9a-f])|.)/gs;

/**
 * Like `Buffer.from(JSON.stringify(value))`, but writes the lone surrogates U+DC80 to U+DCFF as the bytes 0x80 to 0xFF.
 *
 * @throws TypeError for a value that JSON cannot represent
 * @example
 * encodeJsonBytes(['a\udcff']) // <5b 22 61 ff 22 5d>
 */
export function encodeJsonBytes(value: unknown): Buffer {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`JSON cannot represent a value of type ${typeof value}`);
  // JSON.stringify writes only lone surrogates as such an escape.
  if (!json.includes('\\udc')) return Buffer.from(json);
  const parts: Buffer[] = [];
  let done = 0;
  for (const { 0: sequence, 1: byte, index } of json.matchAll(ESCAPE)) {
    if (byte === undefined) continue;
    parts.push(Buffer.from(json.slice(done, index)), Buffer.from(byte, 'hex'));
    done = index + sequence.length;
  }
  parts.push(Buffer.from(json.slice(done)));
  return Buffer.concat(parts);
}
