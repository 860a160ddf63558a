/** The types of the runtime-spec, inferred from the schemas. They do not load zod. */
import type * as z from 'zod/mini';
import type * as schemas from './schemas.ts';

export type Spec = z.infer<typeof schemas.spec>;
export type Process = z.infer<typeof schemas.process>;
export type User = z.infer<typeof schemas.user>;
export type Capabilities = z.infer<typeof schemas.capabilities>;
export type Rlimit = z.infer<typeof schemas.rlimit>;
export type Root = z.infer<typeof schemas.root>;
export type Mount = z.infer<typeof schemas.mount>;
export type Hook = z.infer<typeof schemas.hook>;
export type Hooks = z.infer<typeof schemas.hooks>;
export type Linux = z.infer<typeof schemas.linux>;
export type Namespace = z.infer<typeof schemas.namespace>;
/** The values of `linux.namespaces[].type`; a kernel may have others. */
export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';
export type IdMapping = z.infer<typeof schemas.idMapping>;
export type Device = z.infer<typeof schemas.device>;
export type Resources = z.infer<typeof schemas.resources>;
export type Seccomp = z.infer<typeof schemas.seccomp>;
