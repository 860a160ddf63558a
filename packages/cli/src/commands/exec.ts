/** `runv exec`: one more program in a running container. */
import { randomBytes } from 'node:crypto';
import { INIT } from '@runv/api';
import { Command } from 'commander';
import { CliError, explain } from '../failure.ts';
import { collect, parseUser } from '../parse.ts';
import { attach } from '../stdio/attach.ts';
import { follow } from '../stdio/follow.ts';
import { withContainer } from './withContainer.ts';

interface Flags {
  readonly tty?: boolean;
  readonly env?: string[];
  readonly cwd?: string;
  readonly user?: { uid: number; gid: number };
  readonly detach?: boolean;
  readonly cap?: string[];
  readonly newPrivs: boolean;
}

/** As runc's: told apart from what a program exits with. */
const EXEC_FAILED = 255;

const EXAMPLES = `
Examples:
  runv exec web cat /proc/version
  runv exec -t web sh
  runv exec -u 1000:1000 -e COLOR=red web env
`;

export function execCommand(): Command {
  return new Command('exec')
    .description('run one more program in a running container')
    .argument('<id>', 'the container')
    .argument('<command...>', 'the program and its arguments')
    .option('-t, --tty', 'with a terminal')
    .option('-e, --env <name=value>', 'a variable, beside those of the container; may be given several times', collect)
    .option('--cwd <dir>', "the working directory (default: the container's)")
    .option('-u, --user <uid[:gid]>', "as this user (default: the container's)", parseUser)
    .option('-c, --cap <name>', 'with this capability; may be given several times', collect)
    .option('--no-new-privs', 'the program cannot gain privileges')
    .option('-d, --detach', 'do not wait for it; its stdio is /dev/null')
    .passThroughOptions()
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, args: string[], flags: Flags, command: Command) => {
      process.exitCode = await withContainer(command, id, async (client) => {
        const [terminal, pid] = [flags.tty ?? false, `exec-${randomBytes(6).toString('hex')}`];
        const container = (await client.state({ id })).containers[0];
        const init = container?.processes.find((process) => process.pid === INIT);
        const request = {
          id,
          pid,
          terminal,
          args,
          env: [...(init?.env ?? []), ...(flags.env ?? [])],
          cwd: flags.cwd ?? '',
          ...(flags.user && { user: { ...flags.user, additionalGids: [] } }),
          capabilities: flags.cap ?? [],
          noNewPrivileges: !flags.newPrivs,
        };
        if (flags.detach) {
          await client.addProcess(request).catch(failed);
          return 0;
        }
        await using stdio = await attach(terminal);
        const events = client.events();
        await events.subscribed;
        await client.addProcess({ ...request, ...stdio.paths }).catch(failed);
        return await follow(client, { id, pid, terminal, events, stdio });
      });
    });
}

function failed(error: unknown): never {
  throw new CliError(`exec failed: ${explain(error)}`, { exitCode: EXEC_FAILED, cause: error });
}
