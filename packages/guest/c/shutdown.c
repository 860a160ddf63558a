// Frees everything before the end, so that LeakSanitizer reports only what was lost before.
#include "shutdown.h"

#include "base/base.h"
#include "base/loop.h"
#include "channel/control.h"
#include "channel/streams.h"
#include "container/container.h"
#include "container/demand.h"
#include "machine/hotplug.h"
#include "network/connections.h"
#include "network/nameserver.h"
#include "network/network.h"
#include "process/process.h"
#include "process/signals.h"

void forget_host(void) {
    control_forget_host();
    processes_kill_starting();
    demand_forget();
    hotplug_forget();
    network_forget();
    nameserver_forget();
    connections_forget();
}

noreturn void shut_down(void) {
    forget_host();
    processes_free();
    containers_free();
    control_close();
    streams_close();
    signals_close();
    loop_close();
    power_off(0);
}
