// SPDX-License-Identifier: GPL-2.0
/*
 * Ethernet devices of a User-mode Linux, each on a tap of its host that is handed over while this runs (hostmon.c).
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
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>
#include "hostmon.h"

#define MOST_DEVICES 16
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

static LIST_HEAD(taps);
static int tap_count;

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

static void list_taps(struct hostmon *with)
{
	struct tap *tap;

	/* Of its own: the guest may have changed the device's. */
	list_for_each_entry(tap, &taps, list)
		hostmon_say(with, "%s %pM\n", tap->name, tap->device->perm_addr);
}

int hosttap_carry_out(struct hostmon *with, const char *line, int *fd)
{
	char name[16];
	u8 mac[ETH_ALEN];
	struct tap *tap;
	int err;

	if (strcmp(line, "list") == 0) {
		list_taps(with);
		return 0;
	}
	if (sscanf(line, "remove %15s", name) == 1) {
		tap = find(name);
		if (tap)
			remove(tap);
		return 0;
	}
	if (sscanf(line, "add %15s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", name, &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		   &mac[5]) != 7)
		return -EINVAL;
	if (*fd < 0)
		return -EBADF;
	if (find(name))
		return -EEXIST;
	err = add(name, mac, *fd);
	if (err == 0)
		*fd = -1;
	return err;
}
