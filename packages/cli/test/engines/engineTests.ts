/** What everybody does with an engine, whichever it is. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { type Engine, leavings, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTerminal } from '../support/inTerminal.ts';

export function engineTests(start: () => Promise<Engine>): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });

  const inspect = async (name: string, format: string) =>
    (await engine.cli('inspect', '--format', format, name)).stdout.trim();
  /** Runs a container in the background until the block ends. */
  const background = async (name: string, flags: readonly string[], ...command: string[]) => {
    const { exitCode, stderr } = await engine.run(['-d', '--name', name, ...flags], ...command);
    expect(exitCode, stderr).toBe(0);
    return { [Symbol.asyncDispose]: async () => void (await engine.cli('rm', '-f', ...engine.atOnce, name)) };
  };
  const logs = async (name: string) => (await engine.cli('logs', name)).stdout;

  describe('run', () => {
    test('passes output, errors, stdin and the exit status on, in a kernel of its own', async () => {
      const said = await engine.run(['--rm'], 'sh', '-c', 'echo out; echo err >&2; exit 3');
      expect(said).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
      expect((await engine.run(['--rm'], 'true')).exitCode).toBe(0);
      const { stdout } = await engine.run(['--rm'], 'cat', '/proc/version');
      expect(stdout).not.toBe(await readFile('/proc/version', 'utf8'));
      const [program = '', ...args] = [...engine.sandbox.enter, ...engine.address];
      const runtime = engine.name === 'docker' ? ['--runtime', 'runv'] : [];
      const flags = ['run', '--rm', '-i', ...runtime, 'localhost/busybox:test', 'sha256sum'];
      const piped = await execa(program, [...args, ...flags], { input: 'x'.repeat(300_000) });
      expect(piped.stdout).toMatch(/^[0-9a-f]{64} /);
    });

    test('of a command that is not there is 127, of one that is killed 137', async () => {
      const { exitCode, stderr } = await engine.run(['--rm'], 'no-such-command');
      expect(stderr).toContain('no-such-command');
      expect(exitCode).toBe(127);
      await using _ = await background('killed', [], 'sleep', '1000');
      expect((await engine.cli('kill', 'killed')).exitCode).toBe(0);
      expect((await engine.cli('wait', 'killed')).stdout.trim()).toBe('137');
    });

    test('takes users, directories, names, variables, limits and capabilities', async () => {
      await writeFile(engine.sandbox.path('variables'), 'SHAPE=round\n');
      const script =
        'id -u; id -g; pwd; hostname; echo $SHAPE $COLOR; ulimit -n; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status';
      const { stdout } = await engine.run(
        [
          ...['--rm', '--user', '12:34', '--workdir', '/tmp', '--hostname', 'box', '--env', 'COLOR=red'],
          ...['--env-file', engine.sandbox.path('variables'), '--ulimit', 'nofile=77:88'],
          ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
        ],
        ...['sh', '-c', script],
      );
      expect(stdout.split('\n')).toEqual([
        ...['12', '34', '/tmp', 'box', 'round red', '77', 'CapEff:\t0000000000000000', 'NoNewPrivs:\t1', ''],
      ]);
    });

    test('forbids the system calls that the engine forbids', async () => {
      const keyring = ['sh', '-c', 'grep -E "^Seccomp:" /proc/self/status; mount -t tmpfs x /tmp || echo forbidden'];
      expect((await engine.run(['--rm'], ...keyring)).stdout).toBe('Seccomp:\t2\nforbidden\n');
      const { stdout } = await engine.run(['--rm', '--security-opt', 'seccomp=unconfined'], ...keyring);
      expect(stdout).toMatch(/^Seccomp:\t0$/m);
    });

    test('mounts volumes, writable or not, single files and tmpfs, and a read-only root', async () => {
      const [volume, file] = [engine.sandbox.path('volume'), engine.sandbox.path('file')];
      await mkdir(volume);
      await writeFile(file, 'from the host\n');
      const flags = ['-v', `${volume}:/rw`, '-v', `${volume}:/ro:ro`, '-v', `${file}:/file`, '--tmpfs', '/scratch'];
      const script = [
        'cat /file; echo written > /rw/new; cat /ro/new; touch /scratch/x && echo scratch',
        'touch /ro/y || echo no; touch /z || echo no; mkfifo /rw/fifo && echo fifo',
      ];
      const { stdout } = await engine.run(['--rm', '--read-only', ...flags], 'sh', '-c', script.join('; '));
      expect(stdout).toBe('from the host\nwritten\nscratch\nno\nno\nfifo\n');
      expect(await readFile(`${volume}/new`, 'utf8')).toBe('written\n');
    });

    test('--init reaps, and a terminal has the size that it is given', async () => {
      const { stdout } = await engine.run(['--rm', '--init'], 'sh', '-c', 'echo $$; (sleep 0.1 &); sleep 0.3; ps');
      expect(Number(stdout.split('\n')[0])).toBeGreaterThan(1);
      const runtime = engine.name === 'docker' ? ['--runtime', 'runv'] : [];
      const script = 'until [ "$(stty size)" = "33 111" ]; do sleep 0.05; done; tty; read line; exit 4';
      const command = ['run', '--rm', '-it', ...runtime, 'localhost/busybox:test', 'sh', '-c', script];
      const typed = await inTerminal([...engine.sandbox.enter, ...engine.address, ...command], '/dev/');
      expect(typed.stdout).toContain('/dev/');
      expect(typed.exitCode).toBe(4);
    });
  });

  describe('a container in the background', () => {
    test('has logs, a pid, statistics and processes; more programs run in it, files are copied both ways', async () => {
      await using _ = await background('web', [], 'sh', '-c', 'echo ready; sleep 1000');
      await until(async () => (await logs('web')) === 'ready\n');
      const pid = Number(await inspect('web', '{{.State.Pid}}'));
      const { stdout: process } = await engine.sandbox.run(['cat', `/proc/${pid}/cmdline`]);
      expect(process).toContain('echo ready; sleep 1000');
      expect((await engine.cli('top', 'web')).stdout).toContain('echo ready; sleep 1000');
      const script = 'echo $COLOR; id -u; pwd; cat /proc/1/cmdline; exit 9';
      const flags = ['exec', '--env', 'COLOR=blue', '--user', '7:8', '--workdir', '/tmp', 'web'];
      const executed = await engine.cli(...flags, 'sh', '-c', script);
      expect(executed.stdout).toBe('blue\n7\n/tmp\nsleep\x001000\0');
      expect(executed.exitCode).toBe(9);
      const missing = await engine.cli('exec', 'web', 'no-such-command');
      expect([126, 127]).toContain(missing.exitCode);
      expect(missing.stderr + missing.stdout).toContain('no-such-command');
      await writeFile(engine.sandbox.path('in'), 'copied\n');
      await engine.cli('cp', engine.sandbox.path('in'), 'web:/tmp/in');
      expect((await engine.cli('exec', 'web', 'cat', '/tmp/in')).stdout).toBe('copied\n');
      expect(existsSync('/tmp/in')).toBe(false);
      await engine.cli('exec', 'web', 'sh', '-c', 'echo back > /tmp/out');
      await engine.cli('cp', 'web:/tmp/out', engine.sandbox.path('out'));
      expect(await readFile(engine.sandbox.path('out'), 'utf8')).toBe('back\n');
      await engine.cli('exec', 'web', 'sh', '-c', 'mkdir -p /tmp/tree/deep; echo leaf > /tmp/tree/deep/leaf');
      await engine.cli('cp', 'web:/tmp/tree', engine.sandbox.path('tree'));
      expect(await readFile(engine.sandbox.path('tree/deep/leaf'), 'utf8')).toBe('leaf\n');
      await engine.cli('cp', engine.sandbox.path('tree'), 'web:/tmp/again');
      expect((await engine.cli('exec', 'web', 'cat', '/tmp/again/deep/leaf')).stdout).toBe('leaf\n');
      const stats = await engine.cli('stats', '--no-stream', '--format', '{{.MemUsage}}', 'web');
      expect(stats.stdout).toMatch(/^[1-9][\d.]* ?[kM]i?B/);
    });

    test('stops in its own time when it is told to, and is killed when it does not', async () => {
      const script = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done';
      await using _ = await background('polite', [], 'sh', '-c', script);
      await until(async () => (await logs('polite')) === 'ready\n');
      await engine.cli('stop', '-t', '60', 'polite');
      expect(await inspect('polite', '{{.State.ExitCode}}')).toBe('5');
      await using __ = await background(
        'deaf',
        [],
        'sh',
        '-c',
        'trap "" TERM; echo ready; while :; do sleep 0.05; done',
      );
      await until(async () => (await logs('deaf')) === 'ready\n');
      await engine.cli('stop', '-t', '1', 'deaf');
      expect(await inspect('deaf', '{{.State.ExitCode}}')).toBe('137');
    });

    test('is started again, paused, and goes on', async () => {
      const beats = engine.sandbox.path('beats');
      await mkdir(beats);
      const script = 'echo up; while :; do echo x >> /beats/file; sleep 0.05; done';
      await using _ = await background('again', ['-v', `${beats}:/beats`], 'sh', '-c', script);
      // A kill at once may come before the first line.
      await until(async () => (await logs('again')) === 'up\n');
      expect((await engine.cli('restart', '-t', '0', 'again')).exitCode).toBe(0);
      await until(async () => (await logs('again')) === 'up\nup\n');
      const beat = async () => (await readFile(`${beats}/file`, 'utf8')).length;
      expect((await engine.cli('pause', 'again')).exitCode).toBe(0);
      expect(await inspect('again', '{{.State.Status}}')).toBe('paused');
      const stands = await beat();
      // Ten of its beats, were it not paused.
      await setTimeout(500);
      expect(await beat()).toBe(stands);
      expect((await engine.cli('unpause', 'again')).exitCode).toBe(0);
      await until(async () => (await beat()) > stands);
      expect((await engine.cli('exec', 'again', 'echo', 'on')).stdout).toBe('on\n');
    });

    test('is committed with all that it has written, while it runs', async () => {
      const script = 'exec 3> /data; seq 100000 >&3; echo written; while :; do sleep 0.05; done';
      await using _ = await background('writer', [], 'sh', '-c', script);
      await until(async () => (await logs('writer')) === 'written\n');
      expect((await engine.cli('commit', '--pause', 'writer', 'committed')).exitCode).toBe(0);
      expect((await engine.cli('run', '--rm', 'committed', 'wc', '-l', '/data')).stdout).toBe('100000 /data\n');
      expect((await engine.cli('rmi', 'committed')).exitCode).toBe(0);
    });

    test('that takes more memory than it may is seen to have been killed for it', async () => {
      await using _ = await background('greedy', ['--memory', '64m'], 'tail', '/dev/zero');
      expect((await engine.cli('wait', 'greedy')).stdout.trim()).toBe('137');
      expect(await engine.sawOom('greedy')).toBe(true);
    });

    test('has the memory and the CPUs that it was given, in its guest and on the host', async () => {
      await using _ = await background('sized', ['--memory', '192m', '--cpus', '1.5'], 'sleep', '1000');
      const script = 'nproc; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max';
      const { stdout } = await engine.cli('exec', 'sized', 'sh', '-c', script);
      expect(stdout).toBe(`2\n${192 * 2 ** 20}\n150000 100000\n`);
      const pid = await inspect('sized', '{{.State.Pid}}');
      const { stdout: groups } = await engine.sandbox.run(['cat', `/proc/${pid}/cgroup`]);
      expect(groups).toContain(`/${engine.cgroups}/`);
    });

    test('has execs that end with their program, and not with what that leaves in the background', async () => {
      await using _ = await background('left', [], 'sleep', '1000');
      // It ends with its container.
      const said = await engine.cli('exec', 'left', 'sh', '-c', 'sleep 1000 & echo own; exit 3');
      expect(said).toMatchObject({ stdout: 'own\n', exitCode: 3 });
    });

    test('has its limits from the memory that it was given, and not from what its VM booted with', async () => {
      await using _ = await background('grown', ['--memory', '512m'], 'sleep', '1000');
      const files = [
        'kernel/threads-max',
        'kernel/pid_max',
        'fs/file-max',
        'net/ipv4/tcp_max_orphans',
        'net/ipv4/tcp_mem',
      ];
      const script = `ulimit -u; cd /proc/sys; cat ${files.join(' ')}; grep MemTotal ../meminfo`;
      const { stdout } = await engine.cli('exec', 'grown', 'sh', '-c', script);
      const [processes, threads, pids, open, orphans, tcp = '', total = ''] = stdout.split('\n');
      expect(processes).toBe('unlimited');
      for (const most of [threads, pids, open, orphans]) expect(Number(most)).toBeGreaterThanOrEqual(65_536);
      const pages = Number(/\d+/.exec(total)) / 4;
      // As the kernel gives it at boot: a sixteenth of the memory.
      expect(Number(tcp.split('\t')[1]) / (pages / 16)).toBeCloseTo(1, 1);
    });

    test('tells what happens to it', async () => {
      await engine.run(['--name', 'told', '--rm'], 'true');
      // To the end of this second, which is how exactly engines take it.
      const until = `${Math.ceil(Date.now() / 1000) + 1}`;
      const filter = ['--filter', 'container=told', '--format', '{{.Status}}'];
      const { stdout } = await engine.cli('events', '--since', '1h', '--until', until, ...filter);
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(['start', engine.name === 'docker' ? 'die' : 'died']));
    });
  });

  describe('networks', () => {
    test('two containers of one reach each other, and a published port is reached from the host and from another machine', async () => {
      expect((await engine.cli('network', 'create', 'blue')).exitCode).toBe(0);
      const serve = 'echo hello > /tmp/index.html; httpd -f -p 80 -h /tmp';
      await using _ = await background('server', ['--network', 'blue', '-p', '8080:80'], 'sh', '-c', serve);
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      const address = await inspect('server', format);
      const script = `until wget -q -O - http://${address}/index.html; do sleep 0.1; done; ping -c 1 ${address} > /dev/null && echo ping`;
      const { stdout } = await engine.run(['--rm', '--network', 'blue', '--cap-add', 'NET_RAW'], 'sh', '-c', script);
      expect(stdout).toBe('hello\nping\n');
      const { stdout: outside } = await engine.sandbox.run([
        'busybox',
        'wget',
        '-q',
        '-O',
        '-',
        'http://127.0.0.1:8080/index.html',
      ]);
      expect(outside).toBe('hello\n');
      // Of another machine, by the engine's address on the network that joins them.
      for (const line of [
        'ip netns add machine',
        'ip link add wire type veth peer name eth0 netns machine',
        'ip address add 203.0.113.1/24 dev wire',
        'ip link set wire up',
        'ip -n machine address add 203.0.113.2/24 dev eth0',
        'ip -n machine link set eth0 up',
      ])
        expect(await engine.sandbox.run(line.split(' '))).toMatchObject({ exitCode: 0 });
      const fetch = 'ip netns exec machine busybox wget -q -O - http://203.0.113.1:8080/index.html';
      expect(await engine.sandbox.run(fetch.split(' '))).toMatchObject({ stdout: 'hello\n' });
    });

    test('a container that joins another’s is in its VM', async () => {
      await using _ = await background('joined', [], 'sleep', '1000');
      const boot = ['cat', '/proc/sys/kernel/random/boot_id'];
      const { stdout: id } = await engine.cli('exec', 'joined', ...boot);
      expect(id).toMatch(/^[0-9a-f-]{36}\n$/);
      expect(await engine.run(['--rm', '--network', 'container:joined'], ...boot)).toEqual({
        ...{ stdout: id, stderr: '', exitCode: 0 },
      });
    });

    test('with IPv6 and another MTU, and a name server that is given', async () => {
      const flags = [
        '--ipv6',
        '--subnet',
        'fd00:5eed::/64',
        '--opt',
        `${engine.name === 'docker' ? 'com.docker.network.driver.' : ''}mtu=1300`,
        'wide',
      ];
      const made = await engine.cli('network', 'create', ...flags);
      expect(made.exitCode, made.stderr).toBe(0);
      const script = 'cat /sys/class/net/eth0/mtu; ip -6 address show dev eth0 scope global';
      const { stdout, stderr } = await engine.run(['--rm', '--network', 'wide'], 'sh', '-c', script);
      expect(stdout, stderr).toMatch(/^1300\n[\s\S]*inet6 fd00:5eed::[0-9a-f:]+\/64/);
      const named = await engine.run(['--rm', '--dns', '192.0.2.53'], 'cat', '/etc/resolv.conf');
      expect(named.stdout).toContain('nameserver 192.0.2.53\n');
    });

    test('none is a loopback, and the host’s is refused with the reason', async () => {
      const { stdout } = await engine.run(
        ['--rm', '--network', 'none', '--cap-add', 'NET_RAW'],
        'sh',
        '-c',
        'ping -c 1 127.0.0.1 && echo links: && ls /sys/class/net',
      );
      expect(stdout).toMatch(/1 packets received[\s\S]*^links:\nlo\n$/m);
      const { exitCode, stderr } = await engine.run(['--rm', '--network', 'host'], 'true');
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('a VM has a network stack of its own');
    });
  });

  test('nothing is left: one after the other, and several at once', async () => {
    const fine = { stdout: '', stderr: '', exitCode: 0 };
    for (let count = 0; count < 50; count += 1) expect(await engine.run(['--rm'], 'true')).toEqual(fine);
    const said = await Promise.all(Array.from({ length: 10 }, () => engine.run(['--rm'], 'true')));
    expect(said).toEqual(Array(10).fill(fine));
    await until(async () => !(await engine.sandbox.processes()).some((line) => line === 'true'));
    await expect.poll(() => leavings(engine)).toEqual([]);
  });
}
