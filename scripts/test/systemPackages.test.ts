import { describe, expect, test } from 'vitest';
import { isDebian, notInstalled, parseOsRelease } from '../lib/systemPackages.mjs';

describe('the system', () => {
  test.each([
    ['Debian', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', true],
    ['Ubuntu', 'ID=ubuntu\nID_LIKE=debian\n', true],
    ['Mint', "ID=linuxmint\nID_LIKE='ubuntu debian'\n", true],
    ['Fedora', 'ID=fedora\n', false],
    ['one without a name', '', false],
  ])('is apt’s or not: %s', (_, osRelease, expected) => {
    expect(isDebian(parseOsRelease(osRelease))).toBe(expected);
  });
});

test('a package is missing when it was removed, was never known, or has a longer name', () => {
  const told =
    'gcc installed\ncpio config-files\nmake-guile installed\ndpkg-query: no packages found matching xz-utils';
  expect(notInstalled(['gcc', 'cpio', 'make', 'xz-utils'], told)).toEqual(['cpio', 'make', 'xz-utils']);
});
