// The console: a pty pair, whose master somebody else gets.
#ifndef RUNV_CONSOLE_H
#define RUNV_CONSOLE_H

// Makes the pair, sends the master to that socket, and becomes the slave's session leader with the slave, raw, as
// descriptors 0, 1 and 2. Does not return when it cannot.
void console_open(const char *socket_path);

#endif
