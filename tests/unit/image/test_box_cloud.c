/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* After the four that it needs. */
#include <cmocka.h>

#include <errno.h>

#include "hub/base/address.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "image/box/box_cloud.h"

/* What machines say of themselves, and whom they are to ask for what. */
static const struct {
    struct box_machine machine;
    const char *name, *address, *path, *header, *token_path, *token_header, *token_sent_in;
    bool base64, reserved_port;
} known[] = {
    {{"Amazon EC2", "t3.micro", "Amazon EC2"},
     "Amazon EC2",
     "169.254.169.254",
     "/latest/user-data",
     "",
     "/latest/api/token",
     "X-aws-ec2-metadata-token-ttl-seconds: 60",
     "X-aws-ec2-metadata-token",
     false,
     false},
    {{"Microsoft Corporation", "Virtual Machine", "7783-7084-3265-9085-8269-3286-77"},
     "Azure",
     "169.254.169.254",
     "/metadata/instance/compute/userData?api-version=2021-01-01&format=text",
     "Metadata: true",
     NULL,
     NULL,
     NULL,
     true,
     false},
    {{"Google", "Google Compute Engine", ""},
     "Google Compute Engine",
     "169.254.169.254",
     "/computeMetadata/v1/instance/attributes/user-data",
     "Metadata-Flavor: Google",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"QEMU", "Standard PC (i440FX + PIIX, 1996)", "OracleCloud.com"},
     "Oracle Cloud",
     "169.254.169.254",
     "/opc/v2/instance/metadata/user_data",
     "Authorization: Bearer Oracle",
     NULL,
     NULL,
     NULL,
     true,
     false},
    {{"Alibaba Cloud", "Alibaba Cloud ECS", ""},
     "Alibaba Cloud",
     "100.100.100.200",
     "/2016-01-01/user-data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"Hetzner", "vServer", ""},
     "Hetzner",
     "169.254.169.254",
     "/hetzner/v1/userdata",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"DigitalOcean", "Droplet", ""},
     "DigitalOcean",
     "169.254.169.254",
     "/metadata/v1/user-data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"Vultr", "VC2", ""},
     "Vultr",
     "169.254.169.254",
     "/latest/user-data",
     "Metadata-Token: vultr",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"Exoscale", "Exoscale Compute Platform", ""},
     "Exoscale",
     "169.254.169.254",
     "/1.0/user-data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"UpCloud", "Server", ""},
     "UpCloud",
     "169.254.169.254",
     "/metadata/v1/user_data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"Akamai", "Linode Compute", ""},
     "Akamai",
     "169.254.169.254",
     "/v1/user-data",
     "",
     "/v1/token",
     "Metadata-Token-Expiry-Seconds: 300",
     "Metadata-Token",
     true,
     false},
    {{"Linode", "Linode Compute", ""},
     "Linode",
     "169.254.169.254",
     "/v1/user-data",
     "",
     "/v1/token",
     "Metadata-Token-Expiry-Seconds: 300",
     "Metadata-Token",
     true,
     false},
    {{"Scaleway", "SCW-DEV1-S", ""},
     "Scaleway",
     "169.254.42.42",
     "/user_data/cloud-init",
     "",
     NULL,
     NULL,
     NULL,
     false,
     true},
    {{"OpenStack Foundation", "OpenStack Nova", ""},
     "OpenStack",
     "169.254.169.254",
     "/openstack/latest/user_data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
    {{"Some Cloud", "OpenStack Compute", ""},
     "OpenStack",
     "169.254.169.254",
     "/openstack/latest/user_data",
     "",
     NULL,
     NULL,
     NULL,
     false,
     false},
};

static void assert_same(const char *found, const char *wanted)
{
    if (wanted)
        assert_string_equal(found, wanted);
    else
        assert_null(found);
}

