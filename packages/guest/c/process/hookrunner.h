// Runs the startContainer hooks.
#ifndef RUNV_HOOKRUNNER_H
#define RUNV_HOOKRUNNER_H

#include "base/base.h"
#include "spec/hooks.h"

// In the child, one after the other. Fails unless each exits with 0 before its timeout.
bool hooks_run(const struct hooks *hooks, struct failure *failure);

#endif
