/** What differs between those who write config.json, made the same. */
import { BundleError } from '../errors.ts';
import { MAX_DEPTH } from '../json/depth.ts';

/**
 * - A field that is `null` is omitted: Go writes empty lists that way, and reads it as empty.
 * - A process's capabilities as one list, from before version 1.0.0, become the equivalent sets.
 *
 * @throws BundleError `INVALID` for values nested deeper than 64
 */
export function normalise(value: unknown, file: string): unknown {
  const spec = withoutNull(value, file, 0);
  if (isObject(spec)) splitCapabilities(spec.process);
  return spec;
}

/** The same for a standalone process. @throws BundleError `INVALID` */
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
  if (depth > MAX_DEPTH)
    throw new BundleError('INVALID', `${file}: expected at most ${MAX_DEPTH} levels of nesting, found more`);
  if (Array.isArray(value)) return value.map((member) => withoutNull(member, file, depth + 1));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNull(member, file, depth + 1)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
