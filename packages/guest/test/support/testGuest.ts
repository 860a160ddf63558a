// The host's end of a guest's two channels: of PID 1 on this host (start), or of a real VM (bootVm.ts).
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import {
  code,
  encodeMark,
  encodeMessage,
  encodeStdio,
  jsonBytes,
  type Message,
  markBit,
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
  /** How much output of each stream may be under way. */
  readonly window?: number;
  /** On this host: connect again when the host has gone. */
  readonly reconnect?: boolean;
  /** STARTPOD sets a token (true). */
  readonly token?: boolean;
}

/** A process in the answer to LIST. */
interface ListedProcess {
  readonly container: string;
  readonly id: string;
  readonly pid: number;
  readonly state: string;
  readonly status: number;
  readonly exitTaken: boolean;
  readonly stdio: number;
  readonly stderr: number;
  readonly terminal: boolean;
  readonly received: number;
  readonly taken: number;
  readonly inputEnded: boolean;
  readonly stdoutPassed: number;
  readonly stdoutEnded: boolean;
  readonly stderrPassed: number;
  readonly stderrEnded: boolean;
}

export interface Listing {
  readonly containers: readonly { readonly id: string; readonly frozen: boolean }[];
  readonly processes: readonly ListedProcess[];
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
  /** Passes on all output as it comes. */
  generous = true;
  /** What the guest says first to a host that comes back. */
  token = randomBytes(16);
  readonly #awaitsToken = { control: false, stdio: false };
  /** By session: how many bytes of output came, were passed on, and the offset of the next byte on the wire. */
  readonly #got = new Map<bigint, number>();
  readonly #passed = new Map<bigint, number>();
  readonly #at = new Map<bigint, number>();
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
    this.#listenOn(this.#control, (bytes) => this.#takeMessage(bytes));
    this.#listenOn(this.#stdio, (bytes) => this.#takeFrame(bytes));
  }

  #listenOn(socket: Socket, take: (bytes: Buffer) => number): void {
    onBytes(socket, take);
    socket.on('error', () => {});
  }

  /** The host goes away, stays away until `connectAgain` has given two new channels, and goes on. */
  async reconnect(connectAgain: () => Promise<[control: Socket, stdio: Socket]>): Promise<void> {
    this.#control.destroy();
    this.#stdio.destroy();
    [this.#control, this.#stdio] = await connectAgain();
    this.#listen();
  }

  /** The stdio channel alone has no host meanwhile. */
  async withoutStdio(meanwhile: () => Promise<unknown>): Promise<void> {
    this.#stdio.destroy();
    await meanwhile();
    this.#stdio = await acceptOne(join(this.dir, 'stdio'));
    this.#listenOn(this.#stdio, (bytes) => this.#takeFrame(bytes));
  }

  /**
   * Another host comes, for a guest that was started with `reconnect`: it reads the tokens, and says nothing.
   * With `connectAgain` in a VM.
   */
  async comeBack(
    meanwhile: () => Promise<unknown> = async () => {},
    connectAgain: () => Promise<[control: Socket, stdio: Socket]> = () => this.acceptAgain(),
  ): Promise<void> {
    this.#awaitsToken.control = this.#awaitsToken.stdio = true;
    const ended = this.#ending.then(({ exitCode, stderr }): never => {
      throw new Error(`the guest has ended with ${exitCode}: ${stderr}`);
    });
    await this.reconnect(async () => {
      await meanwhile();
      return Promise.race([connectAgain(), ended]);
    });
    await this.until(() => (this.#awaitsToken.control || this.#awaitsToken.stdio ? undefined : true));
  }

  acceptAgain(): Promise<[control: Socket, stdio: Socket]> {
    return Promise.all([acceptOne(join(this.dir, 'control')), acceptOne(join(this.dir, 'stdio'))]);
  }

  /** Drops what comes before the token. */
  #takeToken(port: 'control' | 'stdio', bytes: Buffer): number {
    const found = bytes.indexOf(this.token);
    if (found < 0) return Math.max(0, bytes.length - this.token.length + 1);
    this.#awaitsToken[port] = false;
    this.#wakeUp();
    return found + this.token.length;
  }

  async list(): Promise<Listing> {
    const answer = await this.call(code.LIST);
    if (!answer.ok) throw new Error(answer.error.message);
    return JSON.parse(answer.payload.toString());
  }

  /** Goes on with all streams of the list, from where they are. */
  async resume(list: Listing): Promise<void> {
    for (const process of list.processes) {
      this.#at.set(BigInt(process.stdio), process.stdoutPassed);
      if (process.stderr !== 0) this.#at.set(BigInt(process.stderr), process.stderrPassed);
    }
    const answer = await this.call(code.RESUME);
    if (!answer.ok) throw new Error(answer.error.message);
  }

  /** Reads no more from the stdio port, until another host comes. */
  ignoreStdio(): void {
    this.#stdio.pause();
  }

  /** Closes both ports once what was said has gone out. */
  endBoth(): void {
    this.#control.end();
    this.#stdio.end();
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
        ...(options.reconnect === true ? { RUNV_INIT_RECONNECT: '1' } : {}),
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
    if (options.handshake !== false) await this.startPod(options);
  }

  async startPod(options: StartOptions): Promise<void> {
    if (options.version === undefined) {
      await this.call(code.GETVERSION);
      await this.negotiate(options.window ?? 65536);
    }
    const token = options.token === false ? {} : { token: this.token.toString('hex') };
    const pod = { hostname: 'pod', containers: [], shareDir: 'share_dir', ...token };
    const started = await this.call(code.STARTPOD, pod);
    if (!started.ok) throw new Error(started.error.message);
  }

  async negotiate(window: number): Promise<Answer> {
    const answer = await this.call(code.NEGOTIATE, { runv: 2, window });
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
    if (this.#awaitsToken.control) return this.#takeToken('control', bytes);
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
    if (this.#awaitsToken.stdio) return this.#takeToken('stdio', bytes);
    if (bytes.length < 12) return 0;
    const length = bytes.readUInt32BE(8);
    if (bytes.length < length) return 0;
    const session = bytes.readBigUInt64BE(0);
    const data = bytes.subarray(12, length);
    if (session & markBit) this.frames.push({ session, data });
    else this.#takeOutput(session, data);
    this.#wakeUp();
    return length;
  }

  #takeOutput(session: bigint, data: Buffer): void {
    const at = this.#at.get(session) ?? 0;
    const got = this.#got.get(session) ?? 0;
    if (at > got) throw new Error(`session ${session}: bytes ${got} to ${at} are missing`);
    const fresh = data.subarray(Math.min(data.length, got - at));
    this.#at.set(session, at + data.length);
    this.#got.set(session, got + fresh.length);
    // Bytes that came before the host went are not new.
    if (fresh.length > 0 || data.length === 0) this.frames.push({ session, data: fresh });
    if (this.generous) this.pass(session);
  }

  stdin(session: bigint, data: Buffer | string): void {
    this.#stdio.write(encodeStdio(session, Buffer.from(data)));
  }

  closeStdin(session: bigint): void {
    this.#stdio.write(encodeStdio(session, Buffer.alloc(0)));
  }

  /** Marks so much more of what came as passed on; without a number all of it, and the end if it came. */
  pass(session: bigint, bytes?: number): void {
    const got = this.#got.get(session) ?? 0;
    const passed = bytes === undefined ? got : (this.#passed.get(session) ?? 0) + bytes;
    this.#passed.set(session, passed);
    if (this.extended) this.mark(session, passed, bytes === undefined && this.endsOf(session) > 0);
  }

  mark(session: bigint, passed: number, ended = false): void {
    this.#stdio.write(encodeMark(session, passed, ended ? 1 : 0));
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

  /** The guest's last mark of an input. */
  input(session: bigint): { received: number; taken: number } {
    const mark = this.frames.findLast((frame) => frame.session === (session | markBit));
    if (mark === undefined) return { received: 0, taken: 0 };
    return { received: Number(mark.data.readBigUInt64BE(0)), taken: Number(mark.data.readBigUInt64BE(8)) };
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
