// SPDX-License-Identifier: GPL-2.0
/*
 * Ethernet devices of a User-mode Linux, each on a tap of its host that is handed over while this runs.
 *
 * hosttap=<descriptor>[,<descriptor>...] names unix sockets of the host that listen already. On each, one client at a time is served,
 * a line at a time; every line is answered by lines of which the last is "ok" or begins with "error ":
 *
 *   add <name> <mac>   makes a device with that address; the tap comes with the line (SCM_RIGHTS), and carries virtio's header
 *   remove <name>      takes the device away and closes its tap
 *   list               answers "<name> <mac>" for each
 *
 * <name> is the host's for the tap, and not the device's here.
 */
#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/virtio_net.h>
#include <linux/workqueue.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>

#define MOST_LISTENERS 4
#define MOST_DEVICES 16
#define LINE_BYTES 256
#define HEADER sizeof(struct virtio_net_hdr)
#define MOST_PACKET (65536 + ETH_HLEN)
/* TUNSETOFFLOAD, and checksums, segments of TCP by IPv4 and IPv6, and those with ECN: linux/if_tun.h of the host. */
#define SET_OFFLOAD 0x400454d0
#define OFFLOADS 0x0f

struct tap {
	struct list_head list;
	struct net_device *device;
	char name[16];
	int fd, irq;
	struct napi_struct napi;
	char *input, *output;
};

struct conversation {
	struct work_struct work;
	int listener, client, irq;
	char line[LINE_BYTES];
	int length;
	/* A tap that came with a line that is not whole yet, or -1. */
	int tap;
};

static struct conversation conversations[MOST_LISTENERS];
static int listener_count;
static LIST_HEAD(taps);
static int tap_count;
static DEFINE_MUTEX(taps_mutex);

/* false where the tap has no more. */
static bool receive_one(struct tap *tap)
{
	struct net_device *device = tap->device;
	int size = os_read_file(tap->fd, tap->input, HEADER + MOST_PACKET);
	struct sk_buff *skb;

	if (size <= 0)
		return false;
	if (size < HEADER + ETH_HLEN)
		goto bad;
	size -= HEADER;
	skb = napi_alloc_skb(&tap->napi, size);
	if (!skb) {
		device->stats.rx_dropped++;
		return true;
	}
	skb_put_data(skb, tap->input + HEADER, size);
	if (virtio_net_hdr_to_skb(skb, (struct virtio_net_hdr *)tap->input, true)) {
		kfree_skb(skb);
		goto bad;
	}
	skb->protocol = eth_type_trans(skb, device);
	device->stats.rx_packets++;
	device->stats.rx_bytes += size;
	napi_gro_receive(&tap->napi, skb);
	return true;
bad:
	device->stats.rx_errors++;
	return true;
}

