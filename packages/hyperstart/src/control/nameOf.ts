import { CODE } from './codes.ts';

/** The name of a command, for errors. */
export function nameOf(number: number): string {
  const found = Object.entries(CODE).find(([, value]) => value === number);
  return found ? found[0] : `command ${number}`;
}
