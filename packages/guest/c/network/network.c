// The network commands. The kernel may not have a device yet that the host has just plugged in. It reports the device
// by a uevent.
#include "network/network.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/loop.h"
#include "machine/kernelevents.h"
#include "network/interface.h"
#include "network/podnetwork.h"
#include "network/routes.h"
#include "network/rtnetlink.h"

struct waiter {
    struct waiter *next;
    struct interface_spec spec;
    struct request request;
};

static struct waiter *waiters;
static struct watch events = {.fd = -1};

static void answer(struct request *request, bool done, const struct failure *failure) {
    if (done)
        answer_ack(request, NULL, 0);
    else
        answer_error(request, failure);
}

static int open_configuration(struct failure *failure) {
    // On a host the tests' guest would configure the host.
    if (mode.host && !mode.network) {
        fail(failure, "INVALID", "this guest does not set up networks");
        return -1;
    }
    return pod_network_bring(failure) ? rt_open(failure) : -1;
}

// Tells whether it has answered the request.
static bool try(struct waiter *waiter) {
    struct failure failure = {0};
    int fd = open_configuration(&failure);
    int index = fd < 0 ? -1 : interface_find(fd, waiter->spec.device, &failure);
    bool hidden = index == 0;
    if (hidden)
        index = pod_network_show(&failure) ? interface_find(fd, waiter->spec.device, &failure) : -1;
    bool done = index > 0 && interface_set_up(fd, index, &waiter->spec, &failure);
    close_fd(&fd);
    if (hidden)
        pod_network_hide();
    if (index != 0)
        answer(&waiter->request, done, &failure);
    return index != 0;
}

static void stop_listening(void) {
    watch_stop(&events);
    close_fd(&events.fd);
}

static void look(void) {
    for (struct waiter **link = &waiters, *waiter; (waiter = *link);) {
        if (!try(waiter)) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        free(waiter);
    }
    if (!waiters)
        stop_listening();
}

static void changed(struct watch *watch, uint32_t ready) {
    (void)ready;
    kernel_events_drop(watch->fd);
    look();
}

static bool listen_to_kernel(struct failure *failure) {
    if (events.fd >= 0)
        return true;
    int fd = pod_network_listen();
    if (fd < 0)
        return fail_errno(failure, errno, "listening to the kernel's events");
    watch_init(&events, fd, changed);
    watch_for(&events, EPOLLIN);
    return true;
}

void network_set_up_interface(struct json_object *json, struct request request) {
    struct failure failure = {0};
    struct waiter *waiter = allocate(sizeof *waiter);
    waiter->request = request;
    bool answered = !interface_spec_parse(json, &waiter->spec, &failure);
    if (answered)
        answer(&waiter->request, false, &failure);
    answered = answered || try(waiter);
    // In the base protocol every other command would wait behind it.
    bool waits = answered || control_extended() ||
                 fail(&failure, "NOTFOUND", "there is no network device of that address");
    if (!answered && (!waits || !listen_to_kernel(&failure))) {
        answer(&waiter->request, false, &failure);
        answered = true;
    }
    // A second try, because the device may have come before the socket listened.
    if (answered || try(waiter)) {
        free(waiter);
        if (!waiters)
            stop_listening();
        return;
    }
    waiter->next = waiters;
    waiters = waiter;
}

void network_set_routes(struct json_object *json, struct request request) {
    struct failure failure = {0};
    struct json_object *routes;
    bool done = json_array(json, "routes", &routes, &failure);
    int fd = done ? open_configuration(&failure) : -1;
    done = fd >= 0 && routes_set(fd, routes, &failure);
    close_fd(&fd);
    answer(&request, done, &failure);
}

void network_delete_interface(struct json_object *json, struct request request) {
    struct failure failure = {0};
    uint8_t device[MAC_SIZE];
    bool done = mac_parse(json, "device", device, &failure);
    int fd = done ? open_configuration(&failure) : -1;
    int index = fd < 0 ? -1 : interface_find(fd, device, &failure);
    done = index == 0 || (index > 0 && interface_clear(fd, index, &failure));
    close_fd(&fd);
    pod_network_hide();
    answer(&request, done, &failure);
}

void network_forget(void) {
    while (waiters) {
        struct waiter *next = waiters->next;
        free(waiters);
        waiters = next;
    }
    stop_listening();
}
