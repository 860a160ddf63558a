/** Chooses the kernel and initrd to boot: the named ones, else those of an installed hyper, else the guest package's. */
import { existsSync } from 'node:fs';
import { CliError } from '../base/failure.ts';

const HYPER = { kernel: '/var/lib/hyper/kernel', initrd: '/var/lib/hyper/hyper-initrd.img' };

/** Guests of a PC. */
const PC = 'pc';

/**
 * @param guest the images that the driver takes (`DriverInfo.guest`)
 * @throws CliError when a named file is missing, or no images are named or found
 */
export async function guestFiles(
  named: { kernel?: string | undefined; initrd?: string | undefined },
  guest: string,
): Promise<{ kernel: string; initrd: string }> {
  const installed = guest === PC && existsSync(HYPER.kernel) && existsSync(HYPER.initrd) ? HYPER : undefined;
  const found = named.kernel && named.initrd ? undefined : (installed ?? (await ownImages(guest)));
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

async function ownImages(guest: string) {
  const { findGuestImages, GUEST_KERNELS, GuestImageError } = await import('@runv/guest');
  const kernel = GUEST_KERNELS.get(guest);
  if (!kernel)
    throw new CliError(`runv has no guest '${guest}', which the driver asks for: name one by --kernel and --initrd`);
  try {
    return findGuestImages(kernel);
  } catch (error) {
    throw error instanceof GuestImageError ? new CliError(error.message) : error;
  }
}
