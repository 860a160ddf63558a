/** A root file system with a C compiler, and in it a script that loads a directory as a build does, or with one large file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** Its path in the root file system. */
export const SCRIPT = '/load.sh';

/** Says when it began and when it was done, in the guest's seconds. What was written is with the host by then. */
const LOAD = `set -e
cd "$2"
read -r from rest < /proc/uptime
case $1 in
  build)
    tar xf /sources.tar
    for file in sources/compiled/*.c; do tcc -c "$file" -o "\${file%.c}.o"; done
    cat sources/*/* | md5sum > sources/sum
    ls -lR sources > sources/listing
    sync
    rm -r sources ;;
  stream)
    dd if=/dev/zero of=large bs=1M count="$3" conv=fsync 2> /dev/null
    dd if=large of=/dev/null bs=1M 2> /dev/null
    rm large ;;
esac
read -r to rest < /proc/uptime
echo "$from $to"
`;

export interface Sources {
  readonly files: number;
  /** How many of them are compiled. */
  readonly compiled: number;
}

/** @param like a root file system with busybox */
export async function makeFileRootfs(rootfs: string, like: string, sources: Sources): Promise<void> {
  await execa('cp', ['--archive', like, rootfs]);
  const { stdout } = await execa('ldd', ['/usr/bin/tcc']);
  const libraries = [...stdout.matchAll(/\/\S+(?= \()/g)].map(([path]) => path);
  await execa('cp', ['/usr/bin/tcc', join(rootfs, 'bin')]);
  for (const library of libraries) {
    await mkdir(join(rootfs, dirname(library)), { recursive: true });
    await execa('cp', ['--dereference', library, join(rootfs, library)]);
  }
  await writeFile(join(rootfs, SCRIPT), LOAD);
  await mkdir(join(rootfs, 'work'));
  await packSources(join(rootfs, 'sources.tar'), sources);
}

/** @returns ms, of what the script says */
export function msOf(said: string): number {
  const [from = Number.NaN, to = Number.NaN] = said.split(' ').map(Number);
  if (!(to >= from)) throw new Error(`the load said ${JSON.stringify(said)}`);
  return (to - from) * 1000;
}

async function packSources(archive: string, { files, compiled }: Sources): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-sources-'));
  try {
    for (let file = 0; file < files; file += 1) {
      const into = join(dir, 'sources', file < compiled ? 'compiled' : `part${file % 10}`);
      await mkdir(into, { recursive: true });
      await writeFile(join(into, `file${file}.c`), source(file));
    }
    await execa('tar', ['--create', '--file', archive, '--directory', dir, 'sources']);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** About 3 KB. */
function source(file: number): string {
  const functions = Array.from({ length: 30 }, (_, at) => {
    const body = `for (int i = 0; i < ${at + 3}; i++) sum += i * ${file} ^ sum >> 3;`;
    return `int f${file}_${at}(int sum) {\n    ${body}\n    return sum;\n}\n`;
  });
  return functions.join('\n');
}
