/** What the kit says to the guest. Any guest will do that announces itself, answers and powers off when told. */
export interface ConformanceGuest {
  /** The channel that it speaks on. */
  readonly channel: string;
  /** What it writes first, once it is up. */
  readonly ready: Buffer;
  /** What it is asked, at any time and again. */
  readonly question: Buffer;
  /** Whether these bytes, all that came since the question, hold the whole answer. */
  answered(bytes: Buffer): boolean;
  /** What makes it power off. */
  readonly powerOff: Buffer;
}

const [ACK, ERROR] = [9, 10];

/** A guest of the hyperstart protocol: READY, GETVERSION and DESTROYPOD in its base framing (`u32 code, u32 length`). */
export const hyperstartGuest: ConformanceGuest = {
  channel: 'sh.hyper.channel.0',
  ready: frame(8),
  question: frame(0),
  answered: (bytes) => codesIn(bytes).some((code) => code === ACK || code === ERROR),
  powerOff: frame(4),
};

function frame(code: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(code, 0);
  bytes.writeUInt32BE(8, 4);
  return bytes;
}

function codesIn(bytes: Buffer): number[] {
  if (bytes.length < 8) return [];
  const length = bytes.readUInt32BE(4);
  if (length < 8 || bytes.length < length) return [];
  return [bytes.readUInt32BE(0), ...codesIn(bytes.subarray(length))];
}
