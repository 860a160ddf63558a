/** A profile as the lines that the compiler reads (c/profile.c). */
import { SeccompError } from './errors.ts';
import type { ArgumentCheck, SeccompProfile, SyscallRule } from './profile.ts';
import { ACTIONS, ARCHITECTURES, OPERATORS } from './words.ts';

const EPERM = 1;

/** Actions with a number. */
const NUMBERED = ['errno', 'trace'];

/** With these the profile's author means to let through what is not named, so also what nobody knows yet. */
const LENIENT = ['allow', 'log', 'trace'];

/** @throws SeccompError `INVALID` | `UNSUPPORTED` */
export function toLines(profile: SeccompProfile): string {
  if (profile.listenerPath) throw notHere('linux.seccomp.listenerPath');
  const usual = actionWord(profile.defaultAction, profile.defaultErrnoRet, 'linux.seccomp.defaultAction');
  const lenient = LENIENT.includes(usual.split(':')[0] ?? '');
  const rules = (profile.syscalls ?? []).flatMap((rule, index) => ruleLines(rule, index, usual));
  const lines = [
    `default ${usual}`,
    ...(lenient ? [] : ['unknown-fail']),
    ...architectures(profile).map((name) => `arch ${name}`),
    ...rules,
  ];
  return `${lines.join('\n')}\n`;
}

/** The guest's own is always one; those of other machines can call nothing there. */
function architectures({ architectures: named = [] }: SeccompProfile): string[] {
  const wrong = named.find((name) => !/^SCMP_ARCH_\w+$/.test(name));
  if (wrong !== undefined)
    throw new SeccompError('INVALID', `linux.seccomp.architectures: ${JSON.stringify(wrong)} is none`);
  return [...new Set(['x86_64', ...named.flatMap((name) => ARCHITECTURES.get(name) ?? [])])];
}

function ruleLines({ names, action, errnoRet, args = [] }: SyscallRule, index: number, usual: string): string[] {
  const field = `linux.seccomp.syscalls[${index}]`;
  const word = actionWord(action, errnoRet, `${field}.action`);
  for (const name of names)
    if (!/^\w+$/.test(name))
      throw new SeccompError('INVALID', `${field}.names: ${JSON.stringify(name)} is no system call's name`);
  if (word === usual) return names.map((name) => `name ${name}`);
  const checks = args.map((check) => checkWords(check, field));
  const tails = mustBeApart(args) ? checks.map((check) => ` ${check}`) : [checks.map((check) => ` ${check}`).join('')];
  return names.flatMap((name) => tails.map((tail) => `rule ${word} ${name}${tail}`));
}

/** libseccomp takes one check of an argument in a rule: several are rules of their own, as with runc. */
function mustBeApart(args: readonly ArgumentCheck[]): boolean {
  return new Set(args.map(({ index }) => index)).size < args.length;
}

function actionWord(action: string, errno: number | undefined, field: string): string {
  if (action === 'SCMP_ACT_NOTIFY') throw notHere(`${field} SCMP_ACT_NOTIFY`);
  const word = ACTIONS.get(action);
  if (word === undefined) throw new SeccompError('INVALID', `${field}: there is no action ${JSON.stringify(action)}`);
  return NUMBERED.includes(word) ? `${word}:${errno ?? EPERM}` : word;
}

function checkWords({ index, op, value, valueTwo = 0 }: ArgumentCheck, field: string): string {
  const operator = OPERATORS.get(op);
  if (operator === undefined)
    throw new SeccompError('INVALID', `${field}.args: there is no operator ${JSON.stringify(op)}`);
  if (index > 5)
    throw new SeccompError('INVALID', `${field}.args: index is ${index}; a system call has the arguments 0 to 5`);
  return `${index} ${operator} ${BigInt(value)} ${BigInt(valueTwo)}`;
}

function notHere(what: string): SeccompError {
  return new SeccompError(
    'UNSUPPORTED',
    `${what}: a process of the host's cannot answer for system calls of a guest's; use another action`,
  );
}
