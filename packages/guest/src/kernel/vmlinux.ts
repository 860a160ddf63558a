// The kernel as an ELF file, which QEMU starts by PVH: unpacking a bzImage in the guest costs 3 s without KVM.
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { GuestImageError } from '../errors.ts';
import { run } from '../run.ts';

const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const elfMagic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/** Finds the compressed kernel in a bzImage and writes it to `vmlinux` uncompressed. */
export async function extractVmlinux(bzImage: string, vmlinux: string, signal?: AbortSignal): Promise<void> {
  const image = await readFile(bzImage);
  const start = image.indexOf(xzMagic);
  if (start < 0) throw new GuestImageError('UNSUPPORTED', `${bzImage} holds no xz stream: it is compressed otherwise`);
  const compressed = `${vmlinux}.xz`;
  try {
    await writeFile(compressed, image.subarray(start));
    // One stream only: what follows it in the image is the kernel's own and not xz.
    await run('xz', ['-dc', '--single-stream', compressed], { outputFile: vmlinux, signal });
  } finally {
    await rm(compressed, { force: true });
  }
  await checkElf(vmlinux);
}

/** @throws {GuestImageError} when the file is of another format */
export async function checkElf(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(elfMagic.length), 0, elfMagic.length, 0);
    if (!buffer.equals(elfMagic)) throw new GuestImageError('UNSUPPORTED', `${path} is not an ELF file`);
  } finally {
    await file.close();
  }
}
