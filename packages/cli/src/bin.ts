#!/usr/bin/env node
/** The executable: runs the command line and ends with its exit code. */
import { keepCompiledCode } from './compiledCode.ts';

keepCompiledCode();
// Only now, so that it is compiled with what is kept. Its promise, because a CommonJS module has no await at its top.
void import('./main.ts').then(async ({ main }) => {
  process.exitCode = await main(process.argv.slice(2));
});
