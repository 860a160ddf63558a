// A newer Debian's packages, by an apt with directories of its own: the machine's sources and lists stay as they are.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';
import { downloadPackage, sandbox } from './debianPackage.ts';

/** Where newer kernels come to first that are still built for a release. */
const SUITE = 'trixie-backports';
/** Signs what comes from there. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface NewerDebian extends AsyncDisposable {
  /** The newest source of Linux. @throws {GuestImageError} `NOT_FOUND` */
  newestSource(): Promise<{ readonly name: string; readonly version: string }>;
  /** Fetches a package's file into a directory which has none yet, and gives its path. Its hash is checked. */
  download(name: string, into: string): Promise<string>;
}

/** @throws {GuestImageError} when there is no mirror of Debian, or its signature is not good */
export async function openNewerDebian({ onProgress, signal }: GuestImagesOptions): Promise<NewerDebian> {
  const mirror = await findMirror(signal);
  const dir = await mkdtemp(join(tmpdir(), 'runv-apt-'));
  const options = [
    ...['-o', `Dir::State::Lists=${join(dir, 'lists')}`, '-o', `Dir::Cache=${join(dir, 'cache')}`],
    ...['-o', `Dir::Etc::sourcelist=${join(dir, 'sources.list')}`, '-o', 'Dir::Etc::sourceparts=-'],
  ];
  const close = () => rm(dir, { recursive: true, force: true });
  try {
    await mkdir(join(dir, 'lists', 'partial'), { recursive: true });
    await mkdir(join(dir, 'cache', 'archives', 'partial'), { recursive: true });
    await writeFile(join(dir, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${SUITE} main\n`);
    onProgress?.(`Fetching the lists of ${SUITE}`);
    await run('apt-get', [...sandbox, ...options, '-q', 'update'], { signal });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async newestSource() {
      const found = await run('apt-cache', [...options, 'search', '--names-only', '^linux-source-[0-9.]+$'], {
        signal,
      });
      const names = found.split('\n').flatMap((line) => /^linux-source-\S+/.exec(line) ?? []);
      const name = names.toSorted(new Intl.Collator('en', { numeric: true }).compare).at(-1);
      if (name === undefined)
        throw new GuestImageError('NOT_FOUND', `${SUITE} of ${mirror} has no package linux-source-*`);
      const shown = await run('apt-cache', [...options, 'show', '--no-all-versions', name], { signal });
      return { name, version: /^Version: (\S+)/m.exec(shown)?.[1] ?? 'unknown' };
    },
    download: (name, into) => downloadPackage(name, into, signal, options),
    [Symbol.asyncDispose]: close,
  };
}

/** The mirror that this machine's own packages come from. */
async function findMirror(signal: AbortSignal | undefined): Promise<string> {
  const format = '$(ORIGIN) $(LABEL) $(REPO_URI)';
  const targets = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], { signal });
  const [, mirror] = /^Debian Debian (\S+)$/m.exec(targets) ?? [];
  if (mirror !== undefined) return mirror;
  throw new GuestImageError('NOT_FOUND', 'apt has no sources of Debian: are its lists empty? Run: apt-get update');
}
