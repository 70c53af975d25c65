/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-net: does what the engine's verbs say, inside the namespace it was started in. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/instance_worker.h"
#include "tunnel/root_worker.h"

struct options {
    int channel_fd;
    bool is_root;
    const char *id; /* NULL = not given */
};

static int usage(void)
{
    fprintf(stderr, "Usage: warren-net --channel FD --root|--id ID\n"
                    "Started by warrend, never by hand.\n");
    return 2;
}

static bool parse_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option known[] = {
        {"channel", required_argument, NULL, 'c'},
        {"root", no_argument, NULL, 'r'},
        {"id", required_argument, NULL, 'i'},
        {0},
    };
    struct options options = {.channel_fd = -1};
    uint64_t fd;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'c' && text_parse_u64(optarg, 3, 1023, &fd) == 0)
            options.channel_fd = (int)fd;
        else if (option == 'r')
            options.is_root = true;
        else if (option == 'i' && id_valid(optarg))
            options.id = optarg;
        else
            return false;
    }
    *ret_options = options;
    return optind == argc && options.channel_fd >= 0 && options.is_root == !options.id;
}

static bool is_channel(int fd)
{
    int type;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
    struct options options;
    char name[32];
    int r;

    if (!parse_options(argc, argv, &options))
        return usage();
    snprintf(name, sizeof(name), "warren-net[%s]", options.is_root ? "root" : options.id);
    log_open(name);
    if (!is_channel(options.channel_fd)) {
        log_error("descriptor %d is no channel", options.channel_fd);
        return 1;
    }
    r = options.is_root ? root_worker_run(options.channel_fd)
                        : instance_worker_run(options.channel_fd);
    if (r < 0)
        log_error("ended: %s", strerror(-r));
    return r < 0 ? 1 : r;
}
