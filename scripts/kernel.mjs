#!/usr/bin/env node
// npm run kernel: builds the minimal guest kernel, once for each version of Debian's source and of the configuration.
import './lib/requireNode.mjs';
import { runMain } from './lib/failure.mjs';
import { makeGuestImages, makeMinimalKernel } from './lib/guestImages.mjs';
import { step } from './lib/progress.mjs';
import { prepare } from './lib/setUp.mjs';
import { kernelBuildPackages } from './lib/systemPackages.mjs';

await runMain(async () => {
  await prepare(kernelBuildPackages);
  const { kernel, kernelVersion } = await step('Building the minimal kernel', makeMinimalKernel);
  await step('Making its initrd', makeGuestImages);
  process.stdout.write(
    `Debian's ${kernelVersion}: ${kernel}\nNew VMs boot it, unless RUNV_GUEST_KERNEL=stock says otherwise.\n`,
  );
});
