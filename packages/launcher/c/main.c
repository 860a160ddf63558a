// The executable runv: hands the command to the daemon, which has the code loaded, or becomes Node where no daemon takes it.
#include <fcntl.h>
#include <signal.h>
#include <sys/un.h>
#include <unistd.h>

#include "answer.h"
#include "arguments.h"
#include "bin.h"
#include "connection.h"
#include "request.h"

// Opens /dev/null for a closed stdio descriptor: the next file would otherwise become stdin. Node does the same.
static void fill_stdio(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            _exit(1);
}

static int ask(char **argv, const char *socket_path) {
    if (!connection_open(socket_path))
        return -1;
    int status = request_send(argv) ? answer_follow() : -1;
    connection_close();
    return status;
}

int main(int argc, char **argv) {
    char socket_path[sizeof((struct sockaddr_un *)0)->sun_path];
    (void)argc;
    fill_stdio();
    if (arguments_read(argv, socket_path, sizeof socket_path)) {
        int status = ask(argv, socket_path);
        if (status >= 0)
            return status;
        if (signal(SIGPIPE, SIG_DFL) == SIG_ERR)
            return 1;
    }
    bin_run(argv);
}
