// Pseudo-terminals. The child makes them, so that they belong to the container's devpts, and passes them to PID 1.
#ifndef RUNV_TERMINAL_H
#define RUNV_TERMINAL_H

#include "base/base.h"
#include "spec/idmap.h"
#include "spec/processspec.h"

// Opens the guest's devpts, for a container that has none, while it is still visible.
int terminal_open_fallback(void);
// Makes a pty, whose slave becomes the controlling terminal and descriptors 0 to 2. Gives the master, or -1.
int terminal_take(const struct process_spec *spec, const struct id_maps *maps, int fallback, bool bind_console,
                  struct failure *failure);
bool terminal_resize(int master, unsigned short rows, unsigned short columns);

#endif
