// The commands about the guest and its pod: version, start and end, clock, CPUs and memory, network.
#ifndef RUNV_PODCOMMANDS_H
#define RUNV_PODCOMMANDS_H

#include "command.h"

extern const struct command_table pod_commands;

#endif
