/** A factory over one base factory: its VM, grown to the size asked for, or one booted at that size where the base is larger. */
import type { BaseFactory, Factory } from './factory.ts';
import { multi } from './multi.ts';

export function single(base: BaseFactory): Factory {
  return multi([base]);
}
