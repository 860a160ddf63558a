// What the launcher and the daemon agree on beside the codes: docs/launcher-protocol.md.
#ifndef RUNV_PROTOCOL_H
#define RUNV_PROTOCOL_H

#include "codes.h"
#include "frame.h"

enum { VERSION = 1, LONGEST_PAYLOAD = 1 << 20 };

#endif
