// A trick: a file in the container's root file system that says at which command of the host the guest does what.
#ifndef RUNV_HOSTILE_SCRIPT_H
#define RUNV_HOSTILE_SCRIPT_H

#include "wire.h"

// Whether the guest still answers this command as it should.
bool script_play(char *script, struct wire *wire, const struct command *command);

#endif
