// The start of the guest.
#ifndef RUNV_BOOT_H
#define RUNV_BOOT_H

// Does what must precede the ports: mounts, modules, loopback.
void boot(void);

#endif
