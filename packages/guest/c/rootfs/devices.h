// A container's device nodes: the ones that every container has, and those of linux.devices.
#ifndef RUNV_DEVICES_H
#define RUNV_DEVICES_H

#include "base/base.h"
#include "spec/containerspec.h"

// Makes them below the open root.
bool make_devices(int root, const struct container_spec *spec, const struct id_maps *maps, bool make_dev,
                  struct failure *failure);

#endif
