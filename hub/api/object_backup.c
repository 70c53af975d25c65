/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

#define SEEN (MEMBER_LIVE | MEMBER_LAST)

static const struct api_member members_kdf[] = {
    {"operations", VALUE_NUMBER, .help = "cost of argon2id", .example = "4"},
    {"memory_kib", VALUE_NUMBER, .help = "its memory", .example = "65536"},
    {"salt", VALUE_TEXT, .help = "16 bytes in base64", .example = "\"3q2+7wAAAAAAAAAAAAAAAA==\""},
    {}};
static const struct api_object object_kdf = {NULL, "how a passphrase becomes a key", members_kdf};

static const struct api_member members_backup[] = {
    {"id", VALUE_ID, SEEN, .help = "its id"},
    {"kind", VALUE_CHOICE, .choices = "manual|scheduled|uploaded", .help = "how it came here"},
    {"created_at", VALUE_TIME, SEEN, .help = "when it was made"},
    {"bytes", VALUE_NUMBER, SEEN, .help = "its size", .example = "481280"},
    {"kdf", VALUE_OBJECT, SEEN, .object = &object_kdf,
     .help = "how its passphrase becomes its key"},
    {"hash", VALUE_TEXT, MEMBER_OPTIONAL | MEMBER_LIVE,
     .help = "BLAKE2b of the whole, when it was just made",
     .example = "\"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4\""},
    {}};
const struct api_object api_object_backup = {"Backup", "all of the hub, encrypted, in one file",
                                             members_backup};

static const struct api_member members_part[] = {
    {"id", VALUE_ID, .help = "of the backup"},
    {"offset", VALUE_NUMBER, .help = "the part's first byte", .example = "0"},
    {"total", VALUE_NUMBER, .help = "bytes of the whole", .example = "481280"},
    {"content", VALUE_TEXT, .help = "the part in base64", .example = "\"V0FSUkVOQks=\""},
    {"next", VALUE_NUMBER, MEMBER_NULLABLE, .help = "where the next part begins; null at the end",
     .example = "131072"},
    {}};
const struct api_object api_object_backup_part = {"BackupPart", "a part of a backup's bytes",
                                                  members_part};

static const struct api_member members_upload[] = {
    {"id", VALUE_ID, MEMBER_LIVE, .help = "what the backup is called here"},
    {"received", VALUE_NUMBER, .help = "bytes that have come; the next part begins there",
     .example = "131072"},
    {"total", VALUE_NUMBER, .help = "bytes of the whole", .example = "481280"},
    {}};
const struct api_object api_object_backup_upload = {"BackupUpload", "a backup on its way here",
                                                    members_upload};

static const struct api_member members_restored[] = {
    {"format", VALUE_NUMBER, .help = "of the backup's inside", .example = "1"},
    {"version", VALUE_TEXT, .help = "of the program that made it", .example = "\"0.1.0\""},
    {"schema_version", VALUE_NUMBER, .help = "of the database in it", .example = "7"},
    {"created_at", VALUE_TIME, .help = "when it was made"},
    {"region", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of the hub that it was made of",
     .example = "\"eu-1\""},
    {"public_name", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of that hub",
     .example = "\"vpn.example.net\""},
    {"instances", VALUE_NUMBER, .help = "how many it holds", .example = "3"},
    {"peers", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "how many it holds", .example = "120"},
    {"audit_whole", VALUE_BOOL, .help = "is the audit's chain in it whole", .example = "true"},
    {"audit_entries", VALUE_NUMBER, .help = "how many it holds", .example = "412"},
    {"restored", VALUE_BOOL, MEMBER_LIVE, .help = "the hub is starting with it", .example = "true"},
    {}};
const struct api_object api_object_backup_restored = {
    "BackupRestored", "what a backup was found to be", members_restored};

static const struct api_member members_key[] = {
    {"set", VALUE_BOOL, .help = "can the hub make backups by itself", .example = "true"},
    {"created_at", VALUE_TIME, MEMBER_NULLABLE, .help = "since when"},
    {"kdf", VALUE_OBJECT, MEMBER_NULLABLE, .object = &object_kdf,
     .help = "how the passphrase becomes the key"},
    {}};
const struct api_object api_object_backup_key = {
    "BackupKey", "what the hub closes the backups with that it makes by itself", members_key};

static const struct api_member members_state[] = {
    {"key", VALUE_BOOL, .help = "is there a passphrase for them", .example = "true"},
    {"last", VALUE_TIME, MEMBER_NULLABLE, .help = "when the last one was made"},
    {"next", VALUE_TIME, MEMBER_NULLABLE, .help = "when the next one is due"},
    {"kept", VALUE_NUMBER, .help = "how many of them are kept", .example = "7"},
    {"bytes", VALUE_NUMBER, .help = "of all backups here", .example = "3368960"},
    {"problem", VALUE_TEXT, MEMBER_NULLABLE, .help = "why the last one was not made",
     .example = "null"},
    {}};
const struct api_object api_object_backup_state = {NULL, "the backups that the hub makes by itself",
                                                   members_state};
