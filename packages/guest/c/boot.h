// The beginning and the end of the guest.
#ifndef RUNV_BOOT_H
#define RUNV_BOOT_H

#include "base/base.h"

// Mounts, modules, loopback: everything before the ports can be opened.
void boot(void);
// Closes everything and powers off (on a host: exits).
noreturn void shut_down(void);

#endif
