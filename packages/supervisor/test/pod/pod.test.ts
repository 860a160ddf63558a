import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { direct, type FactoryVm } from '@runv/factory';
import { GuestSession } from '@runv/hyperstart';
import { describe, expect, test } from 'vitest';
import { recordingDriver } from '../../../factory/test/recordingDriver.ts';
import { GUEST } from '../../src/guest/guestConfig.ts';
import { Pod } from '../../src/pod/pod.ts';

const LEAST = { cpus: 1, memoryMiB: 128 };

/** A pod whose guest never comes up: membership needs none. */
function podWithoutGuest(): Pod {
  return new Pod(
    'first',
    { id: 'vm', exited: new Promise<never>(() => {}) as FactoryVm['exited'] } as FactoryVm,
    () => new Promise(() => {}),
  );
}

describe('members', () => {
  test('a pod lasts as long as a container is a member or about to become one', () => {
    const pod = podWithoutGuest();
    pod.join('first', {});
    pod.admit('first');
    pod.join('second', {});
    expect(pod.leave('first')).toBe(false);
    expect(pod.terminating).toBe(false);
    pod.admit('second');
    expect([...pod.containers]).toEqual(['second']);
    expect(pod.leave('second')).toBe(true);
    expect(pod.terminating).toBe(true);
  });

  test('a container that did not become a member leaves as well', () => {
    const pod = podWithoutGuest();
    pod.join('first', {});
    expect(pod.containers.size).toBe(0);
    expect(pod.leave('first')).toBe(true);
  });
});

describe('requirements', () => {
  test('are added up, with a change to reckon with, and never below the least', () => {
    const pod = podWithoutGuest();
    expect(pod.sizeNeeded(LEAST)).toEqual(LEAST);
    pod.join('first', { cpus: 1.5, memoryMiB: 200 });
    pod.join('second', { cpus: 0.6 });
    expect(pod.sizeNeeded(LEAST)).toEqual({ cpus: 3, memoryMiB: 200 });
    const changed = { id: 'second', requirements: { cpus: 0.5, memoryMiB: 100 } };
    expect(pod.sizeNeeded(LEAST, changed)).toEqual({ cpus: 2, memoryMiB: 300 });
  });

  test('of a container that has left are not taken, so that they cannot keep the pod', () => {
    const pod = podWithoutGuest();
    pod.join('first', {});
    pod.join('second', {});
    pod.leave('second');
    pod.require('second', { cpus: 4 });
    expect(pod.requirementsOf('second')).toBeUndefined();
    expect(pod.leave('first')).toBe(true);
  });
});

test('the session of a pod that is still starting is a defect to ask for', () => {
  expect(() => podWithoutGuest().session).toThrow('pod first has no session yet');
});

test('the record of a pod that is ended is in nobody’s way: its directory can be removed, and stays so', async () => {
  const vmRoot = await mkdtemp(join(tmpdir(), 'runv-pod-'));
  const images = { kernel: '/kernel', initrd: '/initrd' };
  await using base = direct({ ...{ driver: recordingDriver(), guest: GUEST, vmRoot }, ...images, ...LEAST });
  const pod = new Pod('first', await base.getBaseVm(), () => new Promise(() => {}));
  // Nothing is said to the guest.
  const channels = { control: new PassThrough(), stdio: new PassThrough() };
  const agreed = { version: 1, extended: false, kernel: undefined, window: 0, ourWindow: 0 };
  pod.adopt({ session: await GuestSession.open({ ...channels, guest: 'ready', readyTimeoutMs: 0, agreed }) });
  pod.join('first', {});
  await pod.record();
  const before = Array.from({ length: 50 }, () => pod.record());
  const killed = pod.kill();
  // As a change of its network does.
  await setImmediate();
  const after = pod.record();
  await killed;
  await Promise.all([...before, after, pod.record()]);
  expect(existsSync(pod.vm.dir)).toBe(false);
  await rm(vmRoot, { recursive: true });
});
