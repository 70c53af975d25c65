/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/channel/channel.h"

/* One end under test, with what happened to it. The other end is a channel, or a bare socket. */
struct end {
    struct channel *channel;
    unsigned messages, closed, drained;
    int error;
    struct channel_header last;
    size_t last_size;
    char detail[124];
    int taken[CHANNEL_FDS_MAX];
    bool take;
    enum { STAY, FREE_IN_MESSAGE, FREE_IN_CLOSED, FREE_IN_DRAINED, REFUSE, FREE_AND_REFUSE } then;
};

struct pair {
    sd_event *event;
    struct end engine, worker; /* engine: reads what a worker says */
    int fds[2];
    int descriptors_before;
};

static int open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct end *end = data;

    assert_ptr_equal(channel, end->channel);
    assert_int_equal((uintptr_t)message->body % 16, 0);
    end->messages++;
    end->last = message->header;
    end->last_size = message->size;
    if (message->header.verb == VERB_ACK)
        strcpy(end->detail, ((const struct verb_ack *)message->body)->detail);
    for (int i = 0; end->take && i < CHANNEL_FDS_MAX; i++)
        end->taken[i] = TAKE_FD(message->fds[i]);
    if (end->then == FREE_IN_MESSAGE || end->then == FREE_AND_REFUSE)
        end->channel = channel_free(end->channel);
    return end->then == REFUSE || end->then == FREE_AND_REFUSE ? -EPROTO : 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct end *end = data;

    assert_ptr_equal(channel, end->channel);
    end->closed++;
    end->error = error;
    if (end->then == FREE_IN_CLOSED)
        end->channel = channel_free(end->channel);
}

static void on_drained(struct channel *channel, void *data)
{
    struct end *end = data;

    assert_ptr_equal(channel, end->channel);
    end->drained++;
    if (end->then == FREE_IN_DRAINED)
        end->channel = channel_free(end->channel);
}

static const struct channel_handlers handlers = {on_message, on_closed, on_drained};

static void open_engine(struct pair *pair)
{
    assert_int_equal(channel_new(pair->event, TAKE_FD(pair->fds[0]), ROLE_NET, &handlers,
                                 &pair->engine, &pair->engine.channel),
                     0);
}

static void open_worker(struct pair *pair)
{
    assert_int_equal(channel_new(pair->event, TAKE_FD(pair->fds[1]), ROLE_ENGINE, &handlers,
                                 &pair->worker, &pair->worker.channel),
                     0);
}

static int pair_make(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    pair.descriptors_before = open_descriptors();
    *state = &pair;
    return sd_event_new(&pair.event) < 0 || channel_pair(pair.fds) < 0;
}

static int pair_remove(void **state)
{
    struct pair *pair = *state;

    channel_free(pair->engine.channel);
    channel_free(pair->worker.channel);
    cleanup_close(&pair->fds[0]);
    cleanup_close(&pair->fds[1]);
    sd_event_unref(pair->event);
    return open_descriptors() != pair->descriptors_before;
}

/* Turns the loop until nothing is left to do. */
static void run(struct pair *pair)
{
    while (sd_event_run(pair->event, 0) > 0) {
    }
}

static void say_raw(struct pair *pair, const void *data, size_t size)
{
    assert_int_equal(send(pair->fds[1], data, size, 0), size);
}

static void say_raw_verb(struct pair *pair, enum verb verb, const void *body, size_t size)
{
    struct {
        struct channel_header header;
        uint8_t body[256];
    } message = {.header = {.verb = verb, .request = 1}};

    memcpy(message.body, body, size);
    say_raw(pair, &message, sizeof(message.header) + size);
}

static void messages_arrive_with_their_numbers(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    assert_int_equal(channel_send_plain(pair->engine.channel, VERB_RESYNC, 7, UINT64_MAX, NULL, 0),
                     0);
    run(pair);
    assert_int_equal(pair->worker.messages, 1);
    assert_int_equal(pair->worker.last.verb, VERB_RESYNC);
    assert_int_equal(pair->worker.last_size, 0);

    assert_int_equal(
        channel_acknowledge(pair->worker.channel, &pair->worker.last, -EBUSY, "it is used"), 0);
    run(pair);
    assert_int_equal(pair->engine.messages, 1);
    assert_int_equal(pair->engine.last.verb, VERB_ACK);
    assert_int_equal(pair->engine.last.request, 7);
    assert_true(pair->engine.last.generation == UINT64_MAX);
    assert_string_equal(pair->engine.detail, "it is used");
}

