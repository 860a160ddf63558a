/** Describes a schema's issue in one line: the field, what is expected, what was found. */
import type * as z from 'zod/mini';

const EXPECTED: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** The maximum length of a shown value, in characters. */
const MAX_SHOWN = 60;

export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  const found = issue.path.reduce<unknown>(member, value);
  const expected = issue.code === 'invalid_type' ? (EXPECTED[issue.expected] ?? issue.expected) : issue.message;
  const field = fieldName(issue.path) || 'the whole file';
  if (found === undefined) return `${field} is missing: expected ${expected}`;
  return `${field}: expected ${expected}, found ${describeValue(found)}`;
}

function member(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[name] : undefined;
}

// process.args[2], annotations["org.example.a"]
function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    if (!/^\w+$/.test(String(part))) return `${name}[${JSON.stringify(part)}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return `the ${typeof value} ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text}`;
}