static void each_cloud_is_asked_as_it_wants(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(known); i++) {
        const struct box_cloud *cloud = box_cloud_find(&known[i].machine);
        assert_non_null(cloud);
        assert_string_equal(cloud->name, known[i].name);
        assert_string_equal(cloud->address, known[i].address);
        assert_string_equal(cloud->path, known[i].path);
        assert_string_equal(cloud->header, known[i].header);
        assert_same(cloud->token_path, known[i].token_path);
        assert_same(cloud->token_header, known[i].token_header);
        assert_same(cloud->token_sent_in, known[i].token_sent_in);
        assert_int_equal(cloud->base64, known[i].base64);
        assert_int_equal(cloud->reserved_port, known[i].reserved_port);
    }
}

/* No row is missing above, and none can break a request. */
static void rows_are_whole(void **state)
{
    const struct box_cloud *cloud;
    size_t count = 0;

    (void)state;
    for (; (cloud = box_cloud_at(count)); count++) {
        struct address address;
        assert_int_equal(address_parse(cloud->address, &address), 0);
        assert_true(cloud->path[0] == '/' && !strpbrk(cloud->path, " \r\n"));
        assert_null(strpbrk(cloud->header, "\r\n"));
        assert_true(cloud->starts.vendor || cloud->starts.product || cloud->starts.asset);
        assert_int_equal(!cloud->token_path, !cloud->token_sent_in);
    }
    assert_int_equal(count, ELEMENTS(known));
}

static void machines_at_home_ask_nobody(void **state)
{
    (void)state;
    assert_null(box_cloud_find(&(struct box_machine){"", "", ""}));
    assert_null(
        box_cloud_find(&(struct box_machine){"QEMU", "Standard PC (Q35 + ICH9, 2009)", ""}));
    assert_null(
        box_cloud_find(&(struct box_machine){"Microsoft Corporation", "Virtual Machine", "5"}));
    assert_null(box_cloud_find(&(struct box_machine){"Not Amazon", "x", "x"}));
}

static int take(const char *answer, bool base64, struct buf *ret_body)
{
    buf_clear(ret_body);
    return box_cloud_answer(answer, strlen(answer), base64, ret_body);
}

static void answers_are_taken(void **state)
{
    _cleanup_buf_ struct buf body = {0};

    (void)state;
    assert_int_equal(take("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n#warren-seed\n", false, &body), 0);
    assert_string_equal(body.data, "#warren-seed\n");
    assert_int_equal(take("HTTP/1.0 200 OK\n\na\n\nb", false, &body), 0);
    assert_string_equal(body.data, "a\n\nb");
    assert_int_equal(take("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd", false, &body), 0);
    assert_string_equal(body.data, "ab");
    assert_int_equal(take("HTTP/1.1 200 OK\r\n\r\nI3dhcnJl\r\nbi1zZWVkCg==\n", true, &body), 0);
    assert_string_equal(body.data, "#warren-seed\n");
}

static void answers_are_refused(void **state)
{
    static const struct {
        const char *answer;
        bool base64;
        int wanted;
    } refused[] = {
        {"", false, -EAGAIN},
        {"HTTP/1.1 200 OK", false, -EAGAIN},
        {"HTTP/1.1 200 OK\r\nServer: x\r\n", false, -EAGAIN},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd", false, -EAGAIN},
        {"HTTP/1.1 503 Busy\r\n\r\n", false, -EAGAIN},
        {"HTTP/1.1 404 Not Found\r\n\r\nx", false, -ENOENT},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", false, -EINVAL},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", false,
         -EINVAL},
        {"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\na", false, -EINVAL},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\na", false, -EINVAL},
        {"HTTP/1.1 200 OK\r\n\r\n#warren-seed\n", true, -EINVAL},
    };
    _cleanup_buf_ struct buf body = {0};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        assert_int_equal(take(refused[i].answer, refused[i].base64, &body), refused[i].wanted);
        assert_int_equal(body.length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cloud_is_asked_as_it_wants),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(machines_at_home_ask_nobody),
        cmocka_unit_test(answers_are_taken),
        cmocka_unit_test(answers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
