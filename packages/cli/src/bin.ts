#!/usr/bin/env node
/** The executable: runs the command line and ends with its exit code. */
import * as nodeModule from 'node:module';

// Node 22 and later keep compiled code on disk; on 20 there is nothing to switch on.
if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function')
  nodeModule.enableCompileCache();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
