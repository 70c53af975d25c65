/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/openvpn_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/openvpn_place.h"
#include "tunnel/openvpn_config.h"

#define OPENVPN_PROGRAM "/usr/sbin/openvpn"

static const char *name(const struct tenant_process *openvpn)
{
    static const char *const names[OPENVPN_SERVER_COUNT] = {
        [OPENVPN_UDP] = "openvpn (udp)",
        [OPENVPN_TCP] = "openvpn (tcp)",
        [OPENVPN_LEGACY] = "openvpn (legacy)",
    };
    return names[openvpn_server_kind(openvpn->number)];
}

static int hold(struct tenant_process *openvpn, const void *order)
{
    const struct verb_openvpn *asked = order;
    bool udp = openvpn_server_kind(openvpn->number) == OPENVPN_UDP;
    int r = port_hold_take(&openvpn->hold, udp ? SOCK_DGRAM : SOCK_STREAM, asked->port);
    if (r == -EADDRINUSE)
        log_error("%s port %u of %s is taken by another program", udp ? "UDP" : "TCP", asked->port,
                  openvpn->id);
    return r;
}

static int connect_to(const struct tenant_process *openvpn, int *ret_fd)
{
    char path[OPENVPN_PATH_MAX];
    openvpn_place_socket(openvpn->supervisor->places, openvpn->id, openvpn->number, path);
    return tenant_socket_connect(path, ret_fd);
}

/* ---- its configuration ---- */

static void wipe_text(struct buf *text)
{
    if (text->data)
        sodium_memzero(text->data, text->size);
    buf_done(text);
}

static int format_config(const struct places *places, const struct verb_openvpn *order,
                         struct buf *ret_text)
{
    char path[OPENVPN_PATH_MAX];
    openvpn_place_socket(places, order->id, order->server, path);
    struct openvpn_config config = {
        .server = order->server,
        .port = order->port,
        .mtu = order->mtu,
        .hub4 = order->hub4,
        .hub6 = order->hub6,
        .ca = {order->blob, order->ca_size},
        .certificate = {order->blob + order->ca_size, order->certificate_size},
        .key = {order->blob + order->ca_size + order->certificate_size, order->key_size},
        .management_path = path,
    };
    if (openvpn_server_kind(order->server) != OPENVPN_LEGACY)
        config.tls_crypt_key =
            (struct openvpn_bytes){order->tls_crypt_key, sizeof(order->tls_crypt_key)};
    return openvpn_config_format(&config, ret_text);
}

static void digest_of(const struct buf *text, uint8_t digest[static OPENVPN_DIGEST_SIZE])
{
    crypto_generichash(digest, OPENVPN_DIGEST_SIZE, (const uint8_t *)text->data, text->length, NULL,
                       0);
}

