/** What a hostile guest does, as scripts for packages/guest/test/hostile/script.c, and what has to come of it. */
import codes from '../../../../proto/codes.json' with { type: 'json' };

const CODE = codes.guest.codes;

/** The calls on a running container that a trick is about. */
export type Call = 'exec' | 'stats' | 'pause' | 'update' | 'terminate';

export interface Trick {
  readonly name: string;
  readonly script: string;
  /**
   * - `refused`: the create fails, with these words
   * - `broken`: the VM is killed, with an exit event of 137 where the container ran, and the log has these words
   * - `works`: the container runs on until it is killed
   */
  readonly comes: 'refused' | 'broken' | 'works';
  readonly words?: RegExp;
  /** A call that the container gets then, and which fails with `words`. */
  readonly call?: Call;
  /** It takes as long as a time limit: played with the others of its kind, and not in the short form. */
  readonly slow?: boolean;
  /** A part of the short form. */
  readonly short?: boolean;
}

/** A message's bytes: `head`, then `byte` many times. */
interface Bytes {
  readonly times?: number;
  readonly head?: Buffer;
  readonly byte?: number;
  readonly count?: number;
}

const line = (verb: string, number: number, { times = 1, head, byte = 0, count = 0 }: Bytes) =>
  `${verb} ${number} ${times} ${head?.toString('hex') || '-'} ${byte} ${count}`;
const say = (code: number, bytes: Bytes = {}) => line('say', code, bytes);
const answer = (code: number, bytes: Bytes = {}) => line('answer', code, bytes);
const control = (bytes: Bytes) => line('raw', 0, bytes);
const stdio = (bytes: Bytes) => line('raw', 1, bytes);
const console = (bytes: Bytes) => line('raw', 2, bytes);

const at = (code: number, ...lines: string[]) => [`at ${code}`, ...lines].join('\n');
/** Once the container runs. */
const then = (...lines: string[]) => `${at(CODE.NEWCONTAINER, ...lines)}\nafter\n`;
const instead = (code: number, ...lines: string[]) => at(code, 'instead', ...lines);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const event = (value: unknown, times = 1) => say(CODE.PROCESSASYNCEVENT, { times, head: json(value) });
const exit = (container: string, process: string, status: unknown) =>
  event({ container, process, event: 'finished', status });

function header(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
  return bytes;
}

/** A frame on the stdio channel whose header says `length`. */
const frame = (session: number, length: number, high = 0): Buffer => header([high, session, length]);
const MARK = 0x80000000;

/** The container's own name in every script; the test puts the real one there. */
export const SELF = 'SELF';
const OTHER = 'healthy';
const BROKE = /the guest broke the protocol/;

function silent(step: keyof typeof CODE, short = false): Trick {
  const words = new RegExp(`did not (answer|send) ${step}`);
  return { name: `silent at ${step}`, script: at(CODE[step], 'silent'), comes: 'refused', words, short };
}

function deaf(step: keyof typeof CODE, call: Call, more: Partial<Trick> = {}): Trick {
  const words = new RegExp(`did not answer ${step}|did not stand still`);
  const name = `no answer to ${step}`;
  return { name, script: at(CODE[step], 'instead'), comes: 'works', call, words, slow: true, ...more };
}

function broken(name: string, script: string, more: Partial<Trick> = {}): Trick {
  return { name, script, comes: 'broken', words: BROKE, ...more };
}

function works(name: string, script: string, more: Partial<Trick> = {}): Trick {
  return { name, script, comes: 'works', ...more };
}

function refused(name: string, script: string, words: RegExp, more: Partial<Trick> = {}): Trick {
  return { name, script, comes: 'refused', words, ...more };
}

const SILENCE: readonly Trick[] = [
  silent('READY'),
  silent('GETVERSION'),
  silent('NEGOTIATE'),
  silent('STARTPOD', true),
  silent('SETCLOCK'),
  { ...silent('NEWCONTAINER'), slow: true },
  deaf('EXECCMD', 'exec'),
  deaf('STATS', 'stats'),
  deaf('FREEZE', 'pause'),
  deaf('UPDATECONTAINER', 'update'),
  deaf('KILLCONTAINER', 'terminate'),
  works('silent at the signal that ends it', at(CODE.KILLCONTAINER, 'silent'), { short: true }),
  works('an answer to SIGKILL, and no end', instead(CODE.KILLCONTAINER, answer(CODE.ACK)), { slow: true }),
  works('silent at DESTROYPOD', at(CODE.DESTROYPOD, 'silent'), { slow: true }),
];

