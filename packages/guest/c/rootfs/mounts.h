// The mounts of a container, made below its root before the root is changed.
#ifndef RUNV_MOUNTS_H
#define RUNV_MOUNTS_H

#include "base/base.h"
#include "spec/containerspec.h"

// Whether one of its mounts comes from the host.
bool mounts_have_volume(const struct container_spec *spec);
// `make_dev` says whether /dev is ours to fill.
bool mount_all(int root, const struct container_spec *spec, const struct id_maps *maps, bool *make_dev,
               struct failure *failure);
// A /dev that is to be read-only becomes so when its devices are there.
bool mount_dev_readonly(int root, const struct container_spec *spec, struct failure *failure);

#endif
