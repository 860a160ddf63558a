/** One list of command lines, run by Debian's runc and by runv: what each says, and how it ends. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, LAUNCHER, until } from '@runv/testkit';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';
import { tempDir } from '../support/runv.ts';
import { parseDifferences } from './parseDifferences.ts';
import { splitWords } from './splitWords.ts';

const RUNTIMES = { runc: 'runc', runv: LAUNCHER };
const COMMANDS = new URL('commands.txt', import.meta.url);
const DIFFERENCES = new URL('differences.txt', import.meta.url);

test('runv says and does what runc does, but for what differences.txt lists', async () => {
  const lines = (await readFile(COMMANDS, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [runc, runv] = await Promise.all([transcript('runc', lines), transcript('runv', lines)]);
  const told = lines.map((line, index) => ({ line, runc: runc[index], runv: runv[index] }));
  const listed = parseDifferences(await readFile(DIFFERENCES, 'utf8'));
  expect(told.filter((one) => one.runc !== one.runv && !listed.has(one.line))).toEqual([]);
  // What is listed and differs no more fails too: the list is what docs/runc.md tells.
  const differing = new Set(told.filter((one) => one.runc !== one.runv).map(({ line }) => line));
  expect([...listed].filter((line) => !differing.has(line))).toEqual([]);
});

/** @returns of each line what it wrote and its exit code, without what differs from run to run */
async function transcript(name: keyof typeof RUNTIMES, lines: readonly string[]): Promise<string[]> {
  await using dir = await tempDir();
  await using bundles = await Bundles.make();
  const root = join(dir.path, 'root');
  const places = await makeBundles(bundles, dir.path);
  await using _ = { [Symbol.asyncDispose]: () => (name === 'runv' ? endDaemon(root) : Promise.resolve()) };
  const run = async (args: readonly string[], given: Given = {}) =>
    await tell(RUNTIMES[name], root, dir.path, args, given);
  const stateOf = async (id: string) => JSON.parse((await run(['state', id])).stdout);
  const asks: Record<string, (first: string, second: string) => Promise<string>> = {
    until: async (status, id) => {
      await until(async () => (await stateOf(id)).status === status);
      return '';
    },
    'pid-of': async (id, file) => `${(await stateOf(id)).pid === Number(await readFile(file, 'utf8'))}`,
    'log-of': async (file) => {
      const { level, ...others } = JSON.parse((await readFile(file, 'utf8')).trim().split('\n').at(-1) ?? '');
      return `${level} ${Object.entries(others).map(([key, value]) => `${key}: ${typeof value}`)}`;
    },
  };
  const said: string[] = [];
  for (const line of lines) {
    const [first = '', ...others] = splitWords(line).map((word) =>
      word.replace(/^@(\w+)/, (_, place) => places[place] ?? ''),
    );
    const ask = asks[first];
    if (ask) {
      said.push(await ask(others[0] ?? '', others[1] ?? ''));
      continue;
    }
    const words = first === 'terminal' ? others : first === 'input' ? others.slice(1) : [first, ...others];
    const given = { terminal: first === 'terminal', input: first === 'input' ? others[0] : undefined };
    const { stdout, stderr, exitCode } = await run(words, given);
    const output = words[0] === 'state' && exitCode === 0 ? shared(stdout) : stdout.replace(/^Incorrect Usage.*/s, '');
    const failed = exitCode === 0 || stderr.includes('err\n') ? stderr : stderr === '' ? '' : 'a reason';
    said.push(`${exitCode} ${normalize(JSON.stringify([output, failed]), [dir.path, bundles.dir])}`);
  }
  expect((await run(['list', '-q'])).stdout).toBe('');
  return said;
}

interface Given {
  /** Of 30 lines and 90 columns, instead of files. */
  readonly terminal?: boolean;
  readonly input?: string | undefined;
}

