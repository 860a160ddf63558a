/** The words of a profile that have a meaning here, and what the compiler (c/profile.c) calls them. */

/** SCMP_ACT_NOTIFY is not one: nobody on the host could answer. */
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

/** What a guest on x86-64 can run; those of other machines are passed over. */
export const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['SCMP_ARCH_X32', 'x32'],
  ['SCMP_ARCH_X86', 'x86'],
  ['SCMP_ARCH_X86_64', 'x86_64'],
]);

/** As features.md of the runtime-spec has them. */
export function seccompFeatures() {
  return { actions: [...ACTIONS.keys()], operators: [...OPERATORS.keys()], archs: [...ARCHITECTURES.keys()] };
}
