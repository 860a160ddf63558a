// Finds and sets up an interface by rtnetlink messages.
#include "network/interface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "network/rtnetlink.h"

struct link {
    int index;
    bool up;
    char name[IFNAMSIZ];
    uint8_t mac[MAC_SIZE], permanent[MAC_SIZE];
    bool has_permanent;
};

static void read_link(const struct nlmsghdr *header, struct link *link) {
    const struct ifinfomsg *info = NLMSG_DATA(header);
    const struct rtattr *name = rt_find(header, sizeof *info, IFLA_IFNAME);
    const struct rtattr *mac = rt_find(header, sizeof *info, IFLA_ADDRESS);
    const struct rtattr *permanent = rt_find(header, sizeof *info, IFLA_PERM_ADDRESS);
    *link = (struct link){.index = info->ifi_index, .up = info->ifi_flags & IFF_UP};
    if (name)
        snprintf(link->name, sizeof link->name, "%s", (const char *)RTA_DATA(name));
    if (mac && RTA_PAYLOAD(mac) == MAC_SIZE)
        memcpy(link->mac, RTA_DATA(mac), MAC_SIZE);
    link->has_permanent = permanent && RTA_PAYLOAD(permanent) == MAC_SIZE;
    if (link->has_permanent)
        memcpy(link->permanent, RTA_DATA(permanent), MAC_SIZE);
}

typedef bool link_test(const struct link *link, const void *wanted);

// Gives the first link that passes the test; its index is 0 when there is none.
static bool find_link(int fd, link_test *test, const void *wanted, struct link *link,
                      struct failure *failure) {
    struct buffer found = {0};
    int error = rt_dump(fd, RTM_GETLINK, &found);
    bool matches = false;
    for (const struct nlmsghdr *next = NULL; !error && !matches && (next = rt_next(&found, next));) {
        read_link(next, link);
        matches = test(link, wanted);
    }
    if (!matches)
        *link = (struct link){0};
    buffer_free(&found);
    return !error || fail_errno(failure, error, "looking for network interfaces");
}

// The device's permanent address identifies it, not one that was set later.
static bool has_device(const struct link *link, const void *device) {
    return !memcmp(link->has_permanent ? link->permanent : link->mac, device, MAC_SIZE);
}

static bool has_name(const struct link *link, const void *name) {
    return !strcmp(link->name, name);
}

static bool has_index(const struct link *link, const void *index) {
    return link->index == *(const int *)index;
}

int interface_find(int fd, const uint8_t device[MAC_SIZE], struct failure *failure) {
    struct link link;
    return find_link(fd, has_device, device, &link, failure) ? link.index : -1;
}

static void begin_link(struct rt_message *message, int index, bool change_flags, bool up) {
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    if (change_flags)
        info.ifi_change = IFF_UP;
    if (up)
        info.ifi_flags = IFF_UP;
    rt_begin(message, RTM_SETLINK, 0, &info, sizeof info);
}

static bool set_flags(int fd, const struct link *link, bool up, struct failure *failure) {
    struct rt_message message;
    begin_link(&message, link->index, true, up);
    int error = rt_send(fd, &message);
    return !error ||
           fail_errno(failure, error, "setting the interface %s %s", link->name, up ? "up" : "down");
}

static int rename_link(int fd, int index, const char *name) {
    struct rt_message message;
    begin_link(&message, index, false, false);
    rt_put(&message, IFLA_IFNAME, name, strlen(name) + 1);
    return rt_send(fd, &message);
}

// The kernel names devices that are not set up yet. Such a device is renamed when another one gets its name.
static bool free_name(int fd, const char *name, struct failure *failure) {
    struct link holder;
    char other[IFNAMSIZ];
    if (!find_link(fd, has_name, name, &holder, failure))
        return false;
    if (!holder.index)
        return true;
    if (holder.up)
        return fail(failure, "EXISTS", "the name \"%s\" is another interface's", name);
    snprintf(other, sizeof other, "idle%d", holder.index);
    int error = rename_link(fd, holder.index, other);
    return !error || fail_errno(failure, error, "renaming the interface %s to %s", name, other);
}

static bool set_identity(int fd, const struct link *link, const struct interface_spec *spec,
                         struct failure *failure) {
    struct rt_message message;
    bool new_name = strcmp(link->name, spec->name) != 0;
    bool new_mac = memcmp(link->mac, spec->mac, MAC_SIZE) != 0;
    if (link->up && (new_name || new_mac) && !set_flags(fd, link, false, failure))
        return false;
    if (new_name && !free_name(fd, spec->name, failure))
        return false;
    begin_link(&message, link->index, false, false);
    if (new_name)
        rt_put(&message, IFLA_IFNAME, spec->name, strlen(spec->name) + 1);
    if (new_mac)
        rt_put(&message, IFLA_ADDRESS, spec->mac, MAC_SIZE);
    rt_put_number(&message, IFLA_MTU, spec->mtu);
    // It gets the addresses of the command, and none that the kernel derives from its MAC.
    size_t families = rt_nest(&message, IFLA_AF_SPEC), inet6 = rt_nest(&message, AF_INET6);
    rt_put(&message, IFLA_INET6_ADDR_GEN_MODE, &(uint8_t){IN6_ADDR_GEN_MODE_NONE}, 1);
    rt_end(&message, inet6);
    rt_end(&message, families);
    int error = rt_send(fd, &message);
    return !error ||
           fail_errno(failure, error, "setting up the interface %s (MTU %u)", spec->name, spec->mtu);
}

