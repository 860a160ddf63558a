// linux.sysctl: kernel parameters, of the container's own namespaces or of the VM.
#ifndef RUNV_SYSCTL_H
#define RUNV_SYSCTL_H

#include "base/base.h"
#include "spec/containerspec.h"

bool sysctl_apply(const struct container_spec *spec, struct failure *failure);

#endif
