/** The flags of `runv containerd` for how events are kept. */
import type { SupervisorOptions } from '@runv/supervisor';
import { type Command, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import { parseNumber, parseSize } from '../base/parse.ts';

const DAY_MS = 86_400_000;
const MiB = 2 ** 20;

export interface EventLogFlags {
  readonly eventsSegmentSize: number;
  readonly eventsKeepSize: number;
  readonly eventsKeepDays?: number;
  readonly eventsDurability: 'each' | 'batch' | 'none';
}

export function addEventLogFlags(command: Command): Command {
  const size = (flag: string, what: string, bytes: number) =>
    new Option(`${flag} <size>`, what).argParser(parseSize).default(bytes, `${bytes / MiB}M`);
  const durability = new Option(
    '--events-durability <when>',
    'when an event counts as written: after an fdatasync of its own, after a shared one, or after none',
  )
    .choices(['each', 'batch', 'none'])
    .default('batch');
  return command
    .addOption(size('--events-segment-size', 'begin a new file when events.log has as much', 64 * MiB))
    .addOption(size('--events-keep-size', 'delete the oldest events while all files have more', 1024 * MiB))
    .option('--events-keep-days <days>', 'delete events that are older (default: none)', parseNumber(0.01, 36_500))
    .addOption(durability);
}

/** @throws CliError for sizes that contradict each other */
export function eventLogSettings(flags: EventLogFlags): SupervisorOptions['eventLog'] {
  const { eventsSegmentSize, eventsKeepSize, eventsKeepDays, eventsDurability } = flags;
  if (eventsKeepSize < eventsSegmentSize)
    throw new CliError(
      `--events-keep-size (${eventsKeepSize} bytes) is less than --events-segment-size (${eventsSegmentSize} bytes); give at least as much`,
    );
  return {
    durability: eventsDurability,
    segmentBytes: eventsSegmentSize,
    keepBytes: eventsKeepSize,
    ...(eventsKeepDays === undefined ? {} : { keepMs: eventsKeepDays * DAY_MS }),
  };
}
