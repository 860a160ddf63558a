// linux.sysctl: kernel parameters, in the namespaces that the container has of its own and else in the VM's.
#ifndef RUNV_SYSCTL_H
#define RUNV_SYSCTL_H

#include "base/base.h"
#include "spec/containerspec.h"

bool sysctl_apply(const struct container_spec *spec, struct failure *failure);

#endif
