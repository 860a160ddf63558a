// The pod's 9p export: for root file systems, which only their container uses, and, less cached, for volumes.
#ifndef RUNV_SHARE_H
#define RUNV_SHARE_H

#include <sys/types.h>

#include "base/base.h"

bool share_mount(const char *tag, struct failure *failure);
bool share_is_mounted(void);
bool share_is_mounted_from(const char *tag);
// Mounts it for volumes too, unless it is. An older host has only the one tag: volumes are then found in the share.
bool share_mount_volumes(struct failure *failure);
// Where volumes are.
const char *share_volumes(void);
// Whether it is a file system of the host's.
bool share_has_device(dev_t device);
// Writes back what containers wrote, so that the host sees it.
void share_write_back(void);
// Is there so much to write that it takes long?
bool share_is_dirty(void);
// The pid of the child that does it; -1 when it could not be started.
pid_t share_write_back_in_child(void);
// Forgets names that the host may have given to other files since.
void share_forget_names(void);
void share_unmount(void);

#endif
