/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of the API's socket, again and again on so many connections: requests a second, and
 * how long an answer takes. api_load SOCKET CONNECTIONS SECONDS LINE; prints requests a second,
 * then the median, the 99th of a hundred and the longest in ms, then the bytes of an answer. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, SAMPLES_MAX = 4 * 1000 * 1000 };

struct connection {
    int fd;
    double sent_at;
    size_t received;
};

static struct connection connections[CONNECTIONS_MAX];
static float *samples;
static size_t sample_count, answer_size;
static char *line;
static size_t line_size;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void give_up(const char *what)
{
    fprintf(stderr, "api_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        give_up(path);
    return fd;
}

static void ask(struct connection *connection)
{
    connection->sent_at = now();
    connection->received = 0;
    if (send(connection->fd, line, line_size, MSG_NOSIGNAL) != (ssize_t)line_size)
        give_up("send");
}

/* True when the answer is whole. */
static bool take(struct connection *connection)
{
    static char bytes[1024 * 1024];
    ssize_t size = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size <= 0)
        give_up("recv");
    if (connection->received == 0 &&
        !memmem(bytes, (size_t)size < 40 ? (size_t)size : 40, "200", 3)) {
        fprintf(stderr, "api_load: refused: %.200s\n", bytes);
        exit(1);
    }
    connection->received += (size_t)size;
    return bytes[size - 1] == '\n';
}

static void answered(struct connection *connection)
{
    answer_size = connection->received;
    if (sample_count < SAMPLES_MAX)
        samples[sample_count++] = (float)(now() - connection->sent_at);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(double seconds)
{
    qsort(samples, sample_count, sizeof *samples, compare);
    printf("%.0f %.3f %.3f %.3f %zu\n", (double)sample_count / seconds,
           (double)samples[sample_count / 2] * 1e3, (double)samples[sample_count * 99 / 100] * 1e3,
           (double)samples[sample_count - 1] * 1e3, answer_size);
}

static void run(int epoll, double seconds)
{
    double began = now();
    while (now() - began < seconds) {
        struct epoll_event events[CONNECTIONS_MAX];
        int count = epoll_wait(epoll, events, CONNECTIONS_MAX, 1000);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!take(connection))
                continue;
            answered(connection);
            ask(connection);
        }
    }
    report(now() - began);
}

int main(int argc, char **argv)
{
    int epoll = epoll_create1(0), count = argc == 5 ? atoi(argv[2]) : 0;
    if (count < 1 || count > CONNECTIONS_MAX || asprintf(&line, "%s\n", argv[4]) < 0) {
        fprintf(stderr, "usage: api_load SOCKET CONNECTIONS SECONDS LINE\n");
        return 2;
    }
    line_size = strlen(line);
    samples = malloc(SAMPLES_MAX * sizeof *samples);
    for (int i = 0; i < count; i++) {
        connections[i].fd = open_socket(argv[1]);
        epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd,
                  &(struct epoll_event){.events = EPOLLIN, .data.ptr = &connections[i]});
        ask(&connections[i]);
    }
    run(epoll, atof(argv[3]));
    return 0;
}