/** Runs one command line in the directory. */
async function tell(runtime: string, root: string, dir: string, args: readonly string[], { terminal, input }: Given) {
  // Files, because a container that outlives its command keeps the stdio that this had.
  const [stdout, stderr] = [join(dir, 'stdout'), join(dir, 'stderr')];
  const into = 'out=$1 err=$2; shift 2; exec "$@" > "$out" 2> "$err"';
  const line = [runtime, '--root', root, ...args];
  const quoted = line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const command = terminal ? ['script', '-qefc', `stty rows 30 cols 90; exec ${quoted}`, '/dev/null'] : line;
  const { exitCode } = await execa('sh', ['-c', into, 'sh', stdout, stderr, ...command], {
    ...{ reject: false, cwd: dir, ...(input === undefined ? { stdin: 'ignore' as const } : { input }) },
  });
  const printed = await readFile(stdout, 'utf8');
  // What the outer terminal and `script` themselves add comes when it comes.
  return {
    stdout: terminal ? printed.replace(/\r|\^@/g, '') : printed,
    stderr: await readFile(stderr, 'utf8'),
    exitCode,
  };
}

async function makeBundles(bundles: Bundles, dir: string): Promise<Record<string, string>> {
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
  ];
  const spec = { mounts };
  const tmpfs = [
    ...mounts,
    ...['/etc', '/new'].map((destination) => ({ destination, type: 'tmpfs', source: 'tmpfs' })),
  ];
  const sh = async (script: string) => await bundles.bundle({ args: ['sh', '-c', script], spec });
  const broken = join(dir, 'broken');
  await mkdir(broken);
  await writeFile(join(broken, 'config.json'), '{"ociVersion": ');
  const pids = join(dir, 'pids');
  await mkdir(pids);
  const logs = join(dir, 'logs');
  await mkdir(logs);
  const [fresh, rootless, taken] = [join(dir, 'fresh'), join(dir, 'rootless'), join(dir, 'taken')];
  await Promise.all([fresh, rootless, taken].map((path) => mkdir(path)));
  await writeFile(join(taken, 'config.json'), '{}');
  const process = join(dir, 'process.json');
  const program = { args: ['sh', '-c', 'pwd; echo $A'], env: ['PATH=/bin', 'A=b'], cwd: '/tmp' };
  await writeFile(process, JSON.stringify({ ...program, user: { uid: 0, gid: 0 } }));
  const owned = {
    ...{ user: { uid: 0, gid: 34, additionalGids: [56] }, args: ['sleep', '1000'], env: ['PATH=/bin'], cwd: '/' },
  };
  return {
    ...{ broken, pids, logs, fresh, rootless, taken, process },
    true: await bundles.bundle({ args: ['true'], spec }),
    exit7: await sh('exit 7'),
    output: await sh('echo out; echo err >&2; exit 3'),
    killed: await sh('sh -c "kill -9 \\$\\$"; exit $?'),
    missing: await bundles.bundle({ args: ['no-such-program'], spec }),
    emptyWord: await bundles.bundle({ args: [''], spec }),
    directory: await bundles.bundle({ args: ['/bin'], spec }),
    tmpfs: await bundles.bundle({ args: ['stat', '-c', '%a', '/etc', '/dev', '/new'], spec: { mounts: tmpfs } }),
    noArgs: await bundles.bundle({ args: [], spec }),
    users: await bundles.bundle({ args: [], spec: { ...spec, process: owned } }),
    sleep: await sh('trap : USR1; while :; do sleep 1000; done'),
  };
}

/** What runc's state has; ours has more, which does not disturb who reads it. */
function shared(state: string): string {
  const { id, pid, status, bundle, rootfs, created } = JSON.parse(state);
  return JSON.stringify({ id, pid, status, bundle, rootfs, created });
}

/** Leaves out ids of processes, times, sizes of columns, paths and the program's own name. */
function normalize(text: string, dirs: readonly string[]): string {
  const named = dirs.reduce((all, dir, index) => all.replaceAll(dir, `/DIR${index}`), text);
  return named
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(pid\\?": ?)[1-9]\d*/g, '$1PID')
    .replace(/\b[1-9]\d{2,}\b(?= )|(?<=\[)\d+(?=[,\]])|(?<=,)\d{3,}(?=[,\]])/g, 'PID')
    .replace(/ {2,}/g, ' ')
    .replace(/run[cv]/g, 'RUNTIME');
}
