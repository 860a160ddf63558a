/** What starting a shim can fail with. */

/** The shim could not be started, or not do what it was asked to: its own line says why. */
export class ShimError extends Error {
  override readonly name = 'ShimError';
}
