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
