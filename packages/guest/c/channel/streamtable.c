// Streams by session and direction.
#include "channel/streamtable.h"

#include <stdlib.h>

struct port stdio_port = {.name = "sh.hyper.channel.1", .length_offset = 8};
struct stream *all_streams;

struct stream *stream_find(uint64_t session, bool input) {
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (stream->session == session && stream->input == input)
            return stream;
    return NULL;
}

struct stream *stream_add(uint64_t session, int fd, void (*ready)(struct watch *, uint32_t)) {
    struct stream *stream = allocate(sizeof *stream);
    watch_init(&stream->watch, fd, ready);
    stream->session = session;
    stream->next = all_streams;
    all_streams = stream;
    return stream;
}

static void unlink_stream(struct stream *stream) {
    for (struct stream **link = &all_streams; *link; link = &(*link)->next)
        if (*link == stream) {
            *link = stream->next;
            break;
        }
}

void stream_remove(struct stream *stream) {
    unlink_stream(stream);
    watch_stop(&stream->watch);
    close_fd(&stream->watch.fd);
    buffer_free(&stream->buffer);
    kept_free(&stream->kept);
    free(stream);
}

void stream_frame_header(uint8_t *header, uint64_t session, size_t size) {
    put_be64(header, session);
    put_be32(header + 8, (uint32_t)(STREAM_HEADER + size));
}

void stream_send_frame(uint64_t session, const void *data, size_t size) {
    uint8_t header[STREAM_HEADER];
    stream_frame_header(header, session, size);
    port_send(&stdio_port, header, sizeof header, data, size);
}
