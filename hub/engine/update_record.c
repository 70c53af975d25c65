/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"

enum { TEXT_MAX = 4 * 1024 * 1024, PEERS_MAX = 100 * 1000 };

static const char *const state_names[UPDATE_STATE_COUNT] = {
    [UPDATE_IDLE] = "idle",   [UPDATE_INSTALLED] = "installed", [UPDATE_REBOOTING] = "rebooting",
    [UPDATE_TRIAL] = "trial", [UPDATE_FAILED] = "failed",
};

const char *update_state_name(enum update_state state)
{
    return state_names[state];
}

void update_record_done(struct update_record *record)
{
    free(record->peers);
    *record = (struct update_record){0};
}

/* ---- the text ---- */

static int take_state(const char *value, struct update_record *record)
{
    for (enum update_state state = 0; state < UPDATE_STATE_COUNT; state++)
        if (text_equal(value, state_names[state])) {
            record->state = state;
            return 0;
        }
    return -EBADMSG;
}

/* "abcdefgh ijklmnop" */
static int take_peer(const char *value, struct update_record *record)
{
    struct update_peer peer = {0};

    if (strlen(value) != 2 * ID_LENGTH + 1 || value[ID_LENGTH] != ' ' ||
        record->peer_count == PEERS_MAX)
        return -EBADMSG;
    memcpy(peer.instance_id, value, ID_LENGTH);
    memcpy(peer.peer_id, value + ID_LENGTH + 1, ID_LENGTH);
    if (!id_valid(peer.instance_id) || !id_valid(peer.peer_id))
        return -EBADMSG;
    /* Grows by doubling: at each power of two. */
    if ((record->peer_count & (record->peer_count - 1)) == 0) {
        size_t room = record->peer_count ? 2 * record->peer_count : 1;
        record->peers = reallocarray(record->peers, room, sizeof(*record->peers));
        if (!record->peers)
            abort();
    }
    record->peers[record->peer_count++] = peer;
    return 0;
}

static int take_line(const char *name, const char *value, struct update_record *record)
{
    if (text_equal(name, "state"))
        return take_state(value, record);
    if (text_equal(name, "slot")) {
        record->slot = value[0];
        return text_equal(value, "a") || text_equal(value, "b") ? 0 : -EBADMSG;
    }
    if (text_equal(name, "version"))
        return text_copy(record->version, sizeof(record->version), value);
    if (text_equal(name, "from"))
        return text_copy(record->from, sizeof(record->from), value);
    if (text_equal(name, "began_us"))
        return text_parse_u64(value, 0, UINT64_MAX, &record->began_us);
    if (text_equal(name, "peer"))
        return take_peer(value, record);
    return 0;
}

static bool is_complete(const struct update_record *record)
{
    return record->state == UPDATE_IDLE ||
           (record->slot && record->version[0] && text_is_printable(record->version, NULL) &&
            text_is_printable(record->from, NULL));
}

int update_record_parse(const char *text, size_t size, struct update_record *ret_record)
{
    _cleanup_free_ char *copy = text_format("%.*s", (int)size, text);
    struct update_record record = {0};
    char *rest = copy, *line;
    int r = strlen(copy) == size ? 0 : -EBADMSG;

    while (r == 0 && (line = strsep(&rest, "\n"))) {
        char *equals = strchr(line, '=');

        if (!*line)
            continue;
        if (!equals) {
            r = -EBADMSG;
            break;
        }
        *equals = 0;
        r = take_line(line, equals + 1, &record) < 0 ? -EBADMSG : 0;
    }
    if (r == 0 && !is_complete(&record))
        r = -EBADMSG;
    if (r < 0)
        update_record_done(&record);
    else
        *ret_record = record;
    return r;
}

char *update_record_text(const struct update_record *record)
{
    struct buf text = {0};

    buf_printf(&text, "state=%s\nslot=%c\nversion=%s\nfrom=%s\nbegan_us=%" PRIu64 "\n",
               state_names[record->state], record->slot, record->version, record->from,
               record->began_us);
    for (size_t i = 0; i < record->peer_count; i++)
        buf_printf(&text, "peer=%s %s\n", record->peers[i].instance_id, record->peers[i].peer_id);
    return buf_take(&text);
}

/* ---- the file ---- */

int update_record_read(const char *directory, struct update_record *ret_record)
{
    _cleanup_free_ char *path = text_format("%s/update", directory);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    _cleanup_buf_ struct buf text = {0};
    ssize_t size = 1;

    *ret_record = (struct update_record){0};
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    while (size > 0 && text.length < TEXT_MAX) {
        buf_reserve(&text, 65536);
        size = read(fd, text.data + text.length, 65536);
        if (size < 0)
            return -errno;
        text.length += (size_t)size;
    }
    return update_record_parse(text.data, text.length, ret_record);
}

static int write_text(int directory_fd, const char *text)
{
    _cleanup_close_ int fd = openat(directory_fd, "update.new",
                                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t length = (ssize_t)strlen(text);

    if (fd < 0)
        return -errno;
    if (write(fd, text, (size_t)length) != length)
        return -ENOSPC;
    return fsync(fd) < 0 ? -errno : 0;
}

int update_record_write(const char *directory, const struct update_record *record)
{
    _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_free_ char *text = update_record_text(record);
    int r = fd < 0 ? -errno : 0;

    if (r == 0 && record->state == UPDATE_IDLE) {
        if (unlinkat(fd, "update", 0) < 0 && errno != ENOENT)
            return -errno;
        return fsync(fd) < 0 ? -errno : 0;
    }
    if (r == 0)
        r = write_text(fd, text);
    if (r == 0 && renameat(fd, "update.new", fd, "update") < 0)
        r = -errno;
    return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* ---- what a start has to do ---- */

enum update_start update_record_start(const struct update_record *record, char slot,
                                      const char *kind)
{
    bool in_new = slot && record->slot == slot, is_trial = text_equal(kind, "trial");

    if (!slot)
        return UPDATE_START_PLAIN;
    switch (record->state) {
    case UPDATE_IDLE:
    case UPDATE_FAILED:
        return UPDATE_START_PLAIN;
    case UPDATE_INSTALLED:
        /* The boot loader was told, and the machine went down before that was written here. */
        if (in_new)
            return is_trial ? UPDATE_START_TRIAL : UPDATE_START_CONFIRMED;
        return UPDATE_START_PLAIN;
    case UPDATE_REBOOTING:
        if (in_new)
            return is_trial ? UPDATE_START_TRIAL : UPDATE_START_CONFIRMED;
        return UPDATE_START_BACK;
    case UPDATE_TRIAL:
        if (in_new)
            return is_trial ? UPDATE_START_ON_TRIAL : UPDATE_START_CONFIRMED;
        return UPDATE_START_BACK;
    case UPDATE_STATE_COUNT:
        break;
    }
    return UPDATE_START_PLAIN;
}
