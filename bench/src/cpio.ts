/** An initrd to be put behind another: an archive in cpio's format "newc", of files that are all executable. */

const EXECUTABLE = 0o100755;

export function cpio(files: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(files).map(([name, content], index) => entry(name, content, index + 1));
  return Buffer.concat([...entries, entry('TRAILER!!!', Buffer.alloc(0), 0)]);
}

function entry(name: string, content: Buffer, inode: number): Buffer {
  // inode, mode, uid, gid, links, mtime, size, four device numbers, size of the name with its 0, checksum
  const fields = [inode, EXECUTABLE, 0, 0, 1, 0, content.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.from(`${header}${name}\0`)), padded(content)]);
}

/** Header and name together, and the content, each to a multiple of 4. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
