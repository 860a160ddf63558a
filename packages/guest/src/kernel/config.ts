// What makes a built kernel ours: its configuration, patches and added files, and whether a .config has taken over all of the first.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How a kernel is made from its source. All paths are absolute. */
export interface Recipe {
  readonly kind: 'minimal' | 'uml';
  /** As kbuild names it. */
  readonly architecture: string;
  /** On top of `make tinyconfig`. An option is in one of them only. */
  readonly fragments: readonly string[];
  readonly patches: readonly string[];
  /** Source files that are added in the directory `into` of the source. */
  readonly added: readonly string[];
  readonly into: string;
  /** How far the source may have moved under the patches. */
  readonly fuzz: number;
  /** How many are compiled; only the progress shown depends on it. */
  readonly objects: number;
}

export const MINIMAL: Recipe = {
  kind: 'minimal',
  architecture: 'x86_64',
  fragments: [inKernel('minimal.config'), inKernel('programs.config')],
  patches: [
    ...['writepages', 'page-cache', 'times', 'directories', 'replaced'].map((name) => inKernel(`9p-${name}.patch`)),
    inKernel('drbg.patch'),
  ],
  ...{ added: [], into: '' },
  // Where it does not fit exactly the source is another one, and the patch to be looked at.
  fuzz: 0,
  objects: 1750,
};

export const UML: Recipe = {
  kind: 'uml',
  architecture: 'um',
  fragments: [inKernel('uml/uml.config'), inKernel('programs.config')],
  patches: [inKernel('uml/uml.patch')],
  added: ['hostmem.c', 'hostmem.h', 'hostmon.c', 'hostmon.h', 'hostport.c', 'hosttap.c'].map((name) =>
    inKernel(`uml/${name}`),
  ),
  into: 'arch/um/drivers',
  // Debian's newest source moves on by itself.
  fuzz: 2,
  objects: 1350,
};

function inKernel(name: string): string {
  return fileURLToPath(new URL(`../../kernel/${name}`, import.meta.url));
}

/** Tells recipes apart in the names of what was built. */
export function recipeHash({ fragments, patches, added }: Recipe): string {
  const hash = createHash('sha256');
  for (const file of [...fragments, ...patches, ...added]) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

export interface DroppedOption {
  /** The fragment's line, `CONFIG_PVH=y`. */
  readonly wanted: string;
  /** The same option's line in the .config; undefined when there is none. */
  readonly got: string | undefined;
}

/** Kconfig drops an option whose dependencies are not met, or that it does not know, and only warns. */
export function droppedOptions(fragment: string, config: string): DroppedOption[] {
  const lines = config.split('\n');
  const got = new Map(lines.map((line) => [optionOf(line), line]));
  return fragment.split('\n').flatMap((wanted) => {
    const option = optionOf(wanted);
    return option === undefined || got.get(option) === wanted ? [] : [{ wanted, got: got.get(option) }];
  });
}

function optionOf(line: string): string | undefined {
  return /^(?:# )?(CONFIG_\w+)(?:=| is not set$)/.exec(line)?.[1];
}
