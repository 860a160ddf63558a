/** Directories and files of the host in a container, while both use them. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bundles, Daemon, runContainer, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

/** Says a word to itself through a unix socket of the name that it is given. */
const TALK = `
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, argv[argc - 1], sizeof address.sun_path - 1);
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 1)) return perror("bind"), 1;
    if (connect(client, (struct sockaddr *)&address, sizeof address)) return perror("connect"), 1;
    char heard[8] = "";
    int accepted = accept(server, NULL, NULL);
    if (write(client, "heard", 5) != 5 || read(accepted, heard, 5) != 5) return perror("talk"), 1;
    puts(heard);
}
`;

/** Writes, maps, cuts and reads the file of its last argument as the seed of its first says; prints what was read, in short. */
const SCATTER = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
enum { SPAN = 4 << 20, LONGEST = 1 << 19, PAGE = 4096 };
static uint64_t state;
static size_t below(size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(state >> 33) % bound;
}
static int failed(const char *what) { return perror(what), 1; }
int main(int argc, char **argv) {
    static unsigned char bytes[LONGEST];
    int fd = open(argv[argc - 1], O_RDWR | O_CREAT | O_TRUNC, 0644);
    size_t size = 0, read_hash = 0;
    if (fd < 0) return failed("open");
    state = strtoull(argv[1], NULL, 10);
    for (int step = 0; step < 400; step++) {
        size_t at = below(SPAN), length = 1 + below(below(2) ? LONGEST : 3 * PAGE), what = below(10);
        memset(bytes, 'a' + step % 26, length);
        if (what < 6) {
            if (pwrite(fd, bytes, length, (off_t)at) != (ssize_t)length) return failed("pwrite");
            size = at + length > size ? at + length : size;
        } else if (what < 8 && at + length <= size) {
            size_t from = at / PAGE * PAGE;
            unsigned char *map = mmap(NULL, at + length - from, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)from);
            if (map == MAP_FAILED) return failed("mmap");
            memcpy(map + (at - from), bytes, length);
            if (msync(map, at + length - from, MS_SYNC) || munmap(map, at + length - from)) return failed("msync");
        } else if (what == 8) {
            if (ftruncate(fd, (off_t)(size = at))) return failed("ftruncate");
        } else {
            ssize_t count = pread(fd, bytes, length, (off_t)at);
            for (ssize_t i = 0; i < count; i++) read_hash = read_hash * 31 + bytes[i];
            if (below(2) && fsync(fd)) return failed("fsync");
        }
    }
    printf("%zu %zu\\n", size, read_hash);
    return close(fd) ? failed("close") : 0;
}
`;

const seed = inject('fuzzSeed');

let dir: string;
let bundles: Bundles;
let daemon: Daemon;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-volumes-'));
  bundles = await Bundles.make();
  daemon = await Daemon.start();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

test('what the host changes in a volume the container sees, each time it looks, and the other way round', async () => {
  const [volume, file] = [join(dir, 'volume'), join(dir, 'file')];
  await mkdir(volume);
  await writeFile(join(volume, 'page'), 'one\n');
  await writeFile(file, 'first\n');
  const mounts = [
    { destination: '/volume', type: 'bind', source: volume, options: ['rbind'] },
    { destination: '/file', type: 'bind', source: file, options: ['rbind', 'ro'] },
  ];
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'], spec: { mounts } });
  const { client } = daemon;
  let execs = 0;
  await client.createContainer({ id: 'looks', bundlePath });
  const said = async (script: string) => {
    const args = ['sh', '-c', `exec 2>&1; ${script}`];
    const { stdout } = await runExec(daemon, 'looks', { pid: `exec-${++execs}`, args, env: ['PATH=/bin'], cwd: '/' });
    return stdout.toString();
  };
  expect(await said('cat /volume/page /file; wc -c < /volume/page')).toBe('one\nfirst\n4\n');
  await writeFile(join(volume, 'page'), 'two, and longer\n');
  await writeFile(file, 'second\n');
  expect(await said('cat /volume/page /file; wc -c < /volume/page')).toBe('two, and longer\nsecond\n16\n');
  await writeFile(join(volume, 'next'), 'three\n');
  await rename(join(volume, 'next'), join(volume, 'page'));
  expect(await said('cat /volume/page; ls /volume')).toBe('three\npage\n');
  await unlink(join(volume, 'page'));
  expect(await said('cat /volume/page; ls /volume')).toContain('No such file');
  expect(await said('echo mine > /volume/made; echo more >> /volume/made')).toBe('');
  expect(await readFile(join(volume, 'made'), 'utf8')).toBe('mine\nmore\n');
  // A program runs from there, for which the kernel maps it.
  expect(await said('cp /bin/busybox /volume/busybox && /volume/busybox echo mapped')).toBe('mapped\n');
  await client.signal({ id: 'looks', pid: 'init', signal: 9 });
});

test('a file of the root file system that was read, and that the host replaces or writes to, is the new one when it is opened again', async () => {
  const root = join(bundles.dir, 'rootfs', 'etc');
  for (const name of ['replaced', 'rewritten']) await writeFile(join(root, name), 'one\n');
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'] });
  await daemon.client.createContainer({ id: 'root', bundlePath });
  let execs = 0;
  const said = async (script: string) => {
    const options = { pid: `root-${++execs}`, args: ['sh', '-c', script], env: ['PATH=/bin'], cwd: '/etc' };
    return (await runExec(daemon, 'root', options)).stdout.toString();
  };
  expect(await said('cat replaced rewritten')).toBe('one\none\n');
  await writeFile(join(root, 'next'), 'another\n');
  await rename(join(root, 'next'), join(root, 'replaced'));
  await writeFile(join(root, 'rewritten'), 'longer than before\n');
  expect(await said('cat replaced rewritten')).toBe('another\nlonger than before\n');
  await said('echo mine >> replaced; echo mine >> rewritten');
  expect(await said('cat replaced rewritten')).toBe('another\nmine\nlonger than before\nmine\n');
  await daemon.client.signal({ id: 'root', pid: 'init', signal: 9 });
  await until(async () => (await readFile(join(root, 'rewritten'), 'utf8')) === 'longer than before\nmine\n');
  expect(await readFile(join(root, 'replaced'), 'utf8')).toBe('another\nmine\n');
});

test('what the host adds to a file that a program keeps open is read next, and both add to its end', async () => {
  const volume = join(dir, 'kept-open');
  await mkdir(volume);
  const log = join(volume, 'log');
  await writeFile(log, 'one\n');
  const waitFor = (name: string) => `until [ -e /volume/${name} ]; do sleep 0.02; done`;
  const script = `exec 3< /volume/log 4>> /volume/log; read a <&3; echo "$a"; touch /volume/read
    ${waitFor('added')}; read a <&3; echo "$a"; echo three >&4; touch /volume/written
    ${waitFor('replaced')}; cat /volume/log <&3; cat <&3`;
  const mounts = [{ destination: '/volume', type: 'bind', source: volume, options: ['rbind'] }];
  const bundlePath = await bundles.bundle({ args: ['sh', '-c', script], spec: { mounts } });
  const ran = runContainer(daemon, 'keeps-open', bundlePath);
  await until(async () => (await readdir(volume)).includes('read'));
  await appendFile(log, 'two\n');
  await writeFile(join(volume, 'added'), '');
  await until(async () => (await readdir(volume)).includes('written'));
  expect(await readFile(log, 'utf8')).toBe('one\ntwo\nthree\n');
  await appendFile(log, 'four\n');
  await writeFile(join(volume, 'next'), 'of another file\n');
  await rename(join(volume, 'next'), log);
  await writeFile(join(volume, 'replaced'), '');
  const { stdout, status } = await ran;
  expect({ out: stdout.toString(), status }).toEqual({
    out: 'one\ntwo\nof another file\nthree\nfour\n',
    status: 0,
  });
});

test('FIFOs, sockets and devices are made and used in a rootfs and in a volume, and owners, modes and links kept', async () => {
  const volume = join(dir, 'special');
  await mkdir(volume);
  const talk = join(dir, 'talk');
  await writeFile(`${talk}.c`, TALK);
  await execa('gcc', ['-static', '-o', talk, `${talk}.c`]);
  const mounts = [
    { destination: '/volume', type: 'bind', source: volume, options: ['rbind'] },
    { destination: '/bin/talk', type: 'bind', source: talk, options: ['bind', 'ro'] },
  ];
  const use = [
    'mkdir -p $at; cd $at',
    'mkfifo -m 0600 fifo && { echo through > fifo & cat fifo; }',
    'mknod zero c 1 5 && head -c 2 zero | wc -c',
    'mknod disk b 7 99',
    '/bin/talk socket',
    'echo text > file && chown 7:8 file && chmod 4750 file && ln file hard && ln -s file soft',
    "for name in fifo zero disk socket file hard soft; do stat -c '%n %F %u:%g %a %t:%T %h' $name; done",
  ].join('; ');
  const args = ['sh', '-c', `exec 2>&1; at=/made; ${use}; at=/volume; ${use}`];
  const bundlePath = await bundles.bundle({ args, spec: { mounts } });
  const said = (await runContainer(daemon, 'special', bundlePath)).stdout.toString();
  const once = `through
