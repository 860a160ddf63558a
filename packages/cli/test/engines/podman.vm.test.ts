/** `podman --runtime runv run`, with Debian's podman. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE, leavings, startPodman, until } from '@runv/testkit';
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

/** A shop: its till serves its buyer, and the host. */
const MANIFEST = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { color: 'green', sign: 'open\n' },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop' },
    spec: {
      containers: [
        {
          name: 'till',
          image: IMAGE,
          command: ['sh', '-c', 'echo $COLOR > /goods/color; exec httpd -f -p 80 -h /goods'],
          env: [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
          ports: [{ containerPort: 80, hostPort: 8081 }],
          volumeMounts: [{ name: 'goods', mountPath: '/goods' }],
        },
        {
          name: 'buyer',
          image: IMAGE,
          command: ['sleep', '1000'],
          volumeMounts: [
            { name: 'goods', mountPath: '/goods' },
            { name: 'settings', mountPath: '/settings' },
          ],
        },
      ],
      volumes: [
        { name: 'goods', persistentVolumeClaim: { claimName: 'goods' } },
        { name: 'settings', configMap: { name: 'settings' } },
      ],
    },
  },
];

test('the pod of a Kubernetes manifest is one VM, with its volumes and settings, and comes down again', async () => {
  await using engine = await startPodman();
  const file = engine.sandbox.path('shop.yaml');
  // JSON is YAML too.
  await writeFile(file, MANIFEST.map((document) => JSON.stringify(document)).join('\n---\n'));
  const played = await engine.cli('kube', 'play', file);
  expect(played.exitCode, played.stderr).toBe(0);
  const exec = async (name: string, ...command: string[]) =>
    (await engine.cli('exec', `shop-${name}`, ...command)).stdout;
  await until(async () => (await exec('buyer', 'wget', '-q', '-O', '-', 'http://127.0.0.1/color')) === 'green\n');
  const boot = ['cat', '/proc/sys/kernel/random/boot_id'];
  expect(await exec('buyer', ...boot)).toBe(await exec('till', ...boot));
  expect(await exec('buyer', 'cat', '/settings/sign', '/goods/color')).toBe('open\ngreen\n');
  const outside = await engine.sandbox.run(['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8081/color']);
  expect(outside.stdout, outside.stderr).toBe('green\n');
  const down = await engine.cli('play', 'kube', '--down', file);
  expect(down.exitCode, down.stderr).toBe(0);
  await expect.poll(() => leavings(engine)).toEqual([]);
  expect(await engine.cli('pod', 'ps', '-q')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});
