/** Shells in guests as somebody at a terminal has them: tmux types, and tells what is on the screen. */
import { rm } from 'node:fs/promises';
import { BIN, Bundles, type Engine, IMAGE, startDocker, startPodman, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';
import { runv, tempDir } from '../support/runv.ts';

const PROMPT = /\/ # $/;
/**
 * A shell that asks the terminal nothing. busybox's asks at each prompt where the cursor is: what is typed before the answer
 * comes it may drop, and the answer goes to the program that it starts meanwhile.
 */
const SHELL = ['sh', '-c', 'stty -echo echonl; exec sh'];

/** A window of tmux; the server is the test's own and ends with its last window. */
class Terminal implements AsyncDisposable {
  readonly #socket: string;
  private constructor(socket: string) {
    this.#socket = socket;
  }

  static async open(socket: string, command: readonly string[]): Promise<Terminal> {
    const terminal = new Terminal(socket);
    // A shell stays, so that the screen can be read after the command's end.
    const line = `${command.map((word) => `'${word}'`).join(' ')}; echo "ended with $?"; exec cat`;
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', 'sh', '-c', line);
    return terminal;
  }

  async #tmux(...args: string[]): Promise<string> {
    return (await execa('tmux', ['-S', this.#socket, ...args])).stdout;
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** @param keys as tmux names them, such as `C-c` and `Enter` */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press('Enter');
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  async screen(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p')).trimEnd();
  }

  async sees(what: RegExp): Promise<void> {
    let screen = '';
    const signal = AbortSignal.timeout(20_000);
    await until(async () => {
      screen = await this.screen();
      if (signal.aborted) throw new Error(`${what} is not on the screen:\n${screen}`);
      // tmux leaves a line's last spaces out, so a prompt's too.
      return what.test(screen) || what.test(`${screen} `);
    });
  }

  /** Again and again: an engine's client shows what the program says before it listens to sizes, and forgets those that come before. */
  async resizeUntil(columns: number, rows: number, what: RegExp): Promise<void> {
    const changing = setInterval(() => {
      void this.resize(columns + 1, rows).then(() => this.resize(columns, rows));
    }, 500);
    await this.sees(what).finally(() => clearInterval(changing));
  }

  /** As closing the window does: all in it is hung up. */
  async close(): Promise<void> {
    await this.#tmux('kill-pane');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execa('tmux', ['-S', this.#socket, 'kill-server'], { reject: false });
    await rm(this.#socket, { force: true });
  }
}

/** What a shell in a terminal does, whoever has started it. */
async function worksAsATerminal(terminal: Terminal): Promise<void> {
  await terminal.sees(PROMPT);
  // An engine gives the size after the start; without one busybox's stty says nothing on stdout.
  await terminal.enter('until stty size | grep .; do sleep 0.1; done');
  await terminal.sees(/^24 80$/m);

  await terminal.enter('vi /tmp/letter');
  await terminal.sees(/^~[\s\S]*letter/m);
  await terminal.press('i');
  await terminal.enter('Dear reader,');
  await terminal.type('all is well.');
  await terminal.sees(/^Dear reader,\nall is well\.\n~/m);
  await terminal.press('Escape');
  // busybox takes what follows an Escape at once for the rest of a key, and drops it.
  await terminal.sees(/^- \/tmp\/letter/m);
  await terminal.enter(':wq');
  await terminal.sees(PROMPT);
  await terminal.enter('clear; wc -l /tmp/letter; cat /tmp/letter');
  await terminal.sees(/^2 \/tmp\/letter\nDear reader,\nall is well\.\n\/ # $/m);

  await terminal.enter(`clear; sh -c 'trap "stty size" WINCH; echo trapped; while :; do sleep 0.05; done'`);
  await terminal.sees(/^trapped$/m);
  await terminal.resize(100, 30);
  await terminal.sees(/^30 100$/m);
  await terminal.press('C-c');
  await terminal.sees(PROMPT);
  await terminal.enter('clear; stty size');
  await terminal.sees(/^30 100\n\/ # $/m);

  // Said by the job itself: what the shell says is said before there is a job to interrupt or to stop.
  await terminal.enter("clear; sh -c 'echo to interrupt; exec sleep 1000'");
  await terminal.sees(/^to interrupt$/m);
  await terminal.press('C-c');
  await terminal.enter('echo status $?');
  await terminal.sees(/status 130$/m);

  // Another word than before, which may be on the screen until it is cleared.
  await terminal.enter("clear; sh -c 'echo to stop; exec sleep 1001'");
  await terminal.sees(/^to stop$/m);
  await terminal.press('C-z');
  await terminal.sees(/Stopped +sh -c/);
  await terminal.enter('clear; jobs');
  await terminal.sees(/^\[1\]\+ +Stopped +sh -c/m);
  await terminal.enter('clear; fg');
  await terminal.sees(/^sh -c .*sleep 1001/m);
  await terminal.press('C-c');
  await terminal.enter('clear; jobs; echo none left');
  await terminal.sees(/^none left\n\/ # $/);
}

describe('a terminal', () => {
  test('of runv run: full screen, sizes, ^C and job control; a closed window does not end the container, as with runc', async () => {
    await using dir = await tempDir();
    await using bundles = await Bundles.make();
    const root = `${dir.path}/root`;
    const bundle = await bundles.bundle({ args: SHELL, env: ['TERM=xterm'], terminal: true });
    await using _ = { [Symbol.asyncDispose]: () => endDaemon(root) };
    const list = async () => (await runv(['--root', root, 'list', '-q'])).stdout;
    const socket = `${dir.path}/tmux`;
    {
      await using terminal = await Terminal.open(socket, [
        process.execPath,
        BIN,
        '--root',
        root,
        'run',
        '-b',
        bundle,
        'a',
      ]);
      await worksAsATerminal(terminal);
      await terminal.enter('exit 6');
      await terminal.sees(/ended with 6/);
      expect(await list()).toBe('');
    }
    {
      await using terminal = await Terminal.open(socket, [
        process.execPath,
        BIN,
        '--root',
        root,
        'run',
        '-b',
        bundle,
        'b',
      ]);
      await terminal.sees(PROMPT);
      expect(await list()).toBe('b\n');
      await terminal.close();
      // The shell is a PID 1, which a hangup that it has no handler for does not end; with runc neither.
      expect(JSON.parse((await runv(['--root', root, 'state', 'b'])).stdout).status).toBe('running');
      expect((await runv(['--root', root, 'delete', '--force', 'b'])).exitCode).toBe(0);
      expect(await list()).toBe('');
    }
  });

  describe.each([
    ['docker', startDocker, ['--runtime', 'runv'], 5],
    // What podman says of a container that goes with its end, with any runtime.
    ['podman', startPodman, [], 0],
  ])('of %s', (_name, start: () => Promise<Engine>, runtime: string[], attached: number) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
    });
    const line = (...args: string[]) => [...engine.sandbox.enter, ...engine.address, ...args];
    // One key: podman takes the two of its default for such only where it reads them one by one.
    const flags = [...runtime, '--network', 'none', '--name', 'shell', '--detach-keys', 'ctrl-q'];

    test('run -it works as one, with exec -it beside it, and is left and come back to', async () => {
      const [one, two] = [engine.sandbox.path('one'), engine.sandbox.path('two')];
      await using terminal = await Terminal.open(one, line('run', '-it', '--rm', ...flags, IMAGE, ...SHELL));
      await worksAsATerminal(terminal);
      {
        await using beside = await Terminal.open(two, line('exec', '-it', 'shell', ...SHELL));
        await beside.sees(PROMPT);
        await beside.enter('until [ "$(stty size)" = "17 91" ]; do :; done; clear; tty');
        await beside.resizeUntil(91, 17, /^\/dev\/pts\/\d+\n\/ # $/m);
        await beside.enter('exit 3');
        await beside.sees(/ended with 3/);
      }
      await terminal.enter('clear; kept=here; stty size');
      await terminal.sees(/^30 100\n\/ # $/m);
      await terminal.press('C-q');
      await terminal.sees(/ended with 0/);
      expect((await engine.cli('inspect', '-f', '{{.State.Status}}', 'shell')).stdout).toBe('running\n');
      await using again = await Terminal.open(two, line('attach', 'shell'));
      await again.enter('echo still $kept');
      await again.sees(/^still here$/m);
      await again.enter('exit 5');
      await again.sees(new RegExp(`ended with ${attached}`));
      await until(async () => (await engine.cli('ps', '-aq')).stdout === '');
    });
  });
});
