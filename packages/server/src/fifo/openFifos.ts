/** A client's stdio paths as the supervisor wants them: opened without ever holding up the daemon. */
import { stat } from 'node:fs/promises';
import { type StdioRequest, SupervisorError } from '@runv/supervisor';
import { kindOf } from './openPath.ts';
import { openPathReader } from './pathReader.ts';
import { PathWriter } from './pathWriter.ts';

/** @param paths FIFOs, files or terminals, absolute; empty for none */
export function openFifos(paths: StdioRequest['paths']): StdioRequest {
  return {
    paths,
    open: async () => {
      const { stdin, stdout, stderr } = paths;
      await Promise.all([mustBeWritable('stdout', stdout), mustBeWritable('stderr', stderr)]);
      const input = stdin ? await openPathReader(stdin).catch((error: Error) => refuse('stdin', error)) : undefined;
      return {
        stdin: input,
        endStdin: () => input?.endAfterWhatIsThere(),
        stdout: stdout ? new PathWriter(stdout) : undefined,
        stderr: stderr ? new PathWriter(stderr) : undefined,
      };
    },
  };
}

async function mustBeWritable(name: string, path: string): Promise<void> {
  if (!path) return;
  try {
    kindOf(path, await stat(path));
  } catch (error) {
    refuse(name, error as Error);
  }
}

function refuse(name: string, error: Error): never {
  throw new SupervisorError('INVALID', `the ${name} path cannot be opened: ${error.message}`, { cause: error });
}
