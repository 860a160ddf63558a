/** Whether a process of the host is still the one that it was: a pid may be another's later. */
import { readFileSync } from 'node:fs';

/** Fields of /proc/<pid>/stat after the program's name: the state, and the start in clock ticks since the boot. */
const STATE = 0;
const START = 19;

/** When it was started, as /proc has it; undefined when it has ended, also if nobody has waited for it yet. */
export function startOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name may have spaces and brackets of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[STATE] ?? 'X';
  return 'ZXx'.includes(state) ? undefined : fields[START];
}