/* The private key never reaches a disk: a pipe is not swapped out, and empty once it was read. */
static int text_in_pipe(const struct buf *text, int *ret_fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    _cleanup_close_ int reader = ends[0], writer = ends[1];
    ssize_t written = write(writer, text->data, text->length);
    if (written < 0)
        return -errno;
    if ((size_t)written != text->length)
        return -E2BIG;
    int flags = fcntl(reader, F_GETFL);
    if (flags < 0 || fcntl(reader, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return -errno;
    *ret_fd = TAKE_FD(reader);
    return 0;
}

/* ---- in the child, in the instance's namespace ---- */

struct preparation {
    unsigned server;
    const char *directory;
};

static int prepare(const void *data)
{
    const struct preparation *preparation = data;
    const struct passwd *user = getpwnam(role_row(ROLE_OPENVPN)->user);
    if (!user)
        return -ENOENT;
    int r = openvpn_place_make_link(preparation->server, user->pw_uid);
    if (r < 0) {
        log_error("cannot make %s: %s", openvpn_server_link(preparation->server), strerror(-r));
        return r;
    }
    struct sandbox_path path = {.path = preparation->directory, .writable = true};
    return sandbox_enter(ROLE_OPENVPN, &path, 1);
}

static int clear(void *data)
{
    const struct tenant_process *openvpn = data;
    _cleanup_close_ int netns = -1;
    int r = netns_find(openvpn->id, &netns);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (setns(netns, CLONE_NEWNET) < 0)
        return -errno;
    return openvpn_place_remove_link(openvpn->number);
}

/* ---- its life ---- */

static int start_with(const struct tenant_process *openvpn, int netns_fd, int config_fd,
                      process_ended ended, void *data, struct process **ret_process)
{
    char directory[OPENVPN_PATH_MAX], label[OPENVPN_LABEL_MAX];
    openvpn_place_directory(openvpn->supervisor->places, openvpn->id, directory);
    openvpn_place_label(openvpn->id, openvpn->number, label);
    struct preparation preparation = {.server = openvpn->number, .directory = directory};
    struct process_spec spec = {
        .path = OPENVPN_PROGRAM,
        .arguments =
            (const char *[]){"openvpn", "--config", "stdin", "--setenv", "warren", label, NULL},
        .prepare = prepare,
        .prepare_data = &preparation,
        .stdin_fd = config_fd,
        .log_stdout = true,
        .netns = netns_fd,
        .own_session = true,
    };
    return process_start(openvpn->supervisor->event, &spec, ended, data, ret_process);
}

static int start(struct tenant_process *openvpn, const void *order, process_ended ended, void *data,
                 struct process **ret_process)
{
    const struct places *places = openvpn->supervisor->places;
    _cleanup_(wipe_text) struct buf text = {0};
    _cleanup_close_ int netns_fd = -1, config_fd = -1;
    struct openvpn_record record = {0};
    int r = format_config(places, order, &text);
    if (r == 0)
        r = netns_find(openvpn->id, &netns_fd);
    if (r == 0)
        r = openvpn_place_prepare(places, openvpn->id);
    if (r == 0)
        r = text_in_pipe(&text, &config_fd);
    if (r < 0)
        return r;
    r = start_with(openvpn, netns_fd, config_fd, ended, data, ret_process);
    if (r < 0)
        return r;
    record.pid = process_pid(*ret_process);
    digest_of(&text, record.digest);
    r = openvpn_place_write_record(places, openvpn->id, openvpn->number, &record);
    if (r < 0)
        log_warning("no record of %s of %s: %s, ignoring", name(openvpn), openvpn->id,
                    strerror(-r));
    return 0;
}

static void answer(const struct tenant_process *openvpn, const struct engine_request *request,
                   int status, bool adopted, int fd)
{
    struct verb_openvpn_opened opened = {
        .status = status,
        .adopted = adopted,
        .differs = adopted && openvpn->differs,
    };
    engine_answer(openvpn->supervisor->engine, request, VERB_OPENVPN_OPENED, &opened,
                  sizeof(opened), &fd, status < 0 ? 0 : 1);
}

static bool differs(const struct tenant_process *openvpn, const void *order)
{
    const struct places *places = openvpn->supervisor->places;
    _cleanup_(wipe_text) struct buf text = {0};
    uint8_t digest[OPENVPN_DIGEST_SIZE];
    struct openvpn_record record;
    if (format_config(places, order, &text) < 0 ||
        openvpn_place_read_record(places, openvpn->id, openvpn->number, &record) < 0)
        return true;
    digest_of(&text, digest);
    return memcmp(digest, record.digest, sizeof(digest)) != 0;
}

static void tell_gone(const struct tenant_process *openvpn)
{
    struct verb_openvpn_id gone = {.server = openvpn->number};
    memcpy(gone.id, openvpn->id, sizeof(gone.id));
    engine_tell(openvpn->supervisor->engine, VERB_OPENVPN_GONE, &gone, sizeof(gone));
}

static void sweep(const struct tenant_process *openvpn)
{
    openvpn_place_remove(openvpn->supervisor->places, openvpn->id, openvpn->number);
}

const struct tenant_kind openvpn_process_kind = {
    .role = ROLE_OPENVPN,
    .name = name,
    .hold = hold,
    .connect = connect_to,
    .start = start,
    .differs = differs,
    .answer = answer,
    .tell_gone = tell_gone,
    .sweep = sweep,
    .clear = clear,
};
