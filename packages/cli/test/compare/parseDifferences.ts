/** Reads differences.txt: a reason, and indented below it the command lines of which it is one. */

export function parseDifferences(text: string): Set<string> {
  return new Set(text.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : [])));
}
