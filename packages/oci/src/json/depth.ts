/** How deep a JSON text is nested, found without parsing it: JSON.parse takes seconds for megabytes of brackets. */

/** The most levels of nesting that are accepted. The runtime-spec itself has 7. */
export const MAX_DEPTH = 64;

/** What counts: brackets outside of strings. */
const STRINGS_AND_BRACKETS = /"(?:[^"\\]|\\.)*"?|[[\]{}]/gsu;

/** Returns the text's depth, or the first one beyond `most`. Text that is no JSON has a depth too. */
export function depthOf(text: string, most: number): number {
  let [depth, deepest] = [0, 0];
  for (const [found] of text.matchAll(STRINGS_AND_BRACKETS)) {
    if (found === '[' || found === '{') deepest = Math.max(deepest, ++depth);
    else if (found === ']' || found === '}') depth--;
    if (deepest > most) return deepest;
  }
  return deepest;
}
