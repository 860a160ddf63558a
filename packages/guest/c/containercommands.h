// The commands about containers, their processes and their files.
#ifndef RUNV_CONTAINERCOMMANDS_H
#define RUNV_CONTAINERCOMMANDS_H

#include "command.h"

extern const struct command_table container_commands;

#endif
