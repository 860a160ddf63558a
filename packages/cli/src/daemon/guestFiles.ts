/** Chooses the kernel and initrd to boot: the named ones, else those of an installed hyper, else the guest package's. */
import { existsSync } from 'node:fs';
import { CliError } from '../base/failure.ts';

const HYPER = { kernel: '/var/lib/hyper/kernel', initrd: '/var/lib/hyper/hyper-initrd.img' };

/** @throws CliError when a named file is missing, or no images are named or found */
export async function guestFiles(named: {
  kernel?: string | undefined;
  initrd?: string | undefined;
}): Promise<{ kernel: string; initrd: string }> {
  const installed = existsSync(HYPER.kernel) && existsSync(HYPER.initrd) ? HYPER : undefined;
  const found = named.kernel && named.initrd ? undefined : (installed ?? (await ownImages()));
  const [kernel, initrd] = [named.kernel ?? found?.kernel, named.initrd ?? found?.initrd];
  if (!kernel || !initrd) {
    throw new CliError(
      'there is no guest kernel on this machine yet; run: runv doctor, or name one by --kernel and --initrd',
    );
  }
  for (const [flag, file] of [
    ['--kernel', kernel],
    ['--initrd', initrd],
  ] as const) {
    if (!existsSync(file)) throw new CliError(`${flag} ${file}: there is no such file`);
  }
  return { kernel, initrd };
}

async function ownImages() {
  const { findGuestImages } = await import('@runv/guest');
  return findGuestImages();
}
