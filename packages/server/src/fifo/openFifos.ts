/** A client's stdio paths as the supervisor wants them: opened when the process is there, never holding up the daemon. */
import type { StdioRequest } from '@runv/supervisor';
import { PathReader } from './pathReader.ts';
import { PathWriter } from './pathWriter.ts';

/** @param paths FIFOs, files or terminals, absolute; empty for none */
export function openFifos(paths: StdioRequest['paths']): StdioRequest {
  const writer = (path: string) => (path ? new PathWriter(path) : undefined);
  return {
    paths,
    open: () => ({
      stdin: paths.stdin ? new PathReader(paths.stdin) : undefined,
      stdout: writer(paths.stdout),
      stderr: writer(paths.stderr),
    }),
  };
}
