/** A driver's own options, which users give as text (`--driver-option key=value`). */
import { HypervisorError } from '../errors.ts';

/** One option: what it takes, in words, and how its text is read; undefined for a text that it does not take. */
export interface Setting<T> {
  readonly takes: string;
  readonly read: (text: string) => T | undefined;
}

type Values<S> = { readonly [K in keyof S]?: S[K] extends Setting<infer T> ? T : never };

/**
 * @param driver its name, for errors
 * @throws HypervisorError `UNSUPPORTED` for an option that the driver does not have, or a value that it does not take
 * @example
 * const { 'start-limit': seconds = 60 } = readSettings('mine', options.settings, { 'start-limit': secondsSetting });
 */
export function readSettings<S extends Readonly<Record<string, Setting<unknown>>>>(
  driver: string,
  given: Readonly<Record<string, string>> = {},
  known: S,
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(given)) {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined;
    if (setting === undefined) throw unsupported(driver, `has no option '${name}'; ${listOf(Object.keys(known))}`);
    const value = setting.read(text);
    if (value === undefined) throw unsupported(driver, `takes for ${name} ${setting.takes}, and not '${text}'`);
    values[name] = value;
  }
  return values as Values<S>;
}

/** A time: a number of seconds. */
export const secondsSetting: Setting<number> = {
  takes: 'a number of seconds from 0.1 to 3600',
  read: (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= 0.1 && value <= 3600 ? value : undefined;
  },
};

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Setting<T> {
  return { takes: words.join(', '), read: (text) => words.find((word) => word === text) };
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
}

function unsupported(driver: string, why: string): HypervisorError {
  return new HypervisorError('UNSUPPORTED', `the driver '${driver}' ${why}`);
}
