/* The floor of a push server: the same sends of the same bytes at the same cadence, and no more.
 *
 *   push PORT OPENING_PARTS
 *
 * Standard input: frames, each a 32-bit length (native order) and its bytes; every frame is sent to
 * every listener at once. Whatever a peer asks is answered with 200, the first frame (the head of
 * the stream) and the newest OPENING_PARTS frames. There are no slow readers here: a send that the
 * kernel does not take whole ends that listener.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT 20000
#define FRAME 65536

static const char OK[] = "HTTP/1.1 200 OK\r\nContent-Type: audio/ogg\r\nConnection: close\r\n\r\n";
static int listeners[LIMIT], place[LIMIT], count, parts;
static char head[FRAME], recent[16][FRAME];
static uint32_t head_size, sizes[16], made;

static void drop(int at) {
    close(listeners[at]);
    listeners[at] = listeners[--count];
    place[listeners[at]] = at;
}

static void whole(void *into, size_t size) {
    for (size_t have = 0; have < size;) {
        ssize_t got = read(0, (char *)into + have, size - have);
        if (got <= 0) exit(0);
        have += (size_t)got;
    }
}

static void beat(void) {
    uint32_t size;
    whole(&size, sizeof size);
    if (size > FRAME) exit(1);
    if (!head_size) {
        whole(head, size);
        head_size = size;
        return;
    }
    char *body = recent[made % 16];
    whole(body, size);
    sizes[made++ % 16] = size;
    for (int i = count - 1; i >= 0; i--)
        if (send(listeners[i], body, size, MSG_NOSIGNAL) != (ssize_t)size) drop(i);
}

static void answer(int fd) {
    static char asked[8192], out[4 * FRAME];
    if (read(fd, asked, sizeof asked) <= 0) {
        close(fd);
        return;
    }
    size_t size = sizeof OK - 1;
    memcpy(out, OK, size);
    memcpy(out + size, head, head_size);
    size += head_size;
    uint32_t first = made > (uint32_t)parts ? made - (uint32_t)parts : 0;
    for (uint32_t i = first; i < made; i++) {
        memcpy(out + size, recent[i % 16], sizes[i % 16]);
        size += sizes[i % 16];
    }
    if (send(fd, out, size, MSG_NOSIGNAL) != (ssize_t)size || count == LIMIT) {
        close(fd);
        return;
    }
    place[fd] = count;
    listeners[count++] = fd;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    parts = atoi(argv[2]);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096)) return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event);
    event.data.fd = 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        int many = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < many; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) beat();
            else if (fd == door) {
                int peer;
                while ((peer = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    event = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
                    place[peer] = -1;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &event);
                }
            } else if (place[fd] < 0) answer(fd);
            else {
                char rest[256];
                if (read(fd, rest, sizeof rest) <= 0) drop(place[fd]);
            }
        }
    }
}
