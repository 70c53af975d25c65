/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden/openvpn_dialogue.txt is what openvpn 2.6.14 said (test_openvpn_clients records it);
 * golden/openvpn_events.txt is what of it is read, however it comes in parts. GOLDEN=write writes
 * the latter anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/openvpn_management.h"

static const char *golden_folder;

/* ---- an event as a line ---- */

static void add_client(struct buf *text, const struct openvpn_client *client)
{
    char address[ADDRESS_TEXT_MAX];
    char endpoint[ENDPOINT_TEXT_MAX];

    buf_printf(text, " cid=%" PRIu64 " kid=%u fields=%x", client->cid, client->kid, client->fields);
    buf_printf(text, " username=%s password=%s common_name=%s", client->username, client->password,
               client->common_name);
    buf_printf(text, " untrusted=%s", endpoint_format(&client->untrusted, endpoint));
    buf_printf(text, " trusted=%s digest=", endpoint_format(&client->trusted, endpoint));
    for (int i = 0; client->fields & OPENVPN_HAS_DIGEST && i < OPENVPN_DIGEST_SIZE; i++)
        buf_printf(text, "%02x", client->digest[i]);
    buf_add_text(text, " serial=");
    for (int i = 0; i < client->serial_size; i++)
        buf_printf(text, "%02x", client->serial[i]);
    buf_printf(text, " platform=%s version=%s protocol=%u ciphers=%s", client->platform,
               client->version, client->protocol, client->ciphers);
    buf_printf(text, " address4=%s", address_format(&client->address4, address));
    buf_printf(text, " address6=%s", address_format(&client->address6, address));
    buf_printf(text, " received=%" PRIu64 " sent=%" PRIu64 " duration=%" PRIu64, client->received,
               client->sent, client->duration);
}

static void add_listed(struct buf *text, const struct openvpn_listed *listed)
{
    char address[ADDRESS_TEXT_MAX], endpoint[ENDPOINT_TEXT_MAX];

    buf_printf(text, " cid=%" PRIu64 " common_name=%s username=%s", listed->cid,
               listed->common_name, listed->username);
    buf_printf(text, " real=%s", endpoint_format(&listed->real, endpoint));
    buf_printf(text, " address4=%s", address_format(&listed->address4, address));
    buf_printf(text, " address6=%s", address_format(&listed->address6, address));
    buf_printf(text, " received=%" PRIu64 " sent=%" PRIu64 " since=%" PRId64 " cipher=%s",
               listed->received, listed->sent, listed->since, listed->cipher);
}

static void add_event(struct buf *text, const struct openvpn_event *event)
{
    static const char *const names[] = {
        "INFO",       "HOLD",    "STATE", "FATAL",   "CONNECT", "REAUTH", "ESTABLISHED",
        "DISCONNECT", "ADDRESS", "BYTES", "SUCCESS", "ERROR",   "LISTED", "END",
    };
    char prefix[PREFIX_TEXT_MAX];

    buf_add_text(text, names[event->kind]);
    switch (event->kind) {
    case OPENVPN_EVENT_INFO:
    case OPENVPN_EVENT_HOLD:
    case OPENVPN_EVENT_STATE:
    case OPENVPN_EVENT_FATAL:
    case OPENVPN_EVENT_SUCCESS:
    case OPENVPN_EVENT_ERROR:
        buf_printf(text, " state=%s text=%s", event->state, event->text);
        break;
    case OPENVPN_EVENT_CONNECT:
    case OPENVPN_EVENT_REAUTH:
    case OPENVPN_EVENT_ESTABLISHED:
    case OPENVPN_EVENT_DISCONNECT:
        add_client(text, event->client);
        break;
    case OPENVPN_EVENT_ADDRESS:
        buf_printf(text, " cid=%" PRIu64 " %s primary=%d", event->address.cid,
                   prefix_format(&event->address.prefix, prefix), event->address.primary);
        break;
    case OPENVPN_EVENT_BYTES:
        buf_printf(text, " cid=%" PRIu64 " received=%" PRIu64 " sent=%" PRIu64, event->bytes.cid,
                   event->bytes.received, event->bytes.sent);
        break;
    case OPENVPN_EVENT_LISTED:
        add_listed(text, event->listed);
        break;
    case OPENVPN_EVENT_END:
        break;
    }
    buf_add_char(text, '\n');
}

