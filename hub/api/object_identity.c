/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

/* clang-format off: tables */
#define ROLES "owner|operator|auditor"
#define BYTES_EXAMPLE "\"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA\""

/* ---- admins ---- */

static const struct api_member members_admin[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"a2n4k6m7\""},
    {"name", VALUE_TEXT, .help = "what the admin signs in as", .example = "\"anna\""},
    {"role", VALUE_CHOICE, .choices = ROLES, .help = "what the admin may do"},
    {"instances", VALUE_ID, MEMBER_LIST | MEMBER_NULLABLE, .example = "null",
     .help = "instances that the rights are limited to; null: not limited"},
    {"enabled", VALUE_BOOL, .help = "may the admin sign in", .example = "true"},
    {"totp", VALUE_BOOL, .help = "is a code of an authenticator app asked for", .example = "true"},
    {"passkeys", VALUE_NUMBER, .help = "how many passkeys there are", .example = "1"},
    {"recovery_codes", VALUE_NUMBER, .help = "how many of them are left", .example = "10"},
    {"last_sign_in", VALUE_TIME, MEMBER_NULLABLE, .help = "when the admin last signed in"},
    {"created_at", VALUE_TIME, .help = "when it was made"},
    {"updated_at", VALUE_TIME, .help = "when it was changed last"},
    {}};
const struct api_object api_object_admin = {"Admin", "a person who runs the hub", members_admin,
                                            .versioned = true};

static const struct api_member members_totp_secret[] = {
    {"admin_id", VALUE_ID, .help = "whose it is", .example = "\"a2n4k6m7\""},
    {"admin", VALUE_TEXT, .help = "that admin's name", .example = "\"anna\""},
    {"secret", VALUE_TEXT, MEMBER_LIVE, .help = "for who types it into the app",
     .example = "\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\""},
    {"uri", VALUE_TEXT, MEMBER_LIVE, .help = "for the app",
     .example = "\"otpauth://totp/Warren:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\""},
    {"qr", VALUE_TEXT, MEMBER_LIVE | MEMBER_NULLABLE, .help = "the same as a QR code, SVG",
     .example = "\"<svg xmlns=\\\"http://www.w3.org/2000/svg\\\"/>\""},
    {}};
const struct api_object api_object_totp_secret = {
    "TotpSecret", "the secret of an authenticator app, to be confirmed", members_totp_secret};

static const struct api_member members_recovery_codes[] = {
    {"admin_id", VALUE_ID, .help = "whose they are", .example = "\"a2n4k6m7\""},
    {"admin", VALUE_TEXT, .help = "that admin's name", .example = "\"anna\""},
    {"recovery_codes", VALUE_TEXT, MEMBER_LIST | MEMBER_LIVE,
     .help = "each for one sign-in without the app; they are not told again",
     .example = "[\"abcd-efgh-ijkl-2345\"]"},
    {}};
const struct api_object api_object_recovery_codes = {
    "RecoveryCodes", "codes for when the app is lost", members_recovery_codes};

static const struct api_member members_passkey[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"b3n4k6m7\""},
    {"admin_id", VALUE_ID, .help = "whose it is", .example = "\"a2n4k6m7\""},
    {"name", VALUE_TEXT, .help = "what the admin calls the device", .example = "\"phone\""},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"last_used_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it last signed in"},
    {}};
const struct api_object api_object_passkey = {"Passkey", "a device that signs an admin in",
                                              members_passkey};

static const struct api_member members_passkey_name[] = {
    {"id", VALUE_TEXT, .help = "for the device", .example = "\"vpn.example.net\""},
    {"name", VALUE_TEXT, .help = "for people", .example = "\"Warren\""},
    {}};
static const struct api_object object_passkey_name = {NULL, "whom a passkey is for",
                                                      members_passkey_name};

static const struct api_member members_passkey_creation[] = {
    {"challenge", VALUE_TEXT, .help = "32 bytes in base64url, for five minutes",
     .example = BYTES_EXAMPLE},
    {"relying_party", VALUE_OBJECT, .object = &object_passkey_name, .help = "the hub"},
    {"user", VALUE_OBJECT, .object = &object_passkey_name, .help = "the admin; the id in base64url",
     .example = "{\"id\": \"YTJuNGs2bTc\", \"name\": \"anna\"}"},
    {"algorithms", VALUE_ANY, MEMBER_LIST, .help = "in COSE's numbers",
     .example = "[-7, -8, -257]"},
    {"exclude", VALUE_TEXT, MEMBER_LIST, .help = "passkeys that there are, in base64url",
     .example = "[]"},
    {"timeout", VALUE_NUMBER, .help = "milliseconds", .example = "300000"},
    {"user_verification", VALUE_TEXT, .help = "must the device ask who uses it",
     .example = "\"required\""},
    {}};
const struct api_object api_object_passkey_creation = {
    "PasskeyCreation", "what navigator.credentials.create() is asked for",
    members_passkey_creation};

static const struct api_member members_passkey_request[] = {
    {"challenge", VALUE_TEXT, .help = "32 bytes in base64url, for five minutes",
     .example = BYTES_EXAMPLE},
    {"relying_party", VALUE_TEXT, .help = "the hub", .example = "\"vpn.example.net\""},
    {"timeout", VALUE_NUMBER, .help = "milliseconds", .example = "300000"},
    {"user_verification", VALUE_TEXT, .help = "must the device ask who uses it",
     .example = "\"required\""},
    {}};
const struct api_object api_object_passkey_request = {
    "PasskeyRequest", "what navigator.credentials.get() is asked for", members_passkey_request};