static void acknowledgements_are_cut_and_can_be_unwanted(void **state)
{
    struct channel_header header = {.request = 1};
    char large[500];
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = 0;
    assert_int_equal(channel_acknowledge(pair->worker.channel, &header, 0, large), 0);
    run(pair);
    assert_int_equal(strlen(pair->engine.detail), 123);
    header.request = 0;
    assert_int_equal(channel_acknowledge(pair->worker.channel, &header, 0, "x"), 0);
    run(pair);
    assert_int_equal(pair->engine.messages, 1);
}

static void a_struct_and_its_array_are_joined(void **state)
{
    struct verb_peer peer = {.public_key = {{1}}, .prefix_count = 2};
    struct prefix prefixes[2];
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    assert_int_equal(prefix_parse("10.0.0.0/8", &prefixes[0]), 0);
    assert_int_equal(prefix_parse("fd00::/8", &prefixes[1]), 0);
    assert_int_equal(channel_send(pair->engine.channel, VERB_PEER_SET, 0, 0, &peer, sizeof(peer),
                                  prefixes, sizeof(prefixes), NULL, 0),
                     0);
    run(pair);
    assert_int_equal(pair->worker.messages, 1);
    assert_int_equal(pair->worker.last_size, sizeof(peer) + sizeof(prefixes));
}

static void wrong_sizes_are_not_sent(void **state)
{
    struct verb_peer peer = {.public_key = {{1}}, .prefix_count = 1};
    struct verb_ack ack = {0};
    int fd = STDIN_FILENO;
    struct pair *pair = *state;

    open_engine(pair);
    assert_int_equal(
        channel_send_plain(pair->engine.channel, VERB_PEER_SET, 0, 0, &peer, sizeof(peer)),
        -EINVAL);
    assert_int_equal(channel_send_plain(pair->engine.channel, VERB_ACK, 0, 0, &ack, 4), -EINVAL);
    assert_int_equal(channel_send_plain(pair->engine.channel, VERB_COUNT, 0, 0, NULL, 0), -EINVAL);
    assert_int_equal(
        channel_send(pair->engine.channel, VERB_RESYNC, 0, 0, NULL, 0, NULL, 0, &fd, 1), -EINVAL);
}

