// docs/oci.md says of every property what becomes of it.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { spec } from '../src/spec/schemas.ts';

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
}

/** The paths of all that has no properties of its own. */
function leaves(schema: z.core.$ZodType, path = ''): string[] {
  const { type, shape, innerType, element, valueType } = schema._zod.def as Definition;
  if (type === 'optional' && innerType) return leaves(innerType, path);
  if (type === 'array' && element) return isPlain(element) ? [path] : leaves(element, `${path}[]`);
  if (type === 'record' && valueType) return isPlain(valueType) ? [path] : leaves(valueType, `${path}.*`);
  if (!shape) return [path];
  return Object.entries(shape).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

/** `a.{b,c}[].d` as `a.b[].d` and `a.c[].d`. */
function expand(name: string): string[] {
  const [whole, inner = ''] = /\{([^{}]*)\}/.exec(name) ?? [];
  return whole === undefined ? [name] : inner.split(',').flatMap((part) => expand(name.replace(whole, part)));
}

function isPlain(schema: z.core.$ZodType): boolean {
  return !['object', 'array', 'record', 'optional'].includes(schema._zod.def.type);
}

test('docs/oci.md has a row for every property of the runtime-spec, and for nothing else', async () => {
  const text = await readFile(new URL('../../../docs/oci.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((row) => expand(/^\| `([^`]+)`/.exec(row)?.[1] ?? ''));
  const properties = leaves(spec);
  expect(properties.length).toBeGreaterThan(120);
  expect(new Set(documented).size).toBe(documented.length);
  expect(documented.sort()).toEqual(properties.sort());
});
