// The command `mounts`: attaches directories and files of the host in the mount namespace of a jailed program, and
// detaches them. All of it is done, or nothing.
//
//     runv-jail mounts [from] [bind|rbind|follow ro|rw SOURCE PLACE | overlay ro|rw OPTIONS PLACE | unbind PLACE]... 3</proc/<pid>/ns/mnt
//
// `follow` is `rbind`, and what the host mounts below the source later appears too, with the flags that it has on the host.
// `from`: paths of the host are found in the mount namespace on descriptor 4. `overlay` makes one, with mount(8)'s options for it. A source is a path of the host, and so are those in the options. A place is a path in that namespace, exists there, and has no symlink in it.
#ifndef RUNV_MOUNTS_H
#define RUNV_MOUNTS_H

#include <stdnoreturn.h>

noreturn void mounts(char **words);

#endif
