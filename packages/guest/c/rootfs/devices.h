// A container's device nodes: the ones that every container has, and those of linux.devices.
#ifndef RUNV_DEVICES_H
#define RUNV_DEVICES_H

#include "base/base.h"
#include "spec/processspec.h"

bool devices_parse(struct json_object *object, struct container_spec *spec, struct failure *failure);
// Below the open root.
bool make_devices(int root, const struct container_spec *spec, const struct id_maps *maps, bool make_dev,
                  struct failure *failure);

#endif
