// What a host that comes back asks for: the containers and processes that it has to know of.
#ifndef RUNV_LIST_H
#define RUNV_LIST_H

#include "channel/control.h"

void list_answer(struct request *request);

#endif
