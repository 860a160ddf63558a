// Makes calls for files in a directory, and says what comes of each: the same on the host and in a guest.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static long tried(const char *name, long result) {
    printf("%s: %s\n", name, result < 0 ? strerror(errno) : "done");
    return result;
}

static void show(const char *name) {
    struct stat status;
    if (tried(name, lstat(name, &status)) == 0)
        printf("  mode %o, links %ld, owner %u:%u, %ld bytes\n", status.st_mode, (long)status.st_nlink, status.st_uid,
               status.st_gid, (long)status.st_size);
}

static void attributes(int fd) {
    // cap_net_raw, permitted and effective (capabilities(7)).
    static const unsigned capability[5] = {0x02000001, 1 << 13};
    char value[256];
    tried("set user.x", setxattr("file", "user.x", "value", 5, 0));
    tried("get user.x", getxattr("file", "user.x", value, sizeof value));
    printf("  names: %ld bytes\n", (long)listxattr("file", value, sizeof value));
    tried("remove user.x", removexattr("file", "user.x"));
    tried("get user.x", getxattr("file", "user.x", value, sizeof value));
    tried("set a capability", setxattr("file", "security.capability", capability, sizeof capability, 0));
    tried("get it", getxattr("file", "security.capability", value, sizeof value));
    tried("write", write(fd, "more", 4));
    tried("it is gone", getxattr("file", "security.capability", value, sizeof value));
}

static void unnamed(void) {
    char path[64];
    int fd = (int)tried("O_TMPFILE", open(".", O_TMPFILE | O_RDWR, 0640));
    tried("write to it", write(fd, "unnamed", 7));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    tried("name it", linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    show("named");
}

static void direct(void) {
    void *page;
    if (posix_memalign(&page, 4096, 4096) != 0)
        abort();
    memset(page, 'x', 4096);
    int fd = (int)tried("O_DIRECT", open("direct", O_CREAT | O_RDWR | O_DIRECT, 0600));
    tried("write a page", pwrite(fd, page, 4096, 0));
    tried("read a page", pread(fd, page, 4096, 0));
}

static void times(void) {
    const struct timespec when[2] = {{1000, 123456789}, {2000, 987654321}};
    struct stat status;
    tried("set times", utimensat(AT_FDCWD, "file", when, 0));
    stat("file", &status);
    printf("  %ld.%09ld %ld.%09ld\n", (long)status.st_atim.tv_sec, status.st_atim.tv_nsec, (long)status.st_mtim.tv_sec,
           status.st_mtim.tv_nsec);
    tried("set a link's times", utimensat(AT_FDCWD, "symlink", when, AT_SYMLINK_NOFOLLOW));
}

// The bytes of a file as runs of one letter, a dot for what was never written.
static void show_runs(int fd) {
    char bytes[65536], last = 0;
    long count = 0, length = pread(fd, bytes, sizeof bytes, 0);
    for (long i = 0; i <= length; i++) {
        if (i < length && (count == 0 || bytes[i] == last)) {
            last = bytes[i], count++;
            continue;
        }
        if (count > 0)
            printf("  %ld %c", count, last ? last : '.');
        if (i < length)
            last = bytes[i], count = 1;
    }
    printf("\n");
}

static void allocated(void) {
    char bytes[16384];
    int fd = (int)tried("open", open("allocated", O_CREAT | O_RDWR, 0600));
    memset(bytes, 'x', sizeof bytes);
    tried("write", pwrite(fd, bytes, sizeof bytes, 0));
    tried("make it longer", fallocate(fd, 0, 0, 20000));
    show_runs(fd);
    tried("keep the size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 65536));
    tried("punch a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 5000));
    show_runs(fd);
    tried("zero", fallocate(fd, FALLOC_FL_ZERO_RANGE, 15000, 10000));
    show_runs(fd);
    tried("take out", fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4096, 4096));
    show_runs(fd);
    tried("put in", fallocate(fd, FALLOC_FL_INSERT_RANGE, 4096, 4096));
    show_runs(fd);
    tried("neither", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
    show("allocated");
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) < 0)
        return 1;
    umask(0);
    int fd = open("file", O_CREAT | O_RDWR, 0666);
    tried("symlink", symlink("file", "symlink"));
    attributes(fd);
    unnamed();
    direct();
    allocated();
    times();
    tried("chown a symlink", lchown("symlink", 5, 6));
    show("symlink");
    tried("chmod", chmod("file", 04755));
    tried("chown", chown("file", 7, 8));
    show("file");
    tried("link", link("file", "second"));
    show("second");
    tried("unlink", unlink("file"));
    show("second");
    tried("a file by mknod", mknod("node", S_IFREG | 0640, 0));
    tried("write to it", write(open("node", O_WRONLY), "node", 4));
    show("node");
    tried("a FIFO", mkfifo("fifo", 0622));
    show("fifo");
    return 0;
}
