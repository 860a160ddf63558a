#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

// A core of one byte is none, and not given to a program of the host either, as one of none would be (core(5)).
enum { MOST_DESCRIPTORS = 1 << 20, MOST_THREADS = 4096, CORE = 1 };
enum { JOIN_SESSION_KEYRING = 1 };

// linux/capability.h has them, which musl has not.
enum { CAP_CHOWN = 0, CAP_DAC_OVERRIDE = 1, CAP_FOWNER = 3, CAP_FSETID = 4, CAP_MKNOD = 27, CAP_SETFCAP = 31 };
enum { CAPABILITY_VERSION = 0x20080522 };

struct capability_header {
    uint32_t version;
    int pid;
};

struct capability_data {
    uint32_t effective, permitted, inheritable;
};

// A server of a container's files makes, opens and removes them for any user.
static const int kept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP};
enum { KEPT = sizeof kept / sizeof *kept };

static uint32_t kept_bits(void) {
    uint32_t bits = 0;
    for (int i = 0; i < KEPT; i++)
        bits |= UINT32_C(1) << kept[i];
    return bits;
}

static void drop_bounding(uint32_t bits) {
    for (int number = 0; prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++)
        if ((number >= 32 || !(bits >> number & 1)) && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
            fail(errno, "dropping capability %d", number);
}

static void limit(int resource, rlim_t value, const char *name) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        fail(errno, "reading the limit of %s", name);
    if (limit.rlim_max > value)
        limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(resource, &limit) < 0)
        fail(errno, "limiting %s", name);
}

void identity_take(uid_t user) {
    uint32_t bits = kept_bits();
    drop_bounding(bits);
    limit(RLIMIT_NPROC, MOST_THREADS, "threads");
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        fail(errno, "keeping capabilities");
    if (setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
        fail(errno, "becoming user %u", user);
    struct capability_header header = {.version = CAPABILITY_VERSION};
    struct capability_data data[2] = {{bits, bits, bits}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, data) < 0)
        fail(errno, "setting capabilities");
    for (int i = 0; i < KEPT; i++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept[i], 0, 0) < 0)
            fail(errno, "raising ambient capability %d", kept[i]);
    // The caller's may have keys. A kernel without keys has none.
    if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
        fail(errno, "a keyring of its own");
}

// A daemon may have been told to be spared when memory runs out (oom_score_adj below 0), which its children inherit.
static void spare_no_more(void) {
    static const char path[] = "/proc/self/oom_score_adj";
    char text[16] = "";
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
        fail(errno, "reading %s", path);
    if (*text == '-' && pwrite(fd, "0\n", 2, 0) < 0)
        fail(errno, "writing %s", path);
    close(fd);
}

void identity_limit(void) {
    spare_no_more();
    limit(RLIMIT_CORE, CORE, "core files");
    limit(RLIMIT_NOFILE, MOST_DESCRIPTORS, "descriptors");
    limit(RLIMIT_RTPRIO, 0, "real-time priority");
    limit(RLIMIT_MSGQUEUE, 0, "message queues");
}
