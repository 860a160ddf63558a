/** What differs between those who write config.json, made the same. */
import { BundleError } from '../errors.ts';

/** Deeper than any spec is nested. Without a limit a hostile file could exhaust the stack of whoever walks it. */
const DEEPEST = 64;

/**
 * - A field that is `null` is left out: Go writes an empty list so, and reads it as empty.
 * - A process's capabilities as one list, as before version 1.0.0, become the sets that such a list stood for.
 *
 * @throws BundleError `INVALID` for values nested deeper than 64
 */
export function normalise(value: unknown, file: string): unknown {
  const spec = withoutNull(value, file, 0);
  if (isObject(spec)) splitCapabilities(spec.process);
  return spec;
}

/** The same for a process that stands alone. @throws BundleError `INVALID` */
export function normaliseProcess(value: unknown, file: string): unknown {
  const process = withoutNull(value, file, 0);
  splitCapabilities(process);
  return process;
}

function splitCapabilities(process: unknown): void {
  if (!isObject(process) || !Array.isArray(process.capabilities)) return;
  const list = process.capabilities;
  process.capabilities = { bounding: list, effective: list, inheritable: list, permitted: list };
}

function withoutNull(value: unknown, file: string, depth: number): unknown {
  if (depth > DEEPEST)
    throw new BundleError('INVALID', `${file}: expected at most ${DEEPEST} levels of nesting, found more`);
  if (Array.isArray(value)) return value.map((member) => withoutNull(member, file, depth + 1));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNull(member, file, depth + 1)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
