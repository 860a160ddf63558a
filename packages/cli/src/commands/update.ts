/** `runv update`: changes the limits of a running container. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Resources, USUAL_CPU_PERIOD } from '@runv/oci';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import { parseLimit, parseNumber } from '../base/parse.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { withContainer } from './withContainer.ts';

interface Flags {
  readonly resources?: string;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly memorySwap?: number;
  readonly cpus?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpuShare?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly pidsLimit?: number;
  readonly blkioWeight?: number;
}

const EXAMPLES = `
Examples:
  runv update --memory 512M web
  runv update --cpus 2 web
  echo '{"memory": {"limit": 536870912}, "pids": {"limit": 100}}' | runv update -r - web

The limits are kept in the guest. Its VM grows where it has to, by CPUs and memory that are plugged in; what it was given it keeps.
`;

export function updateCommand(context: CommandContext): Command {
  const most = Number.MAX_SAFE_INTEGER;
  return new Command('update')
    .description('change what a running container may use')
    .argument('<id>', 'the container')
    .option('-r, --resources <file>', 'linux.resources as JSON; - for standard input')
    .option('--memory <bytes>', 'its memory, such as 512M; -1 is no limit, here and below', parseLimit)
    .option('--memory-reservation <bytes>', 'memory that it keeps when there is little', parseLimit)
    .option('--memory-swap <bytes>', 'memory and swap together', parseLimit)
    .option('--cpus <n>', 'its CPUs', parseNumber(0.01, 255))
    .option('--cpu-quota <us>', 'CPU time that it may use in a period', parseNumber(-1, most))
    .option('--cpu-period <us>', `the period (${USUAL_CPU_PERIOD})`, parseNumber(1, 1e9))
    .option('--cpu-share <n>', 'its share of the CPUs beside other containers', parseNumber(2, 262_144))
    .option('--cpuset-cpus <list>', 'the CPUs that it may use, such as 0-1')
    .option('--cpuset-mems <list>', 'the memory nodes that it may use')
    .option('--pids-limit <n>', 'how many processes and threads it may have', parseNumber(-1, most))
    .option('--blkio-weight <n>', 'its share of disks', parseNumber(10, 1000))
    .addOption(new Option('--kernel-memory <bytes>').hideHelp())
    .addOption(new Option('--kernel-memory-tcp <bytes>').hideHelp())
    .addOption(refused('cpu-rt-period', "the guest's kernel has no realtime groups"))
    .addOption(refused('cpu-rt-runtime', "the guest's kernel has no realtime groups"))
    .addOption(refused('l3-cache-schema', "a VM has no part of the host's caches to itself"))
    .addOption(refused('mem-bw-schema', "a VM has no part of the host's memory bandwidth to itself"))
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, flags: Flags, command: Command) => {
      const resources = merge(flags.resources ? await read(flags.resources) : {}, given(flags));
      if (Object.keys(resources).length === 0)
        throw new CliError('nothing to update was named; give --memory, --cpus, or -r');
      const request = { id, resources: JSON.stringify(resources) };
      const { note } = await withContainer(context, command, id, (client) => client.update(request));
      if (note) context.stderr.write(`runv: ${note}\n`);
    });
}

/** Flags of runc's that have no meaning here. */
function refused(name: string, why: string): Option {
  return new Option(`--${name} <value>`).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`${why}; leave it out.`);
  });
}

function given(flags: Flags): Resources {
  const { memory, memoryReservation, memorySwap, cpus, cpuPeriod, cpuShare, cpusetCpus, cpusetMems } = flags;
  const quota = flags.cpuQuota ?? (cpus && Math.round(cpus * (cpuPeriod ?? USUAL_CPU_PERIOD)));
  return defined({
    memory: defined({ limit: memory, reservation: memoryReservation, swap: memorySwap }),
    cpu: defined({
      quota,
      period: quota ? (cpuPeriod ?? USUAL_CPU_PERIOD) : cpuPeriod,
      shares: cpuShare,
      cpus: cpusetCpus,
      mems: cpusetMems,
    }),
    pids: defined({ limit: flags.pidsLimit }),
    blockIO: defined({ weight: flags.blkioWeight }),
  }) as Resources;
}

/** Drops undefined values; undefined where none is left. */
function defined(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}

/** A flag overrides the file. */
function merge(file: Resources, flags: Resources | undefined = {}): Resources {
  const { memory, cpu, pids, blockIO } = flags;
  return {
    ...file,
    ...(memory && { memory: { ...file.memory, ...memory } }),
    ...(cpu && { cpu: { ...file.cpu, ...cpu } }),
    ...(pids && { pids: { ...file.pids, ...pids } }),
    ...(blockIO && { blockIO: { ...file.blockIO, ...blockIO } }),
  };
}

async function read(file: string): Promise<Resources> {
  const { parseResources } = await import('@runv/oci');
  const source = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  return await parseResources(source, file === '-' ? 'standard input' : file);
}
