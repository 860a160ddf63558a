// Starts a shim as a child of this process, with its stdio. An engine reaps the shim once this process has ended.
#ifndef RUNV_SHIM_H
#define RUNV_SHIM_H

#include <stdbool.h>

#include "protocol.h"

// Sends back the line that the shim reports. False: the frame is malformed.
bool shim_start(const struct frame *frame);

#endif
