// The VM's routes, in the main table.
#ifndef RUNV_ROUTES_H
#define RUNV_ROUTES_H

#include "base/json.h"

// Makes these the routes of the main table, beside the loopback's. They are added in this order.
bool routes_set(int fd, struct json_object *routes, struct failure *failure);

#endif
