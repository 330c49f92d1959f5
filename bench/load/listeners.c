/* Listeners by the thousand on one core: one thread, one epoll, commands on standard input.
 *
 *   listeners SOURCE HOST PORT PATH [FIELDS]
 *
 * With FIELDS, lines of a request that asks for a WebSocket, they are edges that follow an edge.
 *
 *   join COUNT RATE   open COUNT connections more, RATE a second (0: as fast as they are answered)
 *   leave COUNT       close the newest COUNT at once
 *   mark              print a line of JSON about the time since the last mark
 *   tell MS ONE OTHER each edge sends these two reports in turn, so often (in hexadecimal, <= 125 bytes)
 *   quit
 *
 * Sound carries 20-byte stamps: magic, send time (CLOCK_MONOTONIC, ns), part number. Lateness is
 * that of the newest part in what one read brought: older ones waited for their batch, not for us.
 * What was stamped before its listener joined is no lateness but an opening.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 20000
#define BUCKETS 10001 /* of 1 ms */
#define STAMP 20
#define WINDOW 512 /* connections being opened at once */

static const char MAGIC[8] = {'V', 'V', 'b', 'e', 'n', 'c', 'h', '\x01'};

enum { OPENING = 1, WAITING, PLAYING };

struct listener {
    int fd, state, tail;
    uint32_t last;
    int heard;
    uint64_t asked, opened, told;
    int turn;
    unsigned char rest[STAMP - 1];
};

static struct listener all[LIMIT];
static int count, opening, epoll, retries, retry[LIMIT];
static uint64_t wanted, begun;
static double rate;
static struct sockaddr_in server, source;
static const char *host, *path, *fields = "";

static unsigned char reports[2][126];
static size_t sizes[2];
static uint64_t every;

static struct {
    uint64_t bytes, parts, on_time, gaps, closed, opened, refused, from;
    double cpu;
    uint32_t late[BUCKETS], first[BUCKETS], sound[BUCKETS];
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

static void count_in(uint32_t *histogram, uint64_t ns) {
    uint64_t ms = ns / 1000000;
    histogram[ms < BUCKETS ? ms : BUCKETS - 1]++;
}

static double quantile(const uint32_t *histogram, double q) {
    uint64_t total = 0, sum = 0;
    for (int i = 0; i < BUCKETS; i++) total += histogram[i];
    for (int i = 0; i < BUCKETS; i++)
        if ((double)(sum += histogram[i]) >= q * (double)total && total) return i + 1;
    return -1;
}

static void gone(struct listener *l) {
    if (l->state == OPENING || l->state == WAITING) opening--;
    if (l->state == PLAYING) seen.closed++;
    else {
        seen.refused++;
        if (retries < LIMIT) retry[retries++] = (int)(l - all);
    }
    close(l->fd);
    l->fd = -1;
    l->state = 0;
}

static void open_at(int at) {
    struct listener *l = &all[at];
    memset(l, 0, sizeof *l);
    int on = 1;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (l->fd < 0) { perror("socket"); exit(1); }
    setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    bind(l->fd, (struct sockaddr *)&source, sizeof source);
    l->asked = now();
    l->state = OPENING;
    opening++;
    if (connect(l->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) {
        gone(l);
        return;
    }
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = l};
    epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &event);
}

static void ask(struct listener *l) {
    char head[1024];
    /* Heads differ, as those of a crowd do. */
    int size = snprintf(head, sizeof head,
                        "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (listener %ld)\r\n"
                        "Accept: */*\r\nAccept-Language: en,de;q=0.7\r\nIcy-MetaData: 0\r\n%s\r\n",
                        path, host, (long)(l - all), fields);
    if (write(l->fd, head, (size_t)size) != size) { gone(l); return; }
    l->state = WAITING;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    epoll_ctl(epoll, EPOLL_CTL_MOD, l->fd, &event);
}

static void stamp(struct listener *l, const unsigned char *at, uint64_t *newest) {
    uint64_t sent;
    uint32_t number;
    memcpy(&sent, at + 8, 8);
    memcpy(&number, at + 16, 4);
    if (!l->heard) count_in(seen.sound, now() - l->asked);
    if (l->heard && number > l->last + 1) seen.gaps += number - l->last - 1;
    l->heard = 1;
    l->last = number;
    seen.parts++;
    if (sent >= l->asked) *newest = sent;
}

static void hear(struct listener *l) {
    static unsigned char buffer[1 << 16];
    memcpy(buffer, l->rest, (size_t)l->tail);
    ssize_t got = read(l->fd, buffer + l->tail, sizeof buffer - STAMP);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) gone(l);
        return;
    }
    seen.bytes += (uint64_t)got;
    if (l->state == WAITING) {
        if (got < 12 || memcmp(buffer + 9, *fields ? "101" : "200", 3)) { gone(l); return; }
        l->state = PLAYING;
        l->opened = l->told = now();
        /* Edges start at any time: not all tell at one moment. */
        if (every) l->told -= (uint64_t)rand() % every;
        opening--;
        seen.opened++;
        count_in(seen.first, l->opened - l->asked);
    }
    uint64_t newest = 0, parts = seen.parts;
    unsigned char *from = buffer, *end = buffer + l->tail + got, *at;
    while ((at = memmem(from, (size_t)(end - from), MAGIC, 8)) && end - at >= STAMP) {
        stamp(l, at, &newest);
        from = at + STAMP;
    }
    l->tail = end - from < STAMP - 1 ? (int)(end - from) : STAMP - 1;
    memcpy(l->rest, end - l->tail, (size_t)l->tail);
    if (newest) {
        uint64_t late = now() - newest;
        count_in(seen.late, late);
        if (late <= 250000000u) seen.on_time += seen.parts - parts;
    }
}

