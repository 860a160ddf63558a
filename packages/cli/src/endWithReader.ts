/** Ends a command quietly when nobody reads its output any more (`runv list | head`), as SIGPIPE does, which Node ignores. */

/** What a shell says of a process that ended by SIGPIPE. */
const SIGPIPE_STATUS = 141;

export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(SIGPIPE_STATUS);
  });
}
