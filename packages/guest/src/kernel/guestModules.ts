// The modules of a stock kernel that a guest needs, and a name for that choice.
import { createHash } from 'node:crypto';

export const guestModules = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay', 'virtio_net'];

export function modulesHash(): string {
  return createHash('sha256').update(guestModules.join(' ')).digest('hex').slice(0, 12);
}
