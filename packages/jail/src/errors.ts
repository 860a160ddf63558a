/** What the jail's program fails with. */

/** The program could not do what it was asked to: its own line says why. */
export class JailError extends Error {
  override readonly name = 'JailError';
}

/** What a spawn of the jail's program fails with. @param path of the program */
export function cannotRun(path: string): (error: Error) => never {
  return (error) => {
    throw new JailError(`${path} cannot be run: ${error.message}`, { cause: error });
  };
}
