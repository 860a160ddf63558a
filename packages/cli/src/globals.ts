/** The flags that stand before the command. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';

const Globals = z
  .object({
    root: z.string(),
    driver: z.string(),
    kernel: z.string().optional(),
    initrd: z.string().optional(),
    default_cpus: z.number(),
    default_memory: z.number(),
    defaultCpus: z.number().optional(),
    defaultMemory: z.number().optional(),
    template: z.string().optional(),
    bootTimeout: z.number(),
    log: z.string().optional(),
    debug: z.boolean().default(false),
  })
  .transform((flags) => ({
    /** Absolute. */
    root: resolve(flags.root),
    driver: flags.driver,
    kernel: flags.kernel && resolve(flags.kernel),
    initrd: flags.initrd && resolve(flags.initrd),
    cpus: flags.defaultCpus ?? flags.default_cpus,
    memoryMiB: flags.defaultMemory ?? flags.default_memory,
    template: flags.template && resolve(flags.template),
    bootTimeoutS: flags.bootTimeout,
    log: flags.log && resolve(flags.log),
    debug: flags.debug,
  }));

export type Globals = z.infer<typeof Globals>;

/** @param command the command at hand; its parent has the flags */
export function globalsOf(command: Command): Globals {
  return Globals.parse(command.optsWithGlobals());
}

/** The same flags for a daemon that this command starts. */
export function daemonFlags(globals: Globals): string[] {
  const { root, driver, kernel, initrd, cpus, memoryMiB, template, bootTimeoutS, log, debug } = globals;
  const optional = (flag: string, value: string | undefined) => (value ? [flag, value] : []);
  return [
    ...['--root', root, '--driver', driver, '--default_cpus', `${cpus}`, '--default_memory', `${memoryMiB}`],
    ...['--boot-timeout', `${bootTimeoutS}`],
    ...optional('--kernel', kernel),
    ...optional('--initrd', initrd),
    ...optional('--template', template),
    ...optional('--log', log),
    ...(debug ? ['--debug'] : []),
  ];
}
