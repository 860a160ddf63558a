// SPDX-License-Identifier: GPL-2.0
/*
 * Byte channels between a User-mode Linux and programs of its host.
 *
 * Each port is a unix socket of the host that listens already, and that this process was given as a descriptor:
 * hostport=<name>:<descriptor>[,<name>:<descriptor>...]. One client at a time is connected. A port looks to the
 * guest as one of virtio-console does: /dev/vport0p<n>, found by its name in /sys/class/virtio-ports. While no client is
 * connected it reads as end of file and polls as hung up. The next one, that which came last, is taken only when the guest has seen
 * the end of the one before, so that the two are never mistaken for each other.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>

#define MOST_PORTS 8
#define BUFFER_BYTES (64 * 1024)

struct port {
	char name[64];
	int listener;
	/* The client, or -1. Changed under both mutexes. */
	int client;
	int read_irq, write_irq;
	bool open;
	/* Cleared before a call that may find the opposite, set by interrupts. */
	bool readable, writable;
	bool client_ended;
	wait_queue_head_t changed;
	struct mutex reading, writing;
	char *input, *output;
	struct cdev cdev;
};

static struct port ports[MOST_PORTS];
static int port_count;
static dev_t first_device;

static irqreturn_t port_readable(int irq, void *data)
{
	struct port *port = data;

	WRITE_ONCE(port->readable, true);
	wake_up_interruptible(&port->changed);
	return IRQ_HANDLED;
}

static irqreturn_t port_writable(int irq, void *data)
{
	struct port *port = data;

	WRITE_ONCE(port->writable, true);
	wake_up_interruptible(&port->changed);
	return IRQ_HANDLED;
}

/* Both mutexes are held. */
static void drop_client(struct port *port)
{
	if (port->client < 0)
		return;
	um_free_irq(port->read_irq, port);
	um_free_irq(port->write_irq, port);
	os_close_file(port->client);
	port->client = -1;
	port->client_ended = false;
}

static int watch_client(struct port *port, int client)
{
	int err = um_request_irq(UM_IRQ_ALLOC, client, IRQ_READ, port_readable, 0, "hostport", port);

	if (err < 0)
		return err;
	port->read_irq = err;
	err = um_request_irq(UM_IRQ_ALLOC, client, IRQ_WRITE, port_writable, 0, "hostport", port);
	if (err < 0)
		um_free_irq(port->read_irq, port);
	else
		port->write_irq = err;
	return err < 0 ? err : 0;
}

/* Takes the client that came last, where there is none: those before it have given up. Both mutexes are held. */
static void take_client(struct port *port)
{
	int client = -1, next;

	if (port->client >= 0)
		return;
	while ((next = os_accept_connection(port->listener)) >= 0) {
		if (client >= 0)
			os_close_file(client);
		client = next;
	}
	if (client < 0)
		return;
	os_set_exec_close(client);
	port->readable = true;
	port->writable = true;
	if (watch_client(port, client) < 0)
		os_close_file(client);
	else
		port->client = client;
}

/* The guest has been told of a client's end: whoever is next may come. */
static bool have_client(struct port *port)
{
	bool have;

	mutex_lock(&port->reading);
	mutex_lock(&port->writing);
	if (port->client_ended)
		drop_client(port);
	else
		take_client(port);
	have = port->client >= 0;
	mutex_unlock(&port->writing);
	mutex_unlock(&port->reading);
	return have;
}

static int port_open(struct inode *inode, struct file *file)
{
	struct port *port = container_of(inode->i_cdev, struct port, cdev);
	int err = 0;

	mutex_lock(&port->reading);
	mutex_lock(&port->writing);
	if (port->open)
		err = -EBUSY;
	else
		port->open = true;
	mutex_unlock(&port->writing);
	mutex_unlock(&port->reading);
	if (err < 0)
		return err;
	file->private_data = port;
	have_client(port);
	return nonseekable_open(inode, file);
}

static int port_release(struct inode *inode, struct file *file)
{
	struct port *port = file->private_data;

	mutex_lock(&port->reading);
	mutex_lock(&port->writing);
	port->open = false;
	drop_client(port);
	mutex_unlock(&port->writing);
	mutex_unlock(&port->reading);
	return 0;
}

/* One try, under the mutex of readers. */
static ssize_t read_once(struct port *port, char __user *to, size_t size)
{
	ssize_t count;

	if (port->client < 0 || port->client_ended)
		return 0;
	WRITE_ONCE(port->readable, false);
	count = os_read_file(port->client, port->input, min_t(size_t, size, BUFFER_BYTES));
	if (count == -EAGAIN || count == -EINTR)
		return -EAGAIN;
	if (count <= 0) {
		port->client_ended = true;
		return 0;
	}
	WRITE_ONCE(port->readable, true);
	return copy_to_user(to, port->input, count) ? -EFAULT : count;
}

