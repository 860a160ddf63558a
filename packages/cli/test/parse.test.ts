import { expect, test } from 'vitest';
import { collect, parseNumber, parseSignal, parseUser } from '../src/parse.ts';

test('numbers are those of their range', () => {
  const parse = parseNumber(1, 255);
  expect(['1', '255', ' 7 ', '2.5'].map(parse)).toEqual([1, 255, 7, 2.5]);
  for (const text of ['0', '256', '', ' ', 'x', '-1', 'NaN', 'Infinity'])
    expect(() => parse(text)).toThrow('It is a number from 1 to 255.');
});

test('signals go by number and by name, however it is written', () => {
  expect(['9', 'KILL', 'SIGKILL', 'sigkill', 'kill', '0', '64'].map(parseSignal)).toEqual([9, 9, 9, 9, 9, 0, 64]);
  for (const text of ['65', 'NONE', '', '-9', '9x', 'toString', 'constructor'])
    expect(() => parseSignal(text)).toThrow(`${text} is no signal`);
});

test('users are numbers', () => {
  expect(parseUser('1000')).toEqual({ uid: 1000, gid: 0 });
  expect(parseUser('1000:1001')).toEqual({ uid: 1000, gid: 1001 });
  for (const text of ['root', '', '1:', ':1', '1:2:3', '-1', '4294967296', '1:4294967296'])
    expect(() => parseUser(text)).toThrow('is not of the form <uid>[:<gid>]');
});

test('what stands several times is collected', () => {
  expect(['a', 'b'].reduce((all, one) => collect(one, all), [] as string[])).toEqual(['a', 'b']);
  expect(collect('a')).toEqual(['a']);
});
