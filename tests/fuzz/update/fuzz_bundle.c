/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An update that nobody signed is refused whatever it is; and a manifest past the signature holds
 * what it says, or is refused with a reason. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/update/bundle.h"

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static int on_manifest(const struct bundle_manifest *manifest, void *data)
{
    (void)manifest, (void)data;
    abort();
}

static int on_piece(enum bundle_image image, uint64_t offset, const uint8_t *bytes, size_t size,
                    void *data)
{
    (void)image, (void)offset, (void)bytes, (void)size, (void)data;
    abort();
}

static const struct bundle_handlers handlers = {on_manifest, on_piece};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[BUNDLE_KEY_SIZE] = {1};
    char reason[BUNDLE_REASON_MAX] = "";
    struct bundle_parser *parser = bundle_parser_new(key, &handlers, NULL);
    struct bundle_manifest manifest;
    int r = bundle_parser_feed(parser, data, size, reason);

    if (r == 0)
        r = bundle_parser_end(parser, reason);
    require(r < 0 && reason[0] && text_is_printable(reason, NULL));
    bundle_parser_free(parser);

    if (bundle_manifest_parse((const char *)data, size, &manifest, reason) == 0) {
        require(manifest.version[0] && text_is_printable(manifest.version, NULL));
        for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
            require(manifest.sizes[image] <=
                    (uint64_t)manifest.piece_counts[image] * BUNDLE_PIECE_SIZE);
        bundle_manifest_done(&manifest);
    } else {
        require(reason[0]);
    }
    return 0;
}
