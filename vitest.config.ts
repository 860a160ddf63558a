/** Two projects: `unit` has everything without a VM, `vm` boots real ones. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const VM = ['packages/*/test/**/*.vm.test.ts', 'scripts/test/**/*.vm.test.ts'];

/** What a message shows of values, in characters: it may be all that a CI keeps of a failure. */
const chaiConfig = { truncateThreshold: 1000 };

/** What random inputs of tests are made from: `RUNV_FUZZ_SEED`, or another number in each run. */
const fuzzSeed = Number(process.env.RUNV_FUZZ_SEED ?? Date.now() % 2 ** 31);

declare module 'vitest' {
  interface ProvidedContext {
    fuzzSeed: number;
  }
}

export default defineConfig({
  test: {
    // vitest leaves a core to the terminal, which on two is one too many. A file with VMs alone would leave half of two idle.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          chaiConfig,
          include: ['packages/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
          exclude: [...VM, '**/node_modules/**'],
          provide: { fuzzSeed },
          testTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'vm',
          chaiConfig,
          include: VM,
          globalSetup: ['scripts/lib/guestImages.mjs'],
          // The default depends on the machine.
          env: { RUNV_DRIVER: process.env.RUNV_DRIVER ?? 'qemu' },
          provide: { fuzzSeed },
          testTimeout: 300_000,
          expect: { poll: { timeout: 120_000 } },
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
