/** `podman --runtime runv run`, with Debian's podman. */
import { startPodman } from '@runv/testkit';
import { describe, expect, test } from 'vitest';
import { engineTests } from './engineTests.ts';

describe('podman', () => engineTests(startPodman));

test('the containers of a pod are in one VM, and reach each other over its loopback', async () => {
  await using engine = await startPodman();
  const infra = ['--infra-image', 'localhost/busybox:test', '--infra-command', 'sleep 1000'];
  const made = await engine.cli('pod', 'create', '--name', 'shop', '--cgroup-parent', engine.cgroups, ...infra);
  expect(made.exitCode, made.stderr).toBe(0);
  const serve = 'echo hello > /tmp/index.html; httpd -f -p 127.0.0.1:80 -h /tmp';
  const inPod = ['--pod', 'shop', 'localhost/busybox:test', 'sh', '-c'];
  const served = await engine.cli('run', '-d', '--name', 'till', ...inPod, serve);
  expect(served.exitCode, served.stderr).toBe(0);
  const look =
    'until wget -q -O - http://127.0.0.1/index.html; do sleep 0.1; done; cat /proc/sys/kernel/random/boot_id';
  const { stdout, stderr } = await engine.cli('run', '--rm', ...inPod, look);
  const { stdout: id } = await engine.cli('exec', 'till', 'cat', '/proc/sys/kernel/random/boot_id');
  expect(stdout, stderr).toBe(`hello\n${id}`);
  expect((await engine.cli('pod', 'rm', '-f', '-t', '0', 'shop')).exitCode).toBe(0);
  expect((await engine.cli('ps', '-aq')).stdout).toBe('');
});
