// What the jailed program sees of the host's files.
#ifndef RUNV_FILESYSTEM_H
#define RUNV_FILESYSTEM_H

#include "settings.h"

// Takes copies of the paths' mounts. In the host's mount namespace.
void filesystem_open(struct settings *settings);
// Makes the root of them, in a mount namespace of its own.
void filesystem_enter(const struct settings *settings);

#endif
