/** A client's stdio paths as the supervisor wants them: opened without ever holding up the daemon. */
import { stat } from 'node:fs/promises';
import { type StdioRequest, SupervisorError } from '@runv/supervisor';
import { openPathReader } from './pathReader.ts';
import { PathWriter } from './pathWriter.ts';

/** @param paths FIFOs, files or terminals, absolute; empty for none */
export function openFifos(paths: StdioRequest['paths']): StdioRequest {
  return {
    paths,
    open: async () => {
      const { stdin, stdout, stderr } = paths;
      await Promise.all([mustExist('stdout', stdout), mustExist('stderr', stderr)]);
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

async function mustExist(name: string, path: string): Promise<void> {
  if (path) await stat(path).catch((error: Error) => refuse(name, error));
}

function refuse(name: string, error: Error): never {
  throw new SupervisorError('INVALID', `the ${name} path cannot be opened: ${error.message}`, { cause: error });
}
