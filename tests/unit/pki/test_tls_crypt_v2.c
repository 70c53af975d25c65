/* SPDX-License-Identifier: GPL-2.0-or-later */
/* That a real openvpn takes these keys is shown where clients connect (tunnel/openvpn_clients);
 * here a real openvpn makes a client's key from our server's, and we open it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"
#include "hub/base/text.h"
#include "hub/pki/tls_crypt_v2.h"

static void test_opens(void **state)
{
    struct tls_crypt_v2_server server, other;
    struct tls_crypt_v2_client client, second;
    int64_t made_at = 0;

    (void)state;
    tls_crypt_v2_make_server(&server);
    tls_crypt_v2_make_server(&other);
    tls_crypt_v2_make_client(&server, 1790000000, &client);
    tls_crypt_v2_make_client(&server, -1, &second);
    assert_true(tls_crypt_v2_is_of(&client, &server, &made_at));
    assert_true(made_at == 1790000000);
    assert_true(tls_crypt_v2_is_of(&second, &server, &made_at));
    assert_true(made_at == -1);
    assert_true(tls_crypt_v2_is_of(&client, &server, NULL));
    assert_false(tls_crypt_v2_is_of(&client, &other, &made_at));
    assert_memory_not_equal(&client, &second, TLS_CRYPT_V2_KEY_SIZE);
    for (size_t i = 0; i < sizeof(client.bytes); i++) {
        struct tls_crypt_v2_client changed = client;

        changed.bytes[i] ^= 1;
        assert_false(tls_crypt_v2_is_of(&changed, &server, NULL));
    }
    tls_crypt_v2_server_wipe(&server);
    tls_crypt_v2_client_wipe(&client);
    assert_true(sodium_is_zero(server.bytes, sizeof(server.bytes)));
    assert_true(sodium_is_zero(client.bytes, sizeof(client.bytes)));
}

static void read_pem(const char *path, const char *label, uint8_t *ret_bytes, size_t size)
{
    _cleanup_free_ char *begin = text_format("-----BEGIN %s-----\n", label);
    char text[4096] = "";
    const char *start;
    size_t length = 0;
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    start = strstr(text, begin);
    assert_non_null(start);
    assert_int_equal(sodium_base642bin(ret_bytes, size, start + strlen(begin),
                                       strcspn(start + strlen(begin), "-"), "\n", &length, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(length, size);
}

static void test_openvpn_makes_one(void **state)
{
    char folder[] = "/tmp/tls-crypt-XXXXXX";
    struct tls_crypt_v2_server server;
    struct tls_crypt_v2_client client;
    _cleanup_free_ char *path = NULL, *client_path = NULL, *command = NULL, *clean = NULL;
    _cleanup_buf_ struct buf text = {0};
    int64_t made_at = 0;
    FILE *file;

    (void)state;
    if (access("/usr/sbin/openvpn", X_OK) < 0)
        skip();
    assert_non_null(mkdtemp(folder));
    path = text_format("%s/server", folder);
    client_path = text_format("%s/client", folder);
    tls_crypt_v2_make_server(&server);
    pem_add(&text, PEM_TLS_CRYPT_V2_SERVER, server.bytes, sizeof(server.bytes));
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.length, file), text.length);
    fclose(file);
    command = text_format("/usr/sbin/openvpn --tls-crypt-v2 %s --genkey tls-crypt-v2-client %s "
                          ">/dev/null",
                          path, client_path);
    assert_int_equal(system(command), 0);
    read_pem(client_path, PEM_TLS_CRYPT_V2_CLIENT, client.bytes, sizeof(client.bytes));
    assert_true(tls_crypt_v2_is_of(&client, &server, &made_at));
    assert_true(llabs(made_at - clock_seconds()) < 60);
    clean = text_format("rm -r %s", folder);
    assert_int_equal(system(clean), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_openvpn_makes_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
