// The mounts of a container, made below its root before the root is changed.
#ifndef RUNV_MOUNTS_H
#define RUNV_MOUNTS_H

#include "base.h"
#include "spec.h"

// `make_dev` says whether /dev is ours to fill.
bool mount_all(int root, const struct container_spec *spec, bool *make_dev, struct failure *failure);

#endif
