// The network namespace that the shim is in, for hooks and networking to find by its pid.
#ifndef RUNV_NETNS_H
#define RUNV_NETNS_H

// "new", or the path of one to join. Does not return when it cannot.
void netns_enter(const char *which);

#endif
