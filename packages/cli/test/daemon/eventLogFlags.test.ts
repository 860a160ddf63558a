import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addEventLogFlags, eventLogSettings } from '../../src/daemon/eventLogFlags.ts';

function settings(...args: string[]) {
  const command = addEventLogFlags(new Command('containerd').exitOverride().configureOutput({ writeErr: () => {} }));
  return eventLogSettings(command.parse(args, { from: 'user' }).opts());
}

test('without flags: files of 64 MiB, 1 GiB of them, of any age', () => {
  expect(settings()).toEqual({ durability: 'batch', segmentBytes: 64 * 2 ** 20, keepBytes: 2 ** 30 });
});

test('sizes have units, and an age is in days', () => {
  const args = ['--events-segment-size', '1M', '--events-keep-size', '10MiB', '--events-keep-days', '0.5'];
  expect(settings(...args, '--events-durability', 'each')).toEqual({
    durability: 'each',
    segmentBytes: 2 ** 20,
    keepBytes: 10 * 2 ** 20,
    keepMs: 43_200_000,
  });
});

test.each([
  [['--events-segment-size', 'big'], 'It is a size such as 512M or 2G.'],
  [['--events-keep-days', '-1'], 'It is a number from 0.01 to 36500.'],
  [['--events-durability', 'some'], 'Allowed choices are each, batch, none.'],
  [
    ['--events-keep-size', '1M'],
    '--events-keep-size (1048576 bytes) is less than --events-segment-size (67108864 bytes)',
  ],
])('%j is refused in one line', (args, message) => {
  expect(() => settings(...args)).toThrow(message);
});