static void descriptors_arrive_and_are_closed_when_not_taken(void **state)
{
    struct pair *pair = *state;
    int fds[2];

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    int before = open_descriptors();
    open_engine(pair);
    open_worker(pair);
    for (int take = 0; take < 2; take++) {
        pair->worker.take = take;
        assert_int_equal(channel_send(pair->engine.channel, VERB_WIREGUARD_SOCKET, 0, 0,
                                      &(struct verb_link_number){0},
                                      sizeof(struct verb_link_number), NULL, 0, fds, 1),
                         0);
        run(pair);
        assert_int_equal(pair->worker.messages, take + 1);
        assert_int_equal(open_descriptors(), before + take);
    }
    assert_true(fcntl(pair->worker.taken[0], F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pair->worker.taken[1], -1);
    close(pair->worker.taken[0]);
    close(fds[0]);
    close(fds[1]);
}

/* Bytes that one end takes before it says "wait". */
static unsigned send_until_full(struct pair *pair)
{
    struct verb_ack ack = {.detail = "filling"};
    unsigned sent = 0;
    int error;

    while ((error = channel_send_plain(pair->worker.channel, VERB_ACK, sent + 1, 0, &ack,
                                       sizeof(ack))) == 0)
        sent++;
    assert_int_equal(error, -EAGAIN);
    return sent;
}

static void a_full_queue_says_so_and_drains_in_order(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    unsigned sent = send_until_full(pair);
    assert_true(channel_queued(pair->worker.channel) > 4 * 1024 * 1024 - 1024);
    assert_true(channel_queued(pair->worker.channel) <= 4 * 1024 * 1024);
    assert_int_equal(pair->worker.drained, 0);
    run(pair);
    assert_int_equal(pair->engine.messages, sent);
    assert_int_equal(pair->engine.last.request, sent);
    assert_int_equal(pair->worker.drained, 1);
    assert_int_equal(channel_queued(pair->worker.channel), 0);
    assert_int_equal(pair->worker.closed + pair->engine.closed, 0);
}

/* The socket has room again before the loop has turned: what waits goes first all the same. */
static void what_waits_is_not_overtaken(void **state)
{
    struct verb_ack ack = {.detail = "waiting"};
    struct pair *pair = *state;
    uint32_t sent = 0, received = 0;
    uint8_t message[sizeof(struct channel_header) + sizeof(ack)];
    struct channel_header header;

    open_worker(pair);
    while (channel_queued(pair->worker.channel) < 10 * sizeof(message))
        assert_int_equal(
            channel_send_plain(pair->worker.channel, VERB_ACK, ++sent, 0, &ack, sizeof(ack)), 0);
    do {
        ssize_t size = recv(pair->fds[0], message, sizeof(message), MSG_DONTWAIT);
        if (size < 0) {
            assert_int_equal(errno, EAGAIN);
            run(pair);
            continue;
        }
        if (received == 20)
            assert_int_equal(
                channel_send_plain(pair->worker.channel, VERB_ACK, ++sent, 0, &ack, sizeof(ack)),
                0);
        memcpy(&header, message, sizeof(header));
        assert_int_equal(header.request, ++received);
    } while (received < sent);
    assert_true(sent > 20);
}

/* A flood must not keep the loop from everything else. */
static void one_turn_reads_a_batch_only(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    unsigned sent = send_until_full(pair);
    while (pair->engine.messages == 0)
        assert_true(sd_event_run(pair->event, 0) > 0);
    assert_in_range(pair->engine.messages, 1, 64);
    assert_true(sent > 64);
}

/* ---- gathered ---- */

static void open_gathering_worker(struct pair *pair)
{
    open_worker(pair);
    assert_int_equal(channel_gather(pair->worker.channel), 0);
}

static void acknowledge(struct pair *pair, uint32_t number)
{
    struct verb_ack ack = {.detail = "gathered"};

    assert_int_equal(
        channel_send_plain(pair->worker.channel, VERB_ACK, number, 0, &ack, sizeof(ack)), 0);
}

/* Datagrams and messages that lie in the other end. */
static unsigned count_datagrams(struct pair *pair, size_t *ret_bytes)
{
    static uint8_t data[CHANNEL_MESSAGE_MAX];
    unsigned count = 0;
    ssize_t size;

    *ret_bytes = 0;
    while ((size = recv(pair->fds[0], data, sizeof(data), MSG_DONTWAIT)) > 0) {
        count++;
        *ret_bytes += (size_t)size;
    }
    return count;
}

static void what_is_gathered_goes_at_the_end_of_the_turn(void **state)
{
    struct pair *pair = *state;
    const size_t one = sizeof(struct channel_header) + sizeof(struct verb_ack);
    size_t bytes;

    open_gathering_worker(pair);
    for (uint32_t i = 1; i <= 10; i++)
        acknowledge(pair, i);
    assert_true(channel_queued(pair->worker.channel) >= 10 * one);
    assert_int_equal(count_datagrams(pair, &bytes), 0);
    run(pair);
    assert_int_equal(channel_queued(pair->worker.channel), 0);
    assert_int_equal(count_datagrams(pair, &bytes), 1);
    assert_true(bytes >= 10 * one);
    /* No more of it, and more than fits one goes as several. */
    run(pair);
    assert_int_equal(count_datagrams(pair, &bytes), 0);
    for (uint32_t i = 1; i <= 100; i++)
        acknowledge(pair, i);
    run(pair);
    assert_int_equal(count_datagrams(pair, &bytes), 2);
}

static void gathered_messages_arrive_in_order(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_gathering_worker(pair);
    for (uint32_t i = 1; i <= 1000; i++)
        acknowledge(pair, i);
    run(pair);
    assert_int_equal(pair->engine.messages, 1000);
    assert_int_equal(pair->engine.last.request, 1000);
    assert_string_equal(pair->engine.detail, "gathered");
    assert_int_equal(pair->engine.closed, 0);
}

/* A long one is not gathered, and does not overtake what is. */
static void what_is_too_long_to_share_goes_by_itself(void **state)
{
    static uint8_t hits[2000 * sizeof(struct verb_hit)];
    struct pair *pair = *state;
    struct channel_header header;
    size_t bytes;

    open_gathering_worker(pair);
    acknowledge(pair, 1);
    assert_int_equal(channel_send(pair->worker.channel, VERB_HITS_PART, 2, 0,
                                  &(struct verb_hits){.count = 2000}, sizeof(struct verb_hits),
                                  hits, sizeof(hits), NULL, 0),
                     0);
    acknowledge(pair, 3);
    assert_int_equal(recv(pair->fds[0], &header, sizeof(header), MSG_DONTWAIT), sizeof(header));
    assert_int_equal(header.request, 1);
    assert_int_equal(recv(pair->fds[0], &header, sizeof(header), MSG_DONTWAIT), sizeof(header));
    assert_int_equal(header.request, 2);
    assert_int_equal(count_datagrams(pair, &bytes), 0);
    run(pair);
    assert_int_equal(count_datagrams(pair, &bytes), 1);
}

static void what_is_gathered_is_said_before_the_end(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_gathering_worker(pair);
    acknowledge(pair, 1);
    acknowledge(pair, 2);
    pair->worker.channel = channel_free(pair->worker.channel);
    run(pair);
    assert_int_equal(pair->engine.messages, 2);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, 0);
}

