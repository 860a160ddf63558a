/** The command line: the flags that every command has, the commands, and what becomes of an error. */
import { Command, CommanderError, Option } from 'commander';
import { exitCodeOf, explain } from './failure.ts';
import { parseNumber } from './parse.ts';
import { version } from './version.ts';

/** Only the command at hand is loaded: an engine runs this program several times for each container. */
const COMMANDS: Record<string, () => Promise<() => Command>> = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  create: async () => (await import('./commands/create.ts')).createCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  exec: async () => (await import('./commands/exec.ts')).execCommand,
  state: async () => (await import('./commands/state.ts')).stateCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  kill: async () => (await import('./commands/kill.ts')).killCommand,
  delete: async () => (await import('./commands/delete.ts')).deleteCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  spec: async () => (await import('./commands/spec.ts')).specCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  containerd: async () => (await import('./commands/containerd.ts')).containerdCommand,
};

const EXAMPLES = `
Examples:
  runv spec && runv run hello                 run the bundle in this directory
  runv run -b /bundles/web --detach web       start one and leave it
  runv exec web cat /proc/version             run one more program in it
  runv list                                   what there is
  runv doctor                                 what this machine has and lacks
`;

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const program = await build(args);
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`runv: ${explain(error)}\n`);
    return exitCodeOf(error);
  }
}

/** The command line; of the commands, those that the arguments may mean. */
export async function build(args: readonly string[]): Promise<Command> {
  const program = new Command('runv')
    .description('Runs OCI containers, each pod in a small virtual machine of its own.')
    .version(version, '-v, --version')
    .option('--root <dir>', 'where the containers are kept', '/run/runv')
    .option(
      '--driver <driver>',
      'hypervisor: qemu, kvm, qemu-kvm, or the name or path of a package (default: what works)',
      '',
    )
    .option('--kernel <file>', "the guest's kernel (default: /var/lib/hyper/kernel, else the one built by quickstart)")
    .option('--initrd <file>', "the guest's initrd (default: as for --kernel)")
    .option('--default_cpus <n>', 'CPUs of a VM', parseNumber(1, 255), 1)
    .option('--default_memory <MiB>', 'memory of a VM', parseNumber(32, 1 << 20), 128)
    .option('--template <dir>', 'clone VMs from the template in this directory')
    .option('--boot-timeout <s>', 'how long a VM may take to come up, in seconds', parseNumber(0.1, 3600), 60)
    .option('--log <file>', "the daemon's log (default: standard error, or daemon.log beside its socket)")
    .option('--debug', 'log more')
    .addOption(new Option('--default-cpus <n>').argParser(parseNumber(1, 255)).hideHelp())
    .addOption(new Option('--default-memory <MiB>').argParser(parseNumber(32, 1 << 20)).hideHelp())
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .addHelpText('after', EXAMPLES);
  for (const command of await Promise.all(wanted(args).map((load) => load()))) {
    program.addCommand(inherit(command(), program));
  }
  return program;
}

/** Every command that is named anywhere in the line, which is more than enough; all of them for help. */
function wanted(args: readonly string[]): (() => Promise<() => Command>)[] {
  const named = Object.entries(COMMANDS).filter(([name]) => args.includes(name));
  return named.length > 0 && !args.includes('help') ? named.map(([, load]) => load) : Object.values(COMMANDS);
}

/** What commander says in two lines, such as what may have been meant. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, 'runv: ')
    .replaceAll('\n', ' ')} (runv --help says more)\n`;
}

/** Errors are reported alike in every command, and thrown rather than ending the process. */
function inherit(command: Command, program: Command): Command {
  program.exitOverride();
  return command.copyInheritedSettings(program);
}
