/** Validates container ids. */

/**
 * - `EMPTY`: it is empty
 * - `TOO_LONG`: it is longer than a file name may be
 * - `BAD_CHARACTER`: it has an invalid character
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

/** A container's state is in a directory of that name, and this is Linux's maximum length of a file name. */
const MAX_LENGTH = 255;
const MAX_SHOWN = 60;

/**
 * Checks an id by runc's rule: ASCII letters and digits, `_`, `+`, `-` and `.`, but neither `.` nor `..`. So it always
 * names a direct child of the directory that it is joined to. With more than 255 characters, runc fails when it creates
 * that directory; here the error says so.
 *
 * @returns the id
 * @throws ContainerIdError
 * @example
 * validateId('../x') // throws: … found "/"
 */
export function validateId(id: string): string {
  if (id === '') throw new ContainerIdError('EMPTY', 'a container id is empty: expected 1 to 255 characters');
  const shown = JSON.stringify(id.length > MAX_SHOWN ? `${id.slice(0, MAX_SHOWN)}…` : id);
  const bad = /[^A-Za-z0-9_+.-]/u.exec(id)?.[0];
  if (bad !== undefined) {
    const rule = 'expected letters, digits, "_", "+", "-" and "."';
    throw new ContainerIdError('BAD_CHARACTER', `container id ${shown}: ${rule}, found ${JSON.stringify(bad)}`);
  }
  if (id.length > MAX_LENGTH) {
    throw new ContainerIdError(
      'TOO_LONG',
      `container id ${shown}: expected at most ${MAX_LENGTH} characters, found ${id.length}`,
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
