/** The real guest, PID 1 built for this host with sanitizers, at the other end of two sockets. */
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { GuestSession, type SessionOptions } from '../../src/index.ts';

const require = createRequire(import.meta.url);
const dist = dirname(require.resolve('@runv/guest'));
const program = join(dist, 'runv-init-host');

/** Test files run at once; only one of them compiles. */
export async function buildGuest(): Promise<void> {
  await execa('flock', [join(dist, '.host-lock'), 'make', '-C', join(dist, '../c'), 'host']);
}

export interface HostGuestOptions extends Partial<SessionOptions> {
  /** Makes it an older guest, as the kernel parameter `hyperstart.version` does. */
  readonly version?: number;
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly stderr: string;
}

export class HostGuest implements AsyncDisposable {
  readonly dir: string;
  readonly control: Socket;
  readonly stdio: Socket;
  readonly #ended: Promise<Ended>;
  readonly #kill: () => void;

  /** Its READY is on the way; nothing has been read yet. */
  static async start({ version }: Pick<HostGuestOptions, 'version'> = {}): Promise<HostGuest> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-session-'));
    await makeRootfs(join(dir, 'share/c1/rootfs'));
    const paths = [join(dir, 'control'), join(dir, 'stdio')];
    const accepted = Promise.all(paths.map(acceptOne));
    const args = ['-fpm', '--kill-child', '--mount-proc', program, '--host', ...paths, join(dir, 'share')];
    const env = {
      ASAN_OPTIONS: 'detect_leaks=1:exitcode=66',
      ...(version === undefined ? {} : { HYPERSTART_VERSION: `${version}` }),
    };
    const child = execa('unshare', args, { reject: false, stdin: 'ignore', env });
    const [control, stdio] = (await accepted) as [Socket, Socket];
    return new HostGuest(dir, control, stdio, child, () => child.kill('SIGKILL'));
  }

  /** A guest with its pod, and the session with it. */
  static async open(options: HostGuestOptions = {}): Promise<HostGuest & { readonly session: GuestSession }> {
    const guest = await HostGuest.start(options);
    const session = await guest.session(options);
    await session.startPod({ hostname: 'pod', shareTag: 'share_dir' });
    return Object.assign(guest, { session });
  }

  private constructor(dir: string, control: Socket, stdio: Socket, ended: Promise<Ended>, kill: () => void) {
    this.dir = dir;
    this.control = control;
    this.stdio = stdio;
    this.#ended = ended;
    this.#kill = kill;
  }

  session(options: Partial<SessionOptions> = {}): Promise<GuestSession> {
    const { control, stdio } = this;
    return GuestSession.open({ control, stdio, guest: 'booting', readyTimeoutMs: 30_000, ...options });
  }

  get rootfs(): string {
    return join(this.dir, 'share/c1/rootfs');
  }

  /** As a VM that is gone from one moment to the next. */
  async kill(): Promise<void> {
    this.#kill();
    await this.#ended;
  }

  /** Fails when the guest, having been told to end, did not do so well, or a sanitizer had anything to say. */
  async endedWell(): Promise<void> {
    const { exitCode, stderr } = await this.#ended;
    if (exitCode !== 0 || /Sanitizer|runtime error/.test(stderr)) {
      throw new Error(`the guest ended with ${exitCode}: ${stderr}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.control.destroy();
    this.stdio.destroy();
    await rm(this.dir, { recursive: true, force: true });
  }
}

async function makeRootfs(rootfs: string): Promise<void> {
  await mkdir(join(rootfs, 'bin'), { recursive: true });
  await cp('/bin/busybox', join(rootfs, 'bin/busybox'));
  const { stdout } = await execa('/bin/busybox', ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== 'busybox');
  await Promise.all(applets.map((name) => symlink('busybox', join(rootfs, 'bin', name))));
}

function acceptOne(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      server.close();
      resolve(socket);
    });
    server.once('error', reject);
    server.listen(path);
  });
}
