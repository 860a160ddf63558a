// A container's surroundings, made by its init before its program runs.
#ifndef RUNV_SETUP_H
#define RUNV_SETUP_H

#include "base/base.h"
#include "spec/containerspec.h"

// `maps` is NULL or who is who in its user namespace. Afterwards "/" is the container's root, with its mounts and devices.
bool setup_root(const struct container_spec *spec, const struct id_maps *maps, struct failure *failure);
// The last step, because making a workdir needs to write.
bool setup_readonly(const struct container_spec *spec, struct failure *failure);

#endif
