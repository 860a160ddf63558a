#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    char *next;
    char *end;
    bool ok;
};

static char *read_string(struct reader *reader) {
    static char none[] = "";
    char *stop = reader->ok ? memchr(reader->next, 0, (size_t)(reader->end - reader->next)) : NULL;
    if (!stop) {
        reader->ok = false;
        return none;
    }
    char *string = reader->next;
    reader->next = stop + 1;
    return string;
}

static unsigned long read_number(struct reader *reader, unsigned long most) {
    char *string = read_string(reader), *stop;
    errno = 0;
    unsigned long number = strtoul(string, &stop, 10);
    if (*string < '0' || *string > '9' || *stop || errno || number > most)
        reader->ok = false;
    return reader->ok ? number : 0;
}

// As many strings as the number before them says, and NULL.
static char **read_strings(struct reader *reader) {
    // None is shorter than its 0.
    size_t count = read_number(reader, (unsigned long)(reader->end - reader->next));
    char **strings = calloc(count + 1, sizeof *strings);
    if (!strings) {
        reader->ok = false;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        strings[i] = read_string(reader);
    return strings;
}

static struct stream read_stream(struct reader *reader) {
    const char *word = read_string(reader);
    struct stream stream = {.kind = STREAM_NULL, .fd = -1};
    if (strcmp(word, "in") == 0) {
        stream.kind = STREAM_IN;
    } else if (strcmp(word, "out") == 0) {
        stream.kind = STREAM_OUT;
    } else if (strcmp(word, "parents") == 0) {
        stream.kind = STREAM_PARENTS;
        stream.fd = (int)read_number(reader, 1UL << 30);
    } else if (strcmp(word, "anothers") == 0) {
        stream.kind = STREAM_ANOTHERS;
        stream.pid = (pid_t)read_number(reader, 1UL << 30);
        stream.fd = (int)read_number(reader, 1UL << 30);
    } else if (strcmp(word, "null") != 0) {
        reader->ok = false;
    }
    return stream;
}

static void read_start(struct reader *reader, struct start_request *start) {
    start->session = read_number(reader, 1) == 1;
    start->tied = read_number(reader, 1) == 1;
    start->netns = read_string(reader);
    start->cwd = read_string(reader);
    start->file = read_string(reader);
    start->stream_count = (int)read_number(reader, MOST_STREAMS);
    // Those of this process are not for it.
    if (start->stream_count < 3)
        reader->ok = false;
    for (int i = 0; i < start->stream_count; i++)
        start->streams[i] = read_stream(reader);
    start->args = read_strings(reader);
    start->env = read_strings(reader);
}

bool request_parse(char *text, size_t length, struct request *request) {
    struct reader reader = {text, text + length, true};
    *request = (struct request){0};
    const char *word = read_string(&reader);
    request->id = read_number(&reader, ~0UL);
    if (strcmp(word, "start") == 0) {
        request->kind = REQUEST_START;
        read_start(&reader, &request->start);
    } else if (strcmp(word, "opened") == 0) {
        request->kind = REQUEST_OPENED;
    } else if (strcmp(word, "kill") == 0) {
        request->kind = REQUEST_KILL;
        request->signal = (int)read_number(&reader, SIGRTMAX);
    } else {
        reader.ok = false;
    }
    if (reader.ok && reader.next == reader.end)
        return true;
    request_free(request);
    return false;
}

void request_free(struct request *request) {
    free(request->start.args);
    free(request->start.env);
    request->start.args = request->start.env = NULL;
}
