#!/usr/bin/env node
// pnpm bench: each metric beside its baseline (bench/src/run.ts), and nothing left behind, even when it is interrupted.
import './lib/requireNode.mjs';
import { Failure } from './lib/failure.mjs';
import { runBench } from './lib/runBench.mjs';

try {
  await runBench(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