const EXITS: readonly Trick[] = [
  broken('an exit status of -1', then(exit(SELF, 'init', -1)), { short: true }),
  broken('an exit status of 256', then(exit(SELF, 'init', 256))),
  broken('an exit status of 2^32', then(exit(SELF, 'init', 2 ** 32))),
  broken('an exit status of 1.5', then(exit(SELF, 'init', 1.5))),
  broken('an exit status that is a text', then(exit(SELF, 'init', '0'))),
  broken('an exit status that is missing', then(exit(SELF, 'init', undefined))),
  broken('the exit of an unknown process', then(exit(SELF, 'nobody', 0))),
  broken("the exit of another pod's container", then(exit(OTHER, 'init', 0)), { short: true }),
  broken('the exit of a process with a name of 60 KB', then(exit(SELF, 'x'.repeat(30_000), 0))),
  broken('an event that is no JSON', then(say(CODE.PROCESSASYNCEVENT, { head: Buffer.from('{') }))),
  broken('an event without a word', then(say(CODE.PROCESSASYNCEVENT))),
  broken('an event of 7 MiB of [', then(say(CODE.PROCESSASYNCEVENT, { byte: 0x5b, count: 7 << 20 })), { short: true }),
  broken('an event of an unknown kind', then(event({ container: SELF, event: 'party' }))),
  broken("an OOM kill in another pod's container", then(event({ container: OTHER, event: 'oom' })), { short: true }),
  broken('an OOM kill in a container that nobody has', then(event({ container: '../../etc', event: 'oom' }))),
  works('100,000 OOM kills', then(event({ container: SELF, event: 'oom' }, 100_000)), { short: true }),
];

const FRAMES: readonly Trick[] = [
  broken('a message of an unknown kind', then(say(4711))),
  broken('a message of the last kind there can be', then(say(0xffffffff))),
  broken('READY again', then(say(CODE.READY))),
  broken('READY without end', then(say(CODE.READY, { times: 0 }))),
  broken('PODFINISHED', then(say(CODE.PODFINISHED))),
  broken('NEXT without end', then(say(CODE.NEXT, { times: 0, count: 4 }))),
  broken('a command that only the host has', then(say(CODE.NEWCONTAINER, { head: json({ id: OTHER }) }))),
  broken('queries without a name server, without end', then(say(CODE.QUERY, { times: 0, count: 40 })), { short: true }),
  broken('an answer to nothing', then(control({ head: header([CODE.ACK, 12, 99_999]) }))),
  broken('a refusal of nothing', then(control({ head: header([CODE.ERROR, 12, 0]) }))),
  broken(
    'two answers to one command',
    instead(CODE.NEWCONTAINER, answer(CODE.ACK, { times: 2, head: json({ pid: 2 }) })),
  ),
  broken('a frame of 0 bytes', then(control({ head: header([CODE.ACK, 0, 0]) }))),
  broken('a frame shorter than its header', then(control({ head: header([CODE.ACK, 11, 0]) }))),
  broken('a frame of 8 MiB and a byte', then(control({ head: header([CODE.ACK, (8 << 20) + 1, 0]) })), { short: true }),
  broken('a frame of 4 GiB', then(control({ head: header([CODE.ACK, 0xffffffff, 0]) }))),
  broken('junk without end', then(control({ times: 0, byte: 0xa5, count: 4096 }))),
  works('half a frame, and then nothing', then(control({ head: header([CODE.ACK, 1000, 0]) }), 'silent'), {
    slow: true,
  }),
  works(
    'a frame of 8 MiB in single bytes',
    then(control({ head: header([CODE.ACK, 8 << 20, 0]) }), control({ times: 20_000, count: 1 }), 'silent'),
    { slow: true },
  ),
];

