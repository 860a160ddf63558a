// The launcher does one thing at a time, so that every call here may block.
#include "connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fd = -1;
static uint8_t payload_buffer[LONGEST_PAYLOAD + 1];

bool connection_open(const char *socket_path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(socket_path) >= sizeof address.sun_path)
        return false;
    strcpy(address.sun_path, socket_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    connection_close();
    return false;
}

void connection_close(void) {
    close(fd);
    fd = -1;
}

static bool send_all(const uint8_t *from, size_t size, int flags) {
    while (size > 0) {
        ssize_t count = send(fd, from, size, MSG_NOSIGNAL | flags);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        from += count;
        size -= (size_t)count;
    }
    return true;
}

bool connection_send(enum code type, const uint8_t *payload, size_t length) {
    uint8_t header[FRAME_HEADER];
    frame_put_header(header, (uint8_t)type, 0, length);
    return send_all(header, sizeof header, length > 0 ? MSG_MORE : 0) && send_all(payload, length, 0);
}

static bool receive_all(uint8_t *to, size_t size) {
    while (size > 0) {
        ssize_t count = recv(fd, to, size, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        to += count;
        size -= (size_t)count;
    }
    return true;
}

enum received connection_receive(struct frame *frame) {
    uint8_t header[FRAME_HEADER];
    if (!receive_all(header, sizeof header))
        return RECEIVED_END;
    if (!frame_read_header(frame, header, LONGEST_PAYLOAD))
        return RECEIVED_MALFORMED;
    if (!receive_all(payload_buffer, frame->length))
        return RECEIVED_END;
    payload_buffer[frame->length] = 0;
    frame->payload = payload_buffer;
    return RECEIVED_FRAME;
}
