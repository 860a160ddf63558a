// The numbers of three protocols, of which proto/codes.json is the one source: for each side of each protocol, a file made from it.
import { readFile } from 'node:fs/promises';
import { inRoot } from './paths.mjs';

const MADE = 'Made from proto/codes.json by `pnpm codes`: change it there.';

/**
 * @typedef {object} Protocol
 * @property {string} about the document that explains it
 * @property {string} c the header of the side in C
 * @property {string} ts the module of the side in TypeScript
 * @property {Record<string, number>} codes
 */

/** @returns {Promise<Record<string, Protocol>>} */
export async function readProtocols() {
  return JSON.parse(await readFile(inRoot('proto/codes.json'), 'utf8'));
}

/**
 * Each file as it has to be.
 *
 * @returns {Promise<{ path: string, text: string }[]>}
 */
export async function codeFiles() {
  return Object.values(await readProtocols()).flatMap((protocol) => [
    { path: protocol.c, text: header(protocol) },
    { path: protocol.ts, text: module(protocol) },
  ]);
}

/** @param {Protocol} protocol */
function header({ about, codes }) {
  const lines = Object.entries(codes).map(([name, number]) => `    ${name} = ${number},`);
  return [
    `// The codes of ${about}.`,
    `// ${MADE}`,
    '#ifndef RUNV_CODES_H',
    '#define RUNV_CODES_H',
    '',
    'enum code {',
    ...lines,
    '};',
    '',
    '#endif',
    '',
  ].join('\n');
}

/** @param {Protocol} protocol */
function module({ about, codes }) {
  const lines = Object.entries(codes).map(([name, number]) => `  ${name}: ${number},`);
  return [`/** The codes of ${about}. ${MADE} */`, 'export const CODE = {', ...lines, '} as const;', ''].join('\n');
}
