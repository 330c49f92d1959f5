/* HLS players by the thousand on one core: one thread, one epoll, commands on standard input.
 *
 *   players SOURCE HOST PORT
 *
 *   follow COUNT PREFIX MSN NUMBER PART   low latency: each waits for a part's list, then asks for the part
 *   beat COUNT LIST FILE MS               each asks for LIST, then for FILE, all at once every MS
 *   slide COUNT PREFIX MS                 each asks for PREFIX/index.m3u8 every MS, evenly spread, and
 *                                         for the newest segment whenever that is another one
 *   mark                                  print a line of JSON about the time since the last mark
 *   quit
 *
 * MSN is the media sequence number of the segment whose file has the number NUMBER. Every player has
 * one connection, kept alive. A player that is cut off or gets no 200 counts as failed and is done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 19000
#define PATH 200
#define PARTS 6
#define PER_ROUND 64 /* connections opened between two looks at the others */

enum { FOLLOW, BEAT, SLIDE };
enum { CLOSED, OPENING, ASKING, RESTING, FAILED };

struct player {
    int fd, state, file; /* file: the second of the two requests is under way */
    long number, part;   /* what is asked for, or the newest segment that was */
    uint64_t due, asked;
    long left;           /* bytes of the answer's body to come; -1 before its head */
    int have;
    char head[1024];
    char tail[64];       /* the end of a list */
    int tail_size;
};

static struct player all[LIMIT];
static int count, opened, epoll, mode;
static long msn, first;
static char prefix[PATH], file[PATH];
static uint64_t every, begun;
static struct sockaddr_in server, source;
static const char *host;

static struct {
    uint64_t lists, files, bytes, failed, from;
    double cpu;
} seen;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void fail(struct player *p) {
    if (p->state != CLOSED) close(p->fd);
    p->state = FAILED;
    seen.failed++;
}

static void ask(struct player *p) {
    char path[2 * PATH], head[1024];
    if (mode == BEAT) snprintf(path, sizeof path, "%s", p->file ? file : prefix);
    else if (mode == SLIDE && !p->file) snprintf(path, sizeof path, "%s/index.m3u8", prefix);
    else if (mode == SLIDE) snprintf(path, sizeof path, "%s/%08ld.m4s", prefix, p->number);
    else if (!p->file)
        snprintf(path, sizeof path, "%s/index.m3u8?_HLS_msn=%ld&_HLS_part=%ld", prefix, msn + p->number - first, p->part);
    else snprintf(path, sizeof path, "%s/%08ld.%ld.m4s", prefix, p->number, p->part);
    int size = snprintf(head, sizeof head,
                        "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (player %ld)\r\n"
                        "Accept: */*\r\nAccept-Language: en,de;q=0.7\r\nConnection: keep-alive\r\n\r\n",
                        path, host, (long)(p - all));
    p->state = ASKING;
    p->left = -1;
    p->have = p->tail_size = 0;
    if (write(p->fd, head, (size_t)size) != size) fail(p);
}

static void begin(struct player *p) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
    epoll_ctl(epoll, EPOLL_CTL_MOD, p->fd, &event);
    p->state = RESTING;
    if (mode == FOLLOW) ask(p);
}

static long newest(const struct player *p) {
    for (int at = p->tail_size - 12; at >= 0; at--)
        if (!memcmp(p->tail + at + 8, ".m4s", 4) && isdigit((unsigned char)p->tail[at])) return atol(p->tail + at);
    return -1;
}

static void answered(struct player *p) {
    int was_file = p->file;
    *(was_file ? &seen.files : &seen.lists) += 1;
    p->state = RESTING;
    p->file = !was_file;
    if (mode == FOLLOW && was_file && ++p->part == PARTS) p->part = 0, p->number++;
    if (mode == SLIDE && !was_file) {
        long found = newest(p);
        if (found < 0) { fail(p); return; }
        if (found == p->number) p->file = 0;
        p->number = found;
    }
    if (mode == FOLLOW || p->file) ask(p);
}

static void body(struct player *p, const char *from, long size) {
    if (size > p->left) { fail(p); return; }
    p->left -= size;
    if (mode == SLIDE && !p->file) { /* keep the end of the list */
        int keep = (int)sizeof p->tail;
        if (size >= keep) memcpy(p->tail, from + size - keep, (size_t)keep), p->tail_size = keep;
        else {
            int old = p->tail_size + (int)size > keep ? keep - (int)size : p->tail_size;
            memmove(p->tail, p->tail + p->tail_size - old, (size_t)old);
            memcpy(p->tail + old, from, (size_t)size);
            p->tail_size = old + (int)size;
        }
    }
    if (!p->left) answered(p);
}