/* In parts of `step` bytes (0: of all sizes). The last result: 0 or -EBADMSG. */
static int read_all(const char *input, size_t size, size_t step, struct buf *ret_events)
{
    struct openvpn_management *management = openvpn_management_new();
    struct openvpn_event event;
    int r = 0;

    srandom(3);
    while (size > 0 && r == 0) {
        size_t part = step ? step : 1 + (size_t)random() % 700, left;
        _cleanup_free_ char *copy = NULL; /* so that reading past it is seen */
        const char *data;

        part = part < size ? part : size;
        copy = memory_zero(part);
        memcpy(copy, input, part);
        data = copy;
        left = part;
        while ((r = openvpn_management_next(management, &data, &left, &event)) > 0)
            add_event(ret_events, &event);
        input += part;
        size -= part;
        assert_true(r < 0 || left == 0);
    }
    if (r < 0) { /* for good */
        const char *data = ">HOLD:x\n";
        size_t left = strlen(data);

        assert_int_equal(openvpn_management_next(management, &data, &left, &event), -EBADMSG);
    }
    openvpn_management_free(management);
    return r;
}

/* ---- a real dialogue ---- */

static void read_file(const char *name, struct buf *ret_text)
{
    _cleanup_free_ char *path = text_format("%s/%s", golden_folder, name);
    FILE *file = fopen(path, "re");
    char part[4096];
    size_t size;

    if (!file)
        fail_msg("%s can't be read", path);
    while ((size = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(ret_text, part, size);
    fclose(file);
}

static void test_dialogue(void **state)
{
    static const size_t steps[] = {1, 2, 7, 100, 4096, 1 << 20, 0};
    _cleanup_buf_ struct buf input = {0}, wanted = {0};

    (void)state;
    read_file("openvpn_dialogue.txt", &input);
    if (getenv("GOLDEN")) {
        _cleanup_free_ char *path = text_format("%s/openvpn_events.txt", golden_folder);
        FILE *file = fopen(path, "we");

        assert_int_equal(read_all(input.data, input.length, 1, &wanted), 0);
        assert_int_equal(fwrite(wanted.data, 1, wanted.length, file), wanted.length);
        fclose(file);
        buf_clear(&wanted);
    }
    read_file("openvpn_events.txt", &wanted);
    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        _cleanup_buf_ struct buf events = {0};

        assert_int_equal(read_all(input.data, input.length, steps[i], &events), 0);
        assert_string_equal(events.data, wanted.data);
    }
}

/* ---- line by line ---- */

#define ROW_TAIL "\t10\t20\t2026-01-01 00:00:00\t1700000000\tUNDEF\t7\t0\tAES-256-GCM\n"

static void test_lines(void **state)
{
    static const struct {
        const char *input, *events; /* NULL: nonsense */
    } rows[] = {
        {"", ""},
        {">HOLD:Waiting for hold release:10\r\n", "HOLD state= text=Waiting for hold release:10\n"},
        {">HOLD:x\n>HOLD:y\n", "HOLD state= text=x\nHOLD state= text=y\n"},
        {">HOLD:x", ""}, /* not yet all of it */
        {">FATAL:no tun\r\n", "FATAL state= text=no tun\n"},
        {">LOG:1,I,hello\n>PASSWORD:x\n>NOTIFY:info,remote-exit,EXIT\n>\n>NEW:\n", ""},
        {"SUCCESS: pid=4\nERROR: unknown\n",
         "SUCCESS state= text=pid=4\nERROR state= text=unknown\n"},
        {"END\n", "END\n"},
        {"TITLE\tx\nTIME\tx\nHEADER\tx\nROUTING_TABLE\tx\nGLOBAL_STATS\tx\n", ""},
        {">STATE:1,WAIT,\n", "STATE state=WAIT text=\n"},
        {">STATE:1,EXITING\n", "STATE state=EXITING text=\n"},
        {">BYTECOUNT_CLI:18446744073709551615,0,1\n",
         "BYTES cid=18446744073709551615 received=0 sent=1\n"},
        {">CLIENT:ADDRESS,3,fd00::/8,0\n", "ADDRESS cid=3 fd00::/8 primary=0\n"},
        {">CLIENT:ADDRESS,3,10.0.0.0/8,0\n", "ADDRESS cid=3 10.0.0.0/8 primary=0\n"},
        {">CLIENT:ADDRESS,3,0.0.0.0/0.0.0.0,1\n", "ADDRESS cid=3 0.0.0.0/0 primary=1\n"},
        {"CLIENT_LIST\tlaptop\t2001:db8::7\t\t" ROW_TAIL,
         "LISTED cid=7 common_name=laptop username=UNDEF real=[2001:db8::7]:0 address4=none "
         "address6=none "
         "received=10 sent=20 since=1700000000 cipher=AES-256-GCM\n"},
        /* blocks of messages that are not known, and other lines within a block */
        {">CLIENT:CR_RESPONSE,1,2,x\n>CLIENT:ENV,username=x\n>CLIENT:ENV,END\n", ""},
        {">CLIENT:CONNECT,1,2\n>HOLD:x\n>BYTECOUNT_CLI:1,2,3\n",
         "HOLD state= text=x\nBYTES cid=1 received=2 sent=3\n"},

        {"\n", NULL},
        {"hello\n", NULL},
        {"SUCCESS\n", NULL},
        {"END \n", NULL},
        {"ENTER PASSWORD:\n", NULL},
        {"CLIENT_LIST\n", NULL},
        {" >HOLD:x\n", NULL},
        {">STATE:\n", NULL},
        {">STATE:x,WAIT\n", NULL},
        {">STATE:1\n", NULL},
        {">STATE:1,,\n", NULL},
        {">BYTECOUNT_CLI:1,2\n", NULL},
        {">BYTECOUNT_CLI:1,2,3,4\n", NULL},
        {">BYTECOUNT_CLI:1,-2,3\n", NULL},
        {">BYTECOUNT_CLI:18446744073709551616,2,3\n", NULL},
        {">CLIENT:\n>CLIENT:ADDRESS,1\n", NULL},
        {">CLIENT:ADDRESS,1,10.0.0.1/255.0.255.0,1\n", NULL},
        {">CLIENT:ADDRESS,1,10.0.0.1/33,1\n", NULL},
        {">CLIENT:ADDRESS,1,10.0.0.1,2\n", NULL},
        {">CLIENT:ADDRESS,1,fd00::1/255.255.255.0,1\n", NULL},
        {">CLIENT:CONNECT,1\n", NULL},
        {">CLIENT:CONNECT,x,1\n", NULL},
        {">CLIENT:CONNECT,1,4294967296\n", NULL},
        {">CLIENT:CONNECT,1,2,3\n", NULL},
        {">CLIENT:ESTABLISHED,1,2\n", NULL},
        {">CLIENT:CONNECT,1,1\n>CLIENT:CONNECT,2,1\n", NULL},
        {"CLIENT_LIST\tlaptop\t10.0.0.1:1\t\t\t10\n", NULL},
        {"CLIENT_LIST\tlaptop\tnowhere\t\t" ROW_TAIL, NULL},
        {"CLIENT_LIST\tlaptop\t10.0.0.1:1\tfd00::1\t" ROW_TAIL, NULL},
        {"CLIENT_LIST\tlap\ttop\t10.0.0.1:1\t\t" ROW_TAIL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        for (size_t step = 0; step < 20; step++) {
            _cleanup_buf_ struct buf events = {0};
            int r = read_all(rows[i].input, strlen(rows[i].input), step, &events);

            buf_reserve(&events, 0);
            if (r != (rows[i].events ? 0 : -EBADMSG))
                fail_msg("%s: %d", rows[i].input, r);
            if (rows[i].events)
                assert_string_equal(events.data, rows[i].events);
        }
    }
}

static void test_zero_byte(void **state)
{
    static const char input[] = ">HOLD:x\0y\n";
    _cleanup_buf_ struct buf events = {0};

    (void)state;
    assert_int_equal(read_all(input, sizeof(input) - 1, 4, &events), -EBADMSG);
}

static void test_long_lines(void **state)
{
    static const struct {
        size_t length;
        int result;
    } rows[] = {{OPENVPN_LINE_MAX - 1, 0}, {OPENVPN_LINE_MAX, -EBADMSG}, {1 << 20, -EBADMSG}};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_buf_ struct buf input = {0};

        buf_add_char(&input, '>');
        while (input.length < rows[i].length)
            buf_add_char(&input, 'x');
        for (int ended = 0; ended < 2; ended++) {
            for (size_t step = 1; step < 5000; step += 1033) {
                _cleanup_buf_ struct buf events = {0};

                assert_int_equal(read_all(input.data, input.length, step, &events), rows[i].result);
            }
            buf_add_char(&input, '\n');
        }
    }
}

/* ---- what clients choose ---- */

static unsigned fields_of(const char *variables, struct openvpn_client *ret_client)
{
    _cleanup_free_ char *input = text_format(">CLIENT:CONNECT,1,2\n%s>CLIENT:ENV,END\n", variables);
    struct openvpn_management *management = openvpn_management_new();
    const char *data = input;
    size_t size = strlen(input);
    struct openvpn_event event;

    assert_int_equal(openvpn_management_next(management, &data, &size, &event), 1);
    assert_int_equal(event.kind, OPENVPN_EVENT_CONNECT);
    *ret_client = *event.client;
    openvpn_management_free(management);
    return ret_client->fields;
}

static void test_variables(void **state)
{
    static const struct {
        const char *variables;
        unsigned fields;
    } rows[] = {
        {"", 0},
        {">CLIENT:ENV,\n>CLIENT:ENV,=\n>CLIENT:ENV,username\n>CLIENT:ENV,user=x\n", 0},
        {">CLIENT:ENV,username=a,b=c\n", OPENVPN_HAS_USERNAME},
        {">CLIENT:ENV,END=x\n>CLIENT:ENV,username=x\n", OPENVPN_HAS_USERNAME},
        {">CLIENT:ENV,IV_PROTO=4294967296\n>CLIENT:ENV,IV_PROTO=-1\n>CLIENT:ENV,IV_PROTO=\n", 0},
        {">CLIENT:ENV,IV_PLAT=0123456789012345678901234567890123\n", 0},
        {">CLIENT:ENV,untrusted_ip=nowhere\n>CLIENT:ENV,untrusted_ip=fd00::1\n", 0},
        {">CLIENT:ENV,untrusted_ip6=fd00::1\n", OPENVPN_HAS_UNTRUSTED},
        {">CLIENT:ENV,untrusted_port=65536\n", 0},
        {">CLIENT:ENV,tls_digest_sha256_0=aa:bb\n>CLIENT:ENV,tls_serial_hex_0=\n", 0},
        {">CLIENT:ENV,tls_serial_hex_0=aa:b\n>CLIENT:ENV,tls_serial_hex_0=aa:\n", 0},
        {">CLIENT:ENV,tls_serial_hex_0=00:Ff\n", OPENVPN_HAS_SERIAL},
        {">CLIENT:ENV,tls_serial_hex_0="
         "00:01:02:03:04:05:06:07:08:09:10:11:12:13:14:15:16:17:18:19:20\n",
         0},
        {">CLIENT:ENV,bytes_received=1e3\n", 0},
    };
    struct openvpn_client client;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        if (fields_of(rows[i].variables, &client) != rows[i].fields)
            fail_msg("%s: %x", rows[i].variables, client.fields);
    }
}

