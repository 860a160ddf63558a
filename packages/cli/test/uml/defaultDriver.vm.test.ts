/** The driver that is taken where none is named, and VMs of another one than the daemon's. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probe } from '@runv/driver-loader';
import { Bundles, Daemon, runExec } from '@runv/testkit';
import { expect, test } from 'vitest';
import { runv, tempDir, UNNAMED } from '../support/runv.ts';

const NO_NAME = { program: UNNAMED };

test('doctor says which driver it is, and why, and what takes another; a line of the config file does', async () => {
  await using dir = await tempDir();
  const { accelerator } = (await probe('qemu')).info;
  const [name, why] =
    accelerator === 'kvm'
      ? ['qemu', 'because KVM works']
      : ['uml', 'because KVM does not work here, and its kernel was built'];
  const said = await runv(['doctor'], NO_NAME);
  expect(said.exitCode).toBe(0);
  const words = new RegExp(
    `^ok +driver: ${name} .* the default, ${why}; .*; --driver, or "driver" in .*config.json`,
    'm',
  );
  expect(said.stdout).toMatch(words);
  for (const driver of ['qemu', 'uml']) {
    const config = join(dir.path, 'config.json');
    await writeFile(config, JSON.stringify({ driver }));
    const { stdout } = await runv(['--config', config, 'doctor'], NO_NAME);
    expect(stdout).toMatch(new RegExp(`^ok +driver: ${driver} .*named by --driver ${driver};`, 'm'));
  }
});

test('where templates are asked for by name, it is one that has them', async () => {
  await using dir = await tempDir();
  const template = join(dir.path, 'template');
  expect(await runv(['manage', 'create-template', '--template', template], NO_NAME)).toMatchObject({
    stderr: '',
    exitCode: 0,
  });
});

test.each([
  ['qemu', 'uml'],
  ['uml', 'qemu'],
])('a VM of %s is taken over by a daemon that has %s', async (before, after) => {
  await using bundles = await Bundles.make();
  const killed = await Daemon.start({ env: { RUNV_DRIVER: before } });
  const bundlePath = await bundles.bundle({ args: ['sleep', '100000'] });
  await killed.client.createContainer({ id: 'stays', bundlePath });
  const vms = await killed.vmPids();
  killed.child.kill('SIGKILL');
  await killed.ended;
  killed.client.close();
  await using daemon = await Daemon.start({ dir: killed.dir, env: { RUNV_DRIVER: after } });
  const { stdout } = await runExec(daemon, 'stays', { pid: 'e', args: ['echo', 'here'] });
  expect(stdout.toString()).toBe('here\n');
  expect(await daemon.vmPids()).toEqual(vms);
  await daemon.client.createContainer({ id: 'new', bundlePath });
  for (const id of ['stays', 'new']) await daemon.client.delete({ id, force: true });
});
