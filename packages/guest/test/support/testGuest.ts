// The host's end of a guest's two channels: of PID 1 on this host (start), or of a real VM (bootVm.ts).
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import {
  code,
  creditBit,
  encodeCredit,
  encodeMessage,
  encodeStdio,
  jsonBytes,
  type Message,
  onBytes,
  type StdioFrame,
} from './frames.ts';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const program = join(packageDir, 'dist', 'runv-init-host');
const applets =
  'sh cat echo env readlink head id ls mount printf ps sleep stty touch true tty wc yes kill mkdir dd sync'.split(' ');

/** Test files run at once; only one of them compiles. */
export async function buildHostProgram(): Promise<void> {
  await mkdir(join(packageDir, 'dist'), { recursive: true });
  await execa('flock', [join(packageDir, 'dist', '.host-lock'), 'make', '-C', join(packageDir, 'c'), 'host']);
}

export interface ProcessOptions {
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly ok: boolean;
  readonly payload: Buffer;
  /** Of an ERROR. */
  readonly error: { readonly code: string; readonly message: string };
}

export interface Ending {
  readonly exitCode: number | undefined;
  /** Of a VM: its console. */
  readonly stderr: string;
}

export interface StartOptions {
  /** hyperstart.version */
  readonly version?: number;
  /** Stop after READY. */
  readonly handshake?: boolean;
  /** The stdout credit of each stream. */
  readonly window?: number;
}

interface Child {
  readonly ending: Promise<Ending>;
  readonly kill: () => void;
  readonly pid: number | undefined;
}

export class TestGuest implements AsyncDisposable {
  readonly dir: string;
  /** On this host; its network namespace is the guest's where that is no VM. */
  readonly pid: number | undefined;
  readonly messages: Message[] = [];
  readonly frames: StdioFrame[] = [];
  extended = false;
  /** Give credit for all output as it comes. */
  generous = true;
  readonly #ending: Promise<Ending>;
  readonly #kill: () => void;
  #control: Socket;
  #stdio: Socket;
  #nextId = 1;
  #nextSession = 1n;
  #wake: (() => void)[] = [];
  #ended = false;

  constructor(dir: string, child: Child, control: Socket, stdio: Socket) {
    this.dir = dir;
    this.#ending = child.ending;
    this.#kill = child.kill;
    this.pid = child.pid;
    this.#control = control;
    this.#stdio = stdio;
    this.#listen();
    void child.ending.then(() => {
      this.#ended = true;
      this.#wakeUp();
    });
  }

