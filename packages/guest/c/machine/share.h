// The pod's 9p export: for root file systems, each of one container, and, with less caching, for volumes.
#ifndef RUNV_SHARE_H
#define RUNV_SHARE_H

#include <sys/types.h>

#include "base/base.h"

bool share_mount(const char *tag, struct failure *failure);
bool share_is_mounted(void);
bool share_is_mounted_from(const char *tag);
// Mounts it for volumes too, if it is not. An older host lacks that tag: the volumes are then in the share itself.
bool share_mount_volumes(struct failure *failure);
// The directory of the volumes.
const char *share_volumes(void);
// Whether the device is one of the export's.
bool share_has_device(dev_t device);
// Writes back what containers wrote, so that the host sees it.
void share_write_back(void);
// Whether there is so much to write back that it takes long.
bool share_is_dirty(void);
// Gives the pid of the child that writes back; -1 when it could not be started.
pid_t share_write_back_in_child(void);
// Drops cached names, which the host may have given to other files since.
void share_forget_names(void);
void share_unmount(void);

#endif
