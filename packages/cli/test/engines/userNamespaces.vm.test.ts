/** Containers whose root is somebody else on the host, as Docker's userns-remap and Podman's --uidmap make them. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type Engine, startDocker, startPodman, until } from '@runv/testkit';
import { expect, test } from 'vitest';

const ROOT = 100_000;
const MAPPED = [`--uidmap=0:${ROOT}:65536`, `--gidmap=0:${ROOT}:65536`];

test.each([
  ['docker', () => startDocker(undefined, { remapped: ROOT }), []],
  ['podman', () => startPodman(), MAPPED],
])('of %s have a user namespace in their VM', async (_name, start: () => Promise<Engine>, flags: string[]) => {
  await using engine = await start();
  const volume = engine.sandbox.path('volume');
  await mkdir(volume, { mode: 0o777 });
  await engine.sandbox.run(['chmod', '777', volume]);
  const script = [
    'cat /proc/self/uid_map; id -u; touch /volume/made; echo x > /made && ls -ln /made',
    'httpd -p 80 && echo port; ls -ln /dev/null; touch /etc/hosts && echo owned; cat',
  ].join('; ');
  const serve = [...flags, '-i', '-v', `${volume}:/volume`];
  const { stdout, stderr, exitCode } = await engine.run(['--rm', ...serve], 'sh', '-c', script);
  const words = stdout.replace(/ +/g, ' ');
  expect(words, stderr).toMatch(/^ 0 100000 65536\n0\n-rw-r--r-- 1 0 0 .*\/made\nport\ncrw-rw-rw- 1 0 0 .*\nowned\n$/);
  expect(exitCode).toBe(0);
  expect(await stat(`${volume}/made`)).toMatchObject({ uid: ROOT, gid: ROOT });

  const { exitCode: started, stderr: why } = await engine.run(['-d', '--name', 'long', ...flags], 'sleep', '1000');
  expect(started, why).toBe(0);
  const look = await engine.cli('exec', '--user', '7', 'long', 'sh', '-c', 'id -u; ip -4 -o address show dev eth0');
  expect(look.stdout, look.stderr).toMatch(/^7\n.*eth0 +inet \d/);
  await writeFile(engine.sandbox.path('in'), 'copied\n');
  expect((await engine.cli('cp', engine.sandbox.path('in'), 'long:/in')).stderr).not.toMatch(/rror/);
  expect((await engine.cli('exec', 'long', 'cat', '/in')).stdout).toBe('copied\n');
  await engine.cli('rm', '-f', ...engine.atOnce, 'long');
  await until(async () => !(await engine.sandbox.processes()).some((line) => line === 'sleep 1000'));
  expect(await readFile('/proc/self/uid_map', 'utf8')).toMatch(/^ +0 +0 /);
});
