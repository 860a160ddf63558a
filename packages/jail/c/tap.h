// The command `tap`: makes a tap in a network namespace, and hands it over by a unix socket with what stdin has to say.
//
//     runv-jail tap [--vnet-hdr] --netns PATH --name NAME --socket PATH
//
// Then it copies what the socket says to stdout until stdin ends. The tap is gone when nobody has it open.
#ifndef RUNV_TAP_H
#define RUNV_TAP_H

#include <stdnoreturn.h>

noreturn void tap(char **words);

#endif
