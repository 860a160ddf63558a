/** Whole systems in a container: systemd as PID 1, and Docker below it, with podman and a root file system of Debian's. */
import { DEBIAN_ROOTFS_MS, debianRootfs, type Engine, startPodman } from '@runv/testkit';
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

/** A system that has booted; it ends with the block. */
async function boot(name: string, flags: readonly string[]) {
  const made = ['run', '--detach', '--name', name, '--cgroup-parent', engine.cgroups, '--network', 'none'];
  const { exitCode, stderr } = await engine.cli(...made, ...flags, '--rootfs', `${rootfs}:O`, '/sbin/init');
  expect(exitCode, stderr).toBe(0);
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
    systemctl mask --now docker.service docker.socket 2> /dev/null
    systemctl reset-failed; systemctl is-system-running --wait
    printf '${unit}' > /etc/systemd/system/box.service; systemctl daemon-reload; systemctl start box
    pid=$(systemctl show --value -p MainPID box); cat /proc/$pid/cgroup
    cat /sys/fs/cgroup/system.slice/box.service/{memory.max,pids.max}
    kill -9 $pid; systemctl is-active --quiet box || true; systemctl show --value -p Result box
    systemd-run --quiet --wait --pipe -p DynamicUser=yes -p PrivateTmp=yes -p ProtectSystem=strict id -un`);
  const lines = ['running', '0::/system.slice/box.service', '33554432', '7', 'signal', expect.stringMatching(/^run-u/)];
  expect(stdout.trim().split('\n'), stderr).toEqual(lines);
  const stopped = await engine.cli('stop', '--time', '60', 'plain');
  expect(stopped.exitCode, stopped.stderr).toBe(0);
  expect((await engine.cli('inspect', '--format', '{{.State.ExitCode}}', 'plain')).stdout).toBe('0\n');
});

test('Docker runs in it: images, layers, networks, a published port, limits and a build', async () => {
  await using system = await boot('docker', ['--systemd=always', '--privileged', '--tmpfs', '/var/lib/docker']);
  const box = '/bin/busybox';
  const { stdout, stderr, exitCode } = await system.sh(`
    systemctl is-system-running --wait; docker info --format '{{.Driver}} {{.CgroupVersion}}'
    mkdir -p /tmp/box/bin; cp ${box} /tmp/box/bin; tar -C /tmp/box -c . | docker import - box > /dev/null
    docker run --rm --memory 48m box ${box} cat /sys/fs/cgroup/memory.max
    docker network create shop > /dev/null; docker run -d --name till --network shop -p 8080:80 box ${box} httpd -f -p 80 -h / > /dev/null
    ${box} wget -q -O - http://127.0.0.1:8080/bin/busybox | cmp - ${box} && echo published
    docker run --rm --network shop box ${box} wget -q -O /dev/null http://till/bin/busybox && echo named
    docker exec till ${box} pidof httpd; docker rm -f till; docker network rm shop
    printf 'FROM box\\nRUN ["${box}", "touch", "/made"]\\n' | docker build -q -t made - > /dev/null
    docker run --rm made ${box} ls /made`);
  expect({ stdout, exitCode }, stderr).toEqual({
    stdout: 'running\noverlay2 2\n50331648\npublished\nnamed\n1\ntill\nshop\n/made\n',
    exitCode: 0,
  });
});
