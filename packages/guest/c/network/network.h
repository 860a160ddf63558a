// The network commands: SETUPINTERFACE, SETUPROUTE and DELETEINTERFACE.
#ifndef RUNV_NETWORK_H
#define RUNV_NETWORK_H

#include <json-c/json.h>

#include "channel/control.h"

// Each answers the request; the first once the interface is there and set up, however long that takes.
void network_set_up_interface(struct json_object *json, struct request request);
void network_set_routes(struct json_object *json, struct request request);
void network_delete_interface(struct json_object *json, struct request request);
// The host went away: nobody waits for an interface any more.
void network_forget(void);

#endif