  #listen(): void {
    onBytes(this.#control, (bytes) => this.#takeMessage(bytes));
    onBytes(this.#stdio, (bytes) => this.#takeFrame(bytes));
    for (const socket of [this.#control, this.#stdio]) socket.on('error', () => {});
  }

  /** The host goes away, stays away until `connectAgain` has given two new channels, and goes on. */
  async reconnect(connectAgain: () => Promise<[control: Socket, stdio: Socket]>): Promise<void> {
    this.#control.destroy();
    this.#stdio.destroy();
    [this.#control, this.#stdio] = await connectAgain();
    this.#listen();
  }

  /** PID 1 on this host, with sanitizers, in pid, mount and network namespaces of its own. */
  static async start(options: StartOptions = {}): Promise<TestGuest> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-guest-'));
    await makeRootfs(join(dir, 'share', 'c1', 'rootfs'));
    const paths = [join(dir, 'control'), join(dir, 'stdio')];
    const accepted = paths.map((path) => acceptOne(path));
    const args = ['-fpmn', '--kill-child', '--mount-proc', program, '--host', ...paths, join(dir, 'share')];
    const child = execa('unshare', args, {
      reject: false,
      stdin: 'ignore',
      env: {
        RUNV_INIT_NETWORK: '1',
        ASAN_OPTIONS: 'detect_leaks=1:exitcode=66',
        UBSAN_OPTIONS: 'print_stacktrace=1',
        ...(options.version === undefined ? {} : { HYPERSTART_VERSION: String(options.version) }),
      },
    });
    const [control, stdio] = await Promise.all(accepted);
    const guest = new TestGuest(
      dir,
      { ending: endingOf(child), kill: () => child.kill('SIGKILL'), pid: child.pid },
      control as Socket,
      stdio as Socket,
    );
    await guest.open(options);
    return guest;
  }

  /** READY, and what the options say. */
  async open(options: StartOptions): Promise<void> {
    await this.message((message) => message.code === code.READY);
    if (options.handshake === false) return;
    if (options.version === undefined) {
      await this.call(code.GETVERSION);
      await this.negotiate(options.window ?? 65536);
    }
    const started = await this.call(code.STARTPOD, { hostname: 'pod', containers: [], shareDir: 'share_dir' });
    if (!started.ok) throw new Error(started.error.message);
  }

  async negotiate(window: number): Promise<Answer> {
    const answer = await this.call(code.NEGOTIATE, { runv: 1, window });
    this.extended = answer.ok;
    return answer;
  }

  get rootfs(): string {
    return join(this.dir, 'share', 'c1', 'rootfs');
  }

  session(): bigint {
    return this.#nextSession++;
  }

  // ---- control

  #takeMessage(bytes: Buffer): number {
    const header = this.extended ? 12 : 8;
    if (bytes.length < header) return 0;
    const length = bytes.readUInt32BE(4);
    if (bytes.length < length) return 0;
    const message = {
      code: bytes.readUInt32BE(0),
      id: this.extended ? bytes.readUInt32BE(8) : 0,
      payload: bytes.subarray(header, length),
    };
    // The ACK of NEGOTIATE may be followed at once by an extended frame; its own framing is the base one.
    this.messages.push(message);
    this.#wakeUp();
    return length;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const call of wake) call();
  }

  /** Waits until `look` gives something; fails when the guest ends first. */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`the guest has ended: ${(await this.#ending).stderr}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Takes the first message that matches. */
  message(matches: (message: Message) => boolean): Promise<Message> {
    return this.until(() => {
      const index = this.messages.findIndex(matches);
      return index < 0 ? undefined : this.messages.splice(index, 1)[0];
    });
  }

  sendRaw(bytes: Buffer): void {
    this.#control.write(bytes);
  }

  sendStdioRaw(bytes: Buffer): void {
    this.#stdio.write(bytes);
  }

  send(messageCode: number, payload: unknown = Buffer.alloc(0), id = this.#nextId++): number {
    const bytes = Buffer.isBuffer(payload) ? payload : jsonBytes(payload);
    this.#control.write(encodeMessage(messageCode, bytes, this.extended ? id : undefined));
    return id;
  }

  async call(messageCode: number, payload?: unknown): Promise<Answer> {
    const id = this.send(messageCode, payload);
    const answer = await this.message(
      (message) => (message.code === code.ACK || message.code === code.ERROR) && (!this.extended || message.id === id),
    );
    const ok = answer.code === code.ACK;
    return {
      ok,
      payload: answer.payload,
      error: ok ? { code: '', message: '' } : JSON.parse(answer.payload.toString('utf8')),
    };
  }

  // ---- processes

  process(args: readonly string[], options: ProcessOptions = {}) {
    return {
      id: 'init',
      terminal: false,
      stdio: Number(this.session()),
      stderr: Number(this.session()),
      args,
      envs: [{ env: 'PATH', value: '/bin' }],
      workdir: '/',
      ...options,
    };
  }

  /** Makes a container on the busybox rootfs. */
  async container(id: string, args: readonly string[], options: ProcessOptions = {}, around: ProcessOptions = {}) {
    const process = this.process(args, options);
    const answer = await this.call(code.NEWCONTAINER, { id, image: 'c1', rootfs: 'rootfs', process, ...around });
    return { answer, stdio: BigInt(process.stdio), stderr: BigInt(process.stderr) };
  }

  async exec(container: string, id: string, args: readonly string[], options: ProcessOptions = {}) {
    const process = this.process(args, { id, ...options });
    const answer = await this.call(code.EXECCMD, { container, process });
    return { answer, stdio: BigInt(process.stdio), stderr: BigInt(process.stderr) };
  }

  /** Waits for the exit event and gives the status. */
  async exit(container: string, process = 'init'): Promise<number> {
    const event = await this.message((message) => {
      if (message.code !== code.PROCESSASYNCEVENT) return false;
      const { container: c, process: p } = JSON.parse(message.payload.toString());
      return c === container && p === process;
    });
    return JSON.parse(event.payload.toString()).status;
  }

  /** Runs a container to its end and gives all it said. */
  async runContainer(id: string, args: readonly string[], options: ProcessOptions = {}, around: ProcessOptions = {}) {
    const { answer, stdio, stderr } = await this.container(id, args, options, around);
    if (!answer.ok) throw new Error(answer.error.message);
    const out = await this.output(stdio);
    const err = stderr === 0n || options.terminal === true ? '' : await this.output(stderr);
    return { status: await this.exit(id), out, err };
  }

  async runExec(container: string, id: string, args: readonly string[], options: ProcessOptions = {}) {
    const { answer, stdio, stderr } = await this.exec(container, id, args, options);
    if (!answer.ok) throw new Error(answer.error.message);
    const out = await this.output(stdio);
    const err = stderr === 0n || options.terminal === true ? '' : await this.output(stderr);
    return { status: await this.exit(container, id), out, err };
  }

  // ---- stdio

  #takeFrame(bytes: Buffer): number {
    if (bytes.length < 12) return 0;
    const length = bytes.readUInt32BE(8);
    if (bytes.length < length) return 0;
    const frame = { session: bytes.readBigUInt64BE(0), data: bytes.subarray(12, length) };
    this.frames.push(frame);
    if (this.extended && this.generous && !(frame.session & creditBit) && frame.data.length > 0) {
      this.credit(frame.session, frame.data.length);
    }
    this.#wakeUp();
    return length;
  }

  stdin(session: bigint, data: Buffer | string): void {
    this.#stdio.write(encodeStdio(session, Buffer.from(data)));
  }

  closeStdin(session: bigint): void {
    this.#stdio.write(encodeStdio(session, Buffer.alloc(0)));
  }

  credit(session: bigint, bytes: number): void {
    this.#stdio.write(encodeCredit(session, bytes));
  }

  /** Everything up to the stream's end of file, a character a byte. */
  async output(session: bigint): Promise<string> {
    await this.until(() => this.frames.find((frame) => frame.session === session && frame.data.length === 0));
    return this.soFar(session);
  }

  soFar(session: bigint): string {
    const own = this.frames.filter((frame) => frame.session === session);
    return Buffer.concat(own.map((frame) => frame.data)).toString('latin1');
  }

  endsOf(session: bigint): number {
    return this.frames.filter((frame) => frame.session === session && frame.data.length === 0).length;
  }

  creditBack(session: bigint): number {
    const own = this.frames.filter((frame) => frame.session === (session | creditBit));
    return own.reduce((sum, frame) => sum + frame.data.readUInt32BE(0), 0);
  }

  // ---- the end

  /** Waits for the guest to end by itself. */
  ended(): Promise<Ending> {
    return this.#ending;
  }

  /** Ends the pod; fails when a sanitizer or the program itself had anything to say. */
  async stop(): Promise<void> {
    const answer = await this.call(code.DESTROYPOD);
    const { exitCode, stderr } = await this.ended();
    if (!answer.ok || exitCode !== 0 || /Sanitizer|runtime error/.test(stderr)) {
      throw new Error(`the guest ended with ${exitCode}: ${stderr}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#ending;
    this.#control.destroy();
    this.#stdio.destroy();
    await rm(this.dir, { recursive: true, force: true });
  }
}

async function endingOf(child: PromiseLike<{ exitCode?: number | undefined; stderr: unknown }>): Promise<Ending> {
  const { exitCode, stderr } = await child;
  return { exitCode, stderr: String(stderr) };
}

/** Busybox and a few of its names. */
export async function makeRootfs(rootfs: string): Promise<void> {
  await mkdir(join(rootfs, 'bin'), { recursive: true });
  await cp('/bin/busybox', join(rootfs, 'bin', 'busybox'));
  for (const name of applets) await symlink('busybox', join(rootfs, 'bin', name));
}

async function acceptOne(path: string): Promise<Socket> {
  const server: Server = createServer();
  const connected = new Promise<Socket>((resolve, reject) => {
    server.once('connection', resolve);
    server.once('error', reject);
  });
  server.listen(path);
  const socket = await connected;
  server.close();
  return socket;
}
