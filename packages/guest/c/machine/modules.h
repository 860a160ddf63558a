// The kernel modules in the initrd.
#ifndef RUNV_MODULES_H
#define RUNV_MODULES_H

// Loads the files of /lib/modules in the order of /lib/modules/order, which has a file name on each line.
void modules_load(void);

#endif
