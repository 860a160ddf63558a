/** A network of sandboxes: wires from each of them to a bridge, which is in a sandbox of its own. */
import { execa } from 'execa';
import { Sandbox } from './sandbox.ts';

/** The first 24 bits of the addresses. */
const NETWORK = '203.0.113';

/** @returns the bridge, which ends the network with itself, and the addresses of the sandboxes, on their eth0 */
export async function joinByWires(sandboxes: readonly Sandbox[]): Promise<{ bridge: Sandbox; addresses: string[] }> {
  const bridge = await Sandbox.make('bridge');
  // A wire's ends are in two sandboxes, so the pids have to be the host's.
  const ip = (sandbox: Sandbox, line: string) =>
    execa('nsenter', [`--target=${sandbox.init}`, '--net', '--', 'ip', ...line.split(' ')]);
  await ip(bridge, 'link add bridge up type bridge');
  const addresses = sandboxes.map((_, index) => `${NETWORK}.${index + 1}`);
  for (const [index, sandbox] of sandboxes.entries()) {
    await ip(bridge, `link add wire${index} up master bridge type veth peer name eth0 netns ${sandbox.init}`);
    await ip(sandbox, `address add ${addresses[index]}/24 dev eth0`);
    await ip(sandbox, 'link set eth0 up');
  }
  return { bridge, addresses };
}
