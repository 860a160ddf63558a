// Forwards the pod's name queries to a name server that only the host can reach, as an engine's on a loopback address,
// and its answers back.
#ifndef RUNV_NAMESERVER_H
#define RUNV_NAMESERVER_H

#include <json-c/json.h>

#include "base/base.h"

// Takes queries at {address, port} from now on.
bool nameserver_open(struct json_object *json, struct failure *failure);
// Sends the answer to a query. `data` is the query's head and the answer, which is empty when there is none.
bool nameserver_reply(const uint8_t *data, size_t size, struct failure *failure);
// The host went away: closes the name server, and drops the queries under way.
void nameserver_forget(void);

#endif