/* ---- sessions and tokens ---- */

static const struct api_member members_session[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"c2n4k6m7\""},
    {"admin_id", VALUE_ID, .help = "who is signed in", .example = "\"a2n4k6m7\""},
    {"admin", VALUE_TEXT, MEMBER_NULLABLE, .help = "that admin's name", .example = "\"anna\""},
    {"from", VALUE_TEXT, .help = "the address that signed in", .example = "\"198.51.100.7\""},
    {"method", VALUE_TEXT,
     .help = "what was shown: password, password+totp, password+recovery, "
             "passkey, setup",
     .example = "\"password+totp\""},
    {"created_at", VALUE_TIME, .help = "when the admin signed in"},
    {"last_used_at", VALUE_TIME, .help = "when it was used last"},
    {"ends_at", VALUE_TIME, .help = "when it ends at the latest"},
    {"idle_ends_at", VALUE_TIME, .help = "when it ends if it is not used"},
    {"current", VALUE_BOOL, MEMBER_OPTIONAL | MEMBER_LIVE, .help = "in a list: is it the asker's",
     .example = "true"},
    {}};
const struct api_object api_object_session = {"Session", "an admin who is signed in somewhere",
                                              members_session};

static const struct api_member members_token[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"d2n4k6m7\""},
    {"name", VALUE_TEXT, .help = "what it is for", .example = "\"ci\""},
    {"admin_id", VALUE_ID, .help = "whose it is", .example = "\"a2n4k6m7\""},
    {"admin", VALUE_TEXT, MEMBER_NULLABLE, .help = "that admin's name", .example = "\"anna\""},
    {"role", VALUE_CHOICE, .choices = ROLES, .help = "what it may do, if its admin may"},
    {"instances", VALUE_ID, MEMBER_LIST | MEMBER_NULLABLE, .example = "null",
     .help = "instances that it is limited to; null: not limited"},
    {"sources", VALUE_PREFIX, MEMBER_LIST, .help = "networks it may be used from; none: any",
     .example = "[\"192.0.2.0/24\"]"},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it ends"},
    {"created_at", VALUE_TIME, .help = "when it was made"},
    {"last_used_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it was used last"},
    {"last_used_from", VALUE_TEXT, MEMBER_NULLABLE, .help = "and where from",
     .example = "\"192.0.2.7\""},
    {"token", VALUE_TEXT, MEMBER_OPTIONAL | MEMBER_LIVE,
     .help = "when it is made, and never again: what the program shows",
     .example = "\"wrn_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA\""},
    {}};
const struct api_object api_object_token = {"Token", "what a program shows to use the API",
                                            members_token};

static const struct api_member members_caller[] = {
    {"who", VALUE_TEXT, .help = "as the audit names who asks", .example = "\"admin anna\""},
    {"role", VALUE_CHOICE, .choices = ROLES, .help = "what that one may do"},
    {"limited", VALUE_BOOL, .help = "to some instances", .example = "false"},
    {"instances", VALUE_ID, MEMBER_LIST | MEMBER_NULLABLE, .help = "to these; null: not limited",
     .example = "null"},
    {"from", VALUE_TEXT, .help = "the asker's address", .example = "\"198.51.100.7\""},
    {"fresh", VALUE_BOOL, .help = "signed in a short while ago: may do what takes that",
     .example = "true"},
    {"admin", VALUE_OBJECT, MEMBER_NULLABLE, .object = &api_object_admin, .help = "the admin"},
    {"session", VALUE_OBJECT, MEMBER_NULLABLE, .object = &api_object_session,
     .help = "the session"},
    {"token", VALUE_OBJECT, MEMBER_NULLABLE, .object = &api_object_token, .help = "the token",
     .example = "null"},
    {}};
const struct api_object api_object_caller = {"Caller", "who asks, and what that one may do",
                                             members_caller};

static const struct api_member members_session_ended[] = {
    {"ended", VALUE_BOOL, .help = "true", .example = "true"}, {}};
const struct api_object api_object_session_ended = {"SessionEnded", "the session has ended",
                                                    members_session_ended};

/* ---- the set-up ---- */

static const struct api_member members_setup[] = {
    {"needed", VALUE_BOOL, .help = "is there no owner yet", .example = "false"},
    {"signed_in", VALUE_BOOL, .help = "does who asks show a session that holds", .example = "true"},
    {"region", VALUE_TEXT, .help = "the hub's region", .example = "\"eu-1\""},
    {}};
const struct api_object api_object_setup = {"Setup", "does the hub wait for its first owner",
                                            members_setup};

static const struct api_member members_setup_link[] = {
    {"link", VALUE_TEXT, MEMBER_LIVE, .help = "for a browser",
     .example = "\"https://vpn.example.net/setup#q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA\""},
    {"token", VALUE_TEXT, MEMBER_LIVE, .help = "what it ends in", .example = BYTES_EXAMPLE},
    {"ends_at", VALUE_TIME, .help = "until when it holds"},
    {}};
const struct api_object api_object_setup_link = {
    "SetupLink", "the link by which the first owner is made", members_setup_link};

static const struct api_member members_setup_state[] = {
    {"needed", VALUE_BOOL, .help = "is there no owner yet", .example = "false"},
    {"link", VALUE_TEXT, MEMBER_NULLABLE, .help = "for root on the hub itself: the set-up link",
     .example = "null"},
    {"ends_at", VALUE_TIME, MEMBER_NULLABLE, .help = "until when it holds", .example = "null"},
    {}};
const struct api_object api_object_setup_state = {NULL, "does the hub wait for its first owner",
                                                  members_setup_state};
/* clang-format on */
