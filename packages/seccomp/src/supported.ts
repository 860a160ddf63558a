/** The supported actions, operators and architectures of a profile, with the compiler's keywords (c/profile.c). */

/** Without SCMP_ACT_NOTIFY: no process on the host could answer. */
export const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['SCMP_ACT_ALLOW', 'allow'],
  ['SCMP_ACT_ERRNO', 'errno'],
  ['SCMP_ACT_KILL', 'kill'],
  ['SCMP_ACT_KILL_PROCESS', 'kill-process'],
  ['SCMP_ACT_KILL_THREAD', 'kill'],
  ['SCMP_ACT_LOG', 'log'],
  ['SCMP_ACT_TRACE', 'trace'],
  ['SCMP_ACT_TRAP', 'trap'],
]);

export const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['SCMP_CMP_EQ', 'EQ'],
  ['SCMP_CMP_GE', 'GE'],
  ['SCMP_CMP_GT', 'GT'],
  ['SCMP_CMP_LE', 'LE'],
  ['SCMP_CMP_LT', 'LT'],
  ['SCMP_CMP_MASKED_EQ', 'MASKED_EQ'],
  ['SCMP_CMP_NE', 'NE'],
]);

/** The architectures that a guest on x86-64 can run; others are skipped. */
export const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['SCMP_ARCH_X32', 'x32'],
  ['SCMP_ARCH_X86', 'x86'],
  ['SCMP_ARCH_X86_64', 'x86_64'],
]);

/** The features in the format of the runtime-spec's features.md. */
export function seccompFeatures() {
  return { actions: [...ACTIONS.keys()], operators: [...OPERATORS.keys()], archs: [...ARCHITECTURES.keys()] };
}
