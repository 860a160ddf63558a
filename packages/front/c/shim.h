// Starts a shim, as a child of this process: it has its stdio, and an engine reaps it once this process has ended.
#ifndef RUNV_SHIM_H
#define RUNV_SHIM_H

#include <stdbool.h>

#include "frame.h"

// Sends back the line that the shim reports. False: the frame is none.
bool shim_start(const struct frame *frame);

#endif
