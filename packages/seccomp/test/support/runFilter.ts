// Interprets a filter for a system call: the part of classic BPF that libseccomp uses.

export interface Call {
  readonly number: number;
  readonly arch?: number;
  readonly args?: readonly bigint[];
}

const X86_64 = 0xc000003e;
export const I386 = 0x40000003;

/** The value that the program returns: SECCOMP_RET_* and data. */
export function runFilter(program: Buffer, call: Call): number {
  const data = seccompData(call);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at);
    const [yes, no, k] = [program.readUInt8(at + 2), program.readUInt8(at + 3), program.readUInt32LE(at + 4)];
    const jump = (condition: boolean) => {
      at += 8 * (condition ? yes : no);
    };
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x05) at += 8 * k;
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x25) jump(accumulator > k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x45) jump((accumulator & k) !== 0);
    else if (code === 0x06) return k;
    else throw new Error(`instruction 0x${code.toString(16)} at ${at / 8}`);
  }
  throw new Error('the program has no end');
}

/** struct seccomp_data */
function seccompData({ number, arch = X86_64, args = [] }: Call): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, arg] of args.entries()) data.writeBigUInt64LE(arg, 16 + 8 * index);
  return data;
}
