/** The image for the engines: Debian's static busybox, in the format of `docker save`. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export const IMAGE = 'localhost/busybox:test';

/** @param rootfs the content of the image's only layer @param command what it runs by default @returns the archive's path */
export async function makeImage(
  dir: string,
  rootfs: string,
  tag = IMAGE,
  command: readonly string[] = ['sh'],
): Promise<string> {
  const name = tag.replace(/\W/g, '-');
  const image = join(dir, name);
  await mkdir(image, { recursive: true });
  await execa('tar', ['--numeric-owner', '-cf', join(image, 'layer.tar'), '-C', rootfs, '.']);
  const layer = createHash('sha256')
    .update(await readFile(join(image, 'layer.tar')))
    .digest('hex');
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: command },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created: '2026-01-01T00:00:00Z' }],
  });
  const file = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(image, file), config);
  await mkdir(join(image, layer));
  await rename(join(image, 'layer.tar'), join(image, layer, 'layer.tar'));
  const manifest = [{ Config: file, RepoTags: [tag], Layers: [`${layer}/layer.tar`] }];
  await writeFile(join(image, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(dir, `${name}.tar`);
  await execa('tar', ['-cf', archive, '-C', image, '.']);
  return archive;
}
