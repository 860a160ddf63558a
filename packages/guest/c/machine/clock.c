// Sets the clock and the random pool, which a clone begins with as copies of its template's.
#include "machine/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ENTROPY = 4096 };

bool clock_set(int64_t seconds, int64_t nanoseconds, struct failure *failure) {
    struct timespec now = {.tv_sec = seconds, .tv_nsec = nanoseconds};
    if (!mode.host && clock_settime(CLOCK_REALTIME, &now) < 0)
        return fail_errno(failure, errno, "setting the clock to %lld s", (long long)seconds);
    return true;
}

static int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool parse_hex(const char *hex, uint8_t *bytes) {
    for (; *hex; hex += 2, bytes++) {
        int high = hex_digit(hex[0]), low = high < 0 ? -1 : hex_digit(hex[1]);
        if (low < 0)
            return false;
        *bytes = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool add_to_pool(struct rand_pool_info *pool, struct failure *failure) {
    int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    bool done = fd >= 0 && ioctl(fd, RNDADDENTROPY, pool) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
    int error = errno;
    close_fd(&fd);
    return done || fail_errno(failure, error, "the random pool");
}

bool clock_add_entropy(const char *hex, struct failure *failure) {
    size_t size = strlen(hex) / 2;
    if (size == 0 && !hex[0])
        return true;
    if (strlen(hex) % 2 || size > MOST_ENTROPY)
        return fail(failure, "INVALID", "entropy has %zu digits, it must be an even number up to %d",
                    strlen(hex), MOST_ENTROPY * 2);
    struct rand_pool_info *pool = allocate(sizeof *pool + size);
    pool->buf_size = (int)size;
    pool->entropy_count = (int)size * 8;
    bool done =
        parse_hex(hex, (uint8_t *)pool->buf) || fail(failure, "INVALID", "entropy is not hexadecimal");
    if (done && !mode.host)
        done = add_to_pool(pool, failure);
    memset(pool->buf, 0, size);
    free(pool);
    return done;
}
