// Runs a command; its output is kept, and shown only when it fails.
import { spawn } from 'node:child_process';
import { Failure } from './failure.mjs';

const SHOWN_LINES = 40;

/**
 * Gives all that it wrote.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {Record<string, string>} [options.env] beside this process's
 * @param {(line: string) => void} [options.onLine] called with each line as it comes
 * @returns {Promise<string>}
 */
export async function run(command, args, { cwd, env, onLine } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      for (const line of text.split('\n')) if (line.trim() !== '') onLine?.(line.trim());
    });
  }
  const ending = await ended(child, command);
  if (ending === 'exit code 0') return output;
  const last = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new Failure(`${last}\n${command} ${args.join(' ')}: ${ending}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} command
 * @returns {Promise<string>}
 */
function ended(child, command) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`));
  });
}
