import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { droppedOptions, MINIMAL, UML } from '../../src/kernel/config.ts';

describe('droppedOptions', () => {
  it('finds nothing where every line was taken', () => {
    const fragment = '# Why.\nCONFIG_PVH=y\nCONFIG_NR_CPUS=256\nCONFIG_LOCALVERSION="-runv"\n# CONFIG_VT is not set\n';
    expect(droppedOptions(fragment, `CONFIG_OTHER=y\n${fragment}`)).toEqual([]);
  });

  it.each([
    ['is off', 'CONFIG_PVH=y', '# CONFIG_PVH is not set'],
    ['has another value', 'CONFIG_NR_CPUS=256', 'CONFIG_NR_CPUS=64'],
    ['is on', '# CONFIG_VT is not set', 'CONFIG_VT=y'],
    ['is a module', 'CONFIG_OVERLAY_FS=y', 'CONFIG_OVERLAY_FS=m'],
  ])('names an option that %s', (_, wanted, got) => {
    expect(droppedOptions(`CONFIG_SMP=y\n${wanted}\n`, `CONFIG_SMP=y\n${got}\n`)).toEqual([{ wanted, got }]);
  });

  it('names an option that Kconfig does not know, though a longer one begins like it', () => {
    expect(droppedOptions('CONFIG_9P=y\n', 'CONFIG_9P_FS=y\n')).toEqual([{ wanted: 'CONFIG_9P=y', got: undefined }]);
  });
});

describe.each([MINIMAL, UML])('the configuration of the $kind kernel', ({ fragments }) => {
  it('has each option once, built in, under a line that says why', async () => {
    const texts = await Promise.all(fragments.map((file) => readFile(file, 'utf8')));
    const groups = texts.flatMap((text) => text.trim().split('\n\n'));
    const options = groups.flatMap((group) => group.split('\n').filter((line) => line.startsWith('CONFIG_')));
    for (const group of groups) expect(group).toMatch(/^# \S/);
    expect(options.filter((line) => line.endsWith('=m'))).toEqual([]);
    const names = options.map((line) => line.split('=')[0]);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('patches', () => {
  it.each([MINIMAL, UML].flatMap(({ patches }) => patches))(
    '%s says what may be done with it, why it is there and what it changes',
    async (file) => {
      expect(await readFile(file, 'utf8')).toMatch(
        /^SPDX-License-Identifier: GPL-2\.0-only\n\n\w+: .+\n\n[\s\S]+\n\n--- a\//,
      );
    },
  );
});
