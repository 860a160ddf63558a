/** The descriptors that QEMU finds open, by which it reaches sockets and files that its jail does not have. */
import { descriptorNumber, type JailDescriptor } from '@runv/jail';

export class OpenFiles {
  readonly #list: JailDescriptor[] = [];

  /** In the order of their numbers. */
  get list(): readonly JailDescriptor[] {
    return this.#list;
  }

  /** Has it opened before QEMU runs. @returns its number there */
  number(kind: JailDescriptor['kind'], path: string): number {
    return descriptorNumber(this.#list.push({ kind, path }) - 1);
  }
}
