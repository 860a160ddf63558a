// SPDX-License-Identifier: GPL-2.0
/*
 * Memory on demand. memory_on_demand=<MiB> says how much memory the machine may have; it adds of its room as it runs short of memory, and
 * gives back to the host what is free again. To programs all that it may have is there from the start.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/page_reporting.h>
#include <linux/printk.h>
#include <linux/scatterlist.h>
#include <linux/shrinker.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>
#include <as-layout.h>
#include <mem_user.h>
#include <os.h>
#include "hostmem.h"

/* It grows by a quarter, and by so much at least. */
#define LEAST_STEP SZ_32M

/* The host keeps what files have too: more than this, or half of the memory, is not kept here as well. */
#define CACHE_ENOUGH PHYS_PFN(SZ_256M)

/* Smaller pieces are not given back: each is a call of the host. */
#define GIVEN_BACK_ORDER (18 - PAGE_SHIFT)

static DEFINE_MUTEX(growing);
static unsigned long long allowed;

static void count_what_may_come(void)
{
	unsigned long long more = allowed > physmem_size ? allowed - physmem_size : 0;

	WRITE_ONCE(pages_to_come, PHYS_PFN(more));
}

int hostmem_grow(unsigned long long size)
{
	int err;

	mutex_lock(&growing);
	/* What it has taken by itself counts. */
	err = allowed && size < physmem_size ? 0 : physmem_grow(size);
	count_what_may_come();
	mutex_unlock(&growing);
	return err;
}

/* Returns by how many pages. Nothing in here needs memory. */
static unsigned long take_a_step(void)
{
	unsigned long long before = physmem_size, step = max_t(unsigned long long, before / 4, LEAST_STEP);

	if (allowed <= before || physmem_grow(min(before + step, allowed)) < 0)
		return 0;
	count_what_may_come();
	return PHYS_PFN(physmem_size - before);
}

static bool cache_is_large(void)
{
	unsigned long cached = global_node_page_state(NR_ACTIVE_FILE) + global_node_page_state(NR_INACTIVE_FILE);

	return cached > max(CACHE_ENOUGH, PHYS_PFN(physmem_size) / 2);
}

/* One search for what to throw away asks many times, also when a step has been taken. */
static bool is_short(void)
{
	return global_zone_page_state(NR_FREE_PAGES) < PHYS_PFN(physmem_size) / 16;
}

/* Called when memory runs short, before much of what is cached is thrown away. */
static unsigned long when_short(struct shrinker *shrinker, struct shrink_control *control)
{
	if (READ_ONCE(pages_to_come) > 0 && mutex_trylock(&growing)) {
		if (is_short() && !cache_is_large())
			take_a_step();
		mutex_unlock(&growing);
	}
	return 0;
}

static unsigned long shrink_nothing(struct shrinker *shrinker, struct shrink_control *control)
{
	return SHRINK_STOP;
}

/* Called before somebody is killed, who is spared where there is more now. */
static int before_oom(struct notifier_block *block, unsigned long action, void *freed)
{
	mutex_lock(&growing);
	*(unsigned long *)freed += take_a_step();
	mutex_unlock(&growing);
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = { .notifier_call = before_oom };

static int give_back(struct page_reporting_dev_info *device, struct scatterlist *pieces, unsigned int count)
{
	struct scatterlist *piece;
	unsigned int i;

	for_each_sg(pieces, piece, count, i) {
		int err = os_drop_memory(sg_virt(piece), piece->length);

		if (err < 0)
			return err;
	}
	return 0;
}

static struct page_reporting_dev_info reporting = { .report = give_back, .order = GIVEN_BACK_ORDER };

static int __init allow(char *text)
{
	unsigned long mib;

	if (kstrtoul(text, 10, &mib) < 0)
		return 0;
	allowed = ALIGN_DOWN(min((unsigned long long)mib * SZ_1M, physmem_room), PAGE_SIZE * MAX_ORDER_NR_PAGES);
	return 1;
}
__setup("memory_on_demand=", allow);

static int __init hostmem_init(void)
{
	struct shrinker *shrinker = shrinker_alloc(0, "hostmem");

	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = when_short;
	shrinker->scan_objects = shrink_nothing;
	shrinker_register(shrinker);
	register_oom_notifier(&oom_notifier);
	count_what_may_come();
	return page_reporting_register(&reporting);
}
device_initcall(hostmem_init);
