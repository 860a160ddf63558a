/** `runv containerd`: the daemon. */
import { close, write } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseNumber } from '../base/parse.ts';
import { sharedDaemonDir, sharedSocket } from '../client/paths.ts';
import type { CommandLine } from '../commandServer/commandServer.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { openLogger } from '../context/openLogger.ts';
import { addEventLogFlags, type EventLogFlags, eventLogSettings } from '../daemon/eventLogFlags.ts';
import { type MetricsAddress, parseMetricsAddress } from '../metrics/address.ts';

interface Flags extends EventLogFlags {
  readonly soloNamespaced?: boolean;
  readonly containerdDir?: string;
  readonly stateDir?: string;
  readonly listen?: string;
  readonly idleExit?: number;
  readonly replace?: boolean;
  readonly readyFd?: number;
  readonly startLockFd?: number;
  readonly starterFd?: number;
  readonly metrics?: MetricsAddress;
}

const EXAMPLE = `
Example:
  runv --default_memory 256 containerd --containerd-dir /run/runv-daemon --listen /run/runv-daemon/runv.sock
`;

export function containerdCommand(context: CommandContext, commandLine: CommandLine): Command {
  const containerd = new Command('containerd')
    .description("serve containerd's types.API on a unix socket, until SIGTERM")
    .option('--solo-namespaced', 'end with the last container, and remove the containerd-dir')
    .option('--containerd-dir <dir>', 'for the event log and the VMs (default: <root>/.daemon)')
    .option('--state-dir <dir>', "for the containers' records (default: the root)")
    .option('-l, --listen <socket>', 'the unix socket (default: runv.sock in <root>/.daemon)')
    .option('--replace', 'take the place of the daemon that listens there, and take over its containers')
    .option('--idle-exit <s>', 'end after so many seconds without a container', parseNumber(0, 1e6))
    .option(
      '--metrics <where>',
      'serve metrics for Prometheus by HTTP, at an address such as 127.0.0.1:9477 or on the unix socket /path (default: not)',
      parseMetricsAddress,
    );
  return addEventLogFlags(containerd)
    .addOption(new Option('--ready-fd <fd>').argParser(parseNumber(3, 1024)).hideHelp())
    .addOption(new Option('--start-lock-fd <fd>').argParser(parseNumber(3, 1024)).hideHelp())
    .addOption(new Option('--starter-fd <fd>').argParser(parseNumber(3, 1024)).hideHelp())
    .addHelpText('after', EXAMPLE)
    .action(async (flags: Flags, command: Command) => {
      const globals = globalsOf(command, context);
      const { runDaemon } = await import('../daemon/runDaemon.ts');
      await runDaemon({
        globals,
        stateDir: resolve(flags.stateDir ?? globals.root),
        containerdDir: resolve(flags.containerdDir ?? sharedDaemonDir(globals.root)),
        socket: resolve(
          flags.listen ?? (flags.containerdDir ? join(flags.containerdDir, 'runv.sock') : sharedSocket(globals.root)),
        ),
        solo: flags.soloNamespaced ?? false,
        idleExitS: flags.idleExit,
        starterFd: flags.starterFd,
        replace: flags.replace ?? false,
        eventLog: eventLogSettings(flags),
        metrics: flags.metrics,
        commandLine,
        logger: await openLogger(globals),
        onReady: () => {
          if (flags.readyFd !== undefined) write(flags.readyFd, '\n', () => {});
          if (flags.startLockFd !== undefined) close(flags.startLockFd);
        },
      });
    });
}
