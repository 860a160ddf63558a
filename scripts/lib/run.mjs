// Runs commands. The scripts use no npm package for it, because they run before packages are installed.
import { spawn } from 'node:child_process';
import { Failure } from './failure.mjs';

const SHOWN_LINES = 40;

/**
 * Runs a command and returns its output, which is shown only if it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {Record<string, string>} [options.env] added to this process's environment
 * @param {(line: string) => void} [options.onLine] called with each line of the output
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
 * Runs a command with this process's stdout and stderr. They are inherited, not piped: a process that a failing command
 * leaves behind would keep a pipe open.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} options
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} options.env the whole environment
 * @param {number} options.limitMinutes 0 for no limit
 * @returns {Promise<number | NodeJS.Signals | null>} its exit code, or the signal that killed it
 */
export async function runInherited(command, args, { cwd, env, limitMinutes }) {
  const timeout = limitMinutes * 60_000;
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout,
    killSignal: 'SIGKILL',
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} command
 * @returns {Promise<string>}
 */
function ended(child, command) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`cannot start ${command}: ${error.message}`)));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  });
}
