// Who a process is and what it may do.
#ifndef RUNV_CREDENTIALS_H
#define RUNV_CREDENTIALS_H

#include "base/base.h"
#include "spec/processspec.h"

// In PID 1, once: finds what every child would have to find again.
void credentials_prepare(void);

// In the child, as root.
bool apply_limits(const struct process_spec *spec, struct failure *failure);
bool apply_credentials(const struct process_spec *spec, struct failure *failure);

#endif
