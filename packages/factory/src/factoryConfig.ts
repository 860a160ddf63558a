/** One kind of VM that a factory gives. */
import type { VmSize } from './factory.ts';

export interface FactoryConfig extends VmSize {
  /** The size of the warm pool; with a template 1 unless given, otherwise none. */
  readonly cache?: number | undefined;
  /** Clones its VMs from a template: the one in this directory, or one that the factory makes (true). Otherwise boots them. */
  readonly template?: boolean | string | undefined;
}