static void put_address(struct rt_message *message, uint16_t type, const struct ip_address *address) {
    rt_put(message, type, address->bytes, ip_size(address->family));
}

static bool add_address(int fd, int index, const struct interface_address *address, struct failure *failure) {
    struct rt_message message;
    char text[INET6_ADDRSTRLEN] = "";
    struct ifaddrmsg info = {.ifa_family = (uint8_t)address->local.family,
                             .ifa_prefixlen = address->prefix,
                             .ifa_scope = address->scope,
                             .ifa_index = (uint32_t)index};
    rt_begin(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof info);
    put_address(&message, IFA_LOCAL, &address->local);
    put_address(&message, IFA_ADDRESS, address->peer.family ? &address->peer : &address->local);
    if (address->broadcast.family)
        put_address(&message, IFA_BROADCAST, &address->broadcast);
    // The host made sure that no one else has the address. SETUPROUTE sets the routes.
    rt_put_number(&message, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    int error = rt_send(fd, &message);
    inet_ntop(address->local.family, address->local.bytes, text, sizeof text);
    return !error || fail_errno(failure, error, "adding the address %s/%u", text, address->prefix);
}

static bool is_named(const struct nlmsghdr *header, const struct interface_spec *spec) {
    const struct ifaddrmsg *info = NLMSG_DATA(header);
    const struct rtattr *local = rt_find(header, sizeof *info, IFA_LOCAL);
    const struct rtattr *address = rt_find(header, sizeof *info, IFA_ADDRESS);
    const struct rtattr *own = local ? local : address;
    for (size_t i = 0; spec && own && i < spec->count; i++) {
        const struct interface_address *named = &spec->addresses[i];
        const struct ip_address *peer = named->peer.family ? &named->peer : &named->local;
        size_t size = ip_size(info->ifa_family);
        if (named->local.family == info->ifa_family && named->prefix == info->ifa_prefixlen &&
            !memcmp(RTA_DATA(own), named->local.bytes, size) &&
            (!address || !memcmp(RTA_DATA(address), peer->bytes, size)))
            return true;
    }
    return false;
}

static int delete_address(int fd, const struct nlmsghdr *header) {
    const struct ifaddrmsg *info = NLMSG_DATA(header);
    struct rt_message message;
    rt_begin(&message, RTM_DELADDR, 0, info, sizeof *info);
    for (uint16_t type = IFA_ADDRESS; type <= IFA_LOCAL; type++) {
        const struct rtattr *found = rt_find(header, sizeof *info, type);
        if (found)
            rt_put(&message, type, RTA_DATA(found), RTA_PAYLOAD(found));
    }
    return rt_send(fd, &message);
}

// Deletes all addresses but those of `spec`, which may be NULL.
static bool delete_addresses(int fd, int index, const struct interface_spec *spec, struct failure *failure) {
    struct buffer found = {0};
    int error = rt_dump(fd, RTM_GETADDR, &found);
    for (const struct nlmsghdr *next = NULL; !error && (next = rt_next(&found, next));) {
        const struct ifaddrmsg *info = NLMSG_DATA(next);
        if ((int)info->ifa_index == index && !is_named(next, spec))
            error = delete_address(fd, next);
        // The kernel may have deleted it together with another one.
        if (error == EADDRNOTAVAIL)
            error = 0;
    }
    buffer_free(&found);
    return !error || fail_errno(failure, error, "removing addresses");
}

bool interface_set_up(int fd, int index, const struct interface_spec *spec, struct failure *failure) {
    struct link link;
    if (!find_link(fd, has_index, &index, &link, failure))
        return false;
    if (!link.index)
        return fail(failure, "NOTFOUND", "the interface %s has gone", spec->name);
    if (!set_identity(fd, &link, spec, failure) || !set_flags(fd, &link, true, failure) ||
        !delete_addresses(fd, index, spec, failure))
        return false;
    for (size_t i = 0; i < spec->count; i++)
        if (!add_address(fd, index, &spec->addresses[i], failure))
            return false;
    return true;
}

bool interface_clear(int fd, int index, struct failure *failure) {
    struct link link;
    if (!find_link(fd, has_index, &index, &link, failure))
        return false;
    return !link.index ||
           (delete_addresses(fd, index, NULL, failure) && set_flags(fd, &link, false, failure));
}
