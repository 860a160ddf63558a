// A directory for jails, and shells in them.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type JailDescriptor, type JailedProcess, type JailPath, startJailed } from '../../src/index.ts';

export const USER = 0x7000_1234;

const SYSTEM: readonly JailPath[] = [
  ...['/usr', '/bin', '/lib', '/lib64'].map((path) => ({ kind: 'read-only', path }) as const),
  { kind: 'data', path: '/etc/ld.so.cache' },
  { kind: 'device', path: '/dev/null' },
];

export interface Place extends AsyncDisposable {
  readonly dir: string;
  /** Starts a shell in a jail, whose stderr is what it says. */
  start(script: string, more?: More): Promise<JailedProcess>;
  /** What a shell in a jail says, and how it ends. */
  run(script: string, more?: More): Promise<{ said: string; code: number | null; signal: NodeJS.Signals | null }>;
}

interface More {
  readonly status?: string;
  readonly paths?: readonly JailPath[];
  readonly descriptors?: readonly JailDescriptor[];
  readonly cgroups?: readonly string[];
  readonly jail?: undefined;
}

export async function makePlace(jailPath: string): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-jail-'));
  await mkdir(join(dir, 'root'));
  const started: JailedProcess[] = [];
  const place: Place = {
    dir,
    async start(script, { paths = [], descriptors = [], ...more } = {}) {
      const child = await startJailed({
        program: '/bin/sh',
        args: ['-c', `exec >&2\n${script}`],
        env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
        jail: { root: join(dir, 'root'), user: USER },
        paths: [...SYSTEM, ...paths],
        descriptors,
        jailPath,
        ...more,
      });
      started.push(child);
      return child;
    },
    async run(script, more) {
      const child = await place.start(script, more);
      const [said, end] = await Promise.all([text(child.stderr), child.ended]);
      return { said, ...end };
    },
    async [Symbol.asyncDispose]() {
      for (const child of started) {
        child.kill();
        await child.ended;
      }
      await rm(dir, { recursive: true });
    },
  };
  return place;
}
