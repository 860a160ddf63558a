/** JSON from a file, with an error that says where it stops being any. */
import { BundleError } from '../errors.ts';
import { depthOf, MAX_DEPTH } from './depth.ts';
import { findJsonError } from './findJsonError.ts';

/** @throws BundleError `NOT_JSON` | `INVALID` for one that is nested too deep */
export function parseJson(text: string, file: string): unknown {
  if (depthOf(text, MAX_DEPTH) > MAX_DEPTH)
    throw new BundleError('INVALID', `${file}: expected at most ${MAX_DEPTH} levels of nesting, found more`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const error = findJsonError(text);
    if (error === undefined) throw new BundleError('NOT_JSON', `${file}: ${(cause as Error).message}`, { cause });
    const found = error.found === '' ? 'nothing' : JSON.stringify(error.found);
    const where = `${file}: line ${error.line}, column ${error.column}`;
    throw new BundleError('NOT_JSON', `${where}: expected ${error.expected}, found ${found}`, { cause });
  }
}