static void hear(struct player *p) {
    static char buffer[1 << 16];
    ssize_t got = read(p->fd, buffer, sizeof buffer);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) fail(p);
        return;
    }
    seen.bytes += (uint64_t)got;
    if (p->state != ASKING) { fail(p); return; }
    if (p->left >= 0) { body(p, buffer, got); return; }
    long room = (long)sizeof p->head - 1 - p->have, take = got < room ? got : room;
    memcpy(p->head + p->have, buffer, (size_t)take);
    p->head[p->have + take] = 0;
    char *end = strstr(p->head, "\r\n\r\n");
    if (!end) {
        p->have += (int)take;
        if (take < got || p->have == (int)sizeof p->head - 1) fail(p);
        return;
    }
    *end = 0;
    char *length = strcasestr(p->head, "\r\ncontent-length:");
    if (strncmp(p->head + 9, "200", 3) || !length) { fail(p); return; }
    p->left = atol(length + 17);
    long used = end + 4 - p->head - p->have;
    body(p, buffer + used, got - used);
}

static void mark(void) {
    uint64_t time = now();
    double used = cpu();
    int playing = 0;
    for (int i = 0; i < count; i++) playing += all[i].state == ASKING || all[i].state == RESTING;
    printf("{\"seconds\": %.4f, \"cpu\": %.4f, \"playing\": %d, \"lists\": %lu, \"files\": %lu, \"bytes\": %lu, "
           "\"failed\": %lu}\n",
           1e-9 * (double)(time - seen.from), used - seen.cpu, playing, seen.lists, seen.files, seen.bytes,
           seen.failed);
    fflush(stdout);
    memset(&seen, 0, sizeof seen);
    seen.from = time;
    seen.cpu = used;
}

static void command(void) {
    static char line[1024];
    static size_t have;
    ssize_t got = read(0, line + have, sizeof line - 1 - have);
    if (got <= 0) exit(0);
    have += (size_t)got;
    line[have] = 0;
    char *end;
    while ((end = strchr(line, '\n'))) {
        long many = 0, ms = 0, part = 0;
        *end = 0;
        if (sscanf(line, "follow %ld %199s %ld %ld %ld", &many, prefix, &msn, &first, &part) == 5) mode = FOLLOW;
        else if (sscanf(line, "beat %ld %199s %199s %ld", &many, prefix, file, &ms) == 4) mode = BEAT;
        else if (sscanf(line, "slide %ld %199s %ld", &many, prefix, &ms) == 3) mode = SLIDE;
        else if (!strcmp(line, "mark")) mark();
        else exit(0);
        if (many) {
            every = (uint64_t)ms * 1000000u;
            begun = now();
            if (count + many > LIMIT) exit(1);
            for (long i = 0; i < many; i++) {
                struct player *p = &all[count + i];
                *p = (struct player){.fd = -1, .number = mode == FOLLOW ? first : -1, .part = part};
                p->due = begun + (mode == SLIDE ? every * (uint64_t)i / (uint64_t)many : 0);
            }
            count += (int)many;
        }
        have -= (size_t)(end + 1 - line);
        memmove(line, end + 1, have + 1);
    }
}

static void open_more(void) {
    for (int i = 0; i < PER_ROUND && opened < count; i++) {
        struct player *p = &all[opened++];
        int on = 1;
        p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (p->fd < 0) { perror("socket"); exit(1); }
        setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        bind(p->fd, (struct sockaddr *)&source, sizeof source);
        p->state = OPENING;
        if (connect(p->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) { fail(p); continue; }
        struct epoll_event event = {.events = EPOLLOUT, .data.ptr = p};
        epoll_ctl(epoll, EPOLL_CTL_ADD, p->fd, &event);
    }
}

/* Ask for all whose time has come; return how many milliseconds the next look may wait. */
static int look(void) {
    static uint64_t looked;
    uint64_t time = now();
    if (!every || opened < count) return opened < count ? 0 : -1;
    if (time - looked >= 1000000u) {
        looked = time;
        for (int i = 0; i < count; i++) {
            struct player *p = &all[i];
            if (p->state != RESTING || p->due > time) continue;
            while (p->due <= time) p->due += every;
            p->file = 0;
            ask(p);
        }
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    source.sin_family = server.sin_family = AF_INET;
    inet_pton(AF_INET, argv[1], &source.sin_addr);
    inet_pton(AF_INET, argv[2], &server.sin_addr);
    server.sin_port = htons((uint16_t)atoi(argv[3]));
    host = argv[2];
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    seen.from = now();
    seen.cpu = cpu();
    for (;;) {
        int many = epoll_wait(epoll, events, 256, look());
        for (int i = 0; i < many; i++) {
            struct player *p = events[i].data.ptr;
            if (!p) command();
            else if (p->state == OPENING) begin(p);
            else if (p->state != FAILED) hear(p);
        }
        if (opened < count) open_more();
    }
}
