/** What of containers is nobody's to read in a report: the values of environments, arguments, annotations and labels. */
import { join } from 'node:path';
import { readTail } from './readTail.ts';

/** Shorter values, such as `true`, are in every text by chance. */
const SHORTEST = 8;
const HIDDEN = '[hidden]';
/** The largest config.json that is looked at, in bytes. */
const CONFIG_BYTES = 4 << 20;

export type Scrub = (text: string) => string;

/**
 * The report leaves these values out wherever it knows that they are. They may be in a log or on a console all the same, and are
 * hidden there by this.
 *
 * @param values in any order
 */
export function scrubber(values: Iterable<string>): Scrub {
  const all = [...values].flatMap((value) => [value, JSON.stringify(value).slice(1, -1), ...value.split(/[\r\n]+/)]);
  // The longest first, so that none is hidden in part.
  const hidden = [...new Set(all)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
}

/** @param record as it is in state.json, whoever has written it */
export async function secretsOf(record: unknown): Promise<string[]> {
  const bundle = at(record, 'bundle');
  const config = typeof bundle === 'string' ? await readTail(join(bundle, 'config.json'), CONFIG_BYTES) : undefined;
  return [...secretsIn(record), ...secretsIn(parsed(config))];
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}

/** In `env`, `args`, `annotations` and `labels`, wherever these are. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'env' || name === 'labels') return strings(inner).flatMap((text) => [text, afterEquals(text)]);
    return name === 'args' || name === 'annotations' ? strings(inner) : secretsIn(inner);
  });
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

function afterEquals(text: string): string {
  return text.slice(text.indexOf('=') + 1);
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
