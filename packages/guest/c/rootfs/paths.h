// linux.maskedPaths and linux.readonlyPaths.
#ifndef RUNV_PATHS_H
#define RUNV_PATHS_H

#include "base/base.h"
#include "spec/containerspec.h"

// Comes after all mounts below the open root. Missing paths are skipped.
bool protect_paths(int root, const struct container_spec *spec, struct failure *failure);

#endif
