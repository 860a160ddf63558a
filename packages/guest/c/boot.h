// The start of the guest.
#ifndef RUNV_BOOT_H
#define RUNV_BOOT_H

// Mounts, modules, loopback: everything before the ports can be opened.
void boot(void);

#endif
