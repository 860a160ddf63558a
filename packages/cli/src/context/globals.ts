/** The flags before the command. */
import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from './commandContext.ts';

/** Of the daemon's log: what is at least as bad is in it. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** The flags as commander gives them. Their parsers in main.ts have checked them. */
interface Flags {
  readonly root: string;
  readonly driver: string;
  readonly driverOption?: Readonly<Record<string, string>>;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly default_cpus: number;
  readonly default_memory: number;
  readonly max_memory?: number;
  readonly defaultCpus?: number;
  readonly defaultMemory?: number;
  readonly maxMemory?: number;
  readonly template?: string;
  readonly factory?: string;
  readonly bootTimeout: number;
  readonly log?: string;
  readonly logFormat: 'text' | 'json';
  readonly systemdCgroup?: boolean;
  readonly daemon?: string;
  readonly debug?: boolean;
  readonly logLevel?: LogLevel;
}

export interface Globals {
  /** Paths are absolute. */
  readonly root: string;
  /** A name, or an absolute path. */
  readonly driver: string;
  /** The driver's own, by name. */
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** What a VM may take by itself. */
  readonly mostMemoryMiB: number;
  readonly template: string | undefined;
  /** `direct`, `template`, `cache`, or a policy as JSON. */
  readonly factory: string | undefined;
  readonly bootTimeoutS: number;
  readonly log: string | undefined;
  /** linux.cgroupsPath has the form `slice:prefix:name`. */
  readonly systemdCgroup: boolean;
  /** The socket of the daemon to use. Undefined: the root's own daemon. */
  readonly daemon: string | undefined;
  /** `--debug` is one of them. */
  readonly logLevel: LogLevel;
}

/** @param command the command that runs; its parent has the flags */
export function globalsOf(command: Command, { cwd }: Pick<CommandContext, 'cwd'>): Globals {
  const flags = command.optsWithGlobals<Flags>();
  const path = (given: string | undefined) => given && resolve(cwd, given);
  return {
    root: resolve(cwd, flags.root),
    // The daemon, which loads it, is in another directory.
    driver: /^\.{1,2}(\/|$)/.test(flags.driver) ? resolve(cwd, flags.driver) : flags.driver,
    driverOptions: flags.driverOption ?? {},
    kernel: path(flags.kernel),
    initrd: path(flags.initrd),
    cpus: flags.defaultCpus ?? flags.default_cpus,
    memoryMiB: flags.defaultMemory ?? flags.default_memory,
    mostMemoryMiB: flags.maxMemory ?? flags.max_memory ?? Math.floor(totalmem() / 2 ** 20 / 2),
    template: path(flags.template),
    factory: flags.factory,
    bootTimeoutS: flags.bootTimeout,
    log: path(flags.log),
    systemdCgroup: flags.systemdCgroup ?? false,
    daemon: path(flags.daemon),
    logLevel: flags.logLevel ?? (flags.debug ? 'debug' : 'warn'),
  };
}

/** The flags for a daemon that this command starts. */
export function daemonFlags(globals: Globals): string[] {
  const { root, driver, driverOptions, kernel, initrd, cpus, memoryMiB, mostMemoryMiB } = globals;
  const { template, factory, bootTimeoutS, logLevel } = globals;
  const optional = (flag: string, value: string | undefined) => (value ? [flag, value] : []);
  return [
    ...['--root', root, '--driver', driver, '--default_cpus', `${cpus}`, '--default_memory', `${memoryMiB}`],
    ...['--max_memory', `${mostMemoryMiB}`, '--boot-timeout', `${bootTimeoutS}`],
    ...Object.entries(driverOptions).flatMap(([key, value]) => ['--driver-option', `${key}=${value}`]),
    ...optional('--kernel', kernel),
    ...optional('--initrd', initrd),
    ...optional('--template', template),
    ...optional('--factory', factory),
    ...['--log-level', logLevel],
  ];
}
