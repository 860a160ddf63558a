/** How a container's record names the daemon whose it is. */
import type { ContainerRecord } from '../state/containerRecord.ts';
import type { Context } from './context.ts';

export function daemonOf({ options }: Pick<Context, 'options'>): ContainerRecord['runv']['daemon'] {
  return { pid: process.pid, containerdDir: options.eventLogDir, socket: options.socket };
}