static void a_peer_that_is_gone_is_noticed_though_all_is_gathered(void **state)
{
    struct pair *pair = *state;

    open_gathering_worker(pair);
    acknowledge(pair, 1);
    close(TAKE_FD(pair->fds[0]));
    run(pair);
    assert_int_equal(pair->worker.closed, 1);
    assert_int_equal(pair->worker.error, 0);
}

static void freed_in_the_first_of_several_it_hears_no_more(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_gathering_worker(pair);
    pair->engine.then = FREE_IN_MESSAGE;
    acknowledge(pair, 1);
    acknowledge(pair, 2);
    run(pair);
    assert_null(pair->engine.channel);
    assert_int_equal(pair->engine.messages, 1);
}

static void a_refusal_among_several_ends_them(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_gathering_worker(pair);
    pair->engine.then = REFUSE;
    acknowledge(pair, 1);
    acknowledge(pair, 2);
    run(pair);
    assert_int_equal(pair->engine.messages, 1);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, -EBADMSG);
}

/* ---- */

static void queued_descriptors_survive_their_sender_closing_them(void **state)
{
    struct verb_link link = {.id = "abcdefgh", .backend = WIREGUARD_KERNEL};
    struct pair *pair = *state;
    int fds[2];

    open_engine(pair);
    open_worker(pair);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    unsigned sent = 0;
    while (channel_queued(pair->engine.channel) == 0) {
        assert_int_equal(channel_send(pair->engine.channel, VERB_LINK_SET, ++sent, 0, &link,
                                      sizeof(link), NULL, 0, fds, 1),
                         0);
    }
    close(fds[0]);
    close(fds[1]);
    run(pair);
    assert_int_equal(pair->worker.messages, sent);
    assert_int_equal(pair->worker.closed, 0);
}

static void messages_before_the_end_are_read(void **state)
{
    struct verb_ack ack = {0};
    struct pair *pair = *state;

    open_engine(pair);
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    close(TAKE_FD(pair->fds[1]));
    run(pair);
    assert_int_equal(pair->engine.messages, 2);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, 0);
    assert_int_equal(channel_send_plain(pair->engine.channel, VERB_RESYNC, 0, 0, NULL, 0), -EPIPE);
    assert_int_equal(channel_queued(pair->engine.channel), 0);
}

/* The connection is reset then, but its last words are still to be heard. */
static void a_peer_that_leaves_messages_unread_is_heard_out(void **state)
{
    struct verb_ack ack = {0};
    struct pair *pair = *state;

    open_engine(pair);
    for (int i = 0; i < 3; i++)
        assert_int_equal(channel_send_plain(pair->engine.channel, VERB_RESYNC, 1, 0, NULL, 0), 0);
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    close(TAKE_FD(pair->fds[1]));
    assert_int_equal(channel_send_plain(pair->engine.channel, VERB_RESYNC, 1, 0, NULL, 0), -EPIPE);
    run(pair);
    assert_int_equal(pair->engine.messages, 1);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, 0);
}

static void a_peer_that_goes_while_much_waits_is_noticed(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    send_until_full(pair);
    pair->engine.channel = channel_free(pair->engine.channel);
    run(pair);
    assert_int_equal(pair->worker.closed, 1);
    assert_int_equal(pair->worker.error, 0);
}

/* What breaks the rules: closed once, with -EBADMSG, and the handler never sees it. */
static void assert_violation(struct pair *pair)
{
    run(pair);
    assert_int_equal(pair->engine.messages, 0);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, -EBADMSG);
}

static void a_wrong_sender_is_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_raw_verb(pair, VERB_READY, "", 0);
    assert_violation(pair);
}

