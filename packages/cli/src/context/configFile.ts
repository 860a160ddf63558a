/** `--config FILE`: defaults for the flags before the command. A flag on the command line, or in the environment, overrides them. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import type { CommandContext } from './commandContext.ts';

export const CONFIG_FILE = '/etc/runv/config.json';

/** @throws CliError for a file that cannot be read, or that names an unknown flag */
export function applyConfig({ cwd }: CommandContext, command: Command): void {
  const program = rootOf(command);
  const named = program.opts<{ config?: string }>().config;
  if (!named && !existsSync(CONFIG_FILE)) return;
  const file = resolve(cwd, named ?? CONFIG_FILE);
  for (const [key, value] of Object.entries(read(file))) {
    const option = program.options.find(({ long }) => long === `--${key}`);
    if (!option || key === 'config') throw new CliError(`${file}: there is no flag --${key}; runv --help lists them`);
    const name = option.attributeName();
    if (['cli', 'env'].includes(program.getOptionValueSource(name) ?? '')) continue;
    program.setOptionValueWithSource(name, parsed(option, value, `${file}: ${key}`), 'config');
  }
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

function read(file: string): object {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    throw new CliError(`--config ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  throw new CliError(`--config ${file}: it is an object of flags, such as {"default_memory": 256, "factory": "cache"}`);
}

function parsed(option: Option, value: unknown, where: string): unknown {
  if (option.isBoolean()) return Boolean(value);
  // The factory's policy may be JSON of its own.
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  try {
    return option.parseArg ? option.parseArg(text, undefined) : text;
  } catch (error) {
    throw new CliError(`${where} is ${text}: ${(error as Error).message}`, { cause: error });
  }
}
