import type { Spec } from '@runv/oci';
import { expect, test } from 'vitest';
import { resourceRequirements, totalRequirements, vmRequirements } from '../../src/spec/vmRequirements.ts';

const spec = (more: object) => more as Spec;

test('linux.resources asks by its quota and its limit, and annotations come before it', () => {
  const linux = { resources: { cpu: { quota: 150_000, period: 100_000 }, memory: { limit: 300 * 2 ** 20 + 1 } } };
  expect(vmRequirements(spec({ linux }))).toEqual({ cpus: 1.5, memoryMiB: 301 });
  const annotations = { 'io.runv.vm.cpus': '3', 'io.runv.vm.memory': '1024' };
  expect(vmRequirements(spec({ linux, annotations }))).toEqual({ cpus: 3, memoryMiB: 1024 });
  expect(vmRequirements(spec({}))).toEqual({ cpus: undefined, memoryMiB: undefined });
});

test.each([
  { cpu: { quota: -1 } },
  { cpu: { quota: 0, period: 0 } },
  { memory: { limit: -1 } },
  { memory: { limit: 2 ** 63 } },
])('no limit asks for nothing: %j', (resources) => {
  expect(resourceRequirements(resources)).toEqual({ cpus: undefined, memoryMiB: undefined });
});

test.each(['0', '-1', '1.5', 'two', '', '99999999'])('the annotation %j is refused by name', (text) => {
  expect(() => vmRequirements(spec({ annotations: { 'io.runv.vm.cpus': text } }))).toThrow(
    expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('io.runv.vm.cpus') }),
  );
});

test('a pod needs what its containers need together, in whole CPUs, and never less than the default', () => {
  const least = { cpus: 1, memoryMiB: 128 };
  expect(totalRequirements([], least)).toEqual(least);
  expect(totalRequirements([{ cpus: 0.5, memoryMiB: 200 }, {}, { cpus: 0.7, memoryMiB: 100 }], least)).toEqual({
    cpus: 2,
    memoryMiB: 300,
  });
});

test("a pod's first container names the size of all, by CRI's annotations, which runv's own come before", () => {
  const cri = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`io.kubernetes.cri.${name}`, value]));
  const size = { 'sandbox-memory': `${512 * 2 ** 20}`, 'sandbox-cpu-quota': '150000', 'sandbox-cpu-period': '100000' };
  const sandbox = cri({ 'container-type': 'sandbox', ...size });
  expect(vmRequirements(spec({ annotations: sandbox }))).toEqual({ cpus: 1.5, memoryMiB: 512, ofPod: true });
  const own = { 'io.runv.vm.cpus': '3', 'io.runv.vm.memory': '1024' };
  expect(vmRequirements(spec({ annotations: { ...sandbox, ...own } }))).toEqual({
    cpus: 3,
    memoryMiB: 1024,
    ofPod: true,
  });
  const none = cri({ 'container-type': 'sandbox', 'sandbox-memory': '0', 'sandbox-cpu-quota': '-1' });
  expect(vmRequirements(spec({ annotations: none }))).toEqual({ cpus: undefined, memoryMiB: undefined, ofPod: true });
  const linux = { resources: { memory: { limit: 64 * 2 ** 20 } } };
  const container = { ...cri({ 'container-type': 'container' }), ...own };
  expect(vmRequirements(spec({ annotations: container, linux }))).toEqual({ cpus: undefined, memoryMiB: 64 });
});

test("what the others need is contained in a pod's size, and beyond it the pod grows", () => {
  const pod = { cpus: 1.5, memoryMiB: 512, ofPod: true };
  const least = { cpus: 1, memoryMiB: 128 };
  expect(totalRequirements([pod, { cpus: 1, memoryMiB: 200 }], least)).toEqual({ cpus: 2, memoryMiB: 512 });
  expect(totalRequirements([pod, { cpus: 2, memoryMiB: 300 }, { cpus: 0.5, memoryMiB: 300 }], least)).toEqual({
    cpus: 3,
    memoryMiB: 600,
  });
  expect(totalRequirements([{ ...pod, cpus: 0.5 }], least)).toEqual({ cpus: 1, memoryMiB: 512 });
});
