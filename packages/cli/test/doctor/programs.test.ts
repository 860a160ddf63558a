import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { examinePrograms, PROGRAMS } from '../../src/doctor/programs.ts';

const packages = fileURLToPath(new URL('../../../', import.meta.url));
/** Of the packages that the daemon loads: a program's name as the first argument of what starts processes. */
const STARTS =
  /\b(?:spawn|execFile|execa|(?:run|start)Program)\(\s*'([a-z]+)'|\bbatch\([^,]+, '([a-z]+)'|\[\s*'(nsenter|sh)',/g;

test('every program that the daemon runs is looked for', async () => {
  const sources = await Promise.all(
    ['supervisor', 'eventlog', 'factory', 'driver-qemu', 'server', 'shim'].map((name) =>
      readdir(join(packages, name, 'src'), { recursive: true, withFileTypes: true }),
    ),
  );
  const files = sources.flat().filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
  const started = texts.flatMap((text) => [...text.matchAll(STARTS)].map((match) => match[1] ?? match[2] ?? match[3]));
  expect(new Set(started)).toContain('nsenter');
  expect([...new Set(started)].filter((name) => !Object.keys(PROGRAMS).includes(name ?? ''))).toEqual([]);
});

test('one that is not on the PATH is missing, with the package that has it', async () => {
  const findings = await examinePrograms('/nowhere');
  expect(findings.map(({ level }) => level)).toEqual(Object.keys(PROGRAMS).map(() => 'missing'));
  expect(findings.find(({ what }) => what === 'tc')?.detail).toBe(
    'not on the PATH; on Debian: apt-get install iproute2',
  );
});