2
heard
fifo fifo 0:0 600 0:0 1
zero character special file 0:0 644 1:5 1
disk block special file 0:0 644 7:63 1
socket socket 0:0 755 0:0 1
file regular file 7:8 4750 0:0 2
hard regular file 7:8 4750 0:0 2
soft symbolic link 0:0 777 0:0 1
`;
  expect(said).toBe(once + once);
  // And they are so outside.
  const kinds = await Promise.all(['fifo', 'zero', 'disk', 'socket', 'file'].map((name) => stat(join(volume, name))));
  expect(kinds.map(({ mode }) => (mode & 0o170000).toString(8))).toEqual([
    '10000',
    '20000',
    '60000',
    '140000',
    '100000',
  ]);
});

test(`what is written in pieces, through mappings and around cuts is on the host as it would be there (RUNV_FUZZ_SEED=${seed})`, async () => {
  const volume = join(dir, 'scattered');
  await mkdir(volume);
  const scatter = join(dir, 'scatter');
  await writeFile(`${scatter}.c`, SCATTER);
  await execa('gcc', ['-static', '-O2', '-o', scatter, `${scatter}.c`]);
  const mounts = [
    { destination: '/volume', type: 'bind', source: volume, options: ['rbind'] },
    { destination: '/bin/scatter', type: 'bind', source: scatter, options: ['bind', 'ro'] },
  ];
  const args = [
    'sh',
    '-c',
    `exec 2>&1; scatter ${seed} /scattered; cat /scattered > /volume/rootfs; scatter ${seed} /volume/file`,
  ];
  const bundlePath = await bundles.bundle({ args, spec: { mounts } });
  const { stdout: here } = await execa(scatter, [`${seed}`, join(dir, 'here')]);
  expect((await runContainer(daemon, 'scatters', bundlePath)).stdout.toString()).toBe(`${here}\n${here}\n`);
  const same = await readFile(join(dir, 'here'));
  for (const file of [join(volume, 'rootfs'), join(volume, 'file'), join(bundles.dir, 'rootfs', 'scattered')]) {
    expect(same.equals(await readFile(file)), file).toBe(true);
  }
});
