// Who the jailed program is, and what it may do.
#ifndef RUNV_IDENTITY_H
#define RUNV_IDENTITY_H

#include <sys/types.h>

// Becomes the user, with the capabilities of file serving and no others, for this process and all that it starts.
void identity_take(uid_t user);
// No core files, no priority, as many descriptors as the caller may have, and not spared when memory runs out.
void identity_limit(void);

#endif
