/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/forwarded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/channel/verbs.h"

enum { FIRST_MAX = 32 };

static const char *first_of(const char *path, char text[static FIRST_MAX])
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t size = fd < 0 ? -1 : read(fd, text, FIRST_MAX - 1);

    if (size < 0)
        return NULL;
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static const struct {
    enum forward_family family;
    const char *path;
} switches[] = {
    {FORWARD_IPV4, "/proc/sys/net/ipv4/ip_forward"},
    {FORWARD_IPV6, "/proc/sys/net/ipv6/conf/all/forwarding"},
};

static bool is_on(const char *path)
{
    char text[FIRST_MAX];
    const char *value = first_of(path, text);

    return value && !text_equal(value, "0");
}

static uint8_t found(void)
{
    uint8_t families = 0;

    for (size_t i = 0; i < ELEMENTS(switches); i++)
        if (is_on(switches[i].path))
            families |= switches[i].family;
    return families;
}

static const char *const words[] = {
    [0] = "none",
    [FORWARD_IPV4] = "ipv4",
    [FORWARD_IPV6] = "ipv6",
    [FORWARD_BOTH] = "ipv4+ipv6",
};

static const char *word_of(uint8_t families)
{
    return words[families & FORWARD_BOTH];
}

static bool parse(const char *text, uint8_t *ret_families)
{
    for (size_t i = 0; i < ELEMENTS(words); i++)
        if (text_equal(text, words[i])) {
            *ret_families = (uint8_t)i;
            return true;
        }
    return false;
}

static bool is_remembered(const struct places *places, uint8_t *ret_families)
{
    char path[PLACE_MAX + 16], text[FIRST_MAX];

    snprintf(path, sizeof(path), "%s/forwarded", places->run_directory);
    const char *remembered = first_of(path, text);
    return remembered && parse(remembered, ret_families);
}

uint8_t forwarded_before(const struct places *places)
{
    uint8_t families = 0;

    if (is_remembered(places, &families))
        return families;
    if (!places->ran_before)
        families = found();
    int r = places_write(places, "forwarded", word_of(families));
    if (r < 0)
        log_warning("nobody will know later that this machine forwarded %s: %s, ignoring",
                    word_of(families), strerror(-r));
    return families;
}

static int turn_off(const char *path)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 || write(fd, "0\n", 2) < 0 ? -errno : 0;
}

int forwarded_put_back(const struct places *places)
{
    uint8_t families = 0;
    int result = 0;

    if (!is_remembered(places, &families))
        return 0;
    for (size_t i = 0; i < ELEMENTS(switches); i++) {
        int r = families & switches[i].family || !is_on(switches[i].path)
                    ? 0
                    : turn_off(switches[i].path);
        if (result == 0)
            result = r;
    }
    return result;
}
