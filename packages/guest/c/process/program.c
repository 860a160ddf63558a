// The program of a process. A command that does not exist has a failure code of its own, because the host reports
// another exit code for it.
#include "process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
enum { SHOWN = 200 };

static const char *variable(const struct process_spec *spec, const char *name) {
    size_t length = strlen(name);
    const char *found = NULL;
    for (char **entry = spec->environment; *entry; entry++)
        if (!strncmp(*entry, name, length) && (*entry)[length] == '=')
            found = *entry + length + 1;
    return found;
}

static const char *directories_of(const struct process_spec *spec) {
    const char *directories = variable(spec, "PATH");
    return directories ? directories : DEFAULT_PATH;
}

// 0, or the errno that says why this file cannot be the program: of a directory, too, engines expect EACCES.
static int check(const char *path) {
    struct stat status;
    if (stat(path, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
        return EACCES;
    return 0;
}

static bool is_missing(int error) {
    return error == ENOENT || error == ENOTDIR;
}

static bool exec_failure(int error, const char *path, struct failure *failure) {
    bool unusable = is_missing(error) || error == EACCES || error == ENOEXEC || error == ELOOP;
    if (!unusable)
        return fail_errno(failure, error, "exec \"%.*s\"", SHOWN, path);
    return fail(failure, "NOCOMMAND", "exec: \"%.*s\": %s", SHOWN, path,
                error == ENOENT    ? "no such file or directory"
                : error == EACCES  ? "permission denied"
                : error == ENOEXEC ? "exec format error"
                                   : strerror(error));
}

static bool search(const char *directories, const char *name, char *path, struct failure *failure) {
    int why = ENOENT;
    for (const char *part = directories;; part++) {
        size_t length = strcspn(part, ":");
        int needed = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, part, length ? "/" : "./", name);
        int error = needed < PATH_MAX ? check(path) : ENAMETOOLONG;
        if (error == 0)
            return true;
        if (error == EACCES)
            why = EACCES;
        part += length;
        if (!*part)
            break;
    }
    return fail(failure, "NOCOMMAND", "exec: \"%.*s\": %s", SHOWN, name,
                why == EACCES ? "permission denied" : "executable file not found in $PATH");
}

bool find_program(const struct process_spec *spec, char *path, struct failure *failure) {
    const char *name = spec->arguments[0];
    if (!strchr(name, '/'))
        return search(directories_of(spec), name, path, failure);
    int error = strlen(name) < PATH_MAX ? check(name) : ENAMETOOLONG;
    if (error)
        return exec_failure(error, name, failure);
    strcpy(path, name);
    return true;
}

// Skips what cannot be the program, as a shell does. Returns when nothing could be run.
static void run_first(const struct process_spec *spec, const char *directories) {
    const char *name = spec->arguments[0];
    char path[PATH_MAX];
    for (const char *part = directories;; part++) {
        size_t length = strcspn(part, ":");
        int needed = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, part, length ? "/" : "./", name);
        if (needed < PATH_MAX)
            execve(path, spec->arguments, spec->environment);
        part += length;
        if (!*part || (errno != EACCES && !is_missing(errno)))
            return;
    }
}

void run_program(const struct process_spec *spec, const char *found, struct failure *failure) {
    char path[PATH_MAX];
    if (!found) {
        // To look for it first would ask the host twice.
        if (strchr(spec->arguments[0], '/'))
            execve(spec->arguments[0], spec->arguments, spec->environment);
        else
            run_first(spec, directories_of(spec));
        if (!find_program(spec, path, failure))
            return;
        found = path;
    }
    execve(found, spec->arguments, spec->environment);
    exec_failure(errno, found, failure);
}

void add_home(const struct process_spec *spec, struct home *home) {
    if (variable(spec, "HOME"))
        return;
    home_find(home, spec->uid);
    spec->environment[spec->variable_count] = home->variable;
}
