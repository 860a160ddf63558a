// linux.maskedPaths and linux.readonlyPaths.
#ifndef RUNV_PATHS_H
#define RUNV_PATHS_H

#include "base/base.h"
#include "spec/containerspec.h"

// Below the open root, when everything else is mounted. Paths that are not there are passed over.
bool protect_paths(int root, const struct container_spec *spec, struct failure *failure);

#endif
