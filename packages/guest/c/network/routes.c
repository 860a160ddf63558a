// Reads routes from JSON, and replaces those of the main table.
#include "network/routes.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "network/addresses.h"
#include "network/rtnetlink.h"

enum { MOST_ROUTES = 4096 };

struct route {
    struct rtmsg info;
    struct ip_address destination, gateway, source;
    int index;
    int64_t metric;
    const char *words; // its JSON, for errors
};

static const struct {
    const char *name;
    unsigned char type;
    bool leads_nowhere;
} types[] = {
    {"unicast", RTN_UNICAST, false},
    {"blackhole", RTN_BLACKHOLE, true},
    {"unreachable", RTN_UNREACHABLE, true},
    {"prohibit", RTN_PROHIBIT, true},
};

// "default", an address, or an address and a prefix.
static bool parse_destination(const char *text, struct route *route, struct failure *failure) {
    char address[64];
    size_t length = strcspn(text, "/");
    long most, prefix;
    char *end = NULL;
    if (!strcmp(text, "default"))
        return true;
    if (length >= sizeof address)
        return fail(failure, "INVALID", "destination is \"%.64s…\"", text);
    memcpy(address, text, length);
    address[length] = 0;
    if (!ip_parse(address, "destination", &route->destination, failure))
        return false;
    most = (long)ip_size(route->destination.family) * 8;
    prefix = text[length] ? strtol(text + length + 1, &end, 10) : most;
    if (prefix < 0 || prefix > most || (end && (*end || end == text + length + 1)))
        return fail(failure, "INVALID", "destination is \"%.64s\"; its prefix must be 0 to %ld", text, most);
    route->info.rtm_dst_len = (unsigned char)prefix;
    return true;
}

static bool parse_optional(struct json_object *object, const char *name, struct ip_address *address,
                           struct failure *failure) {
    const char *text;
    if (!json_text(object, name, "", &text, failure))
        return false;
    return !text[0] || ip_parse(text, name, address, failure);
}

static bool parse_type(struct json_object *object, struct route *route, struct failure *failure) {
    const char *type, *device, *scope;
    size_t i = 0, count = sizeof types / sizeof *types;
    if (!json_text(object, "type", "unicast", &type, failure) ||
        !json_text(object, "device", "", &device, failure) ||
        !json_text(object, "scope", route->gateway.family ? "global" : "link", &scope, failure))
        return false;
    while (i < count && strcmp(types[i].name, type))
        i++;
    if (i == count)
        return fail(failure, "INVALID", "there is no type of route \"%.64s\"", type);
    route->info.rtm_type = types[i].type;
    route->info.rtm_scope = !strcmp(scope, "link") ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    if (types[i].leads_nowhere)
        route->info.rtm_scope = RT_SCOPE_UNIVERSE;
    else if (!(route->index = (int)if_nametoindex(device)))
        return fail(failure, "NOTFOUND", "there is no interface \"%.64s\"", device);
    return true;
}

static bool parse_family(struct json_object *object, struct route *route, struct failure *failure) {
    int64_t family;
    const struct ip_address *all[] = {&route->destination, &route->gateway, &route->source};
    if (!json_integer(object, "family", 4, 6, 0, &family, failure))
        return false;
    int chosen = family == 6 ? AF_INET6 : family ? AF_INET : AF_UNSPEC;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (chosen == AF_UNSPEC)
            chosen = all[i]->family;
        if (all[i]->family && all[i]->family != chosen)
            return fail(failure, "INVALID", "a route has addresses of two families: %.200s", route->words);
    }
    route->info.rtm_family = (unsigned char)(chosen == AF_UNSPEC ? AF_INET : chosen);
    return true;
}

