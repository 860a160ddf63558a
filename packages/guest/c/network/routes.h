// The VM's routes: the main table's.
#ifndef RUNV_ROUTES_H
#define RUNV_ROUTES_H

#include "base/json.h"

// Makes the main table hold exactly these, in the order in which they can be added, and the loopback's.
bool routes_set(int fd, struct json_object *routes, struct failure *failure);

#endif
