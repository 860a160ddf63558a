// The kernel's numbers of capabilities and resource limits.
#ifndef RUNV_KERNELNAMES_H
#define RUNV_KERNELNAMES_H

// -1 for an unknown name.
int capability_number(const char *name);
int limit_number(const char *name);

#endif
