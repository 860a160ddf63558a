#!/usr/bin/env node
// npm run kernel: set-up, and builds the minimal guest kernel, once per version of Debian's source and its configuration.
import './lib/requireNode.mjs';
import { runMain } from './lib/failure.mjs';
import { setUp } from './lib/setUp.mjs';

await runMain(async () => {
  const { kernel } = await setUp({ minimalKernel: true });
  process.stdout.write(`New VMs boot ${kernel}; RUNV_GUEST_KERNEL=stock or =minimal chooses one.\n`);
});
