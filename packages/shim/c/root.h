// The shim's place among the host's files: what the container has of them, for whoever looks through /proc/<pid>/root.
#ifndef RUNV_ROOT_H
#define RUNV_ROOT_H

#include "settings.h"

// Makes the settings' root, with its mounts, the shim's, in a mount namespace of its own.
void root_enter(const struct settings *settings);

#endif
