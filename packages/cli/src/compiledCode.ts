/** Caches the code that V8 compiled of the bundle, for the next start. */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { defaultCacheDir } from '@runv/hypervisor';

/** By then a daemon has loaded the code for its first container, in ms. */
const SETTLED_MS = 1000;

/** Where nothing can be cached, each start compiles again. */
export function keepCompiledCode(): void {
  const dir = codeDir();
  if (dir === undefined) return;
  const save = hasCompileCache(nodeModule) ? keepByNode(nodeModule, dir) : keepByHand(dir);
  // Saved early: at a daemon's end, V8 has discarded the code that ran only once, at its start.
  setTimeout(save, SETTLED_MS).unref();
}

/** Undefined where others could change it: a command that needs the cache then says so. */
function codeDir(): string | undefined {
  try {
    return join(defaultCacheDir(), 'code');
  } catch {
    return undefined;
  }
}

/** Node 22.10 and later. */
interface CompileCache {
  enableCompileCache(dir: string): unknown;
  flushCompileCache(): void;
}

function hasCompileCache(module: object): module is CompileCache {
  return 'enableCompileCache' in module && 'flushCompileCache' in module;
}

function keepByNode(module: CompileCache, dir: string): () => void {
  module.enableCompileCache(dir);
  return () => module.flushCompileCache();
}

/** Node's loader calls this with the text of each CommonJS module. Node 20 gets no more changes, so this stays true. */
interface Loader {
  _compile(this: NodeJS.Module, text: string, file: string): unknown;
}

interface Unsaved {
  readonly script: Script;
  readonly file: string;
  readonly target: string;
}

function keepByHand(dir: string): () => void {
  const kept = join(dir, `${process.version}-${process.arch}`);
  const unsaved: Unsaved[] = [];
  const loader = nodeModule.Module.prototype as unknown as Loader;
  const compile = loader._compile;
  loader._compile = function (text, file) {
    // A chunk with a dynamic import is left to Node: a vm.Script cannot import without a flag.
    if (!file.startsWith(`${import.meta.dirname}/`) || text.includes('import(')) return compile.call(this, text, file);
    const target = join(kept, file.replaceAll('/', '!'));
    const cachedData = read(target, stampOf(file));
    const script = new Script(nodeModule.Module.wrap(text), { filename: file, cachedData });
    if (!cachedData || script.cachedDataRejected) unsaved.push({ script, file, target });
    const run = script.runInThisContext() as (...args: unknown[]) => unknown;
    return run.call(this.exports, this.exports, nodeModule.createRequire(file), this, file, dirname(file));
  };
  const save = () => write(unsaved.splice(0));
  process.once('exit', save);
  return save;
}

const STAMP_BYTES = 16;

/** Identifies the state of a file: V8 compares only the text's length, and npm gives every file the same mtime. */
function stampOf(file: string): Buffer {
  const { ctimeNs, size } = statSync(file, { bigint: true });
  const stamp = Buffer.alloc(STAMP_BYTES);
  stamp.writeBigUInt64LE(ctimeNs, 0);
  stamp.writeBigUInt64LE(size, 8);
  return stamp;
}

function read(path: string, stamp: Buffer): Buffer | undefined {
  try {
    const kept = readFileSync(path);
    return kept.subarray(0, STAMP_BYTES).equals(stamp) ? kept.subarray(STAMP_BYTES) : undefined;
  } catch {
    return undefined;
  }
}

function write(all: readonly Unsaved[]): void {
  try {
    for (const { script, file, target } of all) {
      const next = `${target}.${process.pid}`;
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      writeFileSync(next, Buffer.concat([stampOf(file), script.createCachedData()]));
      renameSync(next, target);
    }
  } catch {
    // The disk is full or the cache belongs to someone else: the next start compiles again.
  }
}
