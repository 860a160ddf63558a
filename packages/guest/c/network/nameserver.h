// A name server that listens where only the host can reach it, as an engine's on a loopback address: what programs ask it goes
// to the host, and what it answers comes back.
#ifndef RUNV_NAMESERVER_H
#define RUNV_NAMESERVER_H

#include <json-c/json.h>

#include "base/base.h"

// Takes queries at {address, port} from now on.
bool nameserver_open(struct json_object *json, struct failure *failure);
// The answer to a query, with the query's head before it; nothing behind the head where none came.
bool nameserver_reply(const uint8_t *data, size_t size, struct failure *failure);
// The host went away, and with it what it was asked.
void nameserver_forget(void);

#endif
