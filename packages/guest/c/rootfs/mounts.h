// The mounts of a container, made below its root before the root is changed.
#ifndef RUNV_MOUNTS_H
#define RUNV_MOUNTS_H

#include "base/base.h"
#include "spec/containerspec.h"

// Whether one of the mounts is a bind mount, which comes from the host.
bool mounts_have_volume(const struct container_spec *spec);
// `make_dev` tells whether the standard devices are to be made in /dev.
bool mount_all(int root, const struct container_spec *spec, const struct id_maps *maps, bool *make_dev,
               struct failure *failure);
// Makes a read-only /dev read-only, after its devices were made.
bool mount_dev_readonly(int root, const struct container_spec *spec, struct failure *failure);

#endif
