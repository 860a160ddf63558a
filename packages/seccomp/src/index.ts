/** Compiles the runtime-spec's linux.seccomp into the BPF program that a kernel loads. */
export { compileSeccomp } from './compileSeccomp.ts';
export { SeccompError } from './errors.ts';
export type { SeccompProfile } from './profile.ts';
export { seccompFlags } from './seccompFlags.ts';
export { seccompFeatures } from './supported.ts';
