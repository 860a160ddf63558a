/** A network namespace that has a name, as CNI makes them. */
import { execa } from 'execa';

export interface Netns extends AsyncDisposable {
  readonly name: string;
  readonly path: string;
}

/** @param device of it, which is up and has the address */
export async function makeNetns(device: string, address: string): Promise<Netns> {
  const name = `rv-${device}-${process.pid}`;
  await execa('ip', ['netns', 'add', name]);
  const lines = [
    `link add ${device} type veth peer name peer0`,
    `address add ${address} dev ${device}`,
    `link set ${device} up`,
    'link set peer0 up',
  ];
  await execa('ip', ['-n', name, '-batch', '-'], { input: lines.join('\n') });
  return {
    name,
    path: `/run/netns/${name}`,
    [Symbol.asyncDispose]: async () => void (await execa('ip', ['netns', 'delete', name])),
  };
}
