import { expect, test } from 'vitest';
import { oneOf, readSettings, secondsSetting } from '../../src/parts/index.ts';

const KNOWN = { 'start-limit': secondsSetting, mode: oneOf('fast', 'slow') };
const read = (given?: Record<string, string>) => readSettings('mine', given, KNOWN);

test('what was given is read, and what was not is left out', () => {
  expect(read()).toEqual({});
  expect(read({ mode: 'slow' })).toEqual({ mode: 'slow' });
  expect(read({ 'start-limit': '1.5', mode: 'fast' })).toEqual({ 'start-limit': 1.5, mode: 'fast' });
});

test.each([
  [{ speed: '1' }, "the driver 'mine' has no option 'speed'; it has start-limit, mode"],
  [{ toString: '1' }, "the driver 'mine' has no option 'toString'; it has start-limit, mode"],
  [{ mode: 'medium' }, "the driver 'mine' takes for mode fast, slow, and not 'medium'"],
  [
    { 'start-limit': 'soon' },
    "the driver 'mine' takes for start-limit a number of seconds from 0.1 to 3600, and not 'soon'",
  ],
  [{ 'start-limit': '' }, "the driver 'mine' takes for start-limit a number of seconds from 0.1 to 3600, and not ''"],
])('%j is refused, with what there is', (given, message) => {
  expect(() => read(given)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED', message }));
});

test('a driver without options says so', () => {
  expect(() => readSettings('plain', { a: '1' }, {})).toThrow("the driver 'plain' has no option 'a'; it has none");
});
