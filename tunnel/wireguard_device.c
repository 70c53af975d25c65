/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/wireguard_device.h"

struct wireguard *wireguard_free(struct wireguard *wireguard)
{
    if (wireguard)
        wireguard->backend->free(wireguard);
    return NULL;
}

int wireguard_read(struct wireguard *wireguard, struct wireguard_state *ret_state)
{
    return wireguard->backend->read(wireguard, ret_state);
}

/* The course of one wireguard_write(). */
struct writer {
    struct wireguard *wireguard;
    const struct wireguard_backend *backend;
    wireguard_failed failed;
    void *data;
    int first_error;
};

/* True when there is no use in going on. */
static bool note_error(struct writer *writer, int error)
{
    if (error < 0 && writer->first_error == 0)
        writer->first_error = error;
    return error < 0 && writer->backend->is_fatal(writer->wireguard, error);
}

static bool write_device(struct writer *writer, const struct wireguard_state *wanted, unsigned what)
{
    return note_error(writer, writer->backend->write_device(writer->wireguard, wanted, what));
}

/* WireGuard makes a peer before it looks at the rest of it, so a refused one is there by half. */
static bool write_one(struct writer *writer, const struct wireguard_change *change)
{
    int error = writer->backend->write_peers(writer->wireguard, change, 1);

    if (note_error(writer, error))
        return true;
    if (error < 0 && writer->failed)
        writer->failed(&change->peer->public_key, error, writer->data);
    if (error < 0 && change->what & WIREGUARD_ADD) {
        struct wireguard_change undo = {.peer = change->peer, .what = WIREGUARD_REMOVE};

        return note_error(writer, writer->backend->write_peers(writer->wireguard, &undo, 1));
    }
    return false;
}

/* A request ends at its first bad peer, and nobody says which one that is. What came before it is
 * applied, and writing a change twice does no harm. */
static bool write_batch(struct writer *writer, const struct wireguard_change *changes, size_t count)
{
    int error;

    if (count == 1)
        return write_one(writer, changes);
    error = writer->backend->write_peers(writer->wireguard, changes, count);
    if (error == 0)
        return false;
    if (writer->backend->is_fatal(writer->wireguard, error))
        return note_error(writer, error);
    for (size_t i = 0; i < count; i++)
        if (write_one(writer, &changes[i]))
            return true;
    return false;
}

int wireguard_write(struct wireguard *wireguard, const struct wireguard_state *wanted,
                    const struct wireguard_changes *changes, wireguard_failed failed, void *data)
{
    struct writer writer = {
        .wireguard = wireguard, .backend = wireguard->backend, .failed = failed, .data = data};
    bool lost = false;

    if (changes->set_private_key)
        lost = write_device(&writer, wanted, WIREGUARD_DEVICE_PRIVATE_KEY);
    if (changes->set_listen_port && !lost)
        lost = write_device(&writer, wanted, WIREGUARD_DEVICE_LISTEN_PORT);
    for (size_t done = 0, count; done < changes->count && !lost; done += count) {
        count = writer.backend->batch(&changes->items[done], changes->count - done);
        lost = write_batch(&writer, &changes->items[done], count);
    }
    return writer.first_error;
}
