// The connection to the daemon: whole frames, one after the other.
#ifndef RUNV_CONNECTION_H
#define RUNV_CONNECTION_H

#include <stdbool.h>

#include "protocol.h"

// False: nobody listens there.
bool connection_open(const char *socket_path);
void connection_close(void);
// False: the daemon has disconnected.
bool connection_send(enum code type, const uint8_t *payload, size_t length);

enum received { RECEIVED_FRAME, RECEIVED_END, RECEIVED_MALFORMED };

// Waits for the next frame. Its payload is valid until the next call, and a zero byte follows it.
enum received connection_receive(struct frame *frame);

#endif