static void an_oversized_datagram_is_a_violation(void **state)
{
    struct pair *pair = *state;
    _cleanup_free_ uint8_t *data = memory_zero(CHANNEL_MESSAGE_MAX + 1);

    open_engine(pair);
    ((struct channel_header *)data)->verb = VERB_ACK;
    say_raw(pair, data, CHANNEL_MESSAGE_MAX + 1);
    assert_violation(pair);
}

static void a_short_datagram_is_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_raw(pair, "x", 1);
    assert_violation(pair);
}

static void what_follows_a_violation_is_not_read(void **state)
{
    struct verb_ack ack = {0};
    struct pair *pair = *state;

    open_engine(pair);
    say_raw(pair, "x", 1);
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    assert_violation(pair);
}

static void say_with_descriptors(struct pair *pair, enum verb verb, size_t count)
{
    struct channel_header header = {.verb = verb};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * 16)] = {0};
    struct iovec part = {&header, sizeof(header)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);

    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int) * count);
    for (size_t i = 0; i < count; i++) {
        int fd = STDIN_FILENO;
        memcpy(CMSG_DATA(first) + i * sizeof(fd), &fd, sizeof(fd));
    }
    assert_int_equal(sendmsg(pair->fds[1], &message, 0), sizeof(header));
}

/* Says `count` acknowledgements in one datagram. */
static void say_several(struct pair *pair, size_t count, uint16_t length)
{
    static struct {
        struct channel_header header;
        struct verb_ack ack;
    } messages[65];

    static_assert(sizeof(messages[0]) % 16 == 0, "the next one begins where this one ends");
    for (size_t i = 0; i < count; i++)
        messages[i].header = (struct channel_header){
            .verb = VERB_ACK, .request = 1, .length = i + 1 < count ? length : 0};
    say_raw(pair, messages, count * sizeof(messages[0]));
}

static void a_datagram_holds_only_so_many(void **state)
{
    const uint16_t length = sizeof(struct channel_header) + sizeof(struct verb_ack);
    struct pair *pair = *state;

    open_engine(pair);
    say_several(pair, 64, length);
    run(pair);
    assert_int_equal(pair->engine.messages, 64);
    assert_int_equal(pair->engine.closed, 0);
    say_several(pair, 65, length);
    run(pair);
    assert_int_equal(pair->engine.messages, 64 + 64);
    assert_int_equal(pair->engine.error, -EBADMSG);
}

static void a_length_that_lies_is_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_several(pair, 2, sizeof(struct channel_header) + sizeof(struct verb_ack) - 1);
    assert_violation(pair);
}

static void one_turn_reads_a_batch_of_the_gathered_too(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    for (int i = 0; i < 10; i++)
        say_several(pair, 40, sizeof(struct channel_header) + sizeof(struct verb_ack));
    while (pair->engine.messages == 0)
        assert_true(sd_event_run(pair->event, 0) > 0);
    assert_int_equal(pair->engine.messages, 80);
}

static void descriptors_come_with_one_message_alone(void **state)
{
    struct pair *pair = *state;
    struct {
        _Alignas(16) struct channel_header header;
        struct verb_link_number number;
    } messages[2] = {{{.verb = VERB_WIREGUARD_SOCKET}}, {{.verb = VERB_WIREGUARD_SOCKET}}};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    const size_t size = sizeof(messages[0].header) + sizeof(messages[0].number);
    struct iovec part = {messages, sizeof(messages[0]) + size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    int fd = STDIN_FILENO;

    open_worker(pair);
    messages[0].header.length = (uint16_t)size;
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(first), &fd, sizeof(fd));
    assert_int_equal(sendmsg(pair->fds[0], &message, 0), part.iov_len);
    run(pair);
    assert_int_equal(pair->worker.messages, 0);
    assert_int_equal(pair->worker.error, -EBADMSG);
}

/* Their descriptors are closed too: pair_remove() counts. */
static void unasked_descriptors_are_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_with_descriptors(pair, VERB_STATS_END, 1);
    assert_violation(pair);
}

static void too_many_descriptors_are_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_with_descriptors(pair, VERB_STATS_END, 3);
    assert_violation(pair);
}

static void far_too_many_descriptors_are_a_violation(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    say_with_descriptors(pair, VERB_STATS_END, 16);
    assert_violation(pair);
}

static void a_handlers_refusal_is_a_violation(void **state)
{
    struct verb_ack ack = {0};
    struct pair *pair = *state;

    open_engine(pair);
    pair->engine.then = REFUSE;
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
    run(pair);
    assert_int_equal(pair->engine.messages, 1);
    assert_int_equal(pair->engine.closed, 1);
    assert_int_equal(pair->engine.error, -EBADMSG);
}

