/** The report of a real root, and what must not be in it. */
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles } from '@runv/testkit';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { endDaemon } from './support/endDaemon.ts';
import { runv } from './support/runv.ts';

/** Also after a failure. */
async function end(root: string): Promise<void> {
  await runv(['--root', root, 'delete', '--force', 'kept']);
  await endDaemon(root);
}

const SECRET = 'correct-horse-battery';

test('a report has what helps, and no secret of a container or of the host', async () => {
  await using bundles = await Bundles.make();
  const { dir } = bundles;
  const root = join(dir, 'root');
  const bundle = await bundles.bundle({
    args: ['sh', '-c', `echo ${SECRET}-args > /dev/null; sleep 1000`],
    env: [`TOKEN=${SECRET}-env`],
    spec: {
      annotations: { token: `${SECRET}-annotation` },
      hooks: { poststop: [{ path: '/bin/true', args: ['true', `${SECRET}-hook`], env: [`A=${SECRET}-hook-env`] }] },
    },
  });
  await using _daemon = { [Symbol.asyncDispose]: () => end(root) };
  const env = { TOKEN: `${SECRET}-host` };
  const create = ['create', '--bundle', bundle, '--pid-file', join(dir, 'pid'), 'kept'];
  expect(await runv(['--root', root, '--log-level', 'info', ...create], { env })).toMatchObject({ exitCode: 0 });
  expect(await runv(['--root', root, 'start', 'kept'])).toMatchObject({ exitCode: 0 });
  expect(
    await runv(['--root', root, 'exec', '--detach', '--env', `A=${SECRET}-exec`, 'kept', 'sleep', '999']),
  ).toMatchObject({ exitCode: 0 });
  const record = JSON.parse(await readFile(join(root, 'kept/state.json'), 'utf8'));
  const vm: string = record.runv.vm.id;
  const vmDir: string = record.runv.vm.dir;
  // As a program of a guest's, or a message, may have said it.
  await appendFile(
    join(vmDir, 'console.log'),
    `a program prints ${SECRET}-env\n${'x'.repeat(300 << 10)}\nthe console's end\n`,
  );
  await appendFile(join(root, '.daemon/daemon.log'), `{"msg":"${SECRET}-annotation"}\n`);
  // As a hypervisor that a guest has broken into may leave it.
  await writeFile(join(dir, 'of-the-host'), `${SECRET}-file`);
  await rm(join(vmDir, 'link.log'), { force: true });
  await symlink(join(dir, 'of-the-host'), join(vmDir, 'link.log'));
  await mkdir(join(root, 'broken'));
  await writeFile(join(root, 'broken/state.json'), '{"half');
  const file = join(dir, 'report.tar.gz');
  const made = await runv(['--root', root, 'doctor', '--bundle-report', 'report.tar.gz'], { cwd: dir, env });
  expect(made.stderr).toMatch(/^The report is in .*report\.tar\.gz \(\d+ KiB\)/);
  expect(made.stdout).toContain('driver: ');
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const again = await runv(['--root', root, 'doctor', '--bundle-report', file]);
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('EEXIST') });
  const nowhere = await runv(['--root', root, 'doctor', '--bundle-report', join(dir, 'none/report.tar.gz')]);
  expect(nowhere).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be written') });

  const out = join(dir, 'out');
  await mkdir(out);
  await execa('tar', ['--extract', '--gzip', '--file', file, '--directory', out]);
  const grep = await execa('grep', ['--recursive', '--binary-files=text', SECRET, out], { reject: false });
  expect(grep.stdout).toBe('');
  expect(grep.exitCode).toBe(1);
  const read = (name: string) => readFile(join(out, 'runv-report', name), 'utf8');
  const json = async (name: string) => JSON.parse(await read(name));
  expect(await json('containers.json')).toEqual(
    expect.arrayContaining([
      { name: 'broken' },
      {
        name: 'kept',
        record: expect.objectContaining({
          id: 'kept',
          status: 'running',
          annotations: 1,
          poststop: ['/bin/true'],
          vm: record.runv.vm,
        }),
      },
    ]),
  );
  expect(await json('host.json')).toMatchObject({
    runv: expect.stringMatching(/^\d/),
    node: { node: process.versions.node },
    kernel: { release: expect.any(String) },
    flags: { root },
    environment: { PATH: expect.any(String) },
  });
  expect(await json('doctor.json')).toContainEqual(expect.objectContaining({ what: 'driver' }));
  const processes: { kind: string; pid: number; command?: string[] }[] = await json('processes.json');
  const { daemon } = record.runv;
  expect(processes).toContainEqual(
    expect.objectContaining({
      kind: 'daemon',
      pid: daemon.pid,
      command: expect.arrayContaining(['--containerd-dir', daemon.containerdDir]),
    }),
  );
  expect(processes).toContainEqual(expect.objectContaining({ kind: 'vm', pid: record.runv.vm.pid }));
  const shim = processes.find(({ pid }) => pid === record.pid);
  expect(shim).toMatchObject({ kind: 'helper', exe: expect.stringMatching(/runv-shim$/) });
  expect(shim?.command).toBeUndefined();
  const mounts = await json('mounts.json');
  expect(mounts.vms[record.runv.vm.pid].join('\n')).toContain(vmDir);
  expect(await read('daemons/0/events.log')).toContain('"start-container"');
  expect(await read('daemons/0/daemon.log')).toContain('pod is up');
  const console = await read(`daemons/0/vm/${vm}/console.log`);
  expect(console).toMatch(/^\(\d+ bytes before this are left out\)\n/);
  expect(console).toMatch(/the console's end\n$/);
  const { entries } = await json(`daemons/0/vm/${vm}/directory.json`);
  expect(entries).toContainEqual(expect.objectContaining({ name: 'link.log' }));
  const kept = await readdir(join(out, `runv-report/daemons/0/vm/${vm}`));
  expect(kept).toEqual(expect.arrayContaining(['console.log', 'directory.json']));
  expect(kept).not.toContain('link.log');
});

test('a root that nobody has used gives a report as well', async () => {
  await using bundles = await Bundles.make();
  const file = join(bundles.dir, 'report.tar.gz');
  const made = await runv(['--root', join(bundles.dir, 'none'), 'doctor', '--format', 'json', '--bundle-report', file]);
  expect(JSON.parse(made.stdout)).toEqual(expect.arrayContaining([expect.objectContaining({ what: 'Node' })]));
  const { stdout } = await execa('tar', ['--list', '--gzip', '--file', file]);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['runv-report/host.json', 'runv-report/containers.json']));
});
