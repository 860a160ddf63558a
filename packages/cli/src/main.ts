/** The command line: the flags that every command has, the commands, and what becomes of an error. */
import { Command, CommanderError, Option } from 'commander';
import { containerdCommand } from './commands/containerd.ts';
import { createCommand } from './commands/create.ts';
import { deleteCommand } from './commands/delete.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { execCommand } from './commands/exec.ts';
import { killCommand } from './commands/kill.ts';
import { listCommand } from './commands/list.ts';
import { runCommand } from './commands/run.ts';
import { specCommand } from './commands/spec.ts';
import { startCommand } from './commands/start.ts';
import { stateCommand } from './commands/state.ts';
import { versionCommand } from './commands/version.ts';
import { exitCodeOf, explain } from './failure.ts';
import { parseNumber } from './parse.ts';
import { version } from './version.ts';

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
  const program = build();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`runv: ${explain(error)}\n`);
    return exitCodeOf(error);
  }
}

function build(): Command {
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
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'runv: ')) })
    .showHelpAfterError('(runv --help says more)')
    .addHelpText('after', EXAMPLES);
  for (const command of [
    runCommand,
    createCommand,
    startCommand,
    execCommand,
    stateCommand,
    listCommand,
    killCommand,
    deleteCommand,
    eventsCommand,
    specCommand,
    versionCommand,
    doctorCommand,
    containerdCommand,
  ]) {
    program.addCommand(inherit(command(), program));
  }
  return program;
}

/** Errors are reported alike in every command, and thrown rather than ending the process. */
function inherit(command: Command, program: Command): Command {
  program.exitOverride();
  return command.copyInheritedSettings(program);
}
