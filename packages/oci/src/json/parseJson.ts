/** JSON from a file, with an error that says where it stops being any. */
import { BundleError } from '../errors.ts';
import { findJsonError } from './findJsonError.ts';

/** @throws BundleError `NOT_JSON` */
export function parseJson(text: string, file: string): unknown {
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
