/** A command in a terminal, which somebody types at. */
import { execa } from 'execa';

/**
 * In one of 33 lines and 111 columns. Once the command has said `word`, a line is typed: an engine may lose what a program
 * says right before its end, whatever the runtime.
 */
export async function inTerminal(command: readonly string[], word: string) {
  const line = command.map((part) => `'${part}'`).join(' ');
  const terminal = execa('script', ['-qec', `stty rows 33 cols 111; ${line}`, '/dev/null'], {
    ...{ reject: false, env: { TERM: 'xterm' } },
  });
  let said = '';
  const type = (chunk: Buffer) => {
    said += chunk;
    if (!said.includes(word)) return;
    terminal.stdout.off('data', type);
    terminal.stdin.write('\n');
  };
  terminal.stdout.on('data', type);
  return await terminal;
}
