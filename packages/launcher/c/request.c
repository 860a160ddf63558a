// REQUEST: u32 version, u32 flags, u16 rows, u16 columns, and strings: the fingerprint, the directory, the arguments.
#include "request.h"

#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bytes.h"
#include "connection.h"
#include "fingerprint.h"

enum { FIELDS = 12, FINGERPRINT_SIZE = 512 };

static uint8_t payload[LONGEST_PAYLOAD];
static size_t length;

static bool add(const char *text) {
    size_t size = strlen(text) + 1;
    if (size > sizeof payload - length)
        return false;
    memcpy(payload + length, text, size);
    length += size;
    return true;
}

static void put_terminals(void) {
    uint32_t flags = 0;
    struct winsize window = {0};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty(fd))
            flags |= UINT32_C(1) << fd;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0)
        window = (struct winsize){0};
    put_be32(payload + 4, flags);
    put_be16(payload + 8, window.ws_row);
    put_be16(payload + 10, window.ws_col);
}

bool request_send(char **argv) {
    char fingerprint[FINGERPRINT_SIZE], directory[PATH_MAX];
    put_be32(payload, VERSION);
    put_terminals();
    length = FIELDS;
    if (!fingerprint_write(fingerprint, sizeof fingerprint) || !getcwd(directory, sizeof directory) ||
        !add(fingerprint) || !add(directory))
        return false;
    for (char **word = argv + 1; *word; word++)
        if (!add(*word))
            return false;
    return connection_send(REQUEST, payload, length);
}