/* Sends the reports that are due: masked binary messages of one frame (RFC 6455, 5.2). */
static void tell(void) {
    unsigned char frame[6 + 125];
    uint64_t time = now();
    for (int i = 0; i < count; i++) {
        struct listener *l = &all[i];
        if (l->state != PLAYING || time - l->told < every) continue;
        l->told += every;
        l->turn = !l->turn;
        size_t size = sizes[l->turn];
        frame[0] = 0x82;
        frame[1] = (unsigned char)(0x80 | size);
        for (int k = 0; k < 4; k++) frame[2 + k] = (unsigned char)rand();
        for (size_t k = 0; k < size; k++) frame[6 + k] = reports[l->turn][k] ^ frame[2 + k % 4];
        if (write(l->fd, frame, 6 + size) != (ssize_t)(6 + size)) gone(l);
    }
}

static size_t bytes(const char *hex, unsigned char *to) {
    size_t size = 0;
    while (size < 125 && sscanf(hex + 2 * size, "%2hhx", to + size) == 1) size++;
    return size;
}

static void mark(void) {
    uint64_t time = now();
    double used = cpu();
    int playing = 0;
    for (int i = 0; i < count; i++) playing += all[i].state == PLAYING;
    printf("{\"seconds\": %.3f, \"cpu\": %.4f, \"playing\": %d, \"opened\": %lu, \"closed\": %lu, "
           "\"refused\": %lu, \"bytes\": %lu, \"parts\": %lu, \"on_time\": %lu, \"gaps\": %lu, ",
           1e-9 * (double)(time - seen.from), used - seen.cpu, playing, seen.opened, seen.closed,
           seen.refused, seen.bytes, seen.parts, seen.on_time, seen.gaps);
    printf("\"late_p50\": %.0f, \"late_p95\": %.0f, \"late_p99\": %.0f, \"late_p999\": %.0f, \"first_p50\": %.0f, "
           "\"first_p95\": %.0f, \"sound_p95\": %.0f}\n",
           quantile(seen.late, .5), quantile(seen.late, .95), quantile(seen.late, .99), quantile(seen.late, .999),
           quantile(seen.first, .5), quantile(seen.first, .95), quantile(seen.sound, .95));
    fflush(stdout);
    memset(&seen, 0, sizeof seen);
    seen.from = time;
    seen.cpu = used;
}

static void leave(int many) {
    while (many-- > 0 && count > 0) {
        struct listener *l = &all[--count];
        if (l->state) gone(l);
    }
    wanted = (uint64_t)count;
}

static void command(void) {
    static char line[1024], one[256], other[256];
    static size_t have;
    ssize_t got = read(0, line + have, sizeof line - 1 - have);
    if (got <= 0) exit(0);
    have += (size_t)got;
    line[have] = 0;
    char *end;
    while ((end = strchr(line, '\n'))) {
        int many = 0;
        *end = 0;
        if (sscanf(line, "join %d %lf", &many, &rate) == 2) {
            wanted = (uint64_t)(count + many);
            begun = now() - (rate > 0 ? (uint64_t)(1e9 * count / rate) : 0);
        } else if (sscanf(line, "leave %d", &many) == 1) leave(many);
        else if (sscanf(line, "tell %d %250s %250s", &many, one, other) == 3) {
            every = 1000000u * (uint64_t)many;
            sizes[0] = bytes(one, reports[0]);
            sizes[1] = bytes(other, reports[1]);
        } else if (!strcmp(line, "mark")) mark();
        else exit(0);
        have -= (size_t)(end + 1 - line);
        memmove(line, end + 1, have + 1);
    }
}

static void open_more(void) {
    uint64_t due = wanted;
    if (rate > 0) {
        uint64_t by_now = (uint64_t)(1e-9 * (double)(now() - begun) * rate);
        if (by_now < due) due = by_now;
    }
    for (int i = 0; i < 32 && (uint64_t)count < due && opening < WINDOW; i++) open_at(count++);
    for (int many = retries; many > 0 && opening < WINDOW; many--) {
        int at = retry[--retries];
        if (at < count && !all[at].state) open_at(at);
    }
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) return 2;
    source.sin_family = server.sin_family = AF_INET;
    inet_pton(AF_INET, argv[1], &source.sin_addr);
    inet_pton(AF_INET, argv[2], &server.sin_addr);
    server.sin_port = htons((uint16_t)atoi(argv[3]));
    host = argv[2];
    path = argv[4];
    if (argc == 6) fields = argv[5];
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    seen.from = now();
    seen.cpu = cpu();
    for (;;) {
        int busy = (uint64_t)count < wanted || retries;
        int idle = every ? 20 : -1;
        int many = epoll_wait(epoll, events, 256, busy ? (rate > 0 ? 1 : opening < WINDOW ? 0 : 5) : idle);
        for (int i = 0; i < many; i++) {
            struct listener *l = events[i].data.ptr;
            if (!l) command();
            else if (l->state == OPENING) ask(l);
            else if (l->state) hear(l);
        }
        if (busy) open_more();
        if (every) tell();
    }
}
