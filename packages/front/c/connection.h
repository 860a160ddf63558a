// The connection to the daemon: whole frames, one after the other.
#ifndef RUNV_CONNECTION_H
#define RUNV_CONNECTION_H

#include <stdbool.h>

#include "frame.h"

// False: nobody listens there.
bool connection_open(const char *socket_path);
void connection_close(void);
// False: the daemon has gone.
bool connection_send(enum frame_type type, const uint8_t *payload, size_t length);

enum came { CAME_FRAME, CAME_END, CAME_NONSENSE };

// Waits for the next frame, whose payload stays until the one after it, and has a zero byte behind it.
enum came connection_receive(struct frame *frame);

#endif
