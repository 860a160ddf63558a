/** `runv events --verify` and `--repair`: of the log on disk, whether or not a daemon runs. */
import { CliError } from '../base/failure.ts';
import type { CommandContext } from '../context/commandContext.ts';

export interface CheckFlags {
  readonly verify?: boolean;
  readonly repair?: boolean;
  readonly format: 'text' | 'json';
}

/** @throws CliError where the log is damaged */
export async function checkEvents({ stdout }: CommandContext, dir: string, flags: CheckFlags): Promise<void> {
  const { repairEventLog, verifyEventLog } = await import('@runv/supervisor');
  const { moved, after: found } = flags.repair
    ? await repairEventLog(dir).catch(sayWhoHasIt)
    : { moved: undefined, after: await verifyEventLog(dir) };
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  const report = { ...found, firstTime: time(found.firstTime), lastTime: time(found.lastTime), moved };
  if (flags.format === 'json') stdout.write(`${JSON.stringify(report)}\n`);
  else stdout.write(asText(report));
  if (!found.ok)
    throw new CliError(`${found.damaged} lines of the event log are damaged; runv events --repair moves them aside`);
}

function asText(
  report: Omit<Awaited<ReturnType<typeof import('@runv/supervisor').verifyEventLog>>, 'firstTime' | 'lastTime'> & {
    readonly firstTime: string | undefined;
    readonly lastTime: string | undefined;
    readonly moved: number | undefined;
  },
): string {
  const { segments, events, firstTime, lastTime, damaged, damage, missingBytes, moved } = report;
  const lines = [
    `files    ${segments.length}`,
    `events   ${events}`,
    ...(firstTime ? [`first    ${firstTime}`, `last     ${lastTime}`] : []),
    ...(missingBytes > 0 ? [`missing  ${missingBytes} bytes`] : []),
    ...(moved === undefined ? [] : [`moved    ${moved}`]),
    `damaged  ${damaged}`,
    ...damage.map(({ file, offset, length, reason }) => `  ${file} at ${offset}, ${length} bytes: ${reason}`),
  ];
  return `${lines.join('\n')}\n`;
}

function sayWhoHasIt(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'LOCKED')
    throw new CliError('a daemon has the event log open; end it first, then repair', { cause: error });
  throw error;
}
