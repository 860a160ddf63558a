// The order of PID 1's sources: no folder includes one above it, no file includes itself in the end, and the README maps all.
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folders, type Include, includesOf, readmeMap, sourceFiles } from './support/sources.ts';

const files = await sourceFiles();
const includes = (await Promise.all(files.map(includesOf))).flat();

describe('an include', () => {
  it('names a file by its path from c/', () => {
    expect(includes.filter(({ included }) => !files.includes(included)).map(explain)).toEqual([]);
  });

  it('goes to its own folder or to a lower one', () => {
    expect(upward(includes)).toEqual([]);
    expect(upward([{ file: 'base/json.c', included: 'spec/hooks.h' }])).toEqual([
      'base/json.c includes "spec/hooks.h", and base/ is below spec/',
    ]);
  });

  it('leads to no circle', () => {
    expect(circles(includes)).toEqual([]);
    const circle = [
      { file: 'base/json.h', included: 'base/loop.h' },
      { file: 'base/loop.c', included: 'base/json.h' },
    ];
    expect(circles(circle)).toEqual(['base/json.h includes "base/loop.h", base/loop.c includes "base/json.h"']);
  });
});

describe('a folder', () => {
  it('has its place in the order', () => {
    expect([...new Set(files.map(dirname))].sort()).toEqual([...folders].sort());
  });
});

describe('the map in the README', () => {
  it('has the folders in their order', () => {
    expect(readmeMap().map(({ folder }) => folder)).toEqual(folders);
  });

  it.each(folders)('names every file of %s, and no other', (folder) => {
    const named = readmeMap().find((item) => item.folder === folder)?.files ?? [];
    const there = files.filter((file) => dirname(file) === folder).map((file) => moduleOf(file).replace(/^.*\//, ''));
    expect([...named].sort()).toEqual([...new Set(there)].sort());
  });
});

function explain({ file, included }: Include): string {
  return `${file} includes "${included}"`;
}

function upward(all: readonly Include[]): string[] {
  const place = (file: string) => (folders as readonly string[]).indexOf(dirname(file));
  return all
    .filter(({ file, included }) => place(included) > place(file))
    .map((include) => `${explain(include)}, and ${dirname(include.file)}/ is below ${dirname(include.included)}/`);
}

/** A header and its source are one module: what either includes, the module needs. */
function moduleOf(file: string): string {
  return file.replace(/\.[ch]$/, '');
}

/** The includes of each circle of modules, one after the other. */
function circles(all: readonly Include[]): string[] {
  const needs = new Map<string, Include[]>();
  for (const include of all) {
    const module = moduleOf(include.file);
    if (module !== moduleOf(include.included)) needs.set(module, [...(needs.get(module) ?? []), include]);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (module: string, path: readonly Include[]): void => {
    const start = path.findIndex(({ file }) => moduleOf(file) === module);
    if (start >= 0) found.push(path.slice(start).map(explain).join(', '));
    if (start >= 0 || done.has(module)) return;
    for (const include of needs.get(module) ?? []) follow(moduleOf(include.included), [...path, include]);
    done.add(module);
  };
  for (const module of needs.keys()) follow(module, []);
  return found;
}
