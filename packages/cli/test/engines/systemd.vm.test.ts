/** Whole systems in a container: systemd as PID 1, and Docker below it, with podman and a root file system of Debian's. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEBIAN_ROOTFS_MS, debianRootfs, type Engine, startPodman, until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let rootfs: string;
let engine: Engine;

beforeAll(async () => {
  rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  engine = await startPodman();
}, DEBIAN_ROOTFS_MS);

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

const READY = `[Unit]
Requires=basic.target
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/touch /ready/now
`;

/**
 * A system that has booted, without the servers that its root file system has; it ends with the block. It is not asked before by exec: as
 * with runc, a process in the control group of a container keeps systemd from handing controllers on.
 */
async function boot(name: string, flags: readonly string[]) {
  const ready = engine.sandbox.path(name);
  await mkdir(ready);
  await writeFile(join(ready, 'ready.service'), READY);
  const binds = ['-v', `${ready}:/ready`, '-v', `${ready}/ready.service:/etc/systemd/system/ready.service`];
  const made = ['run', '--detach', '--name', name, '--cgroup-parent', engine.cgroups, '--network', 'none', ...binds];
  const init = ['--rootfs', `${rootfs}:O`, '/sbin/init', '--unit=ready.service'];
  const { exitCode, stderr } = await engine.cli(...made, ...flags, ...init);
  expect(exitCode, stderr).toBe(0);
  await until(() => existsSync(join(ready, 'now')));
  const sh = (script: string) => engine.cli('exec', name, 'bash', '-euc', script);
  return {
    sh,
    [Symbol.asyncDispose]: async () => void (await engine.cli('rm', '--force', '--time', '0', name)),
  };
}

test('systemd is PID 1: it runs services within their limits, and ends when podman stops it', async () => {
  await using system = await boot('plain', ['--systemd=always']);
  const unit = '[Service]\nExecStart=/bin/sleep infinity\nMemoryMax=32M\nTasksMax=7\n';
  const { stdout, stderr } = await system.sh(`
    printf '${unit}' > /etc/systemd/system/box.service; systemctl daemon-reload; systemctl start box
    pid=$(systemctl show --value -p MainPID box); cat /proc/$pid/cgroup
    cat /sys/fs/cgroup/system.slice/box.service/{memory.max,pids.max}
    kill -9 $pid; systemctl is-active --quiet box || true; systemctl show --value -p Result box
    systemd-run --quiet --wait --pipe -p User=nobody id -un`);
  const lines = ['0::/system.slice/box.service', '33554432', '7', 'signal', 'nobody'];
  expect(stdout.trim().split('\n'), stderr).toEqual(lines);
  const stopped = await engine.cli('stop', '--time', '60', 'plain');
  expect(stopped.exitCode, stopped.stderr).toBe(0);
  expect((await engine.cli('inspect', '--format', '{{.State.ExitCode}}', 'plain')).stdout).toBe('0\n');
});

test('Docker runs in it: images, layers, networks, a published port, limits and a build', async () => {
  await using system = await boot('docker', ['--systemd=always', '--privileged', '--tmpfs', '/var/lib/docker']);
  const box = '/bin/busybox';
  const { stdout, stderr, exitCode } = await system.sh(`
    systemctl start docker; docker info --format '{{.Driver}} {{.CgroupVersion}}'
    mkdir -p /tmp/box/bin; cp ${box} /tmp/box/bin; tar -C /tmp/box -c . | docker import - box > /dev/null
    docker run --rm --memory 48m box ${box} cat /sys/fs/cgroup/memory.max
    docker network create shop > /dev/null; docker run -d --name till --network shop -p 8080:80 box ${box} httpd -f -p 80 -h / > /dev/null
    ${box} wget -q -O - http://127.0.0.1:8080/bin/busybox | cmp - ${box} && echo published
    docker run --rm --network shop box ${box} wget -q -O /dev/null http://till/bin/busybox && echo named
    docker exec till ${box} echo executed; docker rm -f till; docker network rm shop
    printf 'FROM box\\nRUN ["${box}", "touch", "/made"]\\n' | docker build -q -t made - > /dev/null
    docker run --rm made ${box} ls /made`);
  expect({ stdout, exitCode }, stderr).toEqual({
    stdout: 'overlay2 2\n50331648\npublished\nnamed\nexecuted\ntill\nshop\n/made\n',
    exitCode: 0,
  });
});
