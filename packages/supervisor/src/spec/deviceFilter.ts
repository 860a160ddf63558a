/** Compiles linux.resources.devices into the eBPF program that a cgroup runs for each open and mknod. */
import type { Resources } from '@runv/oci';

type Rule = NonNullable<Resources['devices']>[number];

/** struct bpf_cgroup_dev_ctx: the lower half of the first word is the type, the upper half the access. */
const BLOCK = 1;
const CHARACTER = 2;
const ACCESS = new Map([
  ['m', 1],
  ['r', 2],
  ['w', 4],
]);
const ANY_ACCESS = 7;

/** What every container may do, as with runc: make nodes, and use the runtime-spec's default devices. */
const USUAL: readonly Rule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...[3, 5, 7, 8, 9].map((minor) => ({ allow: true, type: 'c', major: 1, minor, access: 'rwm' })),
  ...[0, 1, 2].map((minor) => ({ allow: true, type: 'c', major: 5, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/** @returns the instructions in base64; undefined where there are no rules, or everything is allowed */
export function deviceFilter(rules: readonly Rule[]): string | undefined {
  const last = rules.at(-1);
  if (!last || isEverything(last)) return undefined;
  // The last matching rule decides, so that rules are tested from the last one on.
  const asked = merge([...rules, ...USUAL]).reverse();
  const end = asked.findIndex((rule) => coversAll(rule));
  // The kernel refuses a program with unreachable instructions.
  const needed = end < 0 ? [...asked, { allow: false, access: 'rwm' }] : asked.slice(0, end + 1);
  return Buffer.concat([...PROLOGUE, ...needed.flatMap(instructions)]).toString('base64');
}

function isEverything(rule: Rule): boolean {
  return rule.allow && coversAll(rule);
}

function coversAll({ type, major, minor, access }: Rule): boolean {
  return kindOf(type) === undefined && !isOne(major) && !isOne(minor) && bitsOf(access) === ANY_ACCESS;
}

/** Merges neighbouring rules that allow different kinds of access to one device. */
function merge(rules: readonly Rule[]): Rule[] {
  const merged: Rule[] = [];
  for (const rule of rules) {
    const before = merged.at(-1);
    const same =
      before?.allow === rule.allow &&
      before.type === rule.type &&
      before.major === rule.major &&
      before.minor === rule.minor;
    if (same) merged.pop();
    merged.push(same ? { ...rule, access: `${before.access ?? 'rwm'}${rule.access ?? 'rwm'}` } : rule);
  }
  return merged;
}

function kindOf(type = 'a'): number | undefined {
  if (type === 'b') return BLOCK;
  return type === 'c' || type === 'u' ? CHARACTER : undefined;
}

function bitsOf(access = ''): number {
  return [...access].reduce((bits, letter) => bits | (ACCESS.get(letter) ?? 0), 0) || ANY_ACCESS;
}

/** -1 and undefined match any number. */
function isOne(number?: number): number is number {
  return number !== undefined && number >= 0;
}

/** Registers: 0 the answer, 1 the context, then what was asked for. */
const [KIND, WANTED, MAJOR, MINOR, SCRATCH] = [2, 3, 4, 5, 6];

const LOAD_WORD = 0x61;
const AND = 0x57;
const SHIFT_RIGHT = 0x77;
const COPY = 0xbf;
const SET = 0xb7;
const JUMP_EQUAL = 0x15;
const JUMP_NOT_EQUAL = 0x55;
const EXIT = 0x95;

const PROLOGUE = [
  instruction(LOAD_WORD, KIND, { source: 1 }),
  instruction(COPY, WANTED, { source: KIND }),
  instruction(AND, KIND, { value: 0xffff }),
  instruction(SHIFT_RIGHT, WANTED, { value: 16 }),
  instruction(LOAD_WORD, MAJOR, { source: 1, offset: 4 }),
  instruction(LOAD_WORD, MINOR, { source: 1, offset: 8 }),
];

/** Jumps over the rule's answer unless the rule matches. */
function instructions({ allow, type, major, minor, access }: Rule): Buffer[] {
  const kind = kindOf(type);
  const bits = bitsOf(access);
  const over = answer(allow);
  const checks: { first?: Buffer[]; code: number; register: number; value: number }[] = [];
  if (kind !== undefined) checks.push({ code: JUMP_NOT_EQUAL, register: KIND, value: kind });
  if (bits !== ANY_ACCESS) {
    // A rule that allows must cover all requested access; a rule that denies, any of it.
    const value = allow ? ANY_ACCESS & ~bits : bits;
    const first = [instruction(COPY, SCRATCH, { source: WANTED }), instruction(AND, SCRATCH, { value })];
    checks.push({ first, code: allow ? JUMP_NOT_EQUAL : JUMP_EQUAL, register: SCRATCH, value: 0 });
  }
  if (isOne(major)) checks.push({ code: JUMP_NOT_EQUAL, register: MAJOR, value: major });
  if (isOne(minor)) checks.push({ code: JUMP_NOT_EQUAL, register: MINOR, value: minor });
  let rest = over;
  for (const { first = [], code, register, value } of checks.reverse())
    rest = [...first, instruction(code, register, { offset: rest.length, value }), ...rest];
  return rest;
}

function answer(allow: boolean): Buffer[] {
  return [instruction(SET, 0, { value: allow ? 1 : 0 }), instruction(EXIT, 0)];
}

/** struct bpf_insn */
function instruction(
  code: number,
  target: number,
  { source = 0, offset = 0, value = 0 }: { source?: number; offset?: number; value?: number } = {},
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8((source << 4) | target, 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(value, 4);
  return bytes;
}
