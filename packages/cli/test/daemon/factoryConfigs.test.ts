import { expect, test } from 'vitest';
import type { Globals } from '../../src/context/globals.ts';
import { factoryConfigs } from '../../src/daemon/factoryConfigs.ts';

const size = { cpus: 1, memoryMiB: 128 };

function configs(flags: Partial<Globals>, clone: boolean) {
  const lines: string[] = [];
  const capabilities = { clone, growCpus: false, growMemory: false, memoryOnDemand: false, networks: true };
  const list = factoryConfigs({ ...size, ...flags } as Globals, { name: 'x', capabilities }, (line) =>
    lines.push(line),
  );
  return { list, lines };
}

test('templates are made by a driver that has clones', () => {
  expect(configs({ factory: 'template' }, true)).toEqual({ list: [{ ...size, template: true }], lines: [] });
  expect(configs({ factory: 'cache', template: '/t' }, true).list).toEqual([{ ...size, template: '/t', cache: 4 }]);
});

test('a driver without clones has VMs kept ready in their place, and says so in a line', () => {
  const said = [expect.stringMatching(/^the driver x has no templates: .*--factory cache$/)];
  const list = [{ ...size, cache: 4 }];
  expect(configs({ factory: 'template' }, false)).toEqual({ list, lines: said });
  expect(configs({ template: '/t' }, false)).toEqual({ list, lines: said });
  expect(configs({ factory: 'cache' }, false)).toEqual({ list, lines: [] });
  const policy = '[{"cpu":1,"memory":128,"cache":2,"template":true},{"cpu":2,"memory":256}]';
  expect(configs({ factory: policy }, false).list).toEqual([
    { ...size, cache: 2 },
    { cpus: 2, memoryMiB: 256, template: false },
  ]);
});

test('without flags nothing is kept ready', () => {
  expect(configs({}, false)).toEqual({ list: [], lines: [] });
});
