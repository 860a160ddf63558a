/** The command line: the flags of every command, the commands, and the handling of errors. */
import { Command, CommanderError, Option } from 'commander';
import { exitCodeOf, explain } from './base/failure.ts';
import { collectPairs, parseNumber } from './base/parse.ts';
import { version } from './base/version.ts';
import { processContext } from './client/processContext.ts';
import type { CommandLine } from './commandServer/commandServer.ts';
import { type CommandContext, NotDelegable } from './context/commandContext.ts';
import { applyConfig, CONFIG_FILE } from './context/configFile.ts';
import { logError } from './context/errorLog.ts';
import { LOG_LEVELS } from './context/globals.ts';

/** Each command is loaded on demand: an engine runs this program several times for each container. */
const COMMANDS: Record<string, () => Promise<(context: CommandContext) => Command>> = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  create: async () => (await import('./commands/create.ts')).createCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  exec: async () => (await import('./commands/exec.ts')).execCommand,
  state: async () => (await import('./commands/state.ts')).stateCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  update: async () => (await import('./commands/update.ts')).updateCommand,
  pause: async () => (await import('./commands/pause.ts')).pauseCommand,
  resume: async () => (await import('./commands/pause.ts')).resumeCommand,
  ps: async () => (await import('./commands/ps.ts')).psCommand,
  kill: async () => (await import('./commands/kill.ts')).killCommand,
  delete: async () => (await import('./commands/delete.ts')).deleteCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  manage: async () => (await import('./commands/manage.ts')).manageCommand,
  checkpoint: async () => (await import('./commands/checkpoint.ts')).checkpointCommand,
  restore: async () => (await import('./commands/checkpoint.ts')).restoreCommand,
  spec: async () => (await import('./commands/spec.ts')).specCommand,
  features: async () => (await import('./commands/features.ts')).featuresCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  containerd: async () => (await daemonCommand()).containerdCommand,
  // The name that newcomers look for.
  daemon: async () => {
    const { containerdCommand } = await daemonCommand();
    return (context) => containerdCommand(context).name('daemon').description('the same as runv containerd');
  },
};

async function daemonCommand() {
  const { containerdCommand } = await import('./commands/containerd.ts');
  const commandLine: CommandLine = (args, context) => main(args, context, DELEGABLE);
  return { containerdCommand: (context: CommandContext) => containerdCommand(context, commandLine) };
}

/** Commands that a daemon can run: they end soon and need no process of their own. packages/launcher/c/arguments.c has the same list. */
const DELEGABLE = ['create', 'start', 'state', 'kill', 'delete', 'pause', 'resume', 'ps', 'exec'];

const EXAMPLES = `
Examples:
  runv spec && runv run hello                 run the bundle in this directory
  runv run -b /bundles/web --detach web       start one and leave it
  runv exec web cat /proc/version             run one more program in it
  runv list                                   what there is
  runv doctor                                 what this machine has and lacks
`;

/**
 * @param only these commands may run; any other needs a process of its own
 * @returns the exit code
 * @throws NotDelegable where the context is a launcher's
 */
export async function main(
  args: readonly string[],
  context: CommandContext = processContext(),
  only: readonly string[] = Object.keys(COMMANDS),
): Promise<number> {
  const program = await build(args, context);
  program.hook('preAction', (_program, command) => {
    if (!only.includes(command.name())) context.requireOwnProcess(`${command.name()} needs a process of its own`);
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof NotDelegable) throw error;
    const isUsage = error instanceof CommanderError;
    const message = isUsage ? error.message : explain(error);
    if (!isUsage || error.exitCode !== 0) logError(context, program.opts(), message);
    // commander has printed what is wrong with the command line.
    if (isUsage) return error.exitCode;
    context.stderr.write(`runv: ${message}\n`);
    return exitCodeOf(error);
  }
}

/** Builds the command line, with the commands that the arguments may refer to. */
export async function build(args: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command('runv')
    .description('Runs OCI containers, each pod in a small virtual machine of its own.')
    .version(`runv version ${version}`, '-v, --version')
    .option('--root <dir>', 'where the containers are kept', '/run/runv')
    .addOption(
      new Option(
        '--driver <driver>',
        'hypervisor: qemu, kvm, qemu-kvm, uml, or the name or path of a package (default: what works)',
      )
        .env('RUNV_DRIVER')
        .default(''),
    )
    .option(
      '--driver-option <key=value>',
      "an option of the driver's own, such as start-limit=30; may be given several times",
      collectPairs,
    )
    .option('--kernel <file>', "the guest's kernel (default: /var/lib/hyper/kernel, else the one built by quickstart)")
    .option('--initrd <file>', "the guest's initrd (default: as for --kernel)")
    .option('--default_cpus <n>', 'CPUs of a VM', parseNumber(1, 255), 1)
    .option('--default_memory <MiB>', 'memory of a VM when it starts', parseNumber(32, 1 << 20), 128)
    .option(
      '--max_memory <MiB>',
      'what a VM may have as its programs need it, where its driver can (default: half of the host’s)',
      parseNumber(32, 1 << 24),
    )
    .option('--template <dir>', 'clone VMs from the template in this directory (runv manage create-template makes one)')
    .option(
      '--factory <kind>',
      'where VMs come from: direct, template, cache, or a policy such as [{"cpu":1,"memory":128,"cache":4,"template":true}]',
    )
    .option('--config <file>', `defaults for these flags, as JSON (default: ${CONFIG_FILE} where it is there)`)
    .option('--boot-timeout <s>', 'how long a VM may take to come up, in seconds', parseNumber(0.1, 3600), 60)
    .option('--log <file>', 'write errors there too; of runv containerd: its log (default: standard error)')
    .addOption(new Option('--log-format <format>', 'of --log').choices(['text', 'json']).default('text'))
    .option('--systemd-cgroup', 'the cgroupsPath of bundles has the form slice:prefix:name')
    .option('--daemon <socket>', 'use the daemon that listens there, for every root (default: one for each root)')
    .addOption(new Option('--log-level <level>', "of the daemon's log (default: warn)").choices(LOG_LEVELS))
    .option('--debug', 'log more: the same as --log-level debug')
    .addOption(new Option('--rootless <value>').hideHelp())
    .addOption(new Option('--criu <path>').hideHelp())
    .addOption(new Option('--default-cpus <n>').argParser(parseNumber(1, 255)).hideHelp())
    .addOption(new Option('--default-memory <MiB>').argParser(parseNumber(32, 1 << 20)).hideHelp())
    .addOption(new Option('--max-memory <MiB>').argParser(parseNumber(32, 1 << 24)).hideHelp())
    .enablePositionalOptions()
    .hook('preAction', (_program, command) => applyConfig(context, command))
    // Otherwise a usage error would end a daemon.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(oneLine(text)),
    })
    .addHelpText('after', EXAMPLES);
  for (const command of await Promise.all(wanted(args).map((load) => load()))) {
    program.addCommand(command(context).copyInheritedSettings(program));
  }
  return program;
}

/** Loads every command that occurs as a word of the line, or all of them for help. */
function wanted(args: readonly string[]): (() => Promise<(context: CommandContext) => Command>)[] {
  if (args[0] === '--version' || args[0] === '-v') return [];
  const named = Object.entries(COMMANDS).filter(([name]) => args.includes(name));
  return named.length > 0 && !args.includes('help') ? named.map(([, load]) => load) : Object.values(COMMANDS);
}

/** Joins what commander prints in two lines, such as a suggestion. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, 'runv: ')
    .replaceAll('\n', ' ')} (runv --help says more)\n`;
}
