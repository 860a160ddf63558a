// Pseudo-terminals: made by the child, so that they belong to the container's own devpts, and handed to
// PID 1.
#ifndef RUNV_TERMINAL_H
#define RUNV_TERMINAL_H

#include "base/base.h"
#include "spec/idmap.h"
#include "spec/processspec.h"

// The guest's own devpts, for a container that has none; opened while it can still be seen.
int terminal_open_fallback(void);
// Makes a pty, its slave becomes the controlling terminal and descriptors 0 to 2; gives the master, or -1.
int terminal_take(const struct process_spec *spec, const struct id_maps *maps, int fallback, bool bind_console,
                  struct failure *failure);
bool terminal_resize(int master, unsigned short rows, unsigned short columns);

#endif
