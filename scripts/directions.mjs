#!/usr/bin/env node
// A part of pnpm lint: the folders of each package form no circle, and keep their order where one is stated.
import { readdir } from 'node:fs/promises';
import { findAgainst, findCircles, importsOf, ORDER } from './lib/directions.mjs';
import { inRoot } from './lib/paths.mjs';

const packages = await readdir(inRoot('packages'));
const sources = [
  ...packages.map((name) => ({ name, src: inRoot('packages', name, 'src') })),
  { name: 'bench', src: inRoot('bench', 'src') },
];
for (const { name, src } of [...sources, { name: 'scripts', src: inRoot('scripts') }]) {
  const imports = await importsOf(src);
  const order = ORDER[name];
  for (const line of [...findCircles(imports), ...(order ? findAgainst(imports, order) : [])]) {
    process.stderr.write(`${name}: ${line} (docs/design.md)\n`);
    process.exitCode = 1;
  }
}
