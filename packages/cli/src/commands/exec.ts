/** `runv exec`: runs another program in a running container. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Process, readBundle } from '@runv/oci';
import { Command, Option } from 'commander';
import { CliError, explain } from '../base/failure.ts';
import { collect, parseNumber, parseUser } from '../base/parse.ts';
import { askDaemon } from '../client/askDaemon.ts';
import { presentRecord } from '../client/presentRecord.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { followShim } from '../shim/followShim.ts';
import { startProcessShim } from '../shim/processShim.ts';
import { addIgnoredFlags, logIgnored } from './ignoredFlags.ts';
import { refuseDescriptors } from './newContainer.ts';

interface Flags {
  readonly process?: string;
  readonly pidFile?: string;
  readonly consoleSocket?: string;
  readonly tty?: boolean;
  readonly env?: string[];
  readonly cwd?: string;
  readonly user?: { uid: number; gid?: number };
  readonly additionalGids?: string[];
  readonly detach?: boolean;
  readonly cap?: string[];
  /** commander turns --no-new-privs into this. */
  readonly newPrivs: boolean;
  readonly preserveFds?: number;
}

/** runc's exit code for an exec that failed, distinct from the program's own codes. */
const EXEC_FAILED = 255;

const EXAMPLES = `
Examples:
  runv exec web cat /proc/version
  runv exec -t web sh
  runv exec -u 1000:1000 -e COLOR=red web env
  runv exec --process process.json --pid-file exec.pid --detach web
`;

export function execCommand(context: CommandContext): Command {
  return addIgnoredFlags(new Command('exec'))
    .description('run one more program in a running container')
    .argument('<id>', 'the container')
    .argument('[command...]', 'the program and its arguments, unless --process has them')
    .option('-p, --process <file>', 'all of the process, as JSON of the runtime-spec')
    .option('--pid-file <file>', 'write the pid of the shim to this file')
    .option('--console-socket <socket>', 'send the master of the terminal there; for engines')
    .option('-t, --tty', 'with a terminal')
    .option('-e, --env <name=value>', 'a variable, beside those of the container; may be given several times', collect)
    .option('--cwd <dir>', "the working directory (default: the container's)")
    .option('-u, --user <uid[:gid]>', "as this user (default: the container's)", parseUser)
    .option('-g, --additional-gids <gid>', 'with this group too; may be given several times', collect)
    .option('-c, --cap <name>', 'with this capability too; may be given several times', collect)
    .option('--no-new-privs', 'the program cannot gain privileges')
    .option('-d, --detach', 'do not wait for it')
    .addOption(new Option('--preserve-fds <n>').argParser(parseNumber(0, 1024)).hideHelp())
    .addOption(new Option('--ignore-paused').hideHelp())
    .passThroughOptions()
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, args: string[], flags: Flags, command: Command) => {
      if (!flags.detach) context.requireOwnProcess('somebody waits for the program, with signals to pass on');
      logIgnored(context, command);
      context.exitCode = await exec(context, globalsOf(command, context).root, { id, args, flags }).catch(
        (error: unknown) => {
          throw new CliError(`exec failed: ${explain(error)}`, { exitCode: EXEC_FAILED, cause: error });
        },
      );
    });
}

interface Exec {
  readonly id: string;
  readonly args: readonly string[];
  readonly flags: Flags;
}

async function exec(context: CommandContext, root: string, { id, args, flags }: Exec): Promise<number> {
  refuseDescriptors(flags.preserveFds);
  const record = await presentRecord(context, root, id);
  const { status, bundle, runv } = record;
  if (status !== 'running') throw new CliError(`container ${id} is ${status}; a program can be run in a running one`);
  const wanted = flags.process
    ? await given(resolve(context.cwd, flags.process))
    : await asInit(context, bundle, args, flags);
  const processId = `exec-${randomBytes(6).toString('hex')}`;
  const { socket } = runv.daemon;
  const terminal = wanted.terminal ?? false;
  const shim = await startProcessShim(context, {
    ...{ socket, container: id, process: processId, args: wanted.args, terminal },
    consoleSocket: flags.consoleSocket && resolve(context.cwd, flags.consoleSocket),
    detached: flags.detach ?? false,
  });
  const request = { id, process_id: processId, process: JSON.stringify(wanted), shim: shim.key };
  await askDaemon(context, record, (client) => client.exec(request)).catch((error: unknown) => {
    shim.abandon();
    throw error;
  });
  if (flags.pidFile) await writeFile(resolve(context.cwd, flags.pidFile), `${shim.pid}`);
  return flags.detach ? 0 : await followShim(shim.child);
}

async function given(file: string): Promise<Process> {
  const { parseProcess } = await import('@runv/oci');
  return await parseProcess(await readFile(file, 'utf8'), file);
}

/** The container's process specification, with another program. */
async function asInit(
  { windowSize }: CommandContext,
  bundle: string,
  args: readonly string[],
  flags: Flags,
): Promise<Process> {
  if (args.length === 0) throw new CliError('no program was named; give one, or --process');
  const { process: init } = (await readBundle(bundle)).spec;
  const { user = init.user, cap = [], env = [], cwd, tty = false, newPrivs, additionalGids = [] } = flags;
  const groups = [...(init.user.additionalGids ?? []), ...additionalGids.map(Number)];
  return {
    ...init,
    terminal: tty,
    consoleSize: tty && windowSize ? { ...windowSize } : undefined,
    user: { uid: user.uid, gid: user.gid ?? init.user.gid, additionalGids: groups },
    args: [...args],
    env: [...(init.env ?? []), ...env],
    cwd: cwd ?? init.cwd,
    capabilities: init.capabilities && withMore(init.capabilities, cap),
    noNewPrivileges: newPrivs ? init.noNewPrivileges : true,
  };
}

function withMore(sets: NonNullable<Process['capabilities']>, more: readonly string[]): Process['capabilities'] {
  const add = (set: readonly string[] = []) => [...set, ...more];
  return { ...sets, bounding: add(sets.bounding), effective: add(sets.effective), permitted: add(sets.permitted) };
}
