/**
 * The program that warms up a guest before its VM is saved: a static x86-64 executable of 64 KiB. It makes the system
 * calls with which programs begin, writes itself to stdout and a byte to stderr, and exits with 0. So the guest has run
 * each step of a container's program once, from exec to exit.
 */
const BASE = 0x400000;
const SIZE = 64 << 10;
const HEADERS = 64 + 56;
/** The addresses of its strings, and of the space for answers. */
const [TEXTS, ANSWERS] = [BASE + 0x800, BASE + 0x1000];
const TABLE = BASE + 0x200;

const CODE = hex([
  'bb00024000', // ebx = TABLE
  '41ba22800000', // r10 = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, the fourth argument of all
  '49c7c0ffffffff', // r8 = -1, no file
  '4531c9', // r9 = 0
  '8b03', // next: eax = the call
  '48637b04', // rdi = its first argument
  '8b7308', // esi
  '8b530c', // edx
  '83c310', // ebx += 16
  '0f05', // syscall
  'ebed', // back to next
]);

const TEXT = { root: '/', passwd: '/etc/passwd', exe: '/proc/self/exe', null: '/dev/null' };
const AT_FDCWD = -100;

/** The number and three arguments of each call. Their results are ignored. */
const CALLS = [
  [12, 0, 0, 0], // brk
  [158, 0x1002, ANSWERS, 0], // arch_prctl: set FS
  [218, ANSWERS, 0, 0], // set_tid_address
  [9, 0, SIZE, 3], // mmap: readable, writable
  [63, ANSWERS, 0, 0], // uname
  [318, ANSWERS, 16, 0], // getrandom
  [89, textAt('exe'), ANSWERS, 100], // readlink
  [39, 0, 0, 0], // getpid
  [102, 0, 0, 0], // getuid
  [79, ANSWERS, 100, 0], // getcwd
  [257, AT_FDCWD, textAt('passwd'), 0], // openat
  [257, AT_FDCWD, textAt('root'), 0], // openat: descriptor 3
  [217, 3, ANSWERS, 4096], // getdents64
  [5, 3, ANSWERS, 0], // fstat
  [3, 3, 0, 0], // close
  [257, AT_FDCWD, textAt('null'), 1], // openat: descriptor 3
  [33, 3, 9, 0], // dup2
  [16, 1, 0x5401, ANSWERS], // ioctl: is it a terminal?
  [293, ANSWERS, 0, 0], // pipe2
  [57, 0, 0, 0], // fork: the child goes on as its parent does
  [61, -1, 0, 0], // wait4: the child has none to wait for
  [39, 0, 0, 0], // getpid
];

/** Before the fork, so that they are written once. */
const WRITES = [
  [1, 1, BASE, SIZE], // write
  [1, 2, BASE, 1],
];
const EXIT = [231, 0, 0, 0]; // exit_group

/** ELF-64, its one segment the whole file (System V ABI, chapters 4 and 5). */
export const warmUpProgram: Buffer = assemble();

function assemble(): Buffer {
  const file = Buffer.alloc(SIZE);
  Buffer.concat([elfHeader(), programHeader(), CODE]).copy(file);
  for (const [index, call] of [...WRITES, ...CALLS, EXIT].entries())
    for (const [field, value] of call.entries()) file.writeInt32LE(value, TABLE - BASE + index * 16 + field * 4);
  Buffer.from(Object.values(TEXT).join('\0')).copy(file, TEXTS - BASE);
  return file;
}

function textAt(name: keyof typeof TEXT): number {
  const before = Object.entries(TEXT).slice(0, Object.keys(TEXT).indexOf(name));
  return before.reduce((at, [, text]) => at + text.length + 1, TEXTS);
}

function elfHeader(): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(62, 18); // for x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24); // where it begins
  header.writeBigUInt64LE(64n, 32); // where the program header is
  header.writeUInt16LE(64, 52); // its own size
  header.writeUInt16LE(56, 54); // a program header's size
  header.writeUInt16LE(1, 56); // of which there is one
  return header;
}

function programHeader(): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(1, 0); // to be loaded
  header.writeUInt32LE(7, 4); // readable, writable, executable: answers are written into it
  header.writeBigUInt64LE(BigInt(BASE), 16);
  header.writeBigUInt64LE(BigInt(BASE), 24);
  header.writeBigUInt64LE(BigInt(SIZE), 32);
  header.writeBigUInt64LE(BigInt(SIZE), 40);
  header.writeBigUInt64LE(0x1000n, 48);
  return header;
}

function hex(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(''), 'hex');
}
