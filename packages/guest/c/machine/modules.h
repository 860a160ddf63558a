// The kernel modules in the initrd.
#ifndef RUNV_MODULES_H
#define RUNV_MODULES_H

// Loads /lib/modules/*.ko in the order that /lib/modules/order gives, a file name a line.
void modules_load(void);

#endif
