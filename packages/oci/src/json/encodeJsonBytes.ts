/** A value as JSON in which strings may hold bytes that are no UTF-8: the way back from `decodeJsonBytes`. */

/** Any escape of a JSON string, so that a backslash that is itself escaped is never taken for the start of another. */
const ESCAPE = /\\(?:udc([89a-f][0-9a-f])|.)/gs;

/**
 * Like `Buffer.from(JSON.stringify(value))`, with each lone surrogate U+DC80 to U+DCFF as the byte 0x80 to 0xFF.
 *
 * @throws TypeError for what JSON has no word for
 * @example
 * encodeJsonBytes(['a\udcff']) // <5b 22 61 ff 22 5d>
 */
export function encodeJsonBytes(value: unknown): Buffer {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`JSON has no word for ${typeof value}`);
  // JSON.stringify writes a lone surrogate, and no other character, as such an escape.
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
