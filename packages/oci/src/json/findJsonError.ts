/**
 * Where a text stops being JSON. JSON.parse knows, but says it in words that change with each version of Node, and
 * sometimes not at all.
 */

export interface JsonError {
  /** From 1 on. */
  readonly line: number;
  /** In characters, from 1 on. */
  readonly column: number;
  readonly expected: string;
  /** The text there; '' at its end. */
  readonly found: string;
}

const SPACE = /[\t\n\r ]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Nothing, when the text is JSON after all. */
export function findJsonError(text: string): JsonError | undefined {
  const walk = new Walk(text);
  const expected = walk.document();
  return expected === undefined ? undefined : describe(text, walk.at, expected);
}

function describe(text: string, at: number, expected: string): JsonError {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const found = /^[^\n]{0,20}/.exec(text.slice(at))?.[0] ?? '';
  return { line: before.split('\n').length, column: at - lineStart + 1, expected, found };
}

/** Each method passes over one thing and returns what it missed, or nothing. */
class Walk {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  // A stack instead of recursion: nesting of any depth must not end the process.
  document(): string | undefined {
    const closers: string[] = [];
    for (;;) {
      const missed = this.#value(closers);
      if (missed !== undefined) return missed;
      while (closers.length > 0 && this.#skip(closers.at(-1) ?? '')) closers.pop();
      const closer = closers.at(-1);
      if (closer === undefined) return this.at === this.#text.length ? undefined : 'the end of the file';
      if (!this.#skip(',')) return `',' or '${closer}'`;
      if (closer === '}') {
        const missedKey = this.#key();
        if (missedKey !== undefined) return missedKey;
      }
    }
  }

  // Opens every object and array on the way to the first scalar (or empty one).
  #value(closers: string[]): string | undefined {
    for (;;) {
      if (this.#skip('{')) {
        if (this.#skip('}')) return undefined;
        closers.push('}');
        const missed = this.#key();
        if (missed !== undefined) return missed;
      } else if (this.#skip('[')) {
        if (this.#skip(']')) return undefined;
        closers.push(']');
      } else {
        return this.#match(STRING) || this.#match(SCALAR) ? undefined : 'a value';
      }
    }
  }

  #key(): string | undefined {
    if (!this.#match(STRING)) return 'a field name in double quotes';
    return this.#skip(':') ? undefined : "':'";
  }

  #skip(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    this.#match(SPACE);
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.at += found[0].length;
    if (pattern !== SPACE) this.#match(SPACE);
    return true;
  }
}
