/** `runv run`: create a container, start it, and wait for its end. */
import { Command, Option } from 'commander';
import { isGrpc, NOT_FOUND, UNAVAILABLE } from '../base/grpcError.ts';
import { parseTimelineFile } from '../base/parse.ts';
import { untilTaken } from '../client/untilTaken.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { followShim } from '../shim/followShim.ts';
import type { ProcessShim } from '../shim/processShim.ts';
import { openTimeline, type StartTimeline } from '../timeline/startTimeline.ts';
import { addNewContainerFlags, type Daemon, type NewContainerFlags, newContainer, withDaemon } from './newContainer.ts';

interface Flags extends NewContainerFlags {
  readonly detach?: boolean;
  readonly keep?: boolean;
  readonly timeline?: string;
}

const EXAMPLES = `
Examples:
  runv run -b /bundles/hello hello           exits with the container's status
  echo text | runv run -b /bundles/cat cat   its stdin, stdout and stderr are this command's
  runv run -b /bundles/web --detach web      returns once it runs; runv delete web removes it
  runv run --timeline hello.svg hello        draws where the start's time went
`;

/** A flag of runc's without an effect: the shim is never a child of this command. */
const SUBREAPER = new Option('--no-subreaper').hideHelp();

export function runCommand(context: CommandContext): Command {
  return addNewContainerFlags(new Command('run'))
    .description('create and start a container')
    .argument('<id>', "the container's name")
    .option('-d, --detach', 'leave it running; it keeps the stdio of this command')
    .option('--keep', 'leave it on record when it has ended, for runv state and runv delete')
    .option(
      '--timeline <file>',
      'write what the start did and how long each part of it took: file.svg or file.json',
      parseTimelineFile,
    )
    .addOption(SUBREAPER)
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, flags: Flags, command: Command) => {
      const globals = globalsOf(command, context);
      await using timeline = await openTimeline(flags.timeline, `runv run ${id}`);
      const discard = !(flags.detach || flags.keep);
      const work = async (daemon: Daemon) => {
        await timeline.follow(daemon.client);
        // A pipe shows when the first byte passes.
        const stdio = flags.timeline && !flags.detach ? ([0, 'pipe', 2] as const) : undefined;
        const shim = await newContainer(context, daemon, {
          id,
          flags,
          globals,
          discard,
          detached: flags.detach ?? false,
          stdio,
          timeline,
        });
        await start(context, daemon, id, shim, timeline);
        const status = flags.detach ? detached(timeline) : await attached(shim, timeline);
        await timeline.settled();
        return status;
      };
      context.exitCode = await withDaemon(context, globals, flags, work, timeline);
    });
}

async function start(
  context: CommandContext,
  daemon: Daemon,
  id: string,
  shim: ProcessShim,
  timeline: StartTimeline,
): Promise<void> {
  try {
    await timeline.request('Start', (options) => daemon.client.start({ id }, options));
  } catch (error) {
    if (isGrpc(error) && error.code === UNAVAILABLE && (await hasBegun(context, daemon, id))) return;
    await daemon.client.delete({ id, force: true }).catch(() => {});
    shim.abandon();
    throw error;
  }
}

/** Whether a daemon that was killed before it answered had started the program: the next one knows. */
async function hasBegun(context: CommandContext, daemon: Daemon, id: string): Promise<boolean> {
  const ask = () => daemon.client.state({ id });
  try {
    const { containers } = await untilTaken(context, () => daemon.again(), ask, { repeatable: true });
    return containers.some(({ status }) => status !== 'created');
  } catch (error) {
    // One that has ended is off the record, and the shim has its status.
    return isGrpc(error) && error.code === NOT_FOUND;
  }
}

function detached(timeline: StartTimeline): number {
  timeline.finish("the daemon's answer");
  return 0;
}

async function attached({ child }: ProcessShim, timeline: StartTimeline): Promise<number> {
  const firstByte = new Promise<void>((resolve) => child?.stdout?.once('data', () => resolve()));
  child?.stdout?.pipe(process.stdout);
  return await timeline.finishWith(firstByte, () => followShim(child));
}
