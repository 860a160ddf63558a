/** What cannot be started, and why. */

export class SpawnError extends Error {
  override readonly name = 'SpawnError';
}
