#include "privileges.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"

// linux/capability.h has it, which musl has not.
enum { CAPABILITY_VERSION = 0x20080522 };

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
}
