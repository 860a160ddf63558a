/** `docker run --runtime runv`, with Debian's dockerd. */
import { startDocker } from '@runv/testkit';
import { describe, expect, test } from 'vitest';
import { engineTests } from './engineTests.ts';

describe('docker', () => engineTests(startDocker));

// Podman's name server is a package of its own, and listens on the bridge.
test('containers of a user-defined network know each other by name', async () => {
  await using engine = await startDocker();
  expect((await engine.cli('network', 'create', 'named')).exitCode).toBe(0);
  const flags = ['--network', 'named'];
  const serve = 'echo by name > /tmp/index.html; httpd -f -p 80 -h /tmp';
  const served = await engine.run(
    ['-d', '--name', 'shop', '--network-alias', 'till', ...flags],
    ...['sh', '-c', serve],
  );
  expect(served.exitCode, served.stderr).toBe(0);
  const look = 'cat /etc/resolv.conf; for name in shop till; do wget -q -O - http://$name/index.html; done';
  const { stdout, stderr } = await engine.run(['--rm', ...flags], 'sh', '-c', look);
  expect(stdout, stderr).toMatch(/^nameserver 127\.0\.0\.11\n[\s\S]*^by name\nby name\n$/m);
  expect((await engine.cli('rm', '-f', 'shop')).exitCode).toBe(0);
});