static void freed_in_a_message_it_hears_no_more(void **state)
{
    struct verb_ack ack = {0};
    struct pair *pair = *state;

    for (int refuse = 0; refuse < 2; refuse++) {
        if (refuse)
            assert_int_equal(channel_pair(pair->fds), 0);
        pair->engine = (struct end){.then = refuse ? FREE_AND_REFUSE : FREE_IN_MESSAGE};
        open_engine(pair);
        say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
        say_raw_verb(pair, VERB_ACK, &ack, sizeof(ack));
        run(pair);
        assert_null(pair->engine.channel);
        assert_int_equal(pair->engine.messages, 1);
        assert_int_equal(pair->engine.closed, 0);
        close(TAKE_FD(pair->fds[1]));
    }
}

static void freed_in_closed(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    pair->engine.then = FREE_IN_CLOSED;
    say_raw(pair, "x", 1);
    run(pair);
    assert_null(pair->engine.channel);
    assert_int_equal(pair->engine.closed, 1);
}

static void freed_in_drained(void **state)
{
    struct pair *pair = *state;

    open_engine(pair);
    open_worker(pair);
    send_until_full(pair);
    pair->worker.then = FREE_IN_DRAINED;
    run(pair);
    assert_null(pair->worker.channel);
    assert_int_equal(pair->worker.drained, 1);
    assert_int_equal(pair->engine.closed, 1);
}

static void a_descriptor_that_is_none_is_closed_in_error_too(void **state)
{
    struct pair *pair = *state;
    struct channel *channel = NULL;
    /* epoll does not take a file. */
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    assert_true(channel_new(pair->event, fd, ROLE_NET, &handlers, NULL, &channel) < 0);
    assert_null(channel);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    channel_free(NULL);
}

#define IN_A_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_make, pair_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_PAIR(messages_arrive_with_their_numbers),
        IN_A_PAIR(acknowledgements_are_cut_and_can_be_unwanted),
        IN_A_PAIR(a_struct_and_its_array_are_joined),
        IN_A_PAIR(wrong_sizes_are_not_sent),
        IN_A_PAIR(descriptors_arrive_and_are_closed_when_not_taken),
        IN_A_PAIR(a_full_queue_says_so_and_drains_in_order),
        IN_A_PAIR(what_waits_is_not_overtaken),
        IN_A_PAIR(one_turn_reads_a_batch_only),
        IN_A_PAIR(what_is_gathered_goes_at_the_end_of_the_turn),
        IN_A_PAIR(gathered_messages_arrive_in_order),
        IN_A_PAIR(what_is_too_long_to_share_goes_by_itself),
        IN_A_PAIR(what_is_gathered_is_said_before_the_end),
        IN_A_PAIR(a_peer_that_is_gone_is_noticed_though_all_is_gathered),
        IN_A_PAIR(freed_in_the_first_of_several_it_hears_no_more),
        IN_A_PAIR(a_refusal_among_several_ends_them),
        IN_A_PAIR(queued_descriptors_survive_their_sender_closing_them),
        IN_A_PAIR(messages_before_the_end_are_read),
        IN_A_PAIR(a_peer_that_leaves_messages_unread_is_heard_out),
        IN_A_PAIR(a_peer_that_goes_while_much_waits_is_noticed),
        IN_A_PAIR(a_wrong_sender_is_a_violation),
        IN_A_PAIR(an_oversized_datagram_is_a_violation),
        IN_A_PAIR(a_short_datagram_is_a_violation),
        IN_A_PAIR(what_follows_a_violation_is_not_read),
        IN_A_PAIR(a_datagram_holds_only_so_many),
        IN_A_PAIR(a_length_that_lies_is_a_violation),
        IN_A_PAIR(one_turn_reads_a_batch_of_the_gathered_too),
        IN_A_PAIR(descriptors_come_with_one_message_alone),
        IN_A_PAIR(unasked_descriptors_are_a_violation),
        IN_A_PAIR(too_many_descriptors_are_a_violation),
        IN_A_PAIR(far_too_many_descriptors_are_a_violation),
        IN_A_PAIR(a_handlers_refusal_is_a_violation),
        IN_A_PAIR(freed_in_a_message_it_hears_no_more),
        IN_A_PAIR(freed_in_closed),
        IN_A_PAIR(freed_in_drained),
        IN_A_PAIR(a_descriptor_that_is_none_is_closed_in_error_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
