// A supervisor with real VMs in a directory of its own, and containers on a busybox rootfs.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { newFromConfigs } from '@runv/factory';
import { GUEST_KERNELS, guestImages } from '@runv/guest';
import { driverUnderTest } from '@runv/testkit';
import pino from 'pino';
import { type Container, type CreateContainerRequest, GUEST, type StdioRequest, Supervisor } from '../../src/index.ts';

const APPLETS = 'sh echo cat true sleep ip ping ping6 wget httpd sha256sum head grep'.split(' ');

export interface Place extends AsyncDisposable {
  readonly dir: string;
  readonly supervisor: Supervisor;
  /** A running container that sleeps. */
  container(
    id: string,
    more?: Partial<CreateContainerRequest> & { namespaces?: object[]; args?: string[] },
  ): Promise<Container>;
  /** Runs a shell in it; gives its stdout, or fails with all it said. */
  sh(container: Container, script: string): Promise<string>;
}

export async function makePlace(kernel?: 'stock' | 'minimal'): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-net-'));
  await makeRootfs(join(dir, 'rootfs'));
  const vmRoot = join(dir, 'vm');
  const onError = (error: unknown) => {
    throw error;
  };
  const driver = await driverUnderTest();
  const images = await guestImages(kernel === undefined ? GUEST_KERNELS.get(driver.info.guest) : { kernel });
  const factory = await newFromConfigs({
    ...{ driver, vmRoot, guest: GUEST, templateRoot: dir, onError },
    ...images,
  });
  const supervisor = await Supervisor.open({
    stateDir: join(dir, 'state'),
    eventLogDir: join(dir, 'log'),
    ...{ factory, vmRoot, defaultCpus: 1, defaultMemoryMiB: 128, socket: join(dir, 'none.sock') },
    logger: pino({ level: 'silent' }),
  });
  let execs = 0;
  const place: Place = {
    dir,
    supervisor,
    async container(id, { namespaces = [], args = ['sleep', '100000'], ...more } = {}) {
      const bundlePath = join(dir, id);
      await mkdir(bundlePath);
      const process = { cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 }, args };
      const config = { ociVersion: '1.0.2', root: { path: join(dir, 'rootfs') }, process, linux: { namespaces } };
      await writeFile(join(bundlePath, 'config.json'), JSON.stringify(config));
      const stdio = capture().request;
      return await supervisor.createContainer({ id, bundlePath, stdio, start: true, keep: false, ...more });
    },
    async sh(container, script) {
      const exec = capture();
      // The shell says its status itself, after its last word.
      const args = ['sh', '-c', `(${script})\necho "status $?"`];
      await supervisor.addProcess(container.id, {
        process: { ...container.initSpec, id: `sh${execs++}`, args },
        stdio: exec.request,
      });
      exec.stdin.end();
      const [out, err] = await exec.said;
      const status = out.lastIndexOf('status ');
      if (out.slice(status) !== 'status 0\n') throw new Error(`${script}: ${out}${err}`);
      return out.slice(0, status);
    },
    async [Symbol.asyncDispose]() {
      await supervisor.close();
      await factory[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
  return place;
}

/** Streams of the test's own in place of a client's FIFOs. */
export function capture() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const request: StdioRequest = {
    paths: { stdin: '', stdout: '', stderr: '' },
    open: async () => ({ stdin, stdout, stderr }),
  };
  const said = Promise.all([text(stdout), text(stderr)]);
  // Streams that no process got are destroyed.
  said.catch(() => {});
  return { request, stdin, said };
}

export async function makeRootfs(rootfs: string): Promise<void> {
  await mkdir(join(rootfs, 'bin'), { recursive: true });
  await cp('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const applet of APPLETS) await symlink('busybox', join(rootfs, 'bin', applet));
}
