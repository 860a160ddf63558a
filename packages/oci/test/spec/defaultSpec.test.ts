import { expect, test } from 'vitest';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';
import { parseSpec } from '../../src/spec/parseSpec.ts';

test('the default spec is a valid one: a shell in rootfs, with namespaces of its own', async () => {
  const spec = await parseSpec(JSON.parse(JSON.stringify(defaultSpec())), 'config.json');
  expect(spec).toEqual(defaultSpec());
  expect(spec.process.args).toEqual(['sh']);
  expect(spec.root).toEqual({ path: 'rootfs', readonly: true });
  expect(spec.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'network', 'ipc', 'uts', 'mount']);
  const mounted = ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys', '/sys/fs/cgroup'];
  expect(spec.mounts?.map(({ destination }) => destination)).toEqual(mounted);
  expect(spec.linux?.maskedPaths).toContain('/proc/kcore');
  expect(spec.linux?.readonlyPaths).toContain('/proc/sysrq-trigger');
});

test('a change to one leaves the next as it was', () => {
  const first = defaultSpec();
  first.process.args.push('-c');
  first.process.capabilities?.bounding?.push('CAP_SYS_ADMIN');
  for (const mount of first.mounts ?? []) mount.options?.push('rw');
  expect(defaultSpec().process.capabilities?.effective).not.toContain('CAP_SYS_ADMIN');
  expect(first.process.capabilities?.effective).not.toContain('CAP_SYS_ADMIN');
  expect(JSON.stringify(defaultSpec())).not.toContain('"rw"');
});
