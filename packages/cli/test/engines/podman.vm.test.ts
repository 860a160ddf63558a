/** `podman --runtime runv run`, with Debian's podman. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

test('a volume that is an overlay keeps what is written to it, and one with control groups for systemd has the guest’s', async () => {
  await using engine = await startPodman();
  const dir = engine.sandbox.path('volume');
  await mkdir(dir);
  await writeFile(join(dir, 'file'), 'the host’s\n');
  const script = 'cat /o/file; echo above > /o/file; cat /o/file';
  const written = await engine.run(['--rm', '-v', `${dir}:/o:O`], 'sh', '-c', script);
  expect(written).toEqual({ stdout: 'the host’s\nabove\n', stderr: '', exitCode: 0 });
  expect(await readFile(join(dir, 'file'), 'utf8')).toBe('the host’s\n');
  const groups = 'mkdir /sys/fs/cgroup/made && cat /proc/self/cgroup && stat -f -c %T /sys/fs/cgroup';
  const systemd = await engine.run(['--rm', '--systemd=always'], 'sh', '-c', groups);
  expect(systemd).toMatchObject({ stdout: expect.stringMatching(/^0::\/\n/), stderr: '', exitCode: 0 });
});

// Each has a mount namespace of its own: the daemon is first one's, then the other's.
test('build and run take turns', async () => {
  await using engine = await startPodman();
  const dir = engine.sandbox.path('context');
  await mkdir(dir);
  await writeFile(join(dir, 'file'), 'of the context\n');
  const lines = ['FROM localhost/busybox:test', 'COPY file /file', 'RUN cat /file > /built && echo was run'];
  await writeFile(join(dir, 'Dockerfile'), `${lines.join('\n')}\n`);
  const build = () => engine.cli('build', '--no-cache', '--network', 'none', '-t', 'localhost/built:test', dir);
  for (let turn = 0; turn < 2; turn++) {
    const built = await build();
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stdout).toContain('was run\n');
    const ran = await engine.cli('run', '--rm', '--network', 'none', 'localhost/built:test', 'cat', '/built');
    expect(ran).toEqual({ stdout: 'of the context\n', stderr: '', exitCode: 0 });
  }
});
