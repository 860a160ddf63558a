// linux.resources.devices: which devices the processes of a cgroup may open and make.
#ifndef RUNV_DEVICEFILTER_H
#define RUNV_DEVICEFILTER_H

#include "base/base.h"

// `text` is an eBPF program of the type CGROUP_DEVICE in base64; empty: none.
bool device_filter_attach(int cgroup, const char *text, struct failure *failure);

#endif
