import { expect, test } from 'vitest';
import {
  collect,
  collectPairs,
  parseDuration,
  parseLimit,
  parseNumber,
  parseSignal,
  parseUser,
} from '../../src/base/parse.ts';

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

test('sizes have units, and -1 is no limit', () => {
  expect(['536870912', '512M', '512MiB', '2g', '-1'].map(parseLimit)).toEqual([2 ** 29, 2 ** 29, 2 ** 29, 2 ** 31, -1]);
  for (const text of ['', '0', '-2', '1.5G', '5X', 'lots']) expect(() => parseLimit(text)).toThrow('It is a size');
});

test('times are durations of Go’s: numbers with units, one behind the other', () => {
  expect(['500ms', '5s', '1.5m', '1h'].map(parseDuration)).toEqual([500, 5000, 90_000, 3_600_000]);
  expect(['1m30s', '1h0m.5s', '1.s', '2ms500us'].map(parseDuration)).toEqual([90_000, 3_600_500, 1000, 2.5]);
  expect(['1500us', '1500µs', '1500μs', '1500000ns'].map(parseDuration)).toEqual([1.5, 1.5, 1.5, 1.5]);
  for (const text of ['', '5', '0s', '-1s', '1000h', 's', '1s500', '1m 30s', '1..5s', '.s', '1d', '999us'])
    expect(() => parseDuration(text)).toThrow('It is a time');
});

test('users are numbers', () => {
  expect(parseUser('1000')).toEqual({ uid: 1000 });
  expect(parseUser('1000:1001')).toEqual({ uid: 1000, gid: 1001 });
  for (const text of ['root', '', '1:', ':1', '1:2:3', '-1', '4294967296', '1:4294967296'])
    expect(() => parseUser(text)).toThrow('is not of the form <uid>[:<gid>]');
});

test('what stands several times is collected', () => {
  expect(['a', 'b'].reduce((all, one) => collect(one, all), [] as string[])).toEqual(['a', 'b']);
  expect(collect('a')).toEqual(['a']);
});

test('pairs are collected, one by one or as the object of a config file', () => {
  expect(collectPairs('b=2', collectPairs('a=x=y'))).toEqual({ a: 'x=y', b: '2' });
  expect(collectPairs('{"a":1,"b":"two"}', { a: '0', c: '' })).toEqual({ a: '1', b: 'two', c: '' });
  for (const text of ['a', '=1', '']) expect(() => collectPairs(text)).toThrow('It is of the form key=value');
  expect(() => collectPairs('{a')).toThrow('It is a JSON object of names and values');
});
