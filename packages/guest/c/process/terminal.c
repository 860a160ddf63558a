// Pseudo-terminals, in the container's devpts if it has one, so that programs such as `tty` find their device.
#include "process/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "rootfs/inroot.h"

int terminal_open_fallback(void) {
    return open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// A container's /dev/pts/ptmx may be any file. Only a real one is used.
static bool is_ptmx(int fd) {
    struct stat status;
    struct statfs filesystem;
    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2) &&
           fstatfs(fd, &filesystem) == 0 && filesystem.f_type == DEVPTS_SUPER_MAGIC;
}

static int open_master(int fallback) {
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master >= 0 && is_ptmx(master))
        return master;
    close_fd(&master);
    return fallback < 0 ? -1 : openat(fallback, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static int open_slave(int master) {
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return -1;
    return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool terminal_resize(int master, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(master, TIOCSWINSZ, &size) == 0;
}

// Binds the terminal on /dev/console. A root in which the file cannot be made has no console.
static void put_on_console(int slave) {
    char path[FD_PATH_SIZE];
    int fd = open("/dev/console", O_CREAT | O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
    close_fd(&fd);
    fd_path(slave, path, sizeof path);
    if (mount(path, "/dev/console", NULL, MS_BIND, NULL) < 0)
        log_line("/dev/console: errno %d", errno);
}

int terminal_take(const struct process_spec *spec, const struct id_maps *maps, int fallback, bool bind_console,
                  struct failure *failure) {
    int master = open_master(fallback);
    int slave = master < 0 ? -1 : open_slave(master);
    if (slave < 0) {
        fail_errno(failure, errno, "opening a terminal");
        close_fd(&master);
        return -1;
    }
    if (spec->rows > 0 || spec->columns > 0)
        terminal_resize(master, spec->rows, spec->columns);
    if (ioctl(slave, TIOCSCTTY, 0) < 0 || fchown(slave, map_user(maps, spec->uid), (gid_t)-1) < 0) {
        fail_errno(failure, errno, "taking the terminal");
        close(slave);
        close(master);
        return -1;
    }
    if (bind_console)
        put_on_console(slave);
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(slave, fd) < 0) {
            fail_errno(failure, errno, "the terminal as descriptor %d", fd);
            close(master);
            return -1;
        }
    close(slave);
    return master;
}
