#include "privileges.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"

// linux/capability.h has it, which musl has not.
enum { CAPABILITY_VERSION = 0x20080522 };
// linux/keyctl.h.
enum { JOIN_SESSION_KEYRING = 1 };

void privileges_give_up(void) {
    const struct {
        uint32_t version;
        int pid;
    } header = {.version = CAPABILITY_VERSION};
    const struct {
        uint32_t effective, permitted, inheritable;
    } none[2] = {{0}};
    if (syscall(SYS_capset, &header, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        report_failure("giving up privileges: %s", strerror(errno));
    // The caller's may have keys. Where the kernel has none, or no more for this user, the shim does without.
    if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0)
        return;
}
