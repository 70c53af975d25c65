/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_kdf[] = {
    {"operations", VALUE_NUMBER, .help = "cost of argon2id", .example = "3"},
    {"memory_kib", VALUE_NUMBER, .help = "memory of argon2id", .example = "65536"},
    {"salt", VALUE_TEXT, .help = "16 bytes in base64", .example = "\"3q2+796tvu/erb7v3q2+7w==\""},
    {}};
static const struct api_object object_kdf = {NULL, "how a key is made of the passphrase",
                                             members_kdf};

/* ---- backups ---- */

#define MEMBER_BACKUP_KIND \
    .choices = "manual|scheduled|uploaded", .help = "who made it, or brought it here"

static const struct api_member members_backup[] = {
    {"id", VALUE_ID, MEMBER_LIVE | MEMBER_LAST, .help = "its id", .example = "\"b4n2w7ub\""},
    {"kind", VALUE_CHOICE, MEMBER_BACKUP_KIND},
    {"created_at", VALUE_TIME, MEMBER_LIVE | MEMBER_LAST, .help = "when it was made"},
    {"bytes", VALUE_NUMBER, MEMBER_LIVE | MEMBER_LAST, .help = "its size", .example = "184320"},
    {"kdf", VALUE_OBJECT, MEMBER_LIVE | MEMBER_LAST, .object = &object_kdf,
     .help = "how its key is made of the passphrase"},
    {"hash", VALUE_TEXT, MEMBER_OPTIONAL, .help = "its SHA-256; when it was made just now",
     .example = "\"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4\""},
    {"bytes_at_most", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of a dry run: how large it would be",
     .example = "262144"},
    {}};
const struct api_object api_object_backup = {"Backup", "all of the hub in one encrypted file",
                                             members_backup};

static const struct api_member members_backup_part[] = {
    {"id", VALUE_ID, .help = "the backup's id", .example = "\"b4n2w7ub\""},
    {"offset", VALUE_NUMBER, .help = "where the part begins", .example = "0"},
    {"total", VALUE_NUMBER, .help = "bytes of the whole", .example = "184320"},
    {"content", VALUE_TEXT, .help = "the part in base64", .example = "\"V0FSUkVO\""},
    {"next", VALUE_NUMBER, MEMBER_NULLABLE, .help = "where the next part begins; null: none does",
     .example = "131072"},
    {}};
const struct api_object api_object_backup_part = {"BackupPart", "a part of a backup",
                                                  members_backup_part};

static const struct api_member members_backup_upload[] = {
    {"id", VALUE_ID, MEMBER_LIVE, .help = "the backup's id", .example = "\"b4n2w7ub\""},
    {"received", VALUE_NUMBER, MEMBER_OPTIONAL,
     .help = "bytes that are here; while it is not whole", .example = "131072"},
    {"total", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "bytes of the whole; while it is not whole",
     .example = "184320"},
    {"kind", VALUE_CHOICE, MEMBER_OPTIONAL, MEMBER_BACKUP_KIND, .example = "\"uploaded\""},
    {"created_at", VALUE_TIME, MEMBER_OPTIONAL, .help = "when it was made; once it is whole"},
    {"bytes", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "its size; once it is whole",
     .example = "184320"},
    {"kdf", VALUE_OBJECT, MEMBER_OPTIONAL, .object = &object_kdf,
     .help = "how its key is made of the passphrase; once it is whole"},
    {}};
const struct api_object api_object_backup_upload = {
    "BackupUpload", "a backup on its way to the hub, or the whole one at the end",
    members_backup_upload};

static const struct api_member members_backup_restored[] =
    {/* what it says of itself may be less */
     {"format", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of the backup's contents", .example = "1"},
     {"version", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the program that made it",
      .example = "\"0.1.0\""},
     {"schema_version", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "the newest migration in it",
      .example = "7"},
     {"created_at", VALUE_TIME, MEMBER_OPTIONAL, .help = "when it was made"},
     {"region", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the hub's region", .example = "\"eu-1\""},
     {"public_name", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the hub's public name",
      .example = "\"vpn.example.net\""},
     {"instances", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "instances in it", .example = "1"},
     {"peers", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "peers in it", .example = "3"},
     {"audit_whole", VALUE_BOOL, .help = "is its audit's chain whole", .example = "true"},
     {"audit_entries", VALUE_NUMBER, .help = "entries of its audit", .example = "42"},
     {"restored", VALUE_BOOL, MEMBER_LIVE, .help = "the hub starts with it", .example = "true"},
     {}};
const struct api_object api_object_backup_restored = {
    "BackupRestored", "what takes the place of all there was", members_backup_restored};

/* ---- those that the hub makes itself ---- */

static const struct api_member members_backup_lock[] = {
    {"set", VALUE_BOOL, .help = "is there a passphrase", .example = "true"},
    {"created_at", VALUE_TIME, MEMBER_NULLABLE, .help = "since when"},
    {"kdf", VALUE_OBJECT, MEMBER_NULLABLE, .object = &object_kdf,
     .help = "how a key is made of it"},
    {}};
const struct api_object api_object_backup_lock = {
    "BackupLock", "the passphrase of the backups that the hub makes itself", members_backup_lock};

static const struct api_member members_backup_state[] = {
    {"key", VALUE_BOOL, .help = "is there a passphrase for them", .example = "true"},
    {"last", VALUE_TIME, MEMBER_NULLABLE, .help = "when the newest was made"},
    {"next", VALUE_TIME, MEMBER_NULLABLE, .help = "when the next is due"},
    {"kept", VALUE_NUMBER, .help = "how many there are", .example = "7"},
    {"bytes", VALUE_NUMBER, .help = "size of all backups here", .example = "1290240"},
    {"problem", VALUE_TEXT, MEMBER_NULLABLE, .help = "why the last try failed", .example = "null"},
    {}};
const struct api_object api_object_backup_state = {NULL, "the backups that the hub makes itself",
                                                   members_backup_state};
