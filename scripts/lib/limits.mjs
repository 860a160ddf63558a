// The limits of the host's side, as a page of the docs, from the constants that have a tag `@reached`.
import { readFile } from 'node:fs/promises';
import { inRoot } from './paths.mjs';

export const LIMITS_PAGE = 'docs/limits.md';

const FILES = [
  'packages/hyperstart/src/limits.ts',
  'packages/supervisor/src/base/limits.ts',
  'packages/factory/src/limits.ts',
  'packages/server/src/limits.ts',
  'packages/cli/src/base/limits.ts',
];

const WIDTH = 100;

/**
 * @typedef {object} Limit
 * @property {string} name
 * @property {number} value
 * @property {string} about
 * @property {string} reached what happens then
 */

/** The page as it has to be. */
export async function limitsPage() {
  const sections = await Promise.all(FILES.map(section));
  return [...INTRODUCTION, ...sections.flat(), ''].join('\n');
}

const INTRODUCTION = [
  '# Limits',
  '',
  'What a guest, a driver or a client may take on the host, and what happens when it takes more. Made by',
  '`pnpm limits` from the constants of the sources; change them there.',
];

/** @param {string} path */
async function section(path) {
  const limits = limitsIn(await readFile(inRoot(path), 'utf8'));
  return ['', `## \`${path}\``, ...limits.flatMap(item)];
}

/**
 * @param {string} source
 * @returns {Limit[]}
 */
export function limitsIn(source) {
  const constants = source.matchAll(/\/\*\*\n((?: \*.*\n)+?) \*\/\nexport const (\w+) = ([^;]+);/g);
  return [...constants].flatMap(([, comment = '', name = '', expression = '']) => {
    const text = comment
      .replace(/^ \* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim();
    const [about = '', reached] = text.split(' @reached ');
    return reached ? [{ name, value: numberIn(expression), about, reached }] : [];
  });
}

/** @param {string} expression a number, or one shifted */
function numberIn(expression) {
  const [number = '', shift = '0'] = expression.replaceAll('_', '').split(' << ');
  return Number(number) * 2 ** Number(shift);
}

/** @param {Limit} limit */
function item({ name, value, about, reached }) {
  const text = `- \`${name}\`: **${withUnit(name, value)}**. ${about} When it is reached: ${reached}.`;
  return ['', ...wrapped(text)];
}

/**
 * @param {string} name whose last part is the unit
 * @param {number} value
 */
function withUnit(name, value) {
  if (name.endsWith('_MS')) return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  if (name.endsWith('_PER_S')) return `${value} in a second`;
  if (!name.endsWith('_BYTES')) return `${value}`;
  if (value % 2 ** 20 === 0) return `${value / 2 ** 20} MiB`;
  return value % 2 ** 10 === 0 ? `${value / 2 ** 10} KiB` : `${value} bytes`;
}

/** @param {string} text */
function wrapped(text) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ` `;
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
