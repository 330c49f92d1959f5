/* A time of day that is off by what the file $OFFSET says, in seconds: for LD_PRELOAD. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = (int)syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("OFFSET");
    char text[32];
    if (failed || clock != CLOCK_REALTIME || !path) return failed;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size > 0) {
        text[size] = 0;
        time->tv_sec += atol(text);
    }
    return 0;
}
