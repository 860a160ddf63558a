/** Parses and checks the values of flags. */
import { constants } from 'node:os';
import { InvalidArgumentError } from 'commander';

export function parseNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    }
    return value;
  };
}

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `536870912`, `512M`, `512MiB`, `2g` */
export function parseSize(text: string): number {
  const match = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = Number(match?.[1]) * (UNITS[match?.[2]?.toUpperCase() ?? ''] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new InvalidArgumentError('It is a size such as 512M or 2G.');
  return bytes;
}

/** As `parseSize`; `-1` means no limit. */
export function parseLimit(text: string): number {
  return text.trim() === '-1' ? -1 : parseSize(text);
}

/** The units, in ms. Unicode has two signs for micro. */
const TIMES: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Durations in Go's syntax: `5s`, `1m30s`, `1.5s`, `300ms`. @returns ms */
export function parseDuration(text: string): number {
  const term = /(\d+\.?\d*|\.\d+)(ns|[uµμ]s|ms|s|m|h)/g;
  const rest = text.trim().replace(term, '');
  const terms = [...text.matchAll(term)].map(([, count, unit = '']) => Number(count) * (TIMES[unit] ?? Number.NaN));
  const ms = terms.reduce((sum, one) => sum + one, 0);
  if (rest !== '' || !(ms >= 1 && ms < 2 ** 31))
    throw new InvalidArgumentError('It is a time from 1ms to 596h, such as 500ms, 5s or 1m30s.');
  return ms;
}

/** `9`, `KILL`, `SIGKILL`, `sigkill` */
export function parseSignal(text: string): number {
  const name = text.toUpperCase();
  const names: Record<string, number> = constants.signals;
  const value = /^\d+$/.test(text) ? Number(text) : (names[name] ?? names[`SIG${name}`]);
  if (value === undefined || value > 64)
    throw new InvalidArgumentError(`${text} is no signal; try TERM, KILL or a number to 64.`);
  return value;
}

/** `1000:1000`, or `1000` without a group */
export function parseUser(text: string): { uid: number; gid?: number } {
  const match = /^(\d+)(?::(\d+))?$/.exec(text);
  const [uid, gid] = [Number(match?.[1]), match?.[2] === undefined ? undefined : Number(match[2])];
  // On the wire, a larger number would become the id of another user.
  if (!(uid < 2 ** 32 && (gid ?? 0) < 2 ** 32))
    throw new InvalidArgumentError(`${text} is not of the form <uid>[:<gid>].`);
  return gid === undefined ? { uid } : { uid, gid };
}

/** The extension of a file's name selects the format. */
export function parseTimelineFile(text: string): string {
  if (!/\.(svg|json)$/.test(text)) throw new InvalidArgumentError('It ends in .svg or in .json.');
  return text;
}

/** `key=value`, for a flag that may be given several times; all at once as a JSON object of texts, as in a config file. */
export function collectPairs(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (text.startsWith('{')) return { ...before, ...pairsOf(text) };
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It is of the form key=value.');
  return { ...before, [key]: value };
}

function pairsOf(text: string): Record<string, string> {
  try {
    const object: object = JSON.parse(text);
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, String(value)]));
  } catch {
    throw new InvalidArgumentError('It is a JSON object of names and values.');
  }
}

/** For flags that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
