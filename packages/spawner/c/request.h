// What the parent asks for. A request is `<bytes>\n` and so many bytes of strings, each with a 0 at its end.
#ifndef RUNV_REQUEST_H
#define RUNV_REQUEST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MOST_STREAMS = 8 };

enum stream_kind { STREAM_NULL, STREAM_IN, STREAM_OUT, STREAM_PARENTS, STREAM_ANOTHERS };

struct stream {
    enum stream_kind kind;
    int fd;    // the parent's, or another process's
    pid_t pid; // of STREAM_ANOTHERS
};

// `start <id> <session> <tied> <netns> <cwd> <file> <streams>` with a stream each, `<args>` with one each, `<variables>` with one each.
struct start_request {
    bool session; // in one of its own
    bool tied;    // it is killed when this process ends
    const char *netns; // "" for this process's own
    const char *cwd;
    const char *file;
    int stream_count;
    struct stream streams[MOST_STREAMS];
    char **args; // as execvpe(3) takes them; to be freed
    char **env;  // to be freed
};

enum request_kind { REQUEST_START, REQUEST_OPENED, REQUEST_KILL };

struct request {
    enum request_kind kind;
    unsigned long id;
    int signal; // of REQUEST_KILL
    struct start_request start;
};

// Of one whole request. The strings stay in `text`. False for what is none.
bool request_parse(char *text, size_t length, struct request *request);
void request_free(struct request *request);

#endif
