// The commands of the control channel.
#ifndef RUNV_COMMANDS_H
#define RUNV_COMMANDS_H

#include "channel/control.h"

// Answers the request, now or later. The caller keeps the payload.
void command_run(struct request request, const uint8_t *payload, size_t size);

#endif
