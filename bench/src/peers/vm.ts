/** A container of runv's, in a VM of its own. */
import { type Bundles, Daemon, programSpec, runExec } from '@runv/testkit';
import { nextId, removeAll } from '../firstByte.ts';
import { type Column, ENV, type Ends, STAYS } from './column.ts';

const MEMORY_MIB = 1024;
/** As many as the reference machine has, and so every other column. */
const CPUS = 2;

export async function vmColumn(
  name: string,
  driver: string,
  bundles: Bundles,
  root: string,
  ends: Ends,
): Promise<Column> {
  const daemon = await Daemon.start({ flags: ['--driver', driver] });
  ends.push(() => daemon[Symbol.asyncDispose]());
  const id = nextId();
  const spec = programSpec({ rootfs: root, args: STAYS, memoryMiB: MEMORY_MIB, cpus: CPUS });
  await daemon.client.createContainer({ id, bundlePath: await bundles.bundle({ args: STAYS, spec: { ...spec } }) });
  ends.push(() => removeAll(daemon));
  const sh = async (script: string) => {
    const process = { pid: nextId(), args: ['sh', '-c', script], env: ENV, cwd: '/' };
    const { stdout, stderr, status } = await runExec(daemon, id, process);
    if (status !== 0) throw new Error(`${script} ended with ${status} in a VM of ${driver}: ${stderr}${stdout}`);
    return stdout.toString();
  };
  return { name, sh };
}