static int tap_poll(struct napi_struct *napi, int budget)
{
	struct tap *tap = container_of(napi, struct tap, napi);
	int done = 0;

	while (done < budget && receive_one(tap))
		done++;
	/* An interrupt that came since the last read has scheduled it again. */
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static irqreturn_t tap_readable(int irq, void *data)
{
	struct tap *tap = data;

	napi_schedule(&tap->napi);
	return IRQ_HANDLED;
}

static netdev_tx_t tap_transmit(struct sk_buff *skb, struct net_device *device)
{
	struct tap *tap = *(struct tap **)netdev_priv(device);
	int size = skb->len;

	/* What the host does not take at once is lost, as on any wire. */
	if (size > MOST_PACKET || virtio_net_hdr_from_skb(skb, (struct virtio_net_hdr *)tap->output, true, false, 0) ||
	    skb_copy_bits(skb, 0, tap->output + HEADER, size) ||
	    os_write_file(tap->fd, tap->output, HEADER + size) < 0) {
		device->stats.tx_dropped++;
	} else {
		device->stats.tx_packets++;
		device->stats.tx_bytes += size;
	}
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

static int tap_up(struct net_device *device)
{
	struct tap *tap = *(struct tap **)netdev_priv(device);

	napi_enable(&tap->napi);
	netif_start_queue(device);
	/* What came before; an edge is told once. */
	local_bh_disable();
	napi_schedule(&tap->napi);
	local_bh_enable();
	return 0;
}

static int tap_down(struct net_device *device)
{
	struct tap *tap = *(struct tap **)netdev_priv(device);

	netif_stop_queue(device);
	napi_disable(&tap->napi);
	return 0;
}

static const struct net_device_ops tap_operations = {
	.ndo_open = tap_up,
	.ndo_stop = tap_down,
	.ndo_start_xmit = tap_transmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void free_tap(struct tap *tap)
{
	os_close_file(tap->fd);
	kvfree(tap->input);
	kvfree(tap->output);
	kfree(tap);
}

static struct tap *new_tap(const char *name, int fd)
{
	struct tap *tap = kzalloc(sizeof(*tap), GFP_KERNEL);

	if (!tap)
		return NULL;
	strscpy(tap->name, name, sizeof(tap->name));
	tap->fd = fd;
	tap->input = kvmalloc(HEADER + MOST_PACKET, GFP_KERNEL);
	tap->output = kvmalloc(HEADER + MOST_PACKET, GFP_KERNEL);
	if (tap->input && tap->output)
		return tap;
	tap->fd = -1;
	free_tap(tap);
	return NULL;
}

static struct net_device *new_device(struct tap *tap, const u8 *mac)
{
	struct net_device *device = alloc_etherdev(sizeof(tap));

	if (!device)
		return NULL;
	*(struct tap **)netdev_priv(device) = tap;
	tap->device = device;
	device->netdev_ops = &tap_operations;
	device->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN;
	if (os_ioctl_generic(tap->fd, SET_OFFLOAD, OFFLOADS) < 0)
		device->hw_features = 0;
	device->features = device->hw_features;
	device->max_mtu = ETH_MAX_MTU - ETH_HLEN;
	eth_hw_addr_set(device, mac);
	netif_napi_add(device, &tap->napi, tap_poll);
	return device;
}

/* The descriptor is the tap's where this succeeds. */
static int add(const char *name, const u8 *mac, int fd)
{
	struct tap *tap;
	int err;

	if (tap_count == MOST_DEVICES)
		return -ENOSPC;
	os_set_exec_close(fd);
	tap = new_tap(name, fd);
	if (!tap)
		return -ENOMEM;
	err = -ENOMEM;
	if (!new_device(tap, mac))
		goto no_device;
	err = register_netdev(tap->device);
	if (err < 0)
		goto no_name;
	err = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, tap_readable, 0, "hosttap", tap);
	if (err < 0)
		goto no_irq;
	tap->irq = err;
	list_add_tail(&tap->list, &taps);
	tap_count++;
	return 0;
no_irq:
	unregister_netdev(tap->device);
no_name:
	free_netdev(tap->device);
no_device:
	tap->fd = -1;
	free_tap(tap);
	return err;
}

static struct tap *find(const char *name)
{
	struct tap *tap;

	list_for_each_entry(tap, &taps, list)
		if (strcmp(tap->name, name) == 0)
			return tap;
	return NULL;
}

static void remove(struct tap *tap)
{
	list_del(&tap->list);
	tap_count--;
	um_free_irq(tap->irq, tap);
	unregister_netdev(tap->device);
	free_netdev(tap->device);
	free_tap(tap);
}

static void say(struct conversation *with, const char *format, ...)
{
	char text[64];
	va_list values;
	int length;

	va_start(values, format);
	length = vscnprintf(text, sizeof(text), format, values);
	va_end(values);
	/* A client that does not read its answers is no concern of anybody else. */
	os_write_file(with->client, text, length);
}

static void list_taps(struct conversation *with)
{
	struct tap *tap;

	/* Of its own: the guest may have changed the device's. */
	list_for_each_entry(tap, &taps, list)
		say(with, "%s %pM\n", tap->name, tap->device->perm_addr);
}

static int carry_out(struct conversation *with)
{
	char name[16];
	u8 mac[ETH_ALEN];
	struct tap *tap;
	int err;

	if (strcmp(with->line, "list") == 0) {
		list_taps(with);
		return 0;
	}
	if (sscanf(with->line, "remove %15s", name) == 1) {
		tap = find(name);
		if (tap)
			remove(tap);
		return 0;
	}
	if (sscanf(with->line, "add %15s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", name, &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 7)
		return -EINVAL;
	if (with->tap < 0)
		return -EBADF;
	if (find(name))
		return -EEXIST;
	err = add(name, mac, with->tap);
	if (err == 0)
		with->tap = -1;
	return err;
}

static void drop_tap(struct conversation *with)
{
	if (with->tap >= 0)
		os_close_file(with->tap);
	with->tap = -1;
}

static void answer(struct conversation *with)
{
	int err;

	mutex_lock(&taps_mutex);
	err = carry_out(with);
	mutex_unlock(&taps_mutex);
	drop_tap(with);
	if (err < 0)
		say(with, "error %d\n", -err);
	else
		say(with, "ok\n");
}

static irqreturn_t ready(int irq, void *data)
{
	struct conversation *with = data;

	schedule_work(&with->work);
	return IRQ_HANDLED;
}

static void hang_up(struct conversation *with)
{
	drop_tap(with);
	um_free_irq(with->irq, with);
	os_close_file(with->client);
	with->client = -1;
	with->length = 0;
}

static bool accept_client(struct conversation *with)
{
	int client = os_accept_connection(with->listener), err;

	if (client < 0)
		return false;
	os_set_exec_close(client);
	err = um_request_irq(UM_IRQ_ALLOC, client, IRQ_READ, ready, 0, "hosttap", with);
	if (err < 0) {
		os_close_file(client);
		return false;
	}
	with->irq = err;
	with->client = client;
	return true;
}

/* false where there is nothing more to read now, or the client has gone. */
static bool read_some(struct conversation *with)
{
	char *end;
	int fd = -1, room = LINE_BYTES - 1 - with->length, size;

	size = os_rcv_fd_msg(with->client, &fd, 1, with->line + with->length, room);
	if (fd >= 0) {
		drop_tap(with);
		with->tap = fd;
	}
	if (size == -EAGAIN || size == -EINTR)
		return size == -EINTR;
	if (size <= 0 || room == 0) {
		hang_up(with);
		return true;
	}
	with->length += size;
	with->line[with->length] = 0;
	while ((end = strchr(with->line, '\n')) != NULL) {
		int used = end + 1 - with->line;

		*end = 0;
		answer(with);
		with->length -= used;
		memmove(with->line, with->line + used, with->length + 1);
	}
	return true;
}

static void converse(struct work_struct *work)
{
	struct conversation *with = container_of(work, struct conversation, work);

	while (with->client >= 0 || accept_client(with))
		if (!read_some(with))
			return;
}

static char wanted[64] __initdata;

static int __init hosttap_setup(char *text)
{
	strscpy(wanted, text, sizeof(wanted));
	return 1;
}
__setup("hosttap=", hosttap_setup);

static int __init hosttap_init(void)
{
	char *text = wanted, *part;
	int err;

	while ((part = strsep(&text, ",")) != NULL && *part && listener_count < MOST_LISTENERS) {
		struct conversation *with = &conversations[listener_count];

		err = kstrtoint(part, 10, &with->listener);
		if (err < 0)
			return err;
		with->client = -1;
		with->tap = -1;
		INIT_WORK(&with->work, converse);
		err = um_request_irq(UM_IRQ_ALLOC, with->listener, IRQ_READ, ready, 0, "hosttap", with);
		if (err < 0)
			return err;
		listener_count++;
		schedule_work(&with->work);
	}
	return 0;
}
device_initcall(hosttap_init);
