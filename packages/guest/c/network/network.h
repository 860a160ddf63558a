// The network commands: SETUPINTERFACE, SETUPROUTE and DELETEINTERFACE.
#ifndef RUNV_NETWORK_H
#define RUNV_NETWORK_H

#include <json-c/json.h>

#include "channel/control.h"

// Each answers the request. The first waits for the interface without limit.
void network_set_up_interface(struct json_object *json, struct request request);
void network_set_routes(struct json_object *json, struct request request);
void network_delete_interface(struct json_object *json, struct request request);
// The host went away: drops the requests that wait for an interface.
void network_forget(void);

#endif
