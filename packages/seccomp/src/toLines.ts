/** Converts a profile to the lines that the compiler reads (c/profile.c). */
import { SeccompError } from './errors.ts';
import type { ArgumentCheck, SeccompProfile, SyscallRule } from './profile.ts';
import { ACTIONS, ARCHITECTURES, OPERATORS } from './supported.ts';

const EPERM = 1;

/** The actions with a number. */
const NUMBERED = ['errno', 'trace'];

/** Defaults that allow system calls that are not listed, and so also unknown ones. */
const LENIENT = ['allow', 'log', 'trace'];

/** @throws SeccompError `INVALID` | `UNSUPPORTED` */
export function toLines(profile: SeccompProfile): string {
  if (profile.listenerPath) throw unsupported('linux.seccomp.listenerPath');
  const defaultAction = toAction(profile.defaultAction, profile.defaultErrnoRet, 'linux.seccomp.defaultAction');
  const lenient = LENIENT.includes(defaultAction.split(':')[0] ?? '');
  const rules = (profile.syscalls ?? []).flatMap((rule, index) => ruleLines(rule, index, defaultAction));
  const lines = [
    `default ${defaultAction}`,
    ...(lenient ? [] : ['unknown-fail']),
    ...architectures(profile).map((name) => `arch ${name}`),
    ...rules,
  ];
  return `${lines.join('\n')}\n`;
}

/** The guest's own is always included; programs for other machines cannot run there. */
function architectures({ architectures: named = [] }: SeccompProfile): string[] {
  const wrong = named.find((name) => !/^SCMP_ARCH_\w+$/.test(name));
  if (wrong !== undefined)
    throw new SeccompError('INVALID', `linux.seccomp.architectures: ${JSON.stringify(wrong)} is none`);
  return [...new Set(['x86_64', ...named.flatMap((name) => ARCHITECTURES.get(name) ?? [])])];
}

function ruleLines(
  { names, action, errnoRet, args = [] }: SyscallRule,
  index: number,
  defaultAction: string,
): string[] {
  const field = `linux.seccomp.syscalls[${index}]`;
  const keyword = toAction(action, errnoRet, `${field}.action`);
  for (const name of names)
    if (!/^\w+$/.test(name))
      throw new SeccompError('INVALID', `${field}.names: ${JSON.stringify(name)} is no system call's name`);
  if (keyword === defaultAction) return names.map((name) => `name ${name}`);
  const checks = args.map((check) => toCheck(check, field));
  const tails = needsSeparateRules(args)
    ? checks.map((check) => ` ${check}`)
    : [checks.map((check) => ` ${check}`).join('')];
  return names.flatMap((name) => tails.map((tail) => `rule ${keyword} ${name}${tail}`));
}

/** libseccomp allows one check per argument in a rule: several checks become separate rules, as with runc. */
function needsSeparateRules(args: readonly ArgumentCheck[]): boolean {
  return new Set(args.map(({ index }) => index)).size < args.length;
}

function toAction(action: string, errno: number | undefined, field: string): string {
  if (action === 'SCMP_ACT_NOTIFY') throw unsupported(`${field} SCMP_ACT_NOTIFY`);
  const keyword = ACTIONS.get(action);
  if (keyword === undefined)
    throw new SeccompError('INVALID', `${field}: there is no action ${JSON.stringify(action)}`);
  return NUMBERED.includes(keyword) ? `${keyword}:${errno ?? EPERM}` : keyword;
}

function toCheck({ index, op, value, valueTwo = 0 }: ArgumentCheck, field: string): string {
  const operator = OPERATORS.get(op);
  if (operator === undefined)
    throw new SeccompError('INVALID', `${field}.args: there is no operator ${JSON.stringify(op)}`);
  if (index > 5)
    throw new SeccompError('INVALID', `${field}.args: index is ${index}; a system call has the arguments 0 to 5`);
  return `${index} ${operator} ${BigInt(value)} ${BigInt(valueTwo)}`;
}

function unsupported(what: string): SeccompError {
  return new SeccompError(
    'UNSUPPORTED',
    `${what}: a process of the host's cannot answer for system calls of a guest's; use another action`,
  );
}
