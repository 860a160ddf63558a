/** `runv run --timeline`: where a start's time went, with real VMs. */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { needs } from '@runv/hypervisor/conformance';
import { Bundles, driverUnderTest, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endDaemon } from './support/endDaemon.ts';
import { type CommandResult, runv, tempDir } from './support/runv.ts';

interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly depth: number;
  readonly parent: number | null;
  readonly error?: string;
}

interface Timeline {
  readonly ending: string;
  readonly wholeMs: number;
  readonly phases: readonly Phase[];
}

/** How many starts are looked at: what is in no phase is a gap in each; where a busy machine has a process wait, in some. */
const STARTS = 5;

let dir: Awaited<ReturnType<typeof tempDir>>;
let bundles: Bundles;
let hello: string;
beforeAll(async () => {
  dir = await tempDir();
  bundles = await Bundles.make();
  hello = await bundles.bundle({ args: ['echo', 'hello'] });
});
afterAll(async () => {
  // A daemon that ends with its container takes a moment.
  await until(async () => !(await readdir(dir.path)).some((name) => name.startsWith('runv-namespace-')));
  await bundles[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const inDir = (name: string) => join(dir.path, name);

async function read(name: string): Promise<Timeline> {
  return JSON.parse(await readFile(inDir(name), 'utf8'));
}

function namesOf({ phases }: Timeline, depth: number): string[] {
  return phases.filter((phase) => phase.depth === depth && phase.startMs >= 0).map(({ name }) => name);
}

/** What share of the whole its phases at the top have. */
function sumOf({ phases, wholeMs }: Timeline): number {
  const top = phases.filter(({ depth, startMs }) => depth === 0 && startMs >= 0);
  return top.reduce((sum, { durationMs }) => sum + durationMs, 0) / wholeMs;
}

/** Some starts with one daemon, which ends with them. */
async function timelines(name: string, ...flags: string[]): Promise<Timeline[]> {
  const root = inDir(name);
  const all: Timeline[] = [];
  try {
    for (let index = 0; index < STARTS; index += 1) {
      const [file, id] = [`${name}-${index}.json`, `${name}-${index}`];
      const said = await runv(['--root', root, ...flags, 'run', '--timeline', inDir(file), '-b', hello, id]);
      expect(said).toEqual({ stdout: 'hello\n', stderr: '', exitCode: 0 });
      all.push(await read(file));
    }
    return all;
  } finally {
    await endDaemon(root);
  }
}

/** What share of the whole is in no phase, or in two. */
function leastGap(all: readonly Timeline[]): number {
  return Math.min(...all.map((timeline) => Math.abs(1 - sumOf(timeline))));
}

describe('the phases add up to the whole within 5 %', () => {
  test('of a VM that boots', async () => {
    const all = await timelines('cold');
    for (const timeline of all) {
      expect(timeline.ending).toBe('the first byte');
      const names = timeline.phases.map(({ name }) => name);
      const spawned = expect.stringMatching(/^spawn /);
      expect(names).toEqual(expect.arrayContaining(['boot a VM', spawned, 'the guest boots, to READY']));
      expect(namesOf(timeline, 0)).toEqual(expect.arrayContaining(['get a VM', 'make the container (NEWCONTAINER)']));
      expect(namesOf(timeline, 0)[0]).toBe('the request reaches the daemon');
      expect(namesOf(timeline, 0).at(-1)).toBe("wait for the program's output");
    }
    expect(leastGap(all)).toBeLessThan(0.05);
  });

  test('of a clone of a template', async (context) => {
    needs(context, await driverUnderTest(), 'clone');
    const flags = ['--template', inDir('template')];
    expect((await runv([...flags, 'manage', 'create-template'])).exitCode).toBe(0);
    const all = await timelines('cloned', ...flags);
    const names = all.flatMap(({ phases }) => phases.map(({ name }) => name));
    expect(names).not.toContain('the guest boots, to READY');
    expect(names.includes('load the saved state') || names.includes('take one from the cache')).toBe(true);
    expect(leastGap(all)).toBeLessThan(0.05);
  });
});

describe('with a daemon of its own', () => {
  const solo = (...flags: string[]): Promise<CommandResult> =>
    runv(['--root', inDir('root'), 'run', '--solo-namespaced', ...flags]);

  test('the daemon that ends with its container has told all of it; its start comes before the request', async () => {
    const said = await solo('--timeline', inDir('solo.json'), '-b', hello, 'solo');
    expect(said).toEqual({ stdout: 'hello\n', stderr: '', exitCode: 0 });
    const timeline = await read('solo.json');
    expect(namesOf(timeline, 0)).toEqual(expect.arrayContaining(['get a VM', 'write state and event']));
    const daemon = timeline.phases.find(({ name }) => name === 'find or start the daemon');
    expect(daemon?.startMs).toBeLessThan(0);
  });

  test('a program without output: to its end', async () => {
    const bundle = await bundles.bundle({ args: ['sh', '-c', 'exit 3'] });
    expect(await solo('--timeline', inDir('quiet.json'), '-b', bundle, 'quiet')).toMatchObject({
      exitCode: 3,
      stderr: '',
    });
    expect((await read('quiet.json')).ending).toBe("the program's end");
  });

  test('a start that fails: to the failure, with what failed', async () => {
    const bundle = await bundles.bundle({ args: ['no-such-program'] });
    const said = await solo('--timeline', inDir('failed.json'), '-b', bundle, 'failed');
    expect(said).toMatchObject({ stdout: '', exitCode: 1 });
    expect(said.stderr).toMatch(/^runv: .*no-such-program.*\n$/);
    const timeline = await read('failed.json');
    expect(timeline.ending).toBe('the failure');
    const failed = timeline.phases.filter(({ error }) => error !== undefined);
    expect(failed).toMatchObject([
      { name: 'make the container (NEWCONTAINER)', error: expect.stringContaining('no-such-program') },
    ]);
    expect(namesOf(timeline, 0)).toContain('take back what was done');
  });

  test('a picture, of a start that is left running', async () => {
    const bundle = await bundles.bundle({ args: ['sleep', '100000'] });
    const said = await solo('--detach', '--timeline', inDir('left.svg'), '-b', bundle, 'left');
    expect(said).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const svg = await readFile(inDir('left.svg'), 'utf8');
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    for (const name of ['boot a VM', 'start the program (STARTCONTAINER)']) expect(svg).toContain(`>${name}</text>`);
    expect((await runv(['--root', inDir('root'), 'delete', '--force', 'left'])).exitCode).toBe(0);
  });

  test('nothing of OpenTelemetry is loaded where nobody asks for it, in the command or its daemon', async () => {
    expect(await loadedFor('plain')).toEqual([0, 0]);
    const [least] = (await loadedFor('asked', '--timeline', inDir('asked.json'))).sort();
    expect(least).toBeGreaterThan(0);
  });

  /** How many files with something of OpenTelemetry's the command and its daemon had loaded when they ended. */
  async function loadedFor(id: string, ...flags: string[]): Promise<number[]> {
    const [hook, list] = [inDir(`${id}.cjs`), inDir(`${id}.loaded`)];
    await writeFile(
      hook,
      `const { appendFileSync, readFileSync } = require('node:fs');
      const isTelemetry = (file) => file !== __filename && readFileSync(file, 'utf8').includes('/node_modules/@opentelemetry/');
      process.on('exit', () => {
        appendFileSync(${JSON.stringify(list)}, Object.keys(require.cache).filter(isTelemetry).length + '\\n');
      });`,
    );
    const args = ['--root', inDir('root'), 'run', '--solo-namespaced', ...flags, '-b', hello, id];
    expect((await runv(args, { env: { NODE_OPTIONS: `--require ${hook}` } })).exitCode).toBe(0);
    const lines = async () => (await readFile(list, 'utf8')).split('\n').slice(0, -1);
    await until(async () => (await lines()).length === 2);
    return (await lines()).map(Number);
  }

  test('a daemon whose environment names a collector exports its phases', async () => {
    const names: string[] = [];
    const paths = new Set<string | undefined>();
    const collector = createServer(async (request, response) => {
      paths.add(request.url);
      const { resourceSpans } = (await json(request)) as { resourceSpans: { scopeSpans: { spans: Phase[] }[] }[] };
      names.push(
        ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans.map(({ name }) => name)),
      );
      response.end('{}');
    });
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const { port } = collector.address() as AddressInfo;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const args = ['--root', inDir('root'), 'run', '--solo-namespaced', '-b', hello, 'exported'];
    expect(await runv(args, { env })).toEqual({ stdout: 'hello\n', stderr: '', exitCode: 0 });
    await until(() => names.includes('/runv.Control/Create'));
    collector.closeAllConnections();
    collector.close();
    expect([...paths]).toEqual(['/v1/traces']);
    const spawned = expect.stringMatching(/^spawn /);
    expect(names).toEqual(expect.arrayContaining(['get a VM', spawned, 'the guest boots, to READY']));
  });
});
