/** What a daemon says in its log to the person whose command starts it. */
import { readFile } from 'node:fs/promises';

/** The field of such a line. */
export const NOTICE = 'notice';

/** @param from where a daemon's first line begins, in bytes */
export async function noticesIn(log: string, from: number): Promise<string[]> {
  const said = (await readFile(log)).subarray(from).toString().split('\n');
  return said.filter((line) => line.includes(`"${NOTICE}":true`)).flatMap(messageOf);
}

function messageOf(line: string): string[] {
  const { msg } = JSON.parse(line) as { readonly msg?: unknown };
  return typeof msg === 'string' ? [msg] : [];
}
