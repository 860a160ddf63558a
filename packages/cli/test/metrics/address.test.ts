import { expect, test } from 'vitest';
import { parseMetricsAddress } from '../../src/metrics/address.ts';

test.each([
  ['127.0.0.1:9477', { host: '127.0.0.1', port: 9477 }],
  ['[::1]:1', { host: '::1', port: 1 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ['/run/runv/metrics.sock', { path: '/run/runv/metrics.sock' }],
])('%s', (text, address) => {
  expect(parseMetricsAddress(text)).toEqual(address);
});

test.each([
  '',
  '9477',
  ':9477',
  '127.0.0.1',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '::1:9477',
  'a b:1',
  'relative/m.sock',
  '127.0.0.1:1x',
])('%j is refused', (text) => {
  expect(() => parseMetricsAddress(text)).toThrow('such as 127.0.0.1:9477');
});
