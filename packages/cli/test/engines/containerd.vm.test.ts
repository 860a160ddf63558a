/** `ctr run --runc-binary runv`, with Debian's containerd. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Containerd, cgroupsIn, IMAGE, startContainerd, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTerminal } from '../support/inTerminal.ts';

let containerd: Containerd;

beforeAll(async () => {
  containerd = await startContainerd();
});

afterAll(async () => {
  await containerd[Symbol.asyncDispose]();
});

/** A task in the background until the block ends; what it prints is lost. */
async function background(id: string, flags: readonly string[], ...command: string[]) {
  const { exitCode, stderr } = await containerd.run(['--detach', '--null-io', ...flags], id, ...command);
  expect(exitCode, stderr).toBe(0);
  return {
    [Symbol.asyncDispose]: async () => {
      await containerd.ctr('task', 'rm', '--force', id);
      await containerd.ctr('container', 'rm', id);
    },
  };
}

async function task(id: string): Promise<{ pid: number; status: string }> {
  const { stdout } = await containerd.ctr('task', 'ls');
  const [, pid, status = ''] = new RegExp(`^${id} +(\\d+) +(\\w+)`, 'm').exec(stdout) ?? [];
  return { pid: Number(pid), status };
}

describe('ctr run', () => {
  test('passes output, errors, stdin and the exit status on, in a kernel of its own', async () => {
    const said = await containerd.run(['--rm'], 'one', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(said).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
    expect((await containerd.run(['--rm'], 'one', 'true')).exitCode).toBe(0);
    const { stdout } = await containerd.run(['--rm'], 'one', 'cat', '/proc/version');
    expect(stdout).not.toBe(await readFile('/proc/version', 'utf8'));
    const line = [...containerd.address, 'run', '--rm', ...containerd.flags, IMAGE, 'piped', 'sha256sum'];
    // Of less than its pipes hold ctr forgets the end, with any runtime, when that comes before the container was created.
    const piped = await containerd.sandbox.run(line, { input: 'x'.repeat(2_000_000) });
    expect(piped.stdout).toMatch(/^[0-9a-f]{64} /);
  });

  test('of a command that is not there says so and leaves nothing', async () => {
    const { exitCode, stderr } = await containerd.run(['--rm'], 'missing', 'no-such-command');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('exec: "no-such-command": executable file not found in $PATH');
    expect((await containerd.ctr('container', 'ls', '-q')).stdout).toBe('');
  });

  test('takes directories, variables, capabilities, mounts and a read-only root', async () => {
    const [volume, file] = [containerd.sandbox.path('volume'), containerd.sandbox.path('file')];
    await mkdir(volume);
    await writeFile(file, 'from the host\n');
    await writeFile(containerd.sandbox.path('variables'), 'SHAPE=round\n');
    const script = [
      'pwd; echo $SHAPE $COLOR; grep CapEff /proc/self/status; cat /file',
      'echo written > /rw/new; touch /file || echo no; touch /z || echo no',
    ];
    const { stdout } = await containerd.run(
      [
        ...['--rm', '--cwd', '/tmp', '--env', 'COLOR=red', '--read-only', '--cap-drop', 'CAP_CHOWN'],
        ...['--env-file', containerd.sandbox.path('variables')],
        ...['--mount', `type=bind,src=${volume},dst=/rw,options=rbind:rw`],
        ...['--mount', `type=bind,src=${file},dst=/file,options=rbind:ro`],
      ],
      ...['taking', 'sh', '-c', script.join('; ')],
    );
    expect(stdout).toBe('/tmp\nround red\nCapEff:\t00000000a80425fa\nfrom the host\nno\nno\n');
    expect(await readFile(`${volume}/new`, 'utf8')).toBe('written\n');
  });

  test('has the memory and the CPUs that it was given, a filter, and tmpfs', async () => {
    const script =
      'nproc; cd /sys/fs/cgroup; cat memory.max cpu.max; grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status';
    const { stdout, stderr } = await containerd.run(
      [
        ...['--rm', '--memory-limit', `${192 * 2 ** 20}`, '--cpus', '1.5', '--seccomp'],
        ...['--mount', 'type=tmpfs,src=tmpfs,dst=/scratch,options=size=1m'],
        ...['--mount', 'type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro'],
      ],
      ...['sized', 'sh', '-c', `${script}; df -k /scratch | tail -n 1`],
    );
    expect(stdout, stderr).toMatch(
      /^2\n201326592\n150000 100000\nNoNewPrivs:\t1\nSeccomp:\t2\ntmpfs +1024 +0 +1024 +0% \/scratch\n$/,
    );
  });

  test('a terminal has the size that it is given', async () => {
    const script = 'until [ "$(stty size)" = "33 111" ]; do sleep 0.05; done; tty; read line; exit 4';
    const command = ['run', '--rm', '--tty', ...containerd.flags, IMAGE, 'terminal', 'sh', '-c', script];
    const typed = await inTerminal([...containerd.sandbox.enter, ...containerd.address, ...command], '/dev/');
    expect(typed.stdout).toContain('/dev/');
    expect(typed.exitCode).toBe(4);
  });
});

describe('a task in the background', () => {
  test('runs more programs, is paused and resumed, has metrics, and is killed', async () => {
    await using _ = await background('web', ['--memory-limit', `${192 * 2 ** 20}`], 'sleep', '1000');
    const { pid, status } = await task('web');
    expect(status).toBe('RUNNING');
    const { stdout: command } = await containerd.sandbox.run(['cat', `/proc/${pid}/cmdline`]);
    expect(command).toBe('sleep\x001000\0');
    const { stdout: groups } = await containerd.sandbox.run(['cat', `/proc/${pid}/cgroup`]);
    expect(groups).toContain(`/${containerd.cgroups}/web`);
    const exec = ['task', 'exec', '--exec-id', 'more', '--user', '7:8', '--cwd', '/tmp', 'web'];
    const executed = await containerd.ctr(...exec, 'sh', '-c', 'id -u; pwd; cat /proc/1/cmdline; exit 9');
    expect(executed).toMatchObject({ stdout: '7\n/tmp\nsleep\x001000\0', exitCode: 9 });
    const shell = ['task', 'exec', '--exec-id', 'shell', '--tty', 'web', 'sh', '-c', 'tty; read line'];
    const typed = await inTerminal([...containerd.sandbox.enter, ...containerd.address, ...shell], '/dev/pts/');
    expect(typed.stdout).toContain('/dev/pts/');
    const missing = await containerd.ctr('task', 'exec', '--exec-id', 'none', 'web', 'no-such-command');
    expect(missing.stderr).toContain('exec: "no-such-command": executable file not found');
    await containerd.ctr('task', 'pause', 'web');
    expect((await task('web')).status).toBe('PAUSED');
    await containerd.ctr('task', 'resume', 'web');
    expect((await task('web')).status).toBe('RUNNING');
    expect((await containerd.ctr('task', 'metrics', 'web')).stdout).toMatch(/^memory\.usage_in_bytes +[1-9]/m);
    expect((await containerd.ctr('task', 'ps', 'web')).stdout).toContain(`${pid}`);
    await containerd.ctr('task', 'kill', '--signal', 'SIGKILL', 'web');
    await until(async () => (await task('web')).status === 'STOPPED');
    expect((await containerd.ctr('task', 'rm', 'web')).stderr).toContain('exit code 137');
  });

  test('ends by its own handler of SIGTERM', async () => {
    const script = 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.05; done';
    await using _ = await background('polite', [], 'sh', '-c', script);
    const look = () => containerd.ctr('task', 'exec', '--exec-id', `look-${Date.now()}`, 'polite', 'ls', '/ready');
    await until(async () => (await look()).exitCode === 0);
    await containerd.ctr('task', 'kill', '--signal', 'SIGTERM', 'polite');
    await until(async () => (await task('polite')).status === 'STOPPED');
    expect((await containerd.ctr('task', 'rm', 'polite')).stderr).toContain('exit code 5');
  });

  test('that takes more memory than it may is an oom event', async () => {
    const events = containerd.sandbox.path('events.log');
    await containerd.sandbox.start('events', [...containerd.address, 'events']);
    await containerd.ctr('namespace', 'label', 'default', 'heard=yes');
    await until(async () => {
      await containerd.ctr('namespace', 'label', 'default', `heard=${Date.now()}`);
      return (await readFile(events, 'utf8')).includes('/namespaces/update');
    });
    await using _ = await background('greedy', ['--memory-limit', `${64 * 2 ** 20}`], 'tail', '/dev/zero');
    await until(async () => (await task('greedy')).status === 'STOPPED');
    await until(async () => (await readFile(events, 'utf8')).includes('/tasks/exit {"container_id":"greedy"'));
    expect(await readFile(events, 'utf8')).toContain('/tasks/oom {"container_id":"greedy"}');
  });

  test('in a network namespace has what that has, and reaches another', async () => {
    const ip = [
      'link add br0 type bridge',
      'link set br0 up',
      ...['a', 'b'].flatMap((name, index) => [
        `netns add ${name}`,
        `link add veth-${name} type veth peer name eth0 netns ${name}`,
        `link set veth-${name} master br0 up`,
        `-n ${name} address add 10.8.0.${index + 1}/24 dev eth0`,
        `-n ${name} link set eth0 up`,
        `-n ${name} link set lo up`,
      ]),
    ];
    for (const line of ip)
      expect(await containerd.sandbox.run(['ip', ...line.split(' ')])).toMatchObject({ exitCode: 0 });
    const joined = (name: string) => ['--with-ns', `network:/run/netns/${name}`];
    const serve = 'echo hello > /tmp/index.html; httpd -f -p 80 -h /tmp';
    await using _ = await background('server', joined('a'), 'sh', '-c', serve);
    const script = 'until wget -q -O - http://10.8.0.1/index.html; do sleep 0.1; done; ip -o address show dev eth0';
    const { stdout } = await containerd.run(['--rm', ...joined('b')], 'client', 'sh', '-c', script);
    expect(stdout).toMatch(/^hello\n.*inet 10\.8\.0\.2\/24/);
    const host = await containerd.run(['--rm', '--net-host'], 'host', 'true');
    expect(host.exitCode).toBe(1);
    expect(host.stderr).toContain('a VM has a network stack of its own');
  });
});

test('nothing is left: one after the other, and several at once', async () => {
  const fine = { stdout: '', stderr: '', exitCode: 0 };
  for (let count = 0; count < 50; count += 1) expect(await containerd.run(['--rm'], 'again', 'true')).toEqual(fine);
  const ids = Array.from({ length: 10 }, (_, index) => `at-once-${index}`);
  expect(await Promise.all(ids.map((id) => containerd.run(['--rm'], id, 'true')))).toEqual(ids.map(() => fine));
  expect((await containerd.ctr('container', 'ls', '-q')).stdout).toBe('');
  await until(async () => !(await containerd.sandbox.processes()).some((line) => line === 'true'));
  // The template's clone that is ready for the next one.
  await until(async () => (await containerd.sandbox.machines()) <= 1);
  expect((await containerd.sandbox.mounts()).filter((line) => line.includes('/share/c'))).toEqual([]);
  expect((await containerd.sandbox.links()).filter((name) => /^(tap|runv)/.test(name))).toEqual([]);
  expect((await cgroupsIn(containerd.cgroups)).filter((name) => /^(again|at-once)/.test(name))).toEqual([]);
});
