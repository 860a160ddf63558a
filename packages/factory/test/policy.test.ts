import { expect, test } from 'vitest';
import { parsePolicy } from '../src/index.ts';

test('a policy says which VMs are kept, with what is left out as none', () => {
  const policy = '[{"cpu":1,"memory":128,"cache":4,"template":true},{"cpu":2,"memory":512}]';
  const configs = [
    { cpus: 1, memoryMiB: 128, cache: 4, template: true },
    { cpus: 2, memoryMiB: 512, template: false },
  ];
  expect(parsePolicy(policy)).toEqual(configs);
  expect(parsePolicy(JSON.parse(policy))).toEqual(configs);
});

test.each([
  ['no JSON', '[{', /\[\{/],
  ['no list', '{"cpu":1}', /policy/],
  ['an empty list', '[]', /policy/],
  ['a CPU too few', '[{"cpu":0,"memory":128}]', /policy\[0\]\.cpu/],
  ['memory that is text', '[{"cpu":1,"memory":"128M"}]', /policy\[0\]\.memory/],
  ['a word that it does not know', '[{"cpu":1,"memory":128,"caches":4}]', /caches/],
  ['one size twice', '[{"cpu":1,"memory":128},{"cpu":1,"memory":128,"cache":1}]', /1 CPUs and 128 MiB twice/],
])('%s is refused, with the place and an example', (_, policy, words) => {
  expect(() => parsePolicy(policy)).toThrow(words);
  expect(() => parsePolicy(policy)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  expect(() => parsePolicy(policy)).toThrow('"cache":4');
});