static ssize_t port_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct port *port = file->private_data;
	ssize_t count;

	if (size == 0)
		return 0;
	for (;;) {
		mutex_lock(&port->reading);
		count = read_once(port, to, size);
		mutex_unlock(&port->reading);
		if (count == 0 && port->client_ended)
			have_client(port);
		if (count != -EAGAIN || file->f_flags & O_NONBLOCK)
			return count;
		if (wait_event_interruptible(port->changed, READ_ONCE(port->readable)))
			return -ERESTARTSYS;
	}
}

static ssize_t write_once(struct port *port, const char __user *from, size_t size)
{
	ssize_t count;

	if (port->client < 0 || port->client_ended)
		return -EAGAIN;
	size = min_t(size_t, size, BUFFER_BYTES);
	if (copy_from_user(port->output, from, size))
		return -EFAULT;
	WRITE_ONCE(port->writable, false);
	count = os_write_file(port->client, port->output, size);
	if (count == -EAGAIN || count == -EINTR)
		return -EAGAIN;
	/* Its end is the reader's to see: what it had sent before is still to be read. */
	if (count < 0) {
		WRITE_ONCE(port->readable, true);
		wake_up_interruptible(&port->changed);
		return -EAGAIN;
	}
	WRITE_ONCE(port->writable, true);
	return count;
}

static ssize_t port_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	struct port *port = file->private_data;
	ssize_t count;

	for (;;) {
		mutex_lock(&port->writing);
		count = write_once(port, from, size);
		mutex_unlock(&port->writing);
		if (count != -EAGAIN || file->f_flags & O_NONBLOCK)
			return count;
		if (wait_event_interruptible(port->changed, READ_ONCE(port->writable)))
			return -ERESTARTSYS;
	}
}

static __poll_t port_poll(struct file *file, poll_table *wait)
{
	struct port *port = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &port->changed, wait);
	if (READ_ONCE(port->client) < 0 && !have_client(port))
		return EPOLLHUP;
	if (READ_ONCE(port->readable))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(port->writable))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static const struct file_operations port_operations = {
	.owner = THIS_MODULE,
	.open = port_open,
	.release = port_release,
	.read = port_read,
	.write = port_write,
	.poll = port_poll,
};

static ssize_t name_show(struct device *device, struct device_attribute *attribute, char *text)
{
	struct port *port = dev_get_drvdata(device);

	return sysfs_emit(text, "%s\n", port->name);
}
static DEVICE_ATTR_RO(name);

static struct attribute *port_attrs[] = { &dev_attr_name.attr, NULL };
ATTRIBUTE_GROUPS(port);

static const struct class port_class = { .name = "virtio-ports", .dev_groups = port_groups };

static int add_port(struct port *port, int number)
{
	struct device *device;
	int err = os_set_fd_block(port->listener, 0);

	if (err < 0)
		return err;
	port->client = -1;
	init_waitqueue_head(&port->changed);
	mutex_init(&port->reading);
	mutex_init(&port->writing);
	port->input = kmalloc(BUFFER_BYTES, GFP_KERNEL);
	port->output = kmalloc(BUFFER_BYTES, GFP_KERNEL);
	if (!port->input || !port->output)
		return -ENOMEM;
	cdev_init(&port->cdev, &port_operations);
	err = cdev_add(&port->cdev, first_device + number, 1);
	if (err < 0)
		return err;
	device = device_create(&port_class, NULL, first_device + number, port, "vport0p%d", number + 1);
	return PTR_ERR_OR_ZERO(device);
}

static char wanted[512] __initdata;

static int __init hostport_setup(char *text)
{
	strscpy(wanted, text, sizeof(wanted));
	return 1;
}
__setup("hostport=", hostport_setup);

/* Names have no colon and no comma. */
static void __init parse(char *text)
{
	char *part, *descriptor;

	while ((part = strsep(&text, ",")) != NULL && port_count < MOST_PORTS) {
		struct port *port = &ports[port_count];

		descriptor = part;
		part = strsep(&descriptor, ":");
		if (descriptor && kstrtoint(descriptor, 10, &port->listener) == 0 &&
		    strscpy(port->name, part, sizeof(port->name)) > 0)
			port_count++;
	}
}

static int __init hostport_init(void)
{
	int err, i;

	parse(wanted);
	if (port_count == 0)
		return 0;
	err = alloc_chrdev_region(&first_device, 0, MOST_PORTS, "hostport");
	if (err < 0)
		return err;
	err = class_register(&port_class);
	for (i = 0; err >= 0 && i < port_count; i++)
		err = add_port(&ports[i], i);
	if (err < 0)
		pr_err("hostport: %d\n", err);
	return err;
}
device_initcall(hostport_init);
