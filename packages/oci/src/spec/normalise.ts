/** What differs between those who write config.json, made the same. */

/**
 * - A field that is `null` is left out: Go writes an empty list so, and reads it as empty.
 * - A process's capabilities as one list, as before version 1.0.0, become the sets that such a list stood for.
 */
export function normalise(value: unknown): unknown {
  const spec = withoutNull(value);
  if (!isObject(spec) || !isObject(spec.process)) return spec;
  const list = spec.process.capabilities;
  if (Array.isArray(list)) {
    spec.process.capabilities = { bounding: list, effective: list, inheritable: list, permitted: list };
  }
  return spec;
}

function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNull(member)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
