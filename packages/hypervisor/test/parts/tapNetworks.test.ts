import { expect, test } from 'vitest';
import { macOf, TapNetworks } from '../../src/parts/index.ts';

class Recorder extends TapNetworks {
  readonly done: string[] = [];
  protected override async plug(tap: string, netns: string, deviceMac: string): Promise<void> {
    if (tap === 'broken') throw new Error('no such namespace');
    this.done.push(`plug ${tap} ${netns} ${deviceMac}`);
  }
  protected override async unplug(tap: string, deviceMac: string): Promise<void> {
    this.done.push(`unplug ${tap} ${deviceMac}`);
  }
}

test('each tap has the first address that is free, and one that goes leaves its own to the next', async () => {
  const networks = new Recorder('vm1', [{ tap: 'found', deviceMac: macOf(1) }]);
  expect(await networks.attach('a', '/ns')).toEqual({ deviceMac: macOf(0) });
  expect(await networks.attach('b')).toEqual({ deviceMac: macOf(2) });
  await networks.detach('found');
  await networks.detach('nobody');
  await networks.attach('c', '/ns');
  expect(networks.done).toEqual([
    `plug a /ns ${macOf(0)}`,
    `plug b /proc/self/ns/net ${macOf(2)}`,
    `unplug found ${macOf(1)}`,
    `plug c /ns ${macOf(1)}`,
  ]);
  expect(networks.list.map(({ tap }) => tap)).toEqual(['a', 'b', 'c']);
});

test('a name that is taken or none is refused, and what fails leaves no entry', async () => {
  const networks = new Recorder('vm1', [{ tap: 'found', deviceMac: macOf(0) }]);
  for (const wrong of ['found', 'longer than 15 bytes'])
    await expect(networks.attach(wrong)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(networks.attach('broken')).rejects.toMatchObject({
    code: 'FAILED',
    message: 'VM vm1 gets no network by the tap broken: no such namespace',
  });
  expect(networks.list).toEqual([{ tap: 'found', deviceMac: macOf(0) }]);
});
