#!/usr/bin/env node
/** The executable: runs the command line and ends with its exit code. */
import { keepCompiledCode } from './compiledCode.ts';
import { endWithReader } from './endWithReader.ts';

keepCompiledCode();
endWithReader();
// Imported after the cache is set up, so that it comes from the cache. A CommonJS module has no top-level await.
void import('./main.ts').then(async ({ main }) => {
  process.exitCode = await main(process.argv.slice(2));
});
