/** Flags of runc's exec that have no meaning in a VM. They are accepted, and the log says why they have no effect. */
import { type Command, Option } from 'commander';
import type { CommandContext } from '../context/commandContext.ts';
import { type LogFlags, logWarning } from '../context/errorLog.ts';

const IGNORED = [
  { option: new Option('--apparmor <profile>'), why: "the guest's kernel has no AppArmor" },
  { option: new Option('--process-label <label>'), why: "the guest's kernel has no SELinux" },
  { option: new Option('--cgroup <path>'), why: 'a container has one control group, which its programs are in' },
];

export function addIgnoredFlags(command: Command): Command {
  return IGNORED.reduce((all, { option }) => all.addOption(option.hideHelp()), command);
}

/** Logs a line for each of them that was given. */
export function logIgnored(context: CommandContext, command: Command): void {
  const flags = command.optsWithGlobals<LogFlags & Readonly<Record<string, unknown>>>();
  for (const { option, why } of IGNORED) {
    const value = flags[option.attributeName()];
    if (value) logWarning(context, flags, `${option.long} ${value} is left out: ${why}`);
  }
}
