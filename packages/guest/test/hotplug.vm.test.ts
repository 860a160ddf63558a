import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bootVm, connectBoth } from './support/bootVm.ts';
import { code } from './support/frames.ts';
import { kernelsToTest } from './support/kernels.ts';
import { Monitor } from './support/monitor.ts';
import type { TestGuest } from './support/testGuest.ts';

const PATIENCE = { timeout: 30_000, interval: 100 };
const growable = ['-smp', '1,maxcpus=2', '-m', '128M,slots=1,maxmem=512M'];

describe.each(kernelsToTest())('a guest with the %s kernel', (kernel) => {
  it('takes a CPU, memory and a device while it runs', async () => {
    await using guest = await bootVm(kernel, {}, growable);
    using monitor = await Monitor.open(join(guest.dir, 'qmp'));
    await guest.container('looks', ['sleep', '100000']);
    const look = looker(guest);
    expect(await look('nproc')).toBe('1');
    const before = await memoryKiB(look);

    await plugCpu(monitor);
    await plugMemory(monitor);
    await monitor.call('device_add', { driver: 'virtio-rng-pci', id: 'rng' });

    const { payload } = await guest.call(code.ONLINECPUMEM, { cpus: 2, addedMemoryMiB: 128 });
    expect(JSON.parse(payload.toString())).toEqual({ cpus: 2, addedMemoryMiB: 128 });
    expect(await look('nproc')).toBe('2');
    expect(await memoryKiB(look)).toBeGreaterThan(before + 100 * 1024);
    await expect.poll(() => look('cat /proc/bus/pci/devices | cut -f2'), PATIENCE).toMatch(/^1af4(1005|1044)$/m);
    await guest.stop();
  });

  it('answers when what was asked for is online, and other commands meanwhile', async () => {
    await using guest = await bootVm(kernel, {}, growable);
    using monitor = await Monitor.open(join(guest.dir, 'qmp'));
    const id = guest.send(code.ONLINECPUMEM, { cpus: 2, addedMemoryMiB: 128 });
    const early = guest.message((message) => message.id === id);
    await plugMemory(monitor);
    await guest.call(code.ONLINECPUMEM, { addedMemoryMiB: 128 });
    expect((await guest.runContainer('meanwhile', ['echo', 'fine'])).out).toBe('fine\n');
    expect(guest.messages.some((message) => message.id === id)).toBe(false);
    await plugCpu(monitor);
    expect((await early).code).toBe(code.ACK);
    await guest.stop();
  });

  it('forgets who waited when the host goes away', async () => {
    await using guest = await bootVm(kernel, {}, growable);
    using monitor = await Monitor.open(join(guest.dir, 'qmp'));
    const id = guest.send(code.ONLINECPUMEM, { cpus: 2 });
    await guest.call(code.PING);
    // A host that is back before the guest has looked was never away.
    await guest.comeBack(
      () => sleep(1500),
      () => connectBoth(guest.dir),
    );
    await plugCpu(monitor);
    expect((await guest.call(code.ONLINECPUMEM, { cpus: 2 })).ok).toBe(true);
    expect(guest.messages.some((message) => message.id === id)).toBe(false);
    await guest.stop();
  });
});

async function plugCpu(monitor: Monitor): Promise<void> {
  const slots = (await monitor.call('query-hotpluggable-cpus')) as { type: string; props: object }[];
  const free = slots.find((slot) => !('qom-path' in slot));
  await monitor.call('device_add', { driver: free?.type, id: 'cpu', ...free?.props });
}

async function plugMemory(monitor: Monitor): Promise<void> {
  await monitor.call('object-add', { 'qom-type': 'memory-backend-ram', id: 'more', size: 128 << 20 });
  await monitor.call('device_add', { driver: 'pc-dimm', id: 'dimm', memdev: 'more' });
}

function looker(guest: TestGuest): (script: string) => Promise<string> {
  let count = 0;
  return async (script) => {
    const { out } = await guest.runExec('looks', `look-${count++}`, ['sh', '-c', script]);
    return out.trim();
  };
}

async function memoryKiB(look: (script: string) => Promise<string>): Promise<number> {
  return Number(/^MemTotal:\s+(\d+)/m.exec(await look('cat /proc/meminfo'))?.[1]);
}
