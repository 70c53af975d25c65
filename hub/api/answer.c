/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/answer.h"

#define QUESTION \
    "{\"from\":\"peer:laptop\",\"to\":\"site:office\",\"protocol\":\"tcp\",\"port\":443}"

#define TOKEN "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
#define PASSPHRASE "{\"passphrase\":\"correct horse battery\"}"

const struct api_route_answer api_route_answers[ROUTE_COUNT] = {
    [ROUTE_STATUS_GET] = {.object = &api_object_status},
    [ROUTE_SETTINGS_LIST] = {.object = &api_object_setting, .shape = SHAPE_LIST},
    [ROUTE_SETTINGS_SET] = {.object = &api_object_settings_change,
                            .body = "{\"values\":{\"hub.region\":\"eu-2\","
                                    "\"dns.servers\":\"9.9.9.9, 2620:fe::fe\"}}",
                            .description =
                                "All of them or none. They are in the configuration file then, and "
                                "what takes effect at once has done so; its comments stay."},
    [ROUTE_API_GET] = {.shape = SHAPE_FREE},
    [ROUTE_TLS_GET] = {.object = &api_object_tls},
    [ROUTE_TLS_SELF_SIGNED] = {.object = &api_object_tls},
    [ROUTE_TLS_IMPORT] = {.object = &api_object_tls,
                          .body = "{\"chain\":\"-----BEGIN CERTIFICATE-----\\n...\","
                                  "\"key\":\"-----BEGIN PRIVATE KEY-----\\n...\"}"},
    [ROUTE_TLS_ACME] = {.object = &api_object_acme,
                        .status = 202,
                        .description = "202: it is being ordered; an event tls.changed or "
                                       "tls.failed tells the end."},
    [ROUTE_TLS_CHALLENGE] = {.shape = SHAPE_RAW,
                             .media_type = "application/octet-stream",
                             .description = "For the authority (RFC 8555, 8.3), without a "
                                            "credential, by plain HTTP too. 404: nothing is "
                                            "ordered at the moment, or not by that token."},

    [ROUTE_INSTANCE_LIST] = {.object = &api_object_instance, .shape = SHAPE_LIST},
    [ROUTE_INSTANCE_ADD] = {.object = &api_object_instance,
                            .status = 201,
                            .body = "{\"name\":\"globex\",\"hostname\":\"globex\","
                                    "\"networks\":[\"10.67.0.0/24\"],"
                                    "\"public_dns\":[\"192.0.2.53\"],"
                                    "\"dns_custom\":[\"nas=192.168.88.10\"],"
                                    "\"client_to_client\":false,\"firewall_default\":\"deny\"}"},
    [ROUTE_INSTANCE_GET] = {.object = &api_object_instance},
    [ROUTE_INSTANCE_SET] = {.object = &api_object_instance,
                            .body = "{\"client_to_client\":true,\"public_dns\":null,"
                                    "\"domains\":[\"corp.example.com\"]}"},
    [ROUTE_INSTANCE_DELETE] = {.object = &api_object_instance,
                               .shape = SHAPE_DELETED,
                               .late_status = 202,
                               .description = "202: it is still being taken from the kernel; "
                                              "an event instance.deleted tells the end."},

    [ROUTE_PEER_LIST] = {.object = &api_object_peer, .shape = SHAPE_LIST},
    [ROUTE_PEER_ADD] = {.object = &api_object_peer,
                        .status = 201,
                        .body = "{\"name\":\"phone\",\"type\":\"client\",\"route_all\":true,"
                                "\"user\":\"anna\",\"groups\":[\"staff\"],"
                                "\"expires_in\":\"30d\"}"},
    [ROUTE_PEER_GET] = {.object = &api_object_peer},
    [ROUTE_PEER_SET] = {.object = &api_object_peer,
                        .body = "{\"name\":\"tablet\",\"user\":null,\"keepalive\":25,"
                                "\"expires_in\":\"12h\"}"},
    [ROUTE_PEER_DELETE] = {.object = &api_object_peer, .shape = SHAPE_DELETED},
    [ROUTE_PEER_ENABLE] = {.object = &api_object_peer, .body = "{\"expires_in\":\"30d\"}"},
    [ROUTE_PEER_DISABLE] = {.object = &api_object_peer},
    [ROUTE_PEER_REKEY] = {.object = &api_object_peer,
                          .body =
                              "{\"public_key\":\"3dBL8RSXhRtWVZGMMb0Rs71WObz7bqk/Gqm6pHFPQEw=\"}"},
    [ROUTE_PEER_FORGET_KEY] = {.object = &api_object_peer},

    [ROUTE_PROFILE_LIST] = {.object = &api_object_profile_format, .shape = SHAPE_LIST},
    [ROUTE_PROFILE_GET] = {.object = &api_object_profile,
                           .query = "{\"format\":\"wg-quick\",\"record\":false}"},

    [ROUTE_FIREWALL_LIST] = {.object = &api_object_rule, .shape = SHAPE_LIST},
    [ROUTE_FIREWALL_ADD] = {.object = &api_object_rule,
                            .status = 201,
                            .body = "{\"action\":\"allow\",\"from\":\"group:staff\","
                                    "\"to\":\"site:office\",\"protocol\":\"tcp\","
                                    "\"ports\":[\"22\",\"8000-8080\"],"
                                    "\"comment\":\"remote desktop\",\"position\":1}"},
    [ROUTE_FIREWALL_TEST] = {.object = &api_object_finding, .query = QUESTION},
    [ROUTE_FIREWALL_GET] = {.object = &api_object_rule},
    [ROUTE_FIREWALL_SET] = {.object = &api_object_rule,
                            .body = "{\"protocol\":\"tcp\",\"ports\":[\"443\"],"
                                    "\"comment\":null,\"expires_in\":\"2h\"}"},
    [ROUTE_FIREWALL_MOVE] = {.object = &api_object_rule, .body = "{\"position\":1}"},
    [ROUTE_FIREWALL_ENABLE] = {.object = &api_object_rule},
    [ROUTE_FIREWALL_DISABLE] = {.object = &api_object_rule},
    [ROUTE_FIREWALL_DELETE] = {.object = &api_object_rule, .shape = SHAPE_DELETED},

    [ROUTE_FIREWALL_CHECK_LIST] = {.object = &api_object_check, .shape = SHAPE_LIST},
    [ROUTE_FIREWALL_CHECK_ADD] = {.object = &api_object_check,
                                  .status = 201,
                                  .body = "{\"expect\":\"allow\",\"from\":\"peer:laptop\","
                                          "\"to\":\"site:office\",\"protocol\":\"tcp\","
                                          "\"port\":443}"},
    [ROUTE_FIREWALL_CHECK_RUN] = {.object = &api_object_check_run},
    [ROUTE_FIREWALL_CHECK_DELETE] = {.object = &api_object_check, .shape = SHAPE_DELETED},

    [ROUTE_USER_LIST] = {.object = &api_object_user, .shape = SHAPE_LIST},
    [ROUTE_USER_ADD] = {.object = &api_object_user,
                        .status = 201,
                        .body = "{\"name\":\"carla\",\"email\":\"carla@example.net\","
                                "\"groups\":[\"staff\"]}"},
    [ROUTE_USER_GET] = {.object = &api_object_user},
    [ROUTE_USER_SET] = {.object = &api_object_user,
                        .body = "{\"groups\":[\"staff\",\"it\"],\"note\":\"room 12\"}"},
    [ROUTE_USER_DELETE] = {.object = &api_object_user, .shape = SHAPE_DELETED},
    [ROUTE_USER_ENABLE] = {.object = &api_object_user},
    [ROUTE_USER_DISABLE] = {.object = &api_object_user},
    [ROUTE_USER_PEERS] = {.object = &api_object_user_peer, .shape = SHAPE_LIST},

    [ROUTE_LINK_LIST] = {.object = &api_object_link, .shape = SHAPE_LIST},
    [ROUTE_LINK_ADD] = {.object = &api_object_link,
                        .status = 201,
                        .body = "{\"expires_in\":\"7d\",\"uses\":3,\"pin\":\"4711\"}"},
    [ROUTE_LINK_DELETE] = {.object = &api_object_link, .shape = SHAPE_DELETED},
    [ROUTE_LINK_OPEN] = {.object = &api_object_opened_link,
                         .body = "{\"token\":\"k7x2mq4nwz3p5rfbtav6dgeyhcus3jlo\"}",
                         .description =
                             "For anybody, without a credential. A use of the link is gone then. "
                             "A problem's type says why it can't be opened: link-unknown, "
                             "link-pin-needed, link-pin-wrong (with tries_left), link-blocked, "
                             "link-expired, link-used-up, link-peer-deleted, link-rekeyed, "
                             "link-key-forgotten, link-peer-expired, link-peer-disabled."},
    [ROUTE_LINK_FILE] = {.shape = SHAPE_RAW,
                         .media_type = "application/x-openvpn-profile",
                         .description =
                             "TOKEN.ovpn, TOKEN.conf or TOKEN.rsc: for apps that fetch the file "
                             "themselves, for half an hour after the link was opened."},

    [ROUTE_TRAFFIC_GET] = {.object = &api_object_traffic},
    [ROUTE_ATTENTION_LIST] = {.object = &api_object_attention, .shape = SHAPE_LIST},

    [ROUTE_EXPLAIN_GET] = {.object = &api_object_explanation, .query = QUESTION},

    [ROUTE_UPDATE_GET] = {.object = &api_object_update},
    [ROUTE_UPDATE_INSTALL] = {.object = &api_object_update,
                              .late_status = 202,
                              .body =
                                  "{\"offset\":0,\"total\":94371840,\"content\":\"V0FSUkVOVVA=\"}",
                              .description = "202: there is more to come."},
    [ROUTE_UPDATE_REBOOT] = {.object = &api_object_update},
    [ROUTE_UPDATE_CONFIRM] = {.object = &api_object_update},
    [ROUTE_UPDATE_ROLLBACK] = {.object = &api_object_update},

    [ROUTE_EVENTS_FOLLOW] = {.object = &api_object_event,
                             .shape = SHAPE_STREAM,
                             .query = "{\"after\":0,\"follow\":false}",
                             .description =
                                 "Over HTTPS it is a stream that does not end, each event as it "
                                 "happens, for who accepts text/event-stream (with Last-Event-ID, "
                                 "from there on), and a list of the events that are kept for all "
                                 "others; on the hub's socket, follow=no says so. Who reads too "
                                 "slowly is cut off and asks again with after."},

    [ROUTE_AUDIT_LIST] = {.object = &api_object_audit_entry, .shape = SHAPE_LIST},
    [ROUTE_AUDIT_VERIFY] = {.object = &api_object_audit_state},

    [ROUTE_SETUP_GET] = {.object = &api_object_setup},
    [ROUTE_SETUP_FINISH] = {.object = &api_object_caller,
                            .status = 201,
                            .body = "{\"token\":\"" TOKEN "\",\"name\":\"anna\","
                                    "\"password\":\"correct horse battery\"}",
                            .description = "The new owner is signed in: a cookie comes along."},
    [ROUTE_SETUP_LINK] = {.object = &api_object_setup_link,
                          .body = "{\"renew\":true}",
                          .description = "The one that holds, or a new one."},

    [ROUTE_SESSION_GET] = {.object = &api_object_caller},
    [ROUTE_SESSION_ADD] = {.object = &api_object_caller,
                           .status = 201,
                           .body = "{\"name\":\"anna\",\"password\":\"correct horse battery\","
                                   "\"code\":\"123456\"}",
                           .description = "The session is a cookie that comes along. A problem of "
                                          "type code-needed says that a code is asked for."},
    [ROUTE_SESSION_END] = {.object = &api_object_session_ended},
    [ROUTE_SESSION_PASSKEY_OPTIONS] = {.object = &api_object_passkey_request},
    [ROUTE_SESSION_PASSKEY_ADD] = {.object = &api_object_caller,
                                   .status = 201,
                                   .body = "{\"id\":\"AQID\",\"client_data\":\"e30\","
                                           "\"authenticator_data\":\"AQID\","
                                           "\"signature\":\"AQID\"}"},
    [ROUTE_SESSION_LIST] = {.object = &api_object_session, .shape = SHAPE_LIST},
    [ROUTE_SESSION_DELETE] = {.object = &api_object_session, .shape = SHAPE_DELETED},

    [ROUTE_ADMIN_LIST] = {.object = &api_object_admin, .shape = SHAPE_LIST},
    [ROUTE_ADMIN_ADD] = {.object = &api_object_admin,
                         .status = 201,
                         .body = "{\"name\":\"carl\",\"role\":\"operator\","
                                 "\"instances\":[\"acme\"],"
                                 "\"password\":\"correct horse battery\"}"},
    [ROUTE_ADMIN_GET] = {.object = &api_object_admin},
    [ROUTE_ADMIN_SET] = {.object = &api_object_admin,
                         .body = "{\"role\":\"auditor\",\"instances\":null,\"enabled\":true}"},
    [ROUTE_ADMIN_DELETE] = {.object = &api_object_admin, .shape = SHAPE_DELETED},
    [ROUTE_ADMIN_PASSWORD] = {.object = &api_object_admin,
                              .body = "{\"password\":\"correct horse battery\","
                                      "\"current_password\":\"battery horse correct\"}",
                              .description = "All of the admin's sessions end; who changed it goes "
                                             "on with a new cookie, which comes along."},
    [ROUTE_ADMIN_TOTP_BEGIN] = {.object = &api_object_totp_secret, .status = 201},
    [ROUTE_ADMIN_TOTP_CONFIRM] = {.object = &api_object_recovery_codes,
                                  .body = "{\"code\":\"123456\"}"},
    [ROUTE_ADMIN_TOTP_RECOVERY] = {.object = &api_object_recovery_codes},
    [ROUTE_ADMIN_TOTP_DELETE] = {.object = &api_object_admin},
    [ROUTE_ADMIN_PASSKEY_LIST] = {.object = &api_object_passkey, .shape = SHAPE_LIST},
    [ROUTE_ADMIN_PASSKEY_OPTIONS] = {.object = &api_object_passkey_creation},
    [ROUTE_ADMIN_PASSKEY_ADD] = {.object = &api_object_passkey,
                                 .status = 201,
                                 .body = "{\"name\":\"phone\",\"id\":\"AQID\","
                                         "\"client_data\":\"e30\","
                                         "\"authenticator_data\":\"AQID\","
                                         "\"public_key\":\"AQID\"}"},
    [ROUTE_ADMIN_PASSKEY_DELETE] = {.object = &api_object_passkey, .shape = SHAPE_DELETED},

    [ROUTE_TOKEN_LIST] = {.object = &api_object_token, .shape = SHAPE_LIST},
    [ROUTE_TOKEN_ADD] = {.object = &api_object_token,
                         .status = 201,
                         .body = "{\"name\":\"ci\",\"role\":\"auditor\","
                                 "\"expires_in\":\"30d\",\"sources\":[\"192.0.2.0/24\"]}"},
    [ROUTE_TOKEN_DELETE] = {.object = &api_object_token, .shape = SHAPE_DELETED},

    [ROUTE_BACKUP_LIST] = {.object = &api_object_backup, .shape = SHAPE_LIST},
    [ROUTE_BACKUP_ADD] = {.object = &api_object_backup, .status = 201, .body = PASSPHRASE},
    [ROUTE_BACKUP_UPLOAD] = {.object = &api_object_backup_upload,
                             .status = 201,
                             .late_status = 202,
                             .body = "{\"offset\":0,\"total\":6,\"content\":\"V0FSUkVO\"}",
                             .description = "202: parts are missing yet."},
    [ROUTE_BACKUP_KEY_GET] = {.object = &api_object_backup_lock},
    [ROUTE_BACKUP_KEY_SET] = {.object = &api_object_backup_lock, .body = PASSPHRASE},
    [ROUTE_BACKUP_KEY_DELETE] = {.object = &api_object_backup_lock},
    [ROUTE_BACKUP_GET] = {.object = &api_object_backup},
    [ROUTE_BACKUP_FETCH] = {.object = &api_object_backup_part, .query = "{\"offset\":0}"},
    [ROUTE_BACKUP_RESTORE] = {.object = &api_object_backup_restored, .body = PASSPHRASE},
    [ROUTE_BACKUP_DELETE] = {.object = &api_object_backup, .shape = SHAPE_DELETED},

    [ROUTE_BOX_GET] = {.object = &api_object_box},
    [ROUTE_BOX_WISH] = {.object = &api_object_box_wish,
                        .status = 202,
                        .body = "{\"wish\":\"restart\"}"},
};

int api_answer_status(const struct api_route_answer *answer)
{
    return answer->status ? answer->status : 200;
}

bool api_route_takes_if_match(const struct api_route *route)
{
    const struct api_route_answer *answer = &api_route_answers[route->id];
    return route->changes && answer->object && answer->object->versioned &&
           api_answer_status(answer) != 201;
}
