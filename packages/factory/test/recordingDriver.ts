/** A driver without a hypervisor, for the tests of what a factory asks of its driver and when. */
import { PassThrough } from 'node:stream';
import type { HypervisorDriver, VirtualMachine, VmExit, VmOptions } from '@runv/hypervisor';

export interface RecordingDriver extends HypervisorDriver {
  readonly asked: VmOptions[];
  readonly disposed: string[];
  /** What each start waits for; a start that is aborted rejects as the contract says. */
  gate: () => Promise<unknown>;
}

export function recordingDriver(): RecordingDriver {
  const driver: RecordingDriver = {
    info: { name: 'recording', version: '1', executable: '/bin/true', accelerator: 'none' },
    asked: [],
    disposed: [],
    gate: () => Promise.resolve(),
    async createVm(options) {
      driver.asked.push(options);
      const aborted = new Promise<never>((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      });
      await Promise.race([driver.gate(), aborted]);
      return machine(options, driver.disposed);
    },
  };
  return driver;
}

function machine({ id, dir, boot }: VmOptions, disposed: string[]): VirtualMachine {
  const exit: VmExit = { reason: 'killed', detail: 'killed' };
  const channel = new PassThrough();
  return {
    id,
    dir,
    boot,
    pid: process.pid,
    guest: 'booting',
    exited: Promise.resolve(exit),
    channel: () => channel,
    consoleTail: async (lines) => `${lines} lines`,
    pause: async () => {},
    resume: async () => {},
    stop: async () => exit,
    kill: async () => exit,
    [Symbol.asyncDispose]: async () => void disposed.push(id),
  };
}
