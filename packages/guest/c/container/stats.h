// STATS: what a container uses, and the traffic of the pod's interfaces.
#ifndef RUNV_STATS_H
#define RUNV_STATS_H

#include "channel/control.h"
#include "container/container.h"

void stats_answer(const struct container *container, struct request *request);

#endif
