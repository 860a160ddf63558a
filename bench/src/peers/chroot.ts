/** The host itself, seen from the same root file system; alone with its processes and its network, so that no server meets another. */
import { Sandbox } from '@runv/testkit';
import { type Column, ENV, type Ends } from './column.ts';

export async function chrootColumn(name: string, root: string, ends: Ends): Promise<Column> {
  const sandbox = await Sandbox.make('host');
  ends.push(() => sandbox[Symbol.asyncDispose]());
  const run = async (args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await sandbox.run(args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
    return stdout;
  };
  await run(['mount', '-t', 'proc', 'proc', `${root}/proc`]);
  await run(['mount', '--rbind', '/dev', `${root}/dev`]);
  return { name, sh: (script) => run(['chroot', root, 'env', '-i', ...ENV, 'sh', '-c', script]) };
}
