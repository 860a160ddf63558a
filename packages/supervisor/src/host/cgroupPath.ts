/** Translates linux.cgroupsPath into a path below a hierarchy's root. */
import { join } from 'node:path';
import { SupervisorError } from '../base/errors.ts';

/**
 * A path, absolute or not, is taken as it is. systemd's form, `slice:prefix:name`, becomes the path that systemd uses for it.
 *
 * @param systemd whether the engine said that it means systemd's form (`--systemd-cgroup`)
 * @throws SupervisorError `INVALID`
 */
export function cgroupPath(path: string, systemd: boolean): string {
  const parts = systemd ? systemdPath(path) : path;
  // Never above the root: join takes the dots out.
  const found = join('/', parts);
  if (found === '/')
    throw new SupervisorError(
      'INVALID',
      `linux.cgroupsPath is ${JSON.stringify(path)}, which is the root of all control groups; name one below it`,
    );
  return found;
}

function systemdPath(path: string): string {
  const [slice = '', prefix = '', name = '', ...more] = path.split(':');
  if (name === '' || more.length > 0)
    throw new SupervisorError(
      'INVALID',
      `linux.cgroupsPath is ${JSON.stringify(path)}; with --systemd-cgroup it has the form slice:prefix:name`,
    );
  const unit = name.endsWith('.slice') ? name : `${prefix ? `${prefix}-` : ''}${name}.scope`;
  return join(slicePath(slice || 'system.slice'), unit);
}

/** `a-b.slice` stands in `a.slice` (systemd.slice(5)). */
function slicePath(slice: string): string {
  if (slice === '-.slice') return '';
  if (!slice.endsWith('.slice') || slice.includes('/'))
    throw new SupervisorError('INVALID', `linux.cgroupsPath names the slice ${JSON.stringify(slice)}, which is none`);
  const parts = slice.slice(0, -'.slice'.length).split('-');
  return join(...parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`));
}
