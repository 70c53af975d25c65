/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the API answers with, as tables: the objects and their members. The OpenAPI document and the
 * check of every answer read them. A new object is a list of members and a row:
 *
 *     static const struct api_member members_thing[] = {
 *         {"id", VALUE_ID, .help = "its id"},
 *         {"note", VALUE_TEXT, MEMBER_NULLABLE, .help = "what it is for", .example = "\"spare\""},
 *         {}};
 *     const struct api_object api_object_thing = {"Thing", "one thing", members_thing};
 *
 * in an object_NOUN.c of its own, declared here; answer.c then says which route answers with it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum api_value {
    VALUE_TEXT,
    VALUE_BOOL,
    VALUE_NUMBER,  /* a whole number, 0 or more */
    VALUE_TIME,    /* text: RFC 3339 in UTC */
    VALUE_ID,      /* text: eight letters and digits */
    VALUE_ADDRESS, /* text: IPv4 or IPv6 */
    VALUE_PREFIX,  /* text: a network */
    VALUE_KEY,     /* text: base64 of 32 bytes */
    VALUE_ANY,     /* anything: what an object was like at a time long ago */
    VALUE_CHOICE,  /* text: one of `choices` */
    VALUE_OBJECT,  /* `object` */
};

enum api_member_flag {
    MEMBER_NULLABLE = 1 << 0, /* may be null (a list: the list itself) */
    MEMBER_LIST = 1 << 1,     /* JSON array of it */
    MEMBER_MAP = 1 << 2,      /* JSON object with names that are not known beforehand */
    MEMBER_OPTIONAL = 1 << 3, /* may be missing */
    MEMBER_LIVE = 1 << 4,     /* not declared but seen: missing in a dry run's answer */
    MEMBER_LAST = 1 << 5,     /* with MEMBER_LIVE: there once more when it was deleted */
};

struct api_object;

struct api_member {
    const char *name; /* NULL ends the list */
    enum api_value value;
    unsigned flags;
    const char *choices; /* "allow|deny" */
    const struct api_object *object;
    const char *help;
    const char *example; /* JSON text; NULL = one of its kind */
};

struct api_object {
    const char *name; /* "Peer" in the document; NULL = has no name of its own there */
    const char *help;
    const struct api_member *members;
    bool versioned; /* has an ETag, its changes take If-Match */
};

/* An object is not always told whole. */
enum api_variant {
    VARIANT_WHOLE,
    VARIANT_DECLARED, /* what the store holds: of a dry run */
    VARIANT_DELETED,  /* a last look at it, with "deleted" */
    VARIANT_COUNT,
};

/* "deleted" is no member of the table: it is in each object of VARIANT_DELETED. */
bool api_member_is_in(const struct api_member *member, enum api_variant variant);
const struct api_member *api_member_find(const struct api_object *object, const char *name);
/* A new reference: made of the members' examples. */
json_t *api_object_example(const struct api_object *object, enum api_variant variant);
json_t *api_member_example(const struct api_member *member, enum api_variant variant);

extern const struct api_object api_object_pending, api_object_problem;
extern const struct api_object api_object_acme;
extern const struct api_object api_object_instance, api_object_peer;
extern const struct api_object api_object_profile, api_object_profile_format;
extern const struct api_object api_object_rule, api_object_finding, api_object_check;
extern const struct api_object api_object_check_run, api_object_explanation;
extern const struct api_object api_object_tls;
extern const struct api_object api_object_status, api_object_setting, api_object_event;
extern const struct api_object api_object_settings_change;
extern const struct api_object api_object_audit_entry, api_object_audit_state;
extern const struct api_object api_object_field_change, api_object_update;
extern const struct api_object api_object_user, api_object_user_peer;
extern const struct api_object api_object_link, api_object_opened_link;
extern const struct api_object api_object_traffic, api_object_attention;
extern const struct api_object api_object_backup, api_object_backup_part, api_object_backup_upload;
extern const struct api_object api_object_backup_restored, api_object_backup_lock;
extern const struct api_object api_object_backup_state;
extern const struct api_object api_object_admin, api_object_totp_secret, api_object_recovery_codes;
extern const struct api_object api_object_passkey, api_object_passkey_creation;
extern const struct api_object api_object_passkey_request, api_object_session, api_object_token;
extern const struct api_object api_object_caller, api_object_session_ended, api_object_setup;
extern const struct api_object api_object_setup_link, api_object_setup_state;
extern const struct api_object api_object_box, api_object_box_wish;
