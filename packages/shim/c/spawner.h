// Starts carriers for the daemon, whose own forks take long: it has much memory.
#ifndef RUNV_SPAWNER_H
#define RUNV_SPAWNER_H

#include <stdbool.h>
#include <stdnoreturn.h>

// Whether this process is to be one, and not a shim.
bool spawner_is_asked_for(void);
// Answers requests on stdin, one after the other, until its end.
noreturn void spawner_run(void);

#endif
