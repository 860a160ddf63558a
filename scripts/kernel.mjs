#!/usr/bin/env node
// npm run kernel: set-up, and the minimal guest kernel, once for each version of Debian's source and of its configuration.
import './lib/requireNode.mjs';
import { runMain } from './lib/failure.mjs';
import { setUp } from './lib/setUp.mjs';

await runMain(async () => {
  const { kernel } = await setUp({ minimalKernel: true });
  process.stdout.write(`New VMs boot ${kernel}; RUNV_GUEST_KERNEL=stock or =minimal chooses one.\n`);
});
