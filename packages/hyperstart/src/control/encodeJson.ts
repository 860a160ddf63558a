/** JSON for the guest, in which a lone surrogate U+DC80 to U+DCFF stands for the raw byte 0x80 to 0xFF. */

/** Marks a bigint in the text, for which JSON.stringify has no literal. No argument contains a NUL. */
const BIGINT = '\0u64:';

/** Arguments and environments are bytes, so that one that is not UTF-8 reaches the guest unchanged. */
export function encodeJson(value: unknown): Buffer {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${BIGINT}${item}` : item)).replace(
    /"\\u0000u64:(\d+)"/g,
    '$1',
  );
  // Well-formed JSON.stringify writes a lone surrogate as an escape; an escaped backslash before `udc80` is not one.
  const parts = text.split(/(\\\\)|\\udc([89a-f][0-9a-f])/);
  if (parts.length === 1) return Buffer.from(text);
  const buffers: Buffer[] = [];
  for (let i = 0; i < parts.length; i += 3) {
    buffers.push(Buffer.from(parts[i] ?? ''));
    const [backslashes, byte] = [parts[i + 1], parts[i + 2]];
    if (backslashes !== undefined) buffers.push(Buffer.from(backslashes));
    if (byte !== undefined) buffers.push(Buffer.from(byte, 'hex'));
  }
  return Buffer.concat(buffers);
}
