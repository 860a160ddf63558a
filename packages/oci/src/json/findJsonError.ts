/**
 * Finds where a text stops being JSON. JSON.parse reports it in words that differ between versions of Node, and
 * sometimes not at all.
 */

export interface JsonError {
  /** Counted from 1. */
  readonly line: number;
  /** In characters, counted from 1. */
  readonly column: number;
  readonly expected: string;
  /** The text at that point; '' at the end. */
  readonly found: string;
}

const SPACE = /[\t\n\r ]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Returns undefined if the text is JSON. */
export function findJsonError(text: string): JsonError | undefined {
  const scanner = new Scanner(text);
  const expected = scanner.document();
  return expected === undefined ? undefined : describe(text, scanner.at, expected);
}

function describe(text: string, at: number, expected: string): JsonError {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const found = /^[^\n]{0,20}/.exec(text.slice(at))?.[0] ?? '';
  return { line: before.split('\n').length, column: at - lineStart + 1, expected, found };
}

/** Each method skips one element, and returns what it expected instead, or undefined. */
class Scanner {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  // A stack instead of recursion: deep nesting must not overflow the call stack.
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

  // Enters each object and array until the first scalar or empty one.
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
