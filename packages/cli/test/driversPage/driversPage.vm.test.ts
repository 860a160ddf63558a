/** The driver of docs/drivers.md does what that page says: it keeps the contract, and runs containers for runv and for an engine. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, startDocker } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countReport } from '../../../../scripts/lib/countReport.mjs';
import { endDaemon } from '../support/endDaemon.ts';
import { runv, tempDir, UNNAMED } from '../support/runv.ts';
import { makePageDriver, type PageDriver } from './pageDriver.ts';

let driver: PageDriver;
beforeAll(async () => {
  driver = await makePageDriver();
  expect(await driver.npm('build')).toEqual({ exitCode: 0, output: '' });
});
afterAll(() => driver[Symbol.asyncDispose]());

test('it passes the conformance kit, but for what it says that it cannot', async () => {
  const report = join(driver.dir, 'report.json');
  const { exitCode, output } = await driver.npm('test', '--reporter=json', `--outputFile=${report}`);
  expect(exitCode, output).toBe(0);
  const { passed, failures, withoutCapability } = countReport(JSON.parse(await readFile(report, 'utf8')), true);
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThan(20);
  const named = withoutCapability.map((line) => /the driver small says that it has no (\w+)$/.exec(line)?.[1]);
  expect(named).toContain('clone');
  for (const name of named) expect(['clone', 'growCpus', 'growMemory']).toContain(name);
});

test('runv finds it by its flag, its environment and its configuration file, and runs a container with it', async () => {
  await using dir = await tempDir();
  await using bundles = await Bundles.make();
  const root = join(dir.path, 'root');
  const { stdout: findings } = await runv(['--driver', './', 'doctor'], { cwd: driver.dir });
  expect(findings).toMatch(/^ok +driver: small \d.* named by --driver .*; guests run by tcg$/m);
  expect(findings).toMatch(/^note +KVM: not used: the driver small emulates CPUs$/m);
  const config = join(dir.path, 'config.json');
  await writeFile(config, JSON.stringify({ driver: driver.dir, 'driver-option': { colour: 'red' } }));
  // A driver that the environment names goes before that of the file.
  const { stdout: refused } = await runv(['--config', config, 'doctor'], { program: UNNAMED });
  expect(refused).toContain("the driver 'small' has no option 'colour'; it has start-limit");
  const bundle = await bundles.bundle({ args: ['sh', '-c', 'echo out; echo err >&2; exit 3'] });
  const run = ['--root', root, '--driver-option', 'start-limit=50', 'run', '--bundle', bundle, 'c1'];
  const said = await runv(run, { cwd: driver.dir, env: { RUNV_DRIVER: './' } });
  await endDaemon(root);
  expect(said).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
});

test('docker runs containers with it: their output and status, volumes, networks, execs, and a pause', async () => {
  await using engine = await startDocker(['--driver', driver.dir]);
  const volume = engine.sandbox.path('volume');
  const script = 'echo written > /v/file; cat /sys/class/net/eth0/mtu; exit 4';
  const once = await engine.run(['--rm', '-v', `${volume}:/v`], 'sh', '-c', script);
  expect(once).toEqual({ stdout: '1500\n', stderr: '', exitCode: 4 });
  expect(await readFile(join(volume, 'file'), 'utf8')).toBe('written\n');

  const serve = 'echo hello > /tmp/index.html; httpd -f -p 80 -h /tmp';
  const { exitCode, stderr } = await engine.run(['-d', '--name', 'web', '-p', '8080:80'], 'sh', '-c', serve);
  expect(exitCode, stderr).toBe(0);
  expect(await engine.cli('exec', 'web', 'sh', '-c', 'echo $((6 * 7))')).toMatchObject({ stdout: '42\n', exitCode: 0 });
  for (const command of ['pause', 'unpause']) expect((await engine.cli(command, 'web')).exitCode).toBe(0);
  const fetch = ['busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/index.html'];
  expect(await engine.sandbox.run(fetch)).toMatchObject({ stdout: 'hello\n' });
  expect((await engine.cli('rm', '-f', 'web')).exitCode).toBe(0);
});
