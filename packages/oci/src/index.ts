/** The OCI runtime-spec for Linux: types, reading and checking of bundles, the default spec. */

export { type Bundle, readBundle } from './bundle/readBundle.ts';
export { BundleError, type BundleErrorCode } from './errors.ts';
export { decodeJsonBytes } from './json/decodeJsonBytes.ts';
export { encodeJsonBytes } from './json/encodeJsonBytes.ts';
export { namespacePath } from './pod/namespacePath.ts';
export { type PodReference, type PodSharing, podReference, sharedPodId } from './pod/sharedPodId.ts';
export { USUAL_CPU_PERIOD } from './spec/cpuPeriod.ts';
export { defaultSpec } from './spec/defaultSpec.ts';
export { isUnlimited } from './spec/isUnlimited.ts';
export { parseProcess } from './spec/parseProcess.ts';
export { parseResources } from './spec/parseResources.ts';
export { parseSpec, preloadSchemas } from './spec/parseSpec.ts';
export { rootlessSpec } from './spec/rootlessSpec.ts';
export type {
  Capabilities,
  Device,
  Hook,
  Hooks,
  IdMapping,
  Linux,
  Mount,
  Namespace,
  NamespaceType,
  Process,
  Resources,
  Rlimit,
  Root,
  Seccomp,
  Spec,
  User,
} from './spec/types.ts';
export type { OciState, OciStatus } from './state/ociState.ts';
export { ContainerIdError, type ContainerIdErrorCode, validateId } from './state/validateId.ts';
