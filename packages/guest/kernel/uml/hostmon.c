// SPDX-License-Identifier: GPL-2.0
/*
 * The host's conversation with a User-mode Linux while this runs.
 *
 * hostmon=<descriptor>[,<descriptor>...] names unix sockets of the host that listen already. On each, one client at a time is served,
 * a line at a time; every line is answered by lines of which the last is "ok" or begins with "error ":
 *
 *   add <name> <mac>   makes a network device with that address; the tap comes with the line (SCM_RIGHTS), and carries virtio's header
 *   remove <name>      takes the device away and closes its tap
 *   list               answers "<name> <mac>" for each
 *   grow <MiB>         has the machine have so much memory, of the room that it was started with (room=)
 *   cpus <number>      has the machine have so many CPUs, of those that it was started with room for (cpuroom=)
 *   size               answers how many CPUs it has, and how much memory in MiB
 *
 * <name> is the host's for the tap, and not the device's here.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <as-layout.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>
#include "hostmem.h"
#include "hostmon.h"

#define MOST_LISTENERS 4
#define LINE_BYTES 256

struct hostmon {
	struct work_struct work;
	int listener, client, irq;
	char line[LINE_BYTES];
	int length;
	/* One that came with a line that is not whole yet, or -1. */
	int fd;
};

static struct hostmon conversations[MOST_LISTENERS];
static int listener_count;
static DEFINE_MUTEX(turn);

void hostmon_say(struct hostmon *with, const char *format, ...)
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

static int carry_out(struct hostmon *with)
{
	unsigned long mib;
	unsigned int cpus;

	if (strcmp(with->line, "size") == 0) {
		hostmon_say(with, "%u %llu\n", num_online_cpus(), physmem_size / SZ_1M);
		return 0;
	}
	if (sscanf(with->line, "grow %lu", &mib) == 1)
		return hostmem_grow((unsigned long long)mib * SZ_1M);
	if (sscanf(with->line, "cpus %u", &cpus) == 1)
		return uml_grow_cpus(cpus);
	return hosttap_carry_out(with, with->line, &with->fd);
}

static void drop_descriptor(struct hostmon *with)
{
	if (with->fd >= 0)
		os_close_file(with->fd);
	with->fd = -1;
}

static void answer(struct hostmon *with)
{
	int err;

	mutex_lock(&turn);
	err = carry_out(with);
	mutex_unlock(&turn);
	drop_descriptor(with);
	if (err < 0)
		hostmon_say(with, "error %d\n", -err);
	else
		hostmon_say(with, "ok\n");
}

static irqreturn_t ready(int irq, void *data)
{
	struct hostmon *with = data;

	schedule_work(&with->work);
	return IRQ_HANDLED;
}

static void hang_up(struct hostmon *with)
{
	drop_descriptor(with);
	um_free_irq(with->irq, with);
	os_close_file(with->client);
	with->client = -1;
	with->length = 0;
}

static bool accept_client(struct hostmon *with)
{
	int client = os_accept_connection(with->listener), err;

	if (client < 0)
		return false;
	os_set_exec_close(client);
	err = um_request_irq(UM_IRQ_ALLOC, client, IRQ_READ, ready, 0, "hostmon", with);
	if (err < 0) {
		os_close_file(client);
		return false;
	}
	with->irq = err;
	with->client = client;
	return true;
}

/* false where there is nothing more to read now, or the client has gone. */
static bool read_some(struct hostmon *with)
{
	char *end;
	int fd = -1, room = LINE_BYTES - 1 - with->length, size;

	size = os_rcv_fd_msg(with->client, &fd, 1, with->line + with->length, room);
	if (fd >= 0) {
		drop_descriptor(with);
		with->fd = fd;
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
	struct hostmon *with = container_of(work, struct hostmon, work);

	while (with->client >= 0 || accept_client(with))
		if (!read_some(with))
			return;
}

static char wanted[64] __initdata;

static int __init hostmon_setup(char *text)
{
	strscpy(wanted, text, sizeof(wanted));
	return 1;
}
__setup("hostmon=", hostmon_setup);

static int __init hostmon_init(void)
{
	char *text = wanted, *part;
	int err;

	while ((part = strsep(&text, ",")) != NULL && *part && listener_count < MOST_LISTENERS) {
		struct hostmon *with = &conversations[listener_count];

		err = kstrtoint(part, 10, &with->listener);
		if (err < 0)
			return err;
		with->client = -1;
		with->fd = -1;
		INIT_WORK(&with->work, converse);
		err = um_request_irq(UM_IRQ_ALLOC, with->listener, IRQ_READ, ready, 0, "hostmon", with);
		if (err < 0)
			return err;
		listener_count++;
		schedule_work(&with->work);
	}
	return 0;
}
device_initcall(hostmon_init);
