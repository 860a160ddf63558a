/** How the kit talks to a guest. Any guest works that announces itself, answers, and powers off on request. */
export interface ConformanceGuest {
  /** The channel for the messages. */
  readonly channel: string;
  /** The guest's first message, once it is up. */
  readonly ready: Buffer;
  /** A request that may be sent at any time, repeatedly. */
  readonly question: Buffer;
  /** Whether these bytes, all received since the request, contain the complete answer. */
  answered(bytes: Buffer): boolean;
  /** The request to power off. */
  readonly powerOff: Buffer;
}

const [ACK, ERROR] = [9, 10];

/** A guest of the hyperstart protocol: READY, GETVERSION and DESTROYPOD in its base frames (`u32 code, u32 length`). */
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
