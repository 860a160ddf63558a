import type { Spec } from '@runv/oci';
import { expect, test } from 'vitest';
import { deviceFilter } from '../../src/spec/deviceFilter.ts';
import { ignoredFields } from '../../src/spec/ignored.ts';
import { isolationSpec } from '../../src/spec/isolationSpec.ts';
import { scheduling } from '../../src/spec/scheduling.ts';
import { sharedNamespaces } from '../../src/spec/sharedNamespaces.ts';

const process = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } };
const bare: Spec = { ociVersion: '1.0.2', process, root: { path: 'rootfs' } };
const pod = (...containers: string[]) => ({
  id: 'sandbox',
  containers: new Set(containers),
  vm: { size: { cpus: 1 } },
});

test('a bundle that says nothing asks nothing of the guest', () => {
  const asked = Object.values(isolationSpec({ spec: bare, id: 'c', path: '/b' }, pod()));
  expect(asked.filter((value) => value !== undefined)).toEqual([]);
  expect(ignoredFields(bare)).toEqual({});
});

test('hooks get the state that the runtime-spec has for them', () => {
  const spec = { ...bare, annotations: { a: 'b' }, hooks: { startContainer: [{ path: '/bin/true', timeout: 3 }] } };
  const { hooks, state = '' } = isolationSpec({ spec, id: 'c', path: '/b' }, pod());
  expect(hooks).toEqual({ startContainer: [{ path: '/bin/true', timeout: 3 }] });
  expect(JSON.parse(state)).toEqual({
    ociVersion: '1.0.2',
    id: 'c',
    status: 'created',
    bundle: '/b',
    annotations: { a: 'b' },
  });
});

test('namespaces are shared as the bundle lists them', () => {
  const kinds = (...namespaces: { type: string; path?: string }[]) =>
    sharedNamespaces(namespaces, pod('eldest', 'sandbox'));
  expect(sharedNamespaces(undefined, pod())).toBeUndefined();
  expect(kinds({ type: 'pid' }, { type: 'ipc' }, { type: 'uts' })).toEqual({});
  expect(kinds({ type: 'pid' }, { type: 'mount' })).toEqual({ ipc: '', uts: '' });
  expect(kinds({ type: 'pid', path: 'other' }, { type: 'ipc', path: '/proc/7/ns/ipc' }, { type: 'uts' })).toEqual({
    pid: 'other',
    ipc: 'sandbox',
  });
  const left = sharedNamespaces([{ type: 'pid', path: '/proc/7/ns/pid' }], pod('eldest', 'younger'));
  expect(left?.pid).toBe('eldest');
  expect(() => kinds({ type: 'pid', path: '/run/pid' })).toThrow(
    'linux.namespaces[0].path: /run/pid is a pid namespace of the host, which a VM cannot enter',
  );
});

test('priorities and personality are the kernel’s numbers, and a name that is none is refused', () => {
  const scheduler = {
    policy: 'SCHED_FIFO',
    priority: 3,
    flags: ['SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_KEEP_PARAMS'],
  };
  const asked = scheduling(
    { ...process, scheduler, ioPriority: { class: 'IOPRIO_CLASS_IDLE' } },
    { personality: { domain: 'LINUX32' } },
  );
  expect(asked).toMatchObject({
    scheduler: { policy: 1, priority: 3, flags: 0x11 },
    ioPriority: { class: 3, priority: 0 },
    personality: 8,
  });
  const wrong = { ...process, ioPriority: { class: 'FAST' } };
  expect(() => scheduling(wrong, {})).toThrow(
    'process.ioPriority.class is "FAST"; expected IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE',
  );
});

test('no program is needed where every device is allowed', () => {
  expect(deviceFilter([])).toBeUndefined();
  expect(deviceFilter([{ allow: false }, { allow: true, access: 'rwm' }])).toBeUndefined();
  const denied = Buffer.from(deviceFilter([{ allow: false, access: 'rwm' }]) ?? '', 'base64');
  expect(denied.length % 8).toBe(0);
});

test('what a VM does not have is named with the reason', () => {
  const spec: Spec = {
    ...bare,
    process: { ...process, apparmorProfile: 'docker-default' },
    mounts: [{ destination: '/x', options: ['context="system_u:object_r:x"'] }],
    linux: { intelRdt: {}, resources: { memory: { swappiness: 10 }, blockIO: { throttleReadBpsDevice: [] } } },
  };
  expect(Object.keys(ignoredFields(spec))).toEqual([
    'process.apparmorProfile',
    'mounts[].options: context',
    'linux.intelRdt',
    'linux.resources.memory.swappiness',
  ]);
});
