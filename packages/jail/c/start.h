// The command `start`: runs a program in a jail, and ends as it ends.
#ifndef RUNV_START_H
#define RUNV_START_H

#include <stdnoreturn.h>

noreturn void start(char **words);

#endif
