/** The driver that a daemon takes, and why. */
import { type Choice, probe, probeDefault } from '@runv/driver-loader';
import { DAEMON_CWD } from '../client/paths.ts';
import type { Globals } from '../context/globals.ts';
import { guestFiles } from './guestFiles.ts';

type Named = Pick<Globals, 'driver' | 'driverOptions' | 'kernel' | 'initrd' | 'template'>;

/** What guests of a kernel that was named without a driver boot on. */
const PC = 'pc';

/** @param clones whether it has to have templates; so it has where one is named */
export async function takeDriver(globals: Named, clones = globals.template !== undefined): Promise<Choice> {
  const { driver: named, driverOptions: settings, kernel, initrd } = globals;
  const options = { settings, cwd: DAEMON_CWD };
  if (named !== '') return { driver: await probe(named, options), why: `named by --driver ${named}` };
  return await probeDefault(async ({ guest, capabilities }) => {
    if ((clones && !capabilities.clone) || (kernel !== undefined && guest !== PC)) return false;
    return await guestFiles({ kernel, initrd }, guest).then(
      () => true,
      () => false,
    );
  }, options);
}
