// Connections from the host to servers of the pod that listen on its loopback.
#ifndef RUNV_CONNECTIONS_H
#define RUNV_CONNECTIONS_H

#include <json-c/json.h>

#include "base/base.h"
#include "channel/control.h"

// {port, session}: answers once somebody has taken the connection, whose bytes are the session's, both ways, from then on.
void connections_open(struct json_object *json, struct request request);
// {session}: ends it at once.
bool connections_close(struct json_object *json, struct failure *failure);
// The host went away: ends all of them.
void connections_forget(void);

#endif
