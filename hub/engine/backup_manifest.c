/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backup_manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"

enum { FORMAT = 1 };

struct counts {
    int instances, peers;
    struct engine *engine;
};

static int count_instance(const struct instance *instance, void *data)
{
    struct counts *counts = data;
    uint32_t total = 0;

    if (peer_store_count(counts->engine->store, instance->id, &total) == 0)
        counts->peers += (int)total;
    counts->instances++;
    return 0;
}

char *backup_manifest_text(const struct engine *engine, int64_t created_at)
{
    struct counts counts = {.engine = (struct engine *)engine};
    struct store_figures figures;
    json_t *manifest;
    char *text;

    store_figures(engine->store, &figures);
    (void)instance_store_list(engine->store, NULL, 0, count_instance, &counts);
    manifest = json_pack("{s:i,s:s,s:I,s:o,s:s,s:s,s:i,s:i}", "format", FORMAT, "version",
                         WARREN_VERSION, "schema_version", (json_int_t)figures.schema_version,
                         "created_at", json_time(created_at), "region", engine->settings.region,
                         "public_name", engine->settings.public_name, "instances", counts.instances,
                         "peers", counts.peers);
    text = json_dumps(manifest, JSON_COMPACT);
    json_decref(manifest);
    if (!text)
        abort();
    return text;
}

void backup_manifest_config(const struct engine *engine, struct buf *ret_text)
{
    struct settings_error errors[1];
    struct settings settings;
    size_t count = 0;

    if (settings_read(engine->config_path, &settings, errors, 1, &count) == 0)
        settings_write(&settings, ret_text);
    else
        settings_write(&engine->settings, ret_text);
    settings_done(&settings);
}

/* What else there may be is of no use here. */
static json_t *take_known(const json_t *manifest)
{
    static const struct {
        const char *name;
        json_type type;
    } members[] = {
        {"format", JSON_INTEGER},    {"version", JSON_STRING}, {"schema_version", JSON_INTEGER},
        {"created_at", JSON_STRING}, {"region", JSON_STRING},  {"public_name", JSON_STRING},
        {"instances", JSON_INTEGER}, {"peers", JSON_INTEGER},
    };
    json_t *known = json_object();

    for (size_t i = 0; i < ELEMENTS(members); i++) {
        json_t *value = json_object_get(manifest, members[i].name);

        if (value && json_typeof(value) == members[i].type)
            json_object_set(known, members[i].name, value);
    }
    return known;
}

json_t *backup_manifest_parse(const char *text, size_t size, uint32_t schema_version,
                              char reason[static BACKUP_REASON_MAX])
{
    json_t *manifest = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL), *known = NULL;
    json_int_t format = 0, schema = 0;
    const char *version = NULL, *created_at = NULL;

    if (json_unpack(manifest, "{s:I,s:I,s:s,s:s}", "format", &format, "schema_version", &schema,
                    "version", &version, "created_at", &created_at) == 0 &&
        format >= FORMAT && schema > 0) {
        if (format == FORMAT && schema <= (json_int_t)schema_version)
            known = take_known(manifest);
        else
            snprintf(reason, BACKUP_REASON_MAX,
                     "the backup is of a newer program (%.20s, schema %lld; this one is %s, schema "
                     "%u): update this hub first",
                     version, (long long)schema, WARREN_VERSION, schema_version);
    } else {
        snprintf(reason, BACKUP_REASON_MAX, "the backup is damaged inside: it has no manifest");
    }
    json_decref(manifest);
    return known;
}
