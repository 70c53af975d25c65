/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

/* On the command line, the passphrase is worked on there and never sent. */
#define FIELD_PASSPHRASE \
    { \
        .name = "passphrase", .kind = API_TEXT, .minimum = 8, .maximum = 1024, \
        .help = "what opens the backup" \
    }
#define FIELDS_LOCK \
    FIELD_PASSPHRASE, \
        {.name = "operations", \
         .kind = API_NUMBER, \
         .minimum = 1, \
         .maximum = 16, \
         .help = "instead of a passphrase, what was made of it: cost of argon2id"}, \
        {.name = "memory_kib", \
         .kind = API_NUMBER, \
         .minimum = 8192, \
         .maximum = 262144, \
         .help = "memory of argon2id"}, \
        {.name = "salt", .kind = API_TEXT, .maximum = 32, .help = "16 bytes in base64"}, \
    { \
        .name = "lock", .kind = API_TEXT, .maximum = 96, \
        .help = "64 bytes in base64: public key and secret" \
    }

static const struct api_field body_backup_lock[] = {FIELDS_LOCK, {}};

static const struct api_field body_backup_restore[] = {
    FIELD_PASSPHRASE,
    {.name = "key",
     .kind = API_TEXT,
     .maximum = 96,
     .help = "instead of a passphrase, what was made of it: 64 bytes in base64"},
    {}};

static const struct api_field query_backup_fetch[] = {
    {.name = "offset", .kind = API_NUMBER, .maximum = INT64_MAX, .help = "first byte of the part"},
    {}};

static const struct api_field body_backup_upload[] = {
    {.name = "backup", .kind = API_TEXT, .maximum = 8, .help = "the id, from the second part on"},
    FIELDS_FILE_PART,
    {}};

#define BACKUPS "/api/v1/backups"
#define BACKUP BACKUPS "/{backup}"

const struct api_route api_routes_backup[] = {
    ROUTE(ROUTE_BACKUP_LIST, API_GET, BACKUPS, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup", "list", "the backups on this hub"),
    ROUTE(ROUTE_BACKUP_ADD, API_POST, BACKUPS, API_OWNER),
    .scope = API_SCOPE_HUB,
    .secret = true,
    .changes = true,
    .body = body_backup_lock,
    WORDS("backup", "create", "all of the hub in one encrypted file, with -o for you, else here"),
    ROUTE(ROUTE_BACKUP_UPLOAD, API_POST, BACKUPS "/upload", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_backup_upload,
    WORDS("backup", "upload", "bring a backup to this hub, a part at a time; restore does it too"),
    ROUTE(ROUTE_BACKUP_KEY_GET, API_GET, BACKUPS "/key", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup key", "show", "is there a passphrase for the backups that the hub makes itself"),
    ROUTE(ROUTE_BACKUP_KEY_SET, API_POST, BACKUPS "/key", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_backup_lock,
    WORDS("backup key", "set", "set the passphrase of the backups that the hub makes itself"),
    ROUTE(ROUTE_BACKUP_KEY_DELETE, API_DELETE, BACKUPS "/key", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    WORDS("backup key", "delete", "the hub makes no backups by itself any more"),
    ROUTE(ROUTE_BACKUP_GET, API_GET, BACKUP, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup", "show", "one backup"),
    ROUTE(ROUTE_BACKUP_FETCH, API_GET, BACKUP "/content", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .query = query_backup_fetch,
    WORDS("backup", "fetch", "write a backup of this hub into a file"),
    ROUTE(ROUTE_BACKUP_RESTORE, API_POST, BACKUP "/restore", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_backup_restore,
    .ask = API_ASK_YES_ALWAYS,
    .asks =
        "This replaces all instances, peers, keys and settings of this hub by those of the backup.",
    WORDS("backup", "restore", "put a backup, a file or one of this hub, in place of all there is"),
    ROUTE(ROUTE_BACKUP_DELETE, API_DELETE, BACKUP, API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .ask = API_ASK_YES,
    .asks = "This deletes the backup on this hub for good.",
    WORDS("backup", "delete", "delete a backup of this hub"),
    {}};
