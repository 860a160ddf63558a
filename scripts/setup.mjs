#!/usr/bin/env node
// npm run setup: system packages, npm packages, the build and the guest's images. Then ./node_modules/.bin/runv works.
import './lib/requireNode.mjs';
import { runMain } from './lib/failure.mjs';
import { setUp } from './lib/setUp.mjs';

await runMain(async () => {
  await setUp();
  process.stdout.write('Ready: ./node_modules/.bin/runv --help\n');
});
