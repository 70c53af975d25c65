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

static bool is_on(const char *path)
{
    char text[FIRST_MAX];
    const char *value = first_of(path, text);

    return value && !text_equal(value, "0");
}

static uint8_t found(void)
{
    uint8_t families = 0;

    if (is_on("/proc/sys/net/ipv4/ip_forward"))
        families |= FORWARD_IPV4;
    if (is_on("/proc/sys/net/ipv6/conf/all/forwarding"))
        families |= FORWARD_IPV6;
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

uint8_t forwarded_before(const struct places *places)
{
    char path[PLACE_MAX + 16], text[FIRST_MAX];
    uint8_t families = 0;

    snprintf(path, sizeof(path), "%s/forwarded", places->run_directory);
    const char *remembered = first_of(path, text);
    if (remembered && parse(remembered, &families))
        return families;
    if (!places->ran_before)
        families = found();
    int r = places_write(places, "forwarded", word_of(families));
    if (r < 0)
        log_warning("nobody will know later that this machine forwarded %s: %s, ignoring",
                    word_of(families), strerror(-r));
    return families;
}
