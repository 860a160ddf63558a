# Builds one C program twice: `make all` the static program that is shipped, `make host` the one with sanitizers for tests.
#
# The Makefile that includes it sets PROGRAM, and may set
#   SOURCES        the C files, by their path below this directory or one of VPATH (every *.c here)
#   CC, HOST_CC    the compilers of the two (gcc)
#   INCLUDES       -I flags
#   LIBRARIES      -l flags
#   HOST_PROGRAMS  other programs that `make host` makes
# and adds a line to `toolchain::` for each Debian package that the compiler needs beside itself.
ifeq ($(origin CC),default)
CC = gcc
endif
HOST_CC ?= gcc
STRIP = strip
DIST ?= ../dist
SOURCES ?= $(sort $(wildcard *.c))
FLAGS = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 $(INCLUDES)
# The compiler writes down which headers each object needs, so that a changed header rebuilds those objects and no others.
DEPENDS = -MMD -MP
SANITIZE = -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Changed flags rebuild as changed sources do. Read here, before the headers' lists are included.
RULES := $(MAKEFILE_LIST)
OBJECTS = $(SOURCES:%.c=$(DIST)/c/%.o)
HOST_OBJECTS = $(SOURCES:%.c=$(DIST)/c-host/%.o)

all: $(DIST)/$(PROGRAM)

host: $(DIST)/$(PROGRAM)-host $(HOST_PROGRAMS:%=$(DIST)/%)

# A program may be running: it is replaced, never written to.
$(DIST)/$(PROGRAM): $(OBJECTS)
	$(CC) -static -pthread -o $@.tmp $(OBJECTS) $(LIBRARIES)
	$(STRIP) $@.tmp
	mv $@.tmp $@

$(DIST)/$(PROGRAM)-host: $(HOST_OBJECTS)
	$(HOST_CC) $(SANITIZE) -pthread -o $@.tmp $(HOST_OBJECTS) $(LIBRARIES)
	mv $@.tmp $@

$(DIST)/c/%.o: %.c $(RULES) | toolchain
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(DEPENDS) -c -o $@ $<

$(DIST)/c-host/%.o: %.c $(RULES) | toolchain
	@mkdir -p $(@D)
	$(HOST_CC) $(FLAGS) $(SANITIZE) $(DEPENDS) -c -o $@ $<

# A missing package is named here, because make's and the compiler's own messages name only a program or a header.
toolchain::
	@command -v $(HOST_CC) >/dev/null || { echo "No C compiler: install Debian's package gcc" >&2; exit 1; }
	@printf '#include <stdio.h>\n' | $(HOST_CC) -E - >/dev/null 2>&1 || \
		{ echo "No C library headers: install Debian's package libc6-dev" >&2; exit 1; }

clean:
	rm -rf $(DIST)/c $(DIST)/c-host $(DIST)/$(PROGRAM) $(DIST)/$(PROGRAM)-host $(HOST_PROGRAMS:%=$(DIST)/%)

-include $(OBJECTS:.o=.d) $(HOST_OBJECTS:.o=.d)

.PHONY: all host clean toolchain
