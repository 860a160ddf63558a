/** What the jail's program fails with. */

/** The program could not do what it was asked to: its own line says why. */
export class JailError extends Error {
  override readonly name = 'JailError';
}
