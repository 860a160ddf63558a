/** `docker build` with runv as the default runtime makes the image that it makes with runc. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Engine, startDocker } from '@runv/testkit';
import { expect, test } from 'vitest';

/** What steps of people's files do: users, modes, links, removals, times, special files, large files and many. */
const FILE = `
FROM localhost/busybox:test
ENV COLOR=red
RUN cat /proc/version
WORKDIR /work
COPY --chown=1:2 copied .
RUN echo $COLOR > color; mkdir -p a/b/c; chmod 1777 a; chmod 4755 copied; chown -R 1000:1000 a/b
RUN ln -s a/b link; ln copied again; mkfifo pipe; touch -d '2001-02-03 04:05:06' old; rm -r a/b/c
RUN cp /bin/busybox tool; chmod 2711 tool; ls -la / > /dev/null
RUN i=0; while [ $i -lt 300 ]; do echo $i > /work/many-$i; i=$((i+1)); done; head -c 5000000 /dev/zero > large
RUN rm many-1*; mv large moved; rm -r a; mkdir a; chmod 700 a; mkdir -m 1777 open; : > 'a name with spaces'; : > héllo
RUN ["/bin/sh", "-c", "echo exec form > form; cat /etc/hosts > /dev/null"]
USER 1234:5678
RUN id > open/id; umask 077; echo secret > open/secret
`;

/** Without the times, which differ from build to build, but for those that a step has set. */
const LIST = `mkdir -p "$1"; tar -C "$1" -xf - --xattrs --xattrs-include='*' --numeric-owner; cd "$1"
  find . -path ./dev -prune -o -path ./proc -prune -o -path ./sys -prune -o -printf '%p %y %m %U %G %n %s %l\\n' | grep -v '^. d' |
    awk '$2 == "d" { $7 = "" } { print }' | sort
  find . -type f -exec sha256sum {} + | sort -k 2; stat -c '%n %y' work/old; getfattr -Rhm - -d . 2> /dev/null || true`;

interface Built {
  readonly files: string;
  /** Whether the steps ran on the host's kernel. */
  readonly onHost: boolean;
}

async function build(engine: Engine, kind: 'classic' | 'BuildKit'): Promise<Built> {
  const dir = engine.sandbox.path(`context-${kind}`);
  await mkdir(dir);
  await writeFile(`${dir}/Dockerfile`, FILE);
  await writeFile(`${dir}/copied`, 'from the context\n', { mode: 0o640 });
  const docker = ['env', `DOCKER_BUILDKIT=${kind === 'classic' ? 0 : 1}`, ...engine.address];
  const run = async (line: readonly string[]) => {
    const { exitCode, stdout, stderr } = await engine.sandbox.run(line);
    expect(exitCode, `${line.join(' ')}: ${stdout}${stderr}`).toBe(0);
    return `${stdout}${stderr}`.trim();
  };
  const said = await run([
    ...docker,
    'build',
    '--no-cache',
    '--network',
    'none',
    '-t',
    `made:${kind.toLowerCase()}`,
    dir,
  ]);
  const id = await run([...docker, 'create', `made:${kind.toLowerCase()}`]);
  const script = `"$0" -H "$3" export "$2" | { ${LIST}; }`;
  const [program = '', , address = ''] = engine.address;
  const files = await run([
    'bash',
    '-ceo',
    'pipefail',
    script,
    program,
    engine.sandbox.path(`files-${kind}`),
    id,
    address,
  ]);
  return { files, onHost: said.includes((await readFile('/proc/version', 'utf8')).trim()) };
}

test.each(['classic', 'BuildKit'] as const)('the files of an image that %s has built', async (kind) => {
  const [ours, theirs] = await Promise.all(
    ['runv', 'runc'].map(async (runtime) => {
      await using engine = await startDocker(undefined, { settings: { 'default-runtime': runtime } });
      return await build(engine, kind);
    }),
  );
  expect(theirs?.files).toContain('many-299');
  expect(ours?.files).toBe(theirs?.files);
  // BuildKit runs its steps by runc, whatever the default runtime is.
  expect([ours?.onHost, theirs?.onHost]).toEqual([kind === 'BuildKit', true]);
});
