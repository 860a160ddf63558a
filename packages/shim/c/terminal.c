// Raw mode and back, and the size, by a descriptor of the shim's own: stdin may end before it is needed.
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "report.h"

enum { AFTER_REPORT = 4 };

static int terminal = -1;
static struct termios before;
static bool raw;

void terminal_open(int fd) {
    terminal = fcntl(fd, F_DUPFD_CLOEXEC, AFTER_REPORT);
    if (terminal < 0)
        report_failure("keeping the terminal: %s", strerror(errno));
}

int terminal_make_raw(void) {
    if (!raw && tcgetattr(terminal, &before) < 0)
        return errno;
    struct termios modes = before;
    cfmakeraw(&modes);
    int error = tcsetattr(terminal, TCSANOW, &modes) < 0 ? errno : 0;
    raw = raw || error == 0;
    return error;
}

void terminal_return(void) {
    // It may have been hung up: reading it will tell.
    if (raw)
        (void)terminal_make_raw();
}

void terminal_restore(void) {
    // It may have been hung up, and nobody misses its modes then.
    if (raw)
        (void)tcsetattr(terminal, TCSANOW, &before);
    raw = false;
}

struct terminal_size terminal_size(void) {
    struct winsize size;
    if (terminal < 0 || ioctl(terminal, TIOCGWINSZ, &size) < 0)
        return (struct terminal_size){0, 0};
    return (struct terminal_size){size.ws_row, size.ws_col};
}