const ANSWERS: readonly Trick[] = [
  refused(
    'a version that is junk',
    instead(CODE.GETVERSION, answer(CODE.ACK, { head: Buffer.from('\0\0\x10\x94{"runv'), count: 0 })),
    BROKE,
  ),
  refused('a frame of 0 bytes before READY', at(CODE.READY, control({ head: header([CODE.READY, 0]) })), BROKE, {
    short: true,
  }),
  refused('an answer before any question', at(CODE.READY, control({ head: header([CODE.ACK, 8]) })), BROKE),
  refused('a pid that is none', instead(CODE.NEWCONTAINER, answer(CODE.ACK, { head: json({ pid: 'none' }) })), BROKE),
  refused('a pid of 7 MiB', instead(CODE.NEWCONTAINER, answer(CODE.ACK, { byte: 0x31, count: 7 << 20 })), BROKE),
  refused(
    'a refusal of 20 KB',
    instead(CODE.NEWCONTAINER, answer(CODE.ERROR, { head: json({ code: 'EPERM', message: 'x'.repeat(20_000) }) })),
    /^x{4096}/,
    { short: true },
  ),
  refused(
    'a refusal with escape sequences',
    instead(CODE.NEWCONTAINER, answer(CODE.ERROR, { head: json({ code: 'EPERM', message: '\u001b[2J\u0007gone' }) })),
    /^\\x1b\[2J\\x07gone$/,
    { short: true },
  ),
  refused(
    'a refusal that is junk',
    instead(CODE.NEWCONTAINER, answer(CODE.ERROR, { byte: 0xff, count: 100 })),
    /refused NEWCONTAINER without saying why/,
  ),
  refused(
    'a refusal of STARTPOD of 7 MiB of junk',
    instead(CODE.STARTPOD, answer(CODE.ERROR, { byte: 0xff, count: 7 << 20 })),
    /refused STARTPOD/,
  ),
  refused(
    'a console line of 200 KB with escapes, and a refusal',
    instead(CODE.STARTPOD, console({ head: Buffer.from('\u001b[2J'), byte: 0x79, count: 200_000 }), answer(CODE.ERROR)),
    /y{1000}/,
  ),
  refused('it powers off at STARTPOD', at(CODE.STARTPOD, 'off'), /ended|powered off/),
  refused('it powers off at NEWCONTAINER', at(CODE.NEWCONTAINER, 'off'), /ended|powered off/),
  { name: 'it powers off when the container runs', script: then('off'), comes: 'broken', words: /VM ended before/ },
  broken('metrics that are junk', instead(CODE.STATS, answer(CODE.ACK, { byte: 0x7b, count: 1000 })), {
    call: 'stats',
  }),
  broken(
    'metrics below 0',
    instead(CODE.STATS, answer(CODE.ACK, { head: json({ cgroup: { 'memory.current': '-1' }, network: '' }) })),
    { call: 'stats' },
  ),
  broken('metrics of 7 MiB', instead(CODE.STATS, answer(CODE.ACK, { byte: 0x30, count: 7 << 20 })), { call: 'stats' }),
  broken('the pid of an exec that is none', instead(CODE.EXECCMD, answer(CODE.ACK, { head: json({}) })), {
    call: 'exec',
  }),
];

const STREAMS: readonly Trick[] = [
  broken('a stdio frame of 0 bytes', then(stdio({ head: frame(1, 0) }))),
  broken('a stdio frame shorter than its header', then(stdio({ head: frame(1, 11) }))),
  broken('a stdio frame of 1 MiB and a byte', then(stdio({ head: frame(1, (1 << 20) + 1) }))),
  works('output without end', then(stdio({ times: 0, head: frame(1, 12 + 4096), count: 4096 })), { slow: true }),
  works('8 MiB of output for nobody', then(stdio({ times: 2000, head: frame(77, 12 + 4096), count: 4096 }))),
  works('20,000 ends of file', then(stdio({ times: 20_000, head: frame(1, 12) }))),
  works(
    '20,000 marks of no stdin at all',
    then(stdio({ times: 20_000, head: Buffer.concat([frame(1, 28, MARK), header([0, 0, 0, 0])]) })),
  ),
  works(
    '20,000 marks that are too short',
    then(stdio({ times: 20_000, head: Buffer.concat([frame(1, 16, MARK), header([0xffffffff])]) })),
  ),
  broken(
    'a mark of more stdin than was sent',
    then(stdio({ head: Buffer.concat([frame(1, 28, MARK), header([0, 0x10000, 0, 0])]) })),
  ),
  broken(
    'a mark of 2^63 bytes',
    then(stdio({ head: Buffer.concat([frame(1, 28, MARK), header([0x80000000, 0, 0, 0])]) })),
  ),
  works(
    '20,000 bytes of output, each before 4 KiB for nobody',
    then(
      stdio({ times: 20_000, head: Buffer.concat([frame(1, 13), Buffer.of(1), frame(77, 12 + 4096)]), count: 4096 }),
    ),
  ),
  works('half a stdio frame, and then nothing', then(stdio({ head: frame(1, 1000) })), { slow: true }),
  works(
    '500 KB on the console',
    then(console({ times: 100, head: Buffer.from('\u001b[2J'), byte: 0x79, count: 5000 })),
  ),
  {
    name: 'the control channel closed',
    script: then('close 0'),
    comes: 'broken',
    words: /VM ended before/,
    slow: true,
  },
  { name: 'the stdio channel closed', script: then('close 1'), comes: 'broken', words: /VM ended before/, slow: true },
];

/** Tricks on the 9p share have a place of their own. */
export const TRICKS: readonly Trick[] = [...SILENCE, ...EXITS, ...FRAMES, ...ANSWERS, ...STREAMS];
