// Boot: the file systems that programs expect, the modules, the loopback interface. A failure that not every
// pod notices is logged only.
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "container/cgroup.h"
#include "machine/limits.h"
#include "machine/modules.h"
#include "network/podnetwork.h"

enum { OPEN_FILES = 65536 };

static const struct {
    const char *target, *type, *data;
    unsigned long flags;
    bool needed;
} mounts[] = {
    {"/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
    {"/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true},
    {"/dev", "devtmpfs", "mode=755", MS_NOSUID, true},
    {"/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC, false},
    {"/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, false},
    {"/run", "tmpfs", "mode=755", MS_NOSUID | MS_NODEV, true},
    {"/tmp", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV, false},
    // With nsdelegate a container sees its own limits but cannot change them.
    {"/sys/fs/cgroup", "cgroup2", "nsdelegate", MS_NOSUID | MS_NODEV | MS_NOEXEC, false},
};

static void mount_all_needed(void) {
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        // A directory in /sys cannot be made: it exists, or the mount fails.
        mkdir(mounts[i].target, 0755);
        if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data) == 0)
            continue;
        if (mounts[i].needed && errno != EBUSY)
            fatal("mounting %s on %s: %s", mounts[i].type, mounts[i].target, strerror(errno));
        log_line("mounting %s on %s: %s", mounts[i].type, mounts[i].target, strerror(errno));
    }
}

// pivot_root, which every container does, cannot leave the first root. It can leave a bind mount of that root, which
// is moved over it.
static void make_root_a_mount(void) {
    if (mkdir("/root", 0755) < 0 && errno != EEXIST)
        fatal("making /root: %s", strerror(errno));
    if (mount("/", "/root", NULL, MS_BIND, NULL) < 0 || chdir("/root") < 0 ||
        mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
        fatal("moving the root: %s", strerror(errno));
}

static void use_console(void) {
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0)
        fd = open("/dev/null", O_RDWR);
    if (fd < 0)
        fatal("neither /dev/console nor /dev/null can be opened");
    for (int target = 0; target <= 2; target++)
        if (fd != target && dup2(fd, target) < 0)
            fatal("the console as descriptor %d: %s", target, strerror(errno));
    if (fd > 2)
        close(fd);
}

// "hyperstart.version=N" makes it behave as the guest of that version.
static void read_command_line(void) {
    char line[4096] = "";
    int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    close_fd(&fd);
    if (length < 0) {
        log_line("/proc/cmdline: %s", strerror(errno));
        return;
    }
    const char *found = strstr(line, "hyperstart.version=");
    if (found)
        mode.version = (unsigned)strtoul(found + strlen("hyperstart.version="), NULL, 10);
}

void boot(void) {
    struct rlimit files = {OPEN_FILES, OPEN_FILES};
    // A child is in its container and still in this program's memory, which no process there may read.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        fatal("PR_SET_DUMPABLE: %s", strerror(errno));
    make_root_a_mount();
    mount_all_needed();
    use_console();
    read_command_line();
    modules_load();
    limits_raise();
    raise_loopback();
    cgroups_enable();
    if (sethostname("runv", 4) < 0)
        log_line("the host name: %s", strerror(errno));
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        log_line("RLIMIT_NOFILE: %s", strerror(errno));
}