static void test_values_stay_whole(void **state)
{
    struct openvpn_client client;

    (void)state;
    fields_of(">CLIENT:ENV,username=we,ird=us\"er é;$(x)\n>CLIENT:ENV,password=a=b,c\\ \n"
              ">CLIENT:ENV,username=second\n",
              &client);
    assert_string_equal(client.username, "we,ird=us\"er é;$(x)");
    assert_string_equal(client.password, "a=b,c\\ ");
}

/* A name that does not fit is no name: half of it could be another peer's. */
static void test_long_names(void **state)
{
    char name[OPENVPN_CLIENT_NAME_MAX + 1] = "";

    (void)state;
    for (size_t length = OPENVPN_CLIENT_NAME_MAX - 1; length <= OPENVPN_CLIENT_NAME_MAX; length++) {
        _cleanup_free_ char *variables = NULL;
        struct openvpn_client client;
        bool fits = length < OPENVPN_CLIENT_NAME_MAX;

        memset(name, 'x', length);
        variables = text_format(">CLIENT:ENV,username=%s\n", name);
        assert_int_equal(fields_of(variables, &client),
                         fits ? OPENVPN_HAS_USERNAME : OPENVPN_HAS_LONG_USERNAME);
        assert_string_equal(client.username, fits ? name : "");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialogue),   cmocka_unit_test(test_lines),
        cmocka_unit_test(test_zero_byte),  cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_variables),  cmocka_unit_test(test_values_stay_whole),
        cmocka_unit_test(test_long_names),
    };

    golden_folder = getenv("GOLDEN_FOLDER");
    if (!golden_folder)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
