// The numbers of calls that are newer than the oldest headers that this is built with.
#ifndef RUNV_CALLS_H
#define RUNV_CALLS_H

#include <sys/syscall.h>

#ifndef SYS_pidfd_open
enum { SYS_pidfd_open = 434 };
#endif
#ifndef SYS_close_range
enum { SYS_close_range = 436 };
#endif
#ifndef SYS_pidfd_getfd
enum { SYS_pidfd_getfd = 438 };
#endif

#endif
