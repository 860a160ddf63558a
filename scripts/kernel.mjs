#!/usr/bin/env node
// npm run kernel [-- minimal | uml]: set-up, and builds a guest kernel, once per version of Debian's source and its configuration.
import './lib/requireNode.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { setUp } from './lib/setUp.mjs';

await runMain(async () => {
  const [kind = 'minimal', ...more] = process.argv.slice(2);
  if (!['minimal', 'uml'].includes(kind) || more.length > 0)
    throw new Failure(`npm run kernel -- ${process.argv.slice(2).join(' ')}: it can be minimal or uml`);
  const uml = kind === 'uml';
  const { kernel } = await setUp({ minimalKernel: !uml, umlKernel: uml });
  const use = uml
    ? 'VMs of the driver uml boot the User-mode Linux that was built'
    : `New VMs boot ${kernel}; RUNV_GUEST_KERNEL=stock or =minimal chooses one`;
  process.stdout.write(`${use}.\n`);
});
