// An error for the user to act on, which is shown without a stack.

export class Failure extends Error {
  /** @override */
  name = 'Failure';
}

/**
 * Runs a script's main function. A failure is printed to stderr and sets the exit code 1.
 *
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Failure ? error.message : describe(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
function describe(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
