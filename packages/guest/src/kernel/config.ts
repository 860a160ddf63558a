// What makes the minimal kernel ours: kernel/minimal.config, whether a kernel's own .config has taken it over, and patches.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const configFragment = fileURLToPath(new URL('../../kernel/minimal.config', import.meta.url));

/** Absolute paths of what is changed in the source, in this order. */
export const patches = ['9p-writepages.patch'].map((name) =>
  fileURLToPath(new URL(`../../kernel/${name}`, import.meta.url)),
);

/** Tells configurations, with their patches, apart in the names of what was built. */
export function configHash(): string {
  const hash = createHash('sha256');
  for (const file of [configFragment, ...patches]) hash.update(readFileSync(file));
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
