import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../lib/paths.mjs';
import { codeFiles, readProtocols } from '../lib/protocolCodes.mjs';

for (const { path, text } of await codeFiles()) {
  test(`${path} has the numbers of proto/codes.json (pnpm codes writes them)`, async () => {
    expect(await readFile(inRoot(path), 'utf8')).toBe(text);
  });
}

for (const [name, { about, codes }] of Object.entries(await readProtocols())) {
  describe(`the protocol of the ${name}`, () => {
    test('gives each code a number of its own', () => {
      expect(new Set(Object.values(codes)).size).toBe(Object.keys(codes).length);
    });

    test(`has each code explained in ${about}, with its number`, async () => {
      const lines = (await readFile(inRoot(about), 'utf8')).split('\n');
      const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
      const text = lines.join(' ');
      const missing = Object.entries(codes).filter(
        ([code, number]) =>
          !cells.some((row) => row.includes(`${number}`) && row.includes(code)) && !text.includes(` ${number} ${code}`),
      );
      expect(missing).toEqual([]);
    });
  });
}