static bool parse_route(struct json_object *object, struct route *route, struct failure *failure) {
    const char *destination;
    bool onlink;
    *route = (struct route){.info = {.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT}};
    if (!json_object_is_type(object, json_type_object))
        return fail(failure, "INVALID", "a route must be an object");
    route->words = json_object_to_json_string(object);
    if (!json_text(object, "destination", NULL, &destination, failure) ||
        !parse_destination(destination, route, failure) ||
        !parse_optional(object, "gateway", &route->gateway, failure) ||
        !parse_optional(object, "source", &route->source, failure) ||
        !json_flag(object, "onlink", false, &onlink, failure) ||
        !json_integer(object, "metric", 0, UINT32_MAX, 0, &route->metric, failure) ||
        !parse_type(object, route, failure) || !parse_family(object, route, failure))
        return false;
    if (onlink)
        route->info.rtm_flags |= RTNH_F_ONLINK;
    return true;
}

static int add_route(int fd, const struct route *route) {
    struct rt_message message;
    size_t size = ip_size(route->info.rtm_family);
    // IPv6 routes are added beside others: two interfaces may both have a route to fe80::/64.
    uint16_t how = route->info.rtm_family == AF_INET ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE;
    rt_begin(&message, RTM_NEWROUTE, how, &route->info, sizeof route->info);
    if (route->destination.family)
        rt_put(&message, RTA_DST, route->destination.bytes, size);
    if (route->gateway.family)
        rt_put(&message, RTA_GATEWAY, route->gateway.bytes, size);
    if (route->source.family)
        rt_put(&message, RTA_PREFSRC, route->source.bytes, size);
    if (route->index)
        rt_put_number(&message, RTA_OIF, (uint32_t)route->index);
    if (route->metric)
        rt_put_number(&message, RTA_PRIORITY, (uint32_t)route->metric);
    return rt_send(fd, &message);
}

// Whether the host may have set the route: it has a type that the host can name, and is not the loopback's. A kernel
// with a single IPv6 table keeps the routes to the VM's own addresses there too.
static bool is_ours(const struct nlmsghdr *header, uint32_t loopback) {
    const struct rtmsg *info = NLMSG_DATA(header);
    const struct rtattr *device = rt_find(header, sizeof *info, RTA_OIF);
    if (info->rtm_table != RT_TABLE_MAIN || info->rtm_flags & RTM_F_CLONED)
        return false;
    if (info->rtm_type == RTN_UNICAST)
        return device && *(const uint32_t *)RTA_DATA(device) != loopback;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == info->rtm_type)
            return true;
    return false;
}

static int delete_route(int fd, const struct nlmsghdr *header) {
    static const uint16_t names[] = {RTA_DST, RTA_GATEWAY, RTA_PREFSRC, RTA_OIF, RTA_PRIORITY};
    const struct rtmsg *info = NLMSG_DATA(header);
    struct rt_message message;
    rt_begin(&message, RTM_DELROUTE, 0, info, sizeof *info);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct rtattr *found = rt_find(header, sizeof *info, names[i]);
        if (found)
            rt_put(&message, names[i], RTA_DATA(found), RTA_PAYLOAD(found));
    }
    return rt_send(fd, &message);
}

static int delete_all(int fd) {
    struct buffer found = {0};
    uint32_t loopback = if_nametoindex("lo");
    int error = rt_dump(fd, RTM_GETROUTE, &found);
    for (const struct nlmsghdr *next = NULL; !error && (next = rt_next(&found, next));) {
        if (is_ours(next, loopback))
            error = delete_route(fd, next);
        // The kernel may have deleted it together with another one.
        if (error == ESRCH)
            error = 0;
    }
    buffer_free(&found);
    return error;
}

bool routes_set(int fd, struct json_object *routes, struct failure *failure) {
    struct route route;
    size_t count = routes ? json_object_array_length(routes) : 0;
    if (count > MOST_ROUTES)
        return fail(failure, "INVALID", "there are at most %d routes, not %zu", MOST_ROUTES, count);
    // All are parsed first, so that an invalid one changes nothing.
    for (size_t i = 0; i < count; i++)
        if (!parse_route(json_object_array_get_idx(routes, i), &route, failure))
            return false;
    int error = delete_all(fd);
    if (error)
        return fail_errno(failure, error, "removing routes");
    for (size_t i = 0; i < count; i++) {
        if (!parse_route(json_object_array_get_idx(routes, i), &route, failure))
            return false;
        error = add_route(fd, &route);
        if (error)
            return fail_errno(failure, error, "adding the route %.200s", route.words);
    }
    return true;
}
