// What a server has sent and closed is passed on to its end; it is then sent nothing more.
#include "network/connections.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/loop.h"
#include "channel/streams.h"

enum { MOST = 256 };

struct connection {
    struct watch watch; // until it is connected
    struct connection *next;
    struct request request;
    uint64_t session;
    uint16_t port;
    sa_family_t family;
    struct stream *input, *output; // once it is connected
};

static struct connection *connections;
static unsigned count;

static struct connection *find(uint64_t session) {
    struct connection *connection = connections;
    while (connection && connection->session != session)
        connection = connection->next;
    return connection;
}

// Its streams close what is theirs.
static void end(struct connection *connection) {
    struct connection **link = &connections;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    count--;
    watch_stop(&connection->watch);
    close_fd(&connection->watch.fd);
    if (connection->input)
        stream_drop(connection->input);
    if (connection->output)
        stream_drop(connection->output);
    free(connection);
}

static void passed_on(void *owner, uint64_t total) {
    struct connection *connection = owner;
    (void)total;
    connection->output = NULL;
    end(connection);
}

static void refuse(struct connection *connection, int error) {
    struct failure failure = {0};
    fail_errno(&failure, error, "connecting to port %u of the pod's loopback", connection->port);
    answer_error(&connection->request, &failure);
    end(connection);
}

static void begin(struct connection *connection) {
    int input = connection->watch.fd, output = fcntl(input, F_DUPFD_CLOEXEC, 3);
    if (output < 0) {
        refuse(connection, errno);
        return;
    }
    watch_stop(&connection->watch);
    connection->watch.fd = -1;
    connection->input = stream_input(connection->session, input);
    connection->output = stream_output(connection->session, output, passed_on, connection);
    stream_use_socket(connection->input);
    stream_use_socket(connection->output);
    answer_ack(&connection->request, NULL, 0);
    stream_start(connection->input);
    stream_start(connection->output);
}

static void try(struct connection *connection);

// Many a server listens on one of the two addresses.
static void fail_or_try_other(struct connection *connection, int error) {
    watch_stop(&connection->watch);
    close_fd(&connection->watch.fd);
    if (connection->family == AF_INET6) {
        refuse(connection, ECONNREFUSED);
        return;
    }
    if (error != ECONNREFUSED) {
        refuse(connection, error);
        return;
    }
    connection->family = AF_INET6;
    try(connection);
}

static void connected(struct watch *watch, uint32_t events) {
    struct connection *connection = (struct connection *)watch;
    int error = 0;
    socklen_t size = sizeof error;
    (void)events;
    if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error)
        fail_or_try_other(connection, error);
    else
        begin(connection);
}

static int connect_to(int fd, const struct connection *connection) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    four.sin_port = six.sin6_port = htons(connection->port);
    if (connection->family == AF_INET)
        return connect(fd, (struct sockaddr *)&four, sizeof four);
    return connect(fd, (struct sockaddr *)&six, sizeof six);
}

static void try(struct connection *connection) {
    int fd = socket(connection->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    watch_init(&connection->watch, fd, connected);
    if (fd < 0 || (connect_to(fd, connection) < 0 && errno != EINPROGRESS))
        fail_or_try_other(connection, errno);
    else
        watch_for(&connection->watch, EPOLLOUT);
}

void connections_open(struct json_object *json, struct request request) {
    struct failure failure = {0};
    int64_t port;
    uint64_t session;
    bool fine = json_integer(json, "port", 1, UINT16_MAX, 0, &port, &failure) &&
                json_u64(json, "session", 0, &session, &failure);
    if (fine && (port == 0 || session == 0))
        fine = fail(&failure, "INVALID", "port and session must both be given");
    else if (fine && (streams_knows(session) || find(session)))
        fine = fail(&failure, "EXISTS", "session %llu is used already", (unsigned long long)session);
    else if (fine && count == MOST)
        fine = fail(&failure, "EBUSY", "there are %d connections already", MOST);
    // On a host the tests' guest would reach the host's servers.
    else if (fine && mode.host && !mode.network)
        fine = fail(&failure, "INVALID", "this guest has no network");
    if (!fine) {
        answer_error(&request, &failure);
        return;
    }
    struct connection *connection = allocate(sizeof *connection);
    *connection = (struct connection){.request = request, .session = session, .port = (uint16_t)port, .family = AF_INET};
    connection->next = connections;
    connections = connection;
    count++;
    try(connection);
}

bool connections_close(struct json_object *json, struct failure *failure) {
    uint64_t session;
    if (!json_u64(json, "session", 0, &session, failure))
        return false;
    struct connection *connection = find(session);
    if (!connection)
        return fail(failure, "NOTFOUND", "there is no connection of session %llu", (unsigned long long)session);
    if (connection->watch.fd >= 0)
        refuse(connection, ECANCELED);
    else
        end(connection);
    return true;
}

void connections_forget(void) {
    while (connections)
        end(connections);
}
