// The metrics go out as the text of the kernel's files. The host parses them.
#include "container/stats.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <unistd.h>

enum { TEXT_SIZE = 64 * 1024 };

static struct json_object *interfaces(void) {
    char text[TEXT_SIZE];
    size_t length = 0;
    int fd = open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
    for (ssize_t count; fd >= 0 && length < sizeof text - 1; length += (size_t)count)
        if ((count = read(fd, text + length, sizeof text - 1 - length)) <= 0)
            break;
    close_fd(&fd);
    return json_object_new_string_len(text, (int)length);
}

void stats_answer(const struct container *container, struct request *request) {
    struct json_object *object = json_object_new_object();
    if (!object || json_object_object_add(object, "cgroup", cgroup_metrics(container->cgroup)) < 0 ||
        json_object_object_add(object, "network", interfaces()) < 0)
        fatal("out of memory: the metrics of a container");
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    answer_ack(request, text, size);
    json_object_put(object);
}
