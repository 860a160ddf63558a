/** Values of flags, checked. */
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

/** `9`, `KILL`, `SIGKILL`, `sigkill` */
export function parseSignal(text: string): number {
  const name = text.toUpperCase();
  const names: Record<string, number> = constants.signals;
  const value = /^\d+$/.test(text) ? Number(text) : (names[name] ?? names[`SIG${name}`]);
  if (value === undefined || value > 64)
    throw new InvalidArgumentError(`${text} is no signal; try TERM, KILL or a number to 64.`);
  return value;
}

/** `1000` or `1000:1000` */
export function parseUser(text: string): { uid: number; gid: number } {
  const match = /^(\d+)(?::(\d+))?$/.exec(text);
  const [uid, gid] = [Number(match?.[1]), Number(match?.[2] ?? 0)];
  // A number that is too large would become another user's on the wire.
  if (!(uid < 2 ** 32 && gid < 2 ** 32)) throw new InvalidArgumentError(`${text} is not of the form <uid>[:<gid>].`);
  return { uid, gid };
}

/** For flags that may stand several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
