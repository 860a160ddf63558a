/** Pods of a kubelet whose containerd, daemon, shim or VM is killed. */
import { readFile } from 'node:fs/promises';
import { CHANNEL, type Cri, openStream, until } from '@runv/testkit';
import { expect, test } from 'vitest';
import { runPod, withCri } from '../support/criPod.ts';

const RUNNING = 1;
const EXITED = 2;
const READY = 0;
const NOT_READY = 1;

let cri: Cri;

withCri((made) => {
  cri = made;
});

test('containerd ends and comes back: pods run on, and are read, entered and stopped', async () => {
  await using pod = await runPod(cri);
  const count = 'trap "exit 5" TERM; n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done';
  const counter = await pod.start('counter', ['sh', '-c', count]);
  const ending = await pod.start('ending', ['sh', '-c', 'while [ ! -e /end ]; do sleep 0.1; done; exit 6']);
  const { ip } = await pod.status();
  await ending.sh('(sleep 1; touch /end) > /dev/null 2>&1 &');
  await cri.restart();
  expect(await pod.status()).toEqual({ state: READY, ip });
  expect(await counter.status()).toMatchObject({ state: RUNNING });
  await until(async () => (await ending.status()).state === EXITED);
  expect(await ending.status()).toMatchObject({ exitCode: 6 });
  const numbers = async () =>
    [...(await readFile(`${pod.logs}/counter.log`, 'utf8')).matchAll(/ F (\d+)$/gm)].map(([, number]) =>
      Number(number),
    );
  const before = (await numbers()).length;
  await until(async () => (await numbers()).length > before + 5);
  expect((await counter.sh('echo in it; exit 4')).stdout).toBe('in it\n');
  const { url } = await cri.client.attach({ container_id: counter.id, stdout: true, stderr: true });
  await using stream = await openStream(cri.sandbox, url);
  await until(() => /^\d+$/m.test(stream.received(CHANNEL.stdout)));
  const later = await pod.start('later', ['sleep', '1000']);
  expect((await later.sh('hostname')).stdout).toBe((await counter.sh('hostname')).stdout);
  expect(await cri.sandbox.machines()).toBe(1);
  await cri.client.stopContainer({ container_id: counter.id, timeout: 60n });
  expect(await counter.status()).toMatchObject({ state: EXITED, exitCode: 5 });
});

test("runv's daemon is killed: the pod runs on, and the next daemon has it", async () => {
  await using pod = await runPod(cri);
  const serve = 'echo served > /tmp/file; exec httpd -f -p 127.0.0.1:8080 -h /tmp';
  const { sh } = await pod.start('main', ['sh', '-c', serve]);
  const boot = 'cat /proc/sys/kernel/random/boot_id';
  const { stdout } = await sh(boot);
  await cri.sandbox.run(['kill', '-KILL', ...(await cri.sandbox.pidsOf('node'))]);
  expect(await sh(boot)).toEqual({ stdout, stderr: '', exitCode: 0 });
  await until(async () => (await pod.fetch(8080)) === 'served\n');
  expect(await cri.sandbox.machines()).toBe(1);
});

test('several pods begin and end at the same time', async () => {
  const pods = await Promise.all(Array.from({ length: 4 }, () => runPod(cri)));
  const containers = await Promise.all(pods.map((pod) => pod.start('main', ['sleep', '1000'])));
  expect(await cri.sandbox.machines()).toBe(4);
  const boots = await Promise.all(containers.map(({ sh }) => sh('cat /proc/sys/kernel/random/boot_id')));
  expect(new Set(boots.map(({ stdout }) => stdout)).size).toBe(4);
  expect(new Set((await Promise.all(pods.map((pod) => pod.status()))).map(({ ip }) => ip)).size).toBe(4);
  await Promise.all(pods.map((pod) => pod.remove()));
});

test("a VM is killed: its pod's containers have ended, and go away", async () => {
  await using pod = await runPod(cri);
  await using other = await runPod(cri);
  const containers = [await pod.start('one', ['sleep', '1000']), await pod.start('two', ['sleep', '1000'])];
  const survivor = await other.start('survivor', ['sleep', '1000']);
  const [first = ''] = await cri.sandbox.machinePids();
  await cri.sandbox.run(['kill', '-KILL', first]);
  for (const { status } of containers) {
    await until(async () => (await status()).state === EXITED);
    expect(await status()).toMatchObject({ exitCode: 137 });
  }
  await until(async () => (await pod.status()).state === NOT_READY);
  expect((await survivor.sh('echo fine')).stdout).toBe('fine\n');
  await expect(pod.start('late', ['true'])).rejects.toThrow('no running task found');
});

test("a pod's shim is killed: its containers have ended, its VM with them, and they go away", async () => {
  await using pod = await runPod(cri);
  const containers = [await pod.start('one', ['sleep', '1000']), await pod.start('two', ['sleep', '1000'])];
  await cri.sandbox.run(['kill', '-KILL', ...(await cri.sandbox.pidsOf('containerd-shim'))]);
  for (const { status } of containers) {
    await until(async () => (await status()).state === EXITED);
    // 255 is containerd's word for one that nobody knows.
    expect([137, 255]).toContain((await status()).exitCode);
  }
  await until(async () => (await pod.status()).state === NOT_READY);
  await until(async () => (await cri.sandbox.machines()) === 0);
});
