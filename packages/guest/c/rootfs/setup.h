// A container's root file system, set up by its init before its program runs.
#ifndef RUNV_SETUP_H
#define RUNV_SETUP_H

#include "base/base.h"
#include "spec/containerspec.h"

// Makes "/" the container's root, with its mounts and devices. `maps` is NULL without a user namespace.
bool setup_root(const struct container_spec *spec, const struct id_maps *maps, struct failure *failure);
// Comes last, because the workdir may have to be made.
bool setup_readonly(const struct container_spec *spec, struct failure *failure);

#endif
