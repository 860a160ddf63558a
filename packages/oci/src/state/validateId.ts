/** Which names a container may have. */

/**
 * - `EMPTY`: it has no character
 * - `TOO_LONG`: it is longer than a file's name may be
 * - `BAD_CHARACTER`: it has a character that is not allowed
 * - `RESERVED`: it is `.` or `..`
 */
export type ContainerIdErrorCode = 'EMPTY' | 'TOO_LONG' | 'BAD_CHARACTER' | 'RESERVED';

export class ContainerIdError extends Error {
  override readonly name = 'ContainerIdError';
  readonly code: ContainerIdErrorCode;

  constructor(code: ContainerIdErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A container's state is kept in a directory of its name, and this is the longest name that Linux takes. */
const LONGEST = 255;
const SHOWN = 60;

/**
 * Checks an id by runc's rule: letters and digits of ASCII, `_`, `+`, `-` and `.`, but neither `.` nor `..`; so it is
 * always the name of a directory directly below the one it is joined to. Longer than 255 runc fails when it makes that
 * directory; here it is said.
 *
 * @returns the id
 * @throws ContainerIdError
 * @example
 * validateId('../x') // throws: … found "/"
 */
export function validateId(id: string): string {
  if (id === '') throw new ContainerIdError('EMPTY', 'a container id is empty: expected 1 to 255 characters');
  const shown = JSON.stringify(id.length > SHOWN ? `${id.slice(0, SHOWN)}…` : id);
  const bad = /[^A-Za-z0-9_+.-]/u.exec(id)?.[0];
  if (bad !== undefined) {
    const rule = 'expected letters, digits, "_", "+", "-" and "."';
    throw new ContainerIdError('BAD_CHARACTER', `container id ${shown}: ${rule}, found ${JSON.stringify(bad)}`);
  }
  if (id.length > LONGEST) {
    throw new ContainerIdError(
      'TOO_LONG',
      `container id ${shown}: expected at most ${LONGEST} characters, found ${id.length}`,
    );
  }
  if (id === '.' || id === '..') {
    throw new ContainerIdError(
      'RESERVED',
      `container id ${shown}: expected a name, found a directory's way to itself or its parent`,
    );
  }
  return id;
}
