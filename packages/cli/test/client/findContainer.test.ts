import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findContainer, listContainers } from '../../src/client/findContainer.ts';
import { tempDir } from '../support/runv.ts';

async function record(root: string, id: string, status: string, pid: number): Promise<void> {
  await mkdir(join(root, id), { recursive: true });
  const runv = { daemon: { pid, containerdDir: root, socket: join(root, 's') }, vm: { pid } };
  await writeFile(join(root, id, 'state.json'), JSON.stringify({ id, status, pid, runv }));
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = execa('true');
  await child;
  return child.pid ?? 0;
}

test('what a dead daemon left is stopped, what lives is as its record says', async () => {
  await using root = await tempDir();
  await record(root.path, 'dead', 'running', await deadPid());
  await record(root.path, 'begun', 'creating', await deadPid());
  await record(root.path, 'alive', 'running', process.pid);
  await record(root.path, 'ended', 'stopped', 0);
  expect(await findContainer(root.path, 'dead')).toMatchObject({ id: 'dead', status: 'stopped', pid: 0 });
  expect(await findContainer(root.path, 'begun')).toMatchObject({ status: 'stopped', pid: 0 });
  expect(await findContainer(root.path, 'alive')).toMatchObject({ status: 'running', pid: process.pid });
  expect(await findContainer(root.path, 'ended')).toMatchObject({ status: 'stopped', pid: 0 });
});

test('the list has what is whole, and leaves out the daemon and what is damaged', async () => {
  await using root = await tempDir();
  await record(root.path, 'whole', 'running', process.pid);
  await record(root.path, '.daemon', 'running', process.pid);
  await mkdir(join(root.path, 'empty'));
  await mkdir(join(root.path, 'damaged'));
  await writeFile(join(root.path, 'damaged/state.json'), '{"id":');
  expect((await listContainers(root.path)).map(({ id }) => id)).toEqual(['whole']);
  expect(await listContainers(join(root.path, 'none'))).toEqual([]);
});

test.each(['none', '', '.', '..', '../x', 'a/b', '.daemon', 'damaged'])('there is no container %j', async (id) => {
  await using root = await tempDir();
  await record(root.path, '.daemon', 'running', process.pid);
  await expect(findContainer(join(root.path), id)).rejects.toThrow(
    /^container ".*" does not exist in .*; runv list shows/,
  );
});
