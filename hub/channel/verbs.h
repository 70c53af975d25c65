/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the roles say to each other. Plain data with exact sizes: a message is its header, the
 * verb's fixed struct, and for the verbs whose struct ends in a counted array, that many elements
 * (a struct's size is where its array begins); one has a second array after it.
 * The table in verbs.c says for each verb who may send it, its sizes and how many descriptors ride
 * along. Padding is zero.
 */
#pragma once

#include <stdint.h>

#include "hub/base/acme_challenge.h"
#include "hub/base/address.h"
#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/link_set.h"
#include "hub/base/openvpn_server.h"
#include "hub/base/port_list.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"

enum verb {
    VERB_NONE,

    /* any -> any: the answer to a request that has no answer of its own (struct verb_ack) */
    VERB_ACK,
    /* role -> engine, first message of a worker (struct verb_hello) */
    VERB_HELLO,

    /* engine -> warrend */
    VERB_READY,           /* the API answers: no body */
    VERB_NET_OPEN,        /* verb_net_id: namespace and worker; answer VERB_NET_OPENED */
    VERB_NET_CLOSE,       /* verb_net_id: stop all that runs for it, delete namespace; ACK */
    VERB_WIREGUARD_OPEN,  /* verb_wireguard_id: run or adopt wireguard-go; answer
                             VERB_WIREGUARD_OPENED */
    VERB_WIREGUARD_CLOSE, /* verb_wireguard_id: stop wireguard-go; ACK */
    VERB_OPENVPN_OPEN,    /* verb_openvpn: run or adopt this server; answer VERB_OPENVPN_OPENED. Its
                             link is there from then on until VERB_OPENVPN_CLOSE */
    VERB_OPENVPN_CLOSE,   /* verb_openvpn_id: stop this server; ACK when it has ended */
    VERB_DNS_BEGIN,       /* verb_dns: what follows is all the names, until ... */
    VERB_DNS_SERVERS,     /* verb_dns_servers: who is asked; ACK if the request id is not 0 */
    VERB_DNS_RECORDS,     /* verb_dns_records: a block of names; ACK if the request id is not 0 */
    VERB_DNS_END,         /* verb_net_id: run or adopt its resolver; ACK when it serves */
    VERB_UPDATE_OPEN,     /* no body: run warren-update; answer VERB_UPDATE_OPENED */
    VERB_UPDATE_HEALTHY,  /* no body: what is on trial stays; or it is not on trial any more */
    VERB_REBOOT,          /* no body: start the machine again; ACK, if there is time for it */
    VERB_ROLES,           /* no body; answer VERB_ROLES_LIST */
    VERB_WEB_RESTART,     /* no body: warren-web broke the rules */
    VERB_SETTINGS_SET,    /* verb_settings: into the configuration file, then VERB_RELOAD; ACK */

    /* warrend -> engine */
    VERB_NET_OPENED,       /* verb_status; with status 0 two descriptors: worker channel, netns */
    VERB_WIREGUARD_OPENED, /* verb_wireguard_opened; with status 0 one descriptor: its
                              configuration socket, connected */
    VERB_OPENVPN_OPENED,   /* verb_openvpn_opened; with status 0 one descriptor: its management
                              socket, connected, nothing read from it yet */
    VERB_ROLES_LIST,       /* verb_roles */
    VERB_NET_GONE,         /* verb_net_id: its worker ended; nothing in the kernel is lost */
    VERB_WIREGUARD_GONE,   /* verb_wireguard_id: its wireguard-go ended, its link with it */
    VERB_OPENVPN_GONE,     /* verb_openvpn_id: it ended by itself; its link stays */
    VERB_DNS_GONE,         /* verb_net_id: its resolver ended by itself */
    VERB_UPDATE_OPENED,    /* verb_status; with status 0 a descriptor: channel to warren-update */
    VERB_RELOAD,           /* read the configuration again: no body */

    /* engine -> warren-net in the root namespace */
    VERB_ROOT_SET,   /* verb_root: base rules; ACK */
    VERB_LINK_SET,   /* verb_link + descriptor (netns): its WireGuard links exist in there; ACK */
    VERB_UPLINK_SET, /* verb_uplink + descriptor (netns): veth pair, fences; ACK */
    VERB_UPLINK_REMOVE, /* verb_net_id; ACK */

    /* engine -> warren-net in an instance */
    VERB_WIREGUARD_SOCKET, /* verb_link_number + descriptor: speak to that link's wireguard-go
                              through this; ACK */
    VERB_APPLY_BEGIN,      /* verb_instance: what follows is the whole truth, until ... */
    VERB_APPLY_END,        /* no body: observe, diff, apply; answer VERB_APPLIED */
    VERB_INSTANCE_SET,     /* verb_instance: the instance changed, its peers not; ACK */
    VERB_PEER_SET,         /* verb_peer: add or change; ACK if the request id is not 0 */
    VERB_PEER_REMOVE,      /* verb_peer_key; ACK if the request id is not 0 */
    VERB_FILTER_SET,       /* verb_filter: add, change or move; ACK if the request id is not 0 */
    VERB_FILTER_REMOVE,    /* verb_filter_id; ACK if the request id is not 0 */
    VERB_STATS,            /* no body; VERB_STATS_PART ... then VERB_STATS_END */
    VERB_HITS,             /* no body; VERB_HITS_PART ... then VERB_HITS_END */

    /* engine -> any warren-net */
    VERB_RESYNC, /* no body: observe, diff, apply; answer VERB_APPLIED */

    /* warren-net -> engine */
    VERB_APPLIED,     /* verb_applied */
    VERB_PEER_FAILED, /* verb_peer_failed: one object of an apply that the kernel refused */
    VERB_STATS_PART,  /* verb_stats */
    VERB_STATS_END,   /* verb_status */
    VERB_HITS_PART,   /* verb_hits */
    VERB_HITS_END,    /* verb_status */

    /* warrend -> warren-web */
    VERB_WEB_LISTENER, /* verb_web_listener + descriptor: clients come from here too */
    VERB_WEB_ENGINE,   /* no body, descriptor: the channel to the engine that runs now */

    /* warrend -> engine */
    VERB_WEB_OPENED,    /* no body, descriptor: the channel to the warren-web that runs now */
    VERB_WEB_LISTENERS, /* verb_web_listeners: the web's ports, whenever that changes */

    /* engine -> warren-web */
    VERB_WEB_TLS,         /* verb_web_tls: what it shows who it is with */
    VERB_WEB_ANSWER,      /* verb_web_answer: to the request, or its first part */
    VERB_WEB_ANSWER_PART, /* verb_web_part: the next one, until all of it is there */
    VERB_WEB_EVENT,       /* verb_web_event: for many streams at once */

    /* warren-web -> engine */
    VERB_WEB_REQUEST, /* verb_web_request; answer VERB_WEB_ANSWER */
    VERB_WEB_GONE,    /* no body: who made the request went away */

    /* warrend -> engine */
    VERB_HASH_OPENED, /* no body, descriptor: the channel to the warren-hash that runs now */

    /* engine -> warren-hash */
    VERB_HASH_MAKE,   /* verb_password; answer VERB_HASH_MADE */
    VERB_HASH_VERIFY, /* verb_hash_verify; ACK: 0, or -EACCES when it is another password */
    VERB_HASH_DERIVE, /* verb_hash_derive; answer VERB_HASH_DERIVED */

    /* warren-hash -> engine */
    VERB_HASH_MADE,    /* verb_hash_made */
    VERB_HASH_DERIVED, /* verb_hash_derived */

    /* engine -> warren-update */
    VERB_UPDATE_PART, /* verb_blob: the next bytes of the bundle; ACK when they are written */
    VERB_UPDATE_END,  /* no body: it is whole, make the slot bootable; answer VERB_UPDATE_WRITTEN */
    VERB_BOOT_GET,    /* no body; answer VERB_BOOT_CHOICE */
    VERB_BOOT_SET,    /* verb_boot_choice: tell the boot loader; ACK when it is on the disk */

    /* warren-update -> engine */
    VERB_UPDATE_WRITTEN, /* verb_update_written */
    VERB_BOOT_CHOICE,    /* verb_boot_choice */

    /* engine -> warrend */
    VERB_ACME_OPEN, /* no body: run warren-acme; answer VERB_ACME_OPENED */

    /* warrend -> engine */
    VERB_ACME_OPENED, /* verb_status; with status 0 a descriptor: channel to warren-acme */

    /* engine -> warren-acme */
    VERB_ACME_ORDER,   /* verb_acme_order: the one of its life */
    VERB_ACME_PROCEED, /* verb_status: to VERB_ACME_CHALLENGE; 0 = the web answers it from now on */

    /* warren-acme -> engine */
    VERB_ACME_CHALLENGE, /* verb_acme_challenge: one at a time; answer VERB_ACME_PROCEED */
    VERB_ACME_ISSUED,    /* verb_acme_issued: how the order ended */

    /* engine -> warren-web */
    VERB_WEB_END, /* no body: no more events come for this stream */

    VERB_COUNT,
};

/* An instance's id, "" for the root namespace. */
struct verb_net_id {
    char id[ID_MAX];
    uint8_t padding[7];
};

/* One of an instance's WireGuard links. */
struct verb_wireguard_id {
    char id[ID_MAX];
    uint8_t padding;
    uint16_t link;
    uint8_t padding2[4];
};

struct verb_link_number {
    uint16_t link;
    uint8_t padding[2];
};

struct verb_status {
    int32_t status; /* 0 or -errno */
};

struct verb_ack {
    int32_t status;   /* 0 or -errno */
    char detail[124]; /* what was tried, for people; 0-terminated */
};

struct verb_hello {
    struct sandbox_state sandbox;
    uint32_t role;
    uint8_t kernel_wireguard; /* of the root worker: 1 = the kernel can make WireGuard links */
    uint8_t padding[3];
};

struct verb_wireguard_opened {
    int32_t status;
    uint32_t adopted; /* 1: it ran already, with its link and peers */
};

struct verb_openvpn_id {
    char id[ID_MAX];
    uint8_t padding;
    uint16_t server; /* its number: openvpn_server.h */
    uint8_t padding2[4];
};

struct verb_openvpn_opened {
    int32_t status;
    uint8_t adopted; /* 1: it ran already, with its clients */
    uint8_t differs; /* 1: it runs with another configuration than the one asked for */
    uint8_t padding[2];
};

enum { OPENVPN_TLS_CRYPT_KEY_SIZE = 128, OPENVPN_BLOB_MAX = 8192 };

struct verb_openvpn {
    char id[ID_MAX];
    uint8_t padding;
    uint16_t server; /* its number: openvpn_server.h */
    uint16_t port;
    uint16_t mtu; /* as the instance's */
    /* The hub's own addresses with the tunnel networks' lengths; family 0 = none. */
    struct prefix hub4, hub6;
    uint8_t tls_crypt_key[OPENVPN_TLS_CRYPT_KEY_SIZE]; /* tls-crypt-v2's; legacy: zero */
    /* In DER, one after the other in the blob: CA, the server's certificate, its private key. */
    uint16_t ca_size, certificate_size, key_size;
    uint8_t padding2[2];
    uint32_t blob_size; /* their sum */
    uint8_t blob[];
};

struct verb_dns {
    char id[ID_MAX];
    uint8_t padding[5];
    struct address hub4, hub6; /* where it listens; family 0 = none */
};

/* Who is asked about names in a domain. */
enum dns_server_kind {
    DNS_SERVER_FORWARD, /* the server at the address; domain "" = about all others */
    DNS_SERVER_LOCAL,   /* nobody: what is not in the records does not exist */
    DNS_SERVER_EXACT,   /* nobody about the name itself; names below it go their ways */
    DNS_SERVER_KIND_COUNT,
};

struct dns_server {
    char domain[DNS_NAME_MAX];
    uint8_t kind; /* enum dns_server_kind */
    struct address address;
};

enum { VERB_DNS_SERVERS_MAX = 160, VERB_DNS_RECORDS_MAX = 160 };

struct verb_dns_servers {
    char id[ID_MAX];
    uint8_t padding[3];
    uint32_t count;
    struct dns_server servers[];
};

struct dns_record {
    char name[DNS_NAME_MAX];
    struct address addresses[2]; /* family 0 = none */
};

/* Each block is replaced as a whole, the others stay; without records it goes. */
struct verb_dns_records {
    char id[ID_MAX];
    uint8_t padding[3];
    uint32_t count;
    uint64_t block;
    struct dns_record records[];
};

enum { VERB_SETTING_NAME_MAX = 48, VERB_SETTING_TEXT_MAX = 976, VERB_SETTINGS_MAX = 64 };

struct verb_setting {
    char name[VERB_SETTING_NAME_MAX]; /* "hub.region" */
    char text[VERB_SETTING_TEXT_MAX]; /* as the file says it */
};

struct verb_settings {
    uint32_t count;
    struct verb_setting settings[];
};

struct verb_role {
    uint32_t role;
    uint32_t pid;
    uint32_t restarts;
    char id[ID_MAX];
    uint8_t padding[3];
    int64_t started_at;
    struct sandbox_state sandbox; /* as warrend sees it from outside */
};

enum { VERB_ROLES_MAX = 4096 };

struct verb_roles {
    uint32_t count;
    uint32_t padding;
    struct verb_role roles[];
};

/* Of which families is forwarding let through that is not the tenants'? */
enum forward_family { FORWARD_IPV4 = 1, FORWARD_IPV6 = 2, FORWARD_BOTH = 3 };

struct verb_root {
    uint8_t forward_other; /* of enum forward_family */
    uint8_t padding[5];
    struct prefix uplink6; /* the /64 that all instances' uplinks are taken from */
    uint8_t padding2[3];
};

enum wireguard_backend { WIREGUARD_KERNEL = 1, WIREGUARD_USERSPACE = 2 };

struct verb_link {
    char id[ID_MAX];
    uint8_t backend; /* enum wireguard_backend: make a kernel link, or take wireguard-go's */
    uint8_t padding[6];
    struct link_set more; /* those it has beside link 0 */
};

/* The way out of an instance: root end and instance end of the veth, /30 and /126. */
struct uplink_addresses {
    struct prefix root4, instance4;
    struct prefix root6, instance6;
};

struct verb_uplink {
    char id[ID_MAX];
    uint8_t padding[3];
    struct uplink_addresses addresses;
    uint32_t port_count;
    /* What is let in to each OpenVPN server, by its number, as far as there are any; 0 = it is off.
     */
    uint16_t openvpn_ports[];
};

enum {
    INSTANCE_CLIENT_TO_CLIENT = 1 << 0,
    INSTANCE_DENY = 1 << 1, /* what no rule of the firewall matches is denied */
};
enum { VERB_PUSHED_MAX = 256, VERB_PORTS_MAX = LINK_COUNT + OPENVPN_NUMBER_COUNT };

struct verb_instance {
    struct key private_key;
    uint16_t listen_port;
    uint16_t mtu;
    uint8_t backend; /* enum wireguard_backend */
    uint8_t flags;
    uint16_t link_count; /* of the ports, the first ones */
    /* The hub's own addresses with the tunnel networks' lengths; family 0 = none. */
    struct prefix hub4, hub6;
    struct uplink_addresses uplink;
    uint32_t port_count;
    uint32_t pushed_count;
    struct prefix pushed[]; /* networks a split-tunnel client may reach through the uplink */
    /* And after them uint16_t ports[]: of WireGuard's links by number, link 0 having its own
     * member; then of OpenVPN's servers, as of the uplink. As far as there are any; 0 = none. */
};

size_t verb_instance_size(const struct verb_instance *instance); /* of all of it */
struct port_span verb_instance_links(const struct verb_instance *instance);
struct port_span verb_instance_openvpn(const struct verb_instance *instance);
/* Puts the ports behind the pushed networks, where there is room for VERB_PORTS_MAX. */
void verb_instance_set_ports(struct verb_instance *instance, struct port_span links,
                             struct port_span openvpn);

enum {
    PEER_HAS_PRESHARED_KEY = 1 << 0,
    PEER_HAS_ENDPOINT = 1 << 1, /* last known; used only when the peer is made anew */
    PEER_IS_SITE = 1 << 2,
    PEER_ROUTE_ALL = 1 << 3, /* may use the uplink */
    PEER_EXPIRES = 1 << 4,
    PEER_OPENVPN = 1 << 5, /* no WireGuard peer: no preshared key, endpoint or keepalive */
};
enum { OPENVPN_NOT_CONNECTED = 0xffff };
enum {
    PEER_TUNNEL_ADDRESSES_MAX = 2,
    PEER_SUBNETS_MAX = 64,
    PEER_PREFIXES_MAX = PEER_TUNNEL_ADDRESSES_MAX + 2 * PEER_SUBNETS_MAX,
};

struct verb_peer {
    struct key public_key; /* of WireGuard; of OpenVPN what names the peer, 32 bytes too */
    struct key preshared_key;
    struct endpoint endpoint;
    uint16_t keepalive; /* seconds, 0 = off */
    uint8_t flags;
    uint8_t tunnel_count; /* of the prefixes, the first ones that are its tunnel addresses */
    int64_t expires_at;   /* CLOCK_REALTIME seconds */
    uint32_t prefix_count;
    uint16_t server;      /* of OpenVPN: where it is connected, or OPENVPN_NOT_CONNECTED; else 0 */
    uint16_t link;        /* 0, or where it is with its mapped subnets */
    uint8_t mapped_count; /* of the subnets, the first ones that are mapped */
    uint8_t padding[7];
    /* /32 and /128 tunnel addresses, then subnets as others see them, at last the real prefixes of
     * those that are mapped, in the same order. */
    struct prefix prefixes[];
};

struct verb_peer_key {
    struct key public_key;
};

enum {
    RULE_ALLOW = 1 << 0,
    RULE_BOTH = 1 << 1, /* flows begun by either side */
    RULE_EXPIRES = 1 << 2,
    RULE_FROM_ANY = 1 << 3, /* without it and without prefixes it matches nothing */
    RULE_TO_ANY = 1 << 4,
    RULE_MORE = 1 << 5, /* in the kernel together with the next FILTER_SET or FILTER_REMOVE */
};
enum { RULE_PORTS_MAX = 16, RULE_PREFIXES_MAX = 12288 };

struct rule_ports {
    uint16_t first, last;
};

struct verb_filter {
    char id[ID_MAX];
    char after[ID_MAX]; /* the rule before it, "" = it is the first */
    uint8_t flags;
    uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP (of both families), 0 = any */
    uint8_t port_count;
    uint8_t padding[3];
    int64_t expires_at; /* CLOCK_REALTIME seconds */
    struct rule_ports ports[RULE_PORTS_MAX];
    uint32_t from_count; /* of the prefixes, the first ones */
    uint32_t prefix_count;
    struct prefix prefixes[];
};

struct verb_filter_id {
    char id[ID_MAX];
    uint8_t flags; /* RULE_MORE */
    uint8_t padding[6];
};

struct verb_peer_failed {
    struct key public_key;
    struct verb_ack failure;
};

struct verb_applied {
    int32_t status;  /* of the whole: 0, or the first -errno */
    uint32_t writes; /* objects written to the kernel: 0 when all was as it should be */
    uint32_t peers;  /* peers it now has */
    uint32_t added, changed, removed; /* peers, routes, addresses, set elements, rules */
    uint32_t failed;                  /* peers refused, each told by VERB_PEER_FAILED */
    uint8_t link_missing; /* 1: a WireGuard link or the uplink is not there: set it again */
    /* A bit for each server's number: it is on and has no link. One that runs has lost it for good,
     * and turns in circles: close and open it. */
    uint8_t openvpn_missing[OPENVPN_NUMBER_COUNT / 8];
    uint8_t padding[3];
    char detail[96]; /* of the first error, or what drifted */
};

struct verb_peer_stats {
    struct key public_key;
    struct endpoint endpoint; /* family 0 = never seen */
    uint8_t padding[4];
    uint64_t received, sent; /* bytes, since the link was made */
    int64_t handshake_at;    /* CLOCK_REALTIME seconds, 0 = never */
};

enum { VERB_STATS_MAX = 128 };

struct verb_stats {
    uint32_t count;
    uint32_t padding;
    struct verb_peer_stats peers[];
};

struct verb_hit {
    char id[ID_MAX];
    uint8_t padding[7];
    uint64_t hits; /* since the rule is in the kernel; goes on over changes of it */
};

enum { VERB_HITS_MAX = 4096 };

struct verb_hits {
    uint32_t count;
    uint32_t padding;
    struct verb_hit rules[];
};

/* ---- the web ---- */

struct verb_web_listener {
    struct endpoint endpoint;
    uint8_t tls; /* 1: HTTPS, 0: HTTP */
    uint8_t padding;
};

struct web_listener {
    struct endpoint endpoint;
    uint8_t tls;
    uint8_t padding[3];
    int32_t status; /* 0 = it listens, -errno = why not */
};

enum { VERB_WEB_LISTENERS_MAX = 18 };

struct verb_web_listeners {
    uint32_t count;
    struct web_listener listeners[];
};

/* In PEM, one after the other in the blob: the chain, its own certificate first; the key. */
enum { VERB_WEB_TLS_MAX = 64 * 1024 };

struct verb_web_tls {
    uint32_t chain_size;
    uint32_t blob_size;
    uint8_t blob[];
};

enum web_method { WEB_GET, WEB_POST, WEB_PATCH, WEB_DELETE, WEB_METHOD_COUNT };

/* What a request shows who makes it with. */
enum web_credential_kind {
    WEB_CREDENTIAL_NONE,
    WEB_CREDENTIAL_SESSION, /* of the cookie: WEB_SESSION_SIZE bytes */
    WEB_CREDENTIAL_TOKEN,   /* bearer: text */
    WEB_CREDENTIAL_KIND_COUNT,
};
enum { WEB_SESSION_SIZE = 32, WEB_TOKEN_MAX = 129 };

/* Connections that one warren-web may have, and so requests at once: the lower bits of a request's
 * id are the connection's place, the upper ones count. */
enum { WEB_CONNECTIONS_MAX = 16384 };
enum { WEB_PATH_MAX = 1025, WEB_QUERY_MAX = 4096, WEB_HEADER_MAX = 129 };
enum { WEB_BODY_MAX = 192 * 1024, WEB_PART_MAX = 192 * 1024, WEB_REQUEST_BLOB_MAX = 208 * 1024 };

/* In the blob: credential, path, query, If-Match, Idempotency-Key, body. The texts end with a 0,
 * which counts; the query is a sequence of such texts: name, value, name, value; size 0 = not
 * given.
 */
struct verb_web_request {
    uint8_t method;     /* enum web_method */
    uint8_t credential; /* enum web_credential_kind */
    uint8_t padding2;
    struct address from;
    uint16_t credential_size, path_size, query_size, if_match_size, idempotency_key_size;
    uint8_t padding[2];
    uint32_t body_size;
    uint32_t blob_size; /* the sum of all */
    uint8_t blob[];
};

enum {
    WEB_ANSWER_STREAM = 1 << 0,        /* no body: events follow */
    WEB_ANSWER_SET_SESSION = 1 << 1,   /* the cookie is `session` from now on */
    WEB_ANSWER_CLEAR_SESSION = 1 << 2, /* the cookie goes */
    WEB_ANSWER_REPLAYED = 1 << 3,      /* it was given before, to the same Idempotency-Key */
};

struct verb_web_answer {
    uint16_t status;
    uint8_t flags;
    uint8_t padding;
    uint32_t session_seconds; /* how long the cookie holds; 0 = until the browser ends */
    uint8_t session[WEB_SESSION_SIZE];
    char etag[64];        /* "" = none */
    char media_type[64];  /* "" = JSON */
    char file_name[128];  /* "" = not to be kept as a file */
    uint32_t retry_after; /* s, 0 = not told */
    uint32_t total_size;  /* of the body */
    uint32_t blob_size;   /* of it, what is in here */
    uint8_t blob[];
};

struct verb_web_part {
    uint32_t blob_size;
    uint8_t blob[];
};

/* In the blob: the requests' ids, four bytes each; then the event in JSON. */
enum { VERB_WEB_EVENT_MAX = 160 * 1024 };

struct verb_web_event {
    uint64_t id;
    uint32_t stream_count;
    uint32_t blob_size;
    uint8_t blob[];
};

/* ---- updates ---- */

enum { VERB_BLOB_MAX = 128 * 1024 };

struct verb_blob {
    uint32_t size;
    uint8_t bytes[];
};

struct verb_update_written {
    char version[32]; /* 0-terminated */
    uint32_t schema_version;
};

struct verb_boot_choice {
    uint8_t slot, trial; /* 'a' or 'b'; trial: 0 = none */
    uint8_t failures;    /* 0 to 9 */
    uint8_t padding;
};

/* ---- passwords ---- */

enum { VERB_PASSWORD_MAX = 256, VERB_HASH_MAX = 128 };

/* 0-terminated; wiped by who read it. */
struct verb_password {
    char password[VERB_PASSWORD_MAX];
};

struct verb_hash_verify {
    char hash[VERB_HASH_MAX];
    char password[VERB_PASSWORD_MAX];
};

struct verb_hash_made {
    int32_t status;
    char hash[VERB_HASH_MAX]; /* argon2id, with its parameters, as libsodium writes it */
};

/* ---- certificates of an authority ---- */

enum { ACME_URL_MAX = 256, ACME_CONTACT_MAX = 128, ACME_ORDER_BLOB_MAX = 8192 };
enum { ACME_WORDS_MAX = 400, ACME_CHAIN_MAX = 32 * 1024 };

struct verb_acme_order {
    char directory[ACME_URL_MAX];   /* of the authority */
    char contact[ACME_CONTACT_MAX]; /* mail address; "" = none */
    uint8_t registered;             /* 1: the authority knows the account, with this contact */
    uint8_t padding[3];
    uint32_t key_size; /* in PEM, one after the other in the blob: the account's key, the request */
    uint32_t blob_size;
    uint8_t blob[];
};

struct verb_acme_challenge {
    char token[ACME_TOKEN_MAX];
    char answer[ACME_ANSWER_MAX]; /* "" = it is over */
    uint8_t padding[2];
};

enum acme_result {
    ACME_RESULT_ISSUED,
    ACME_RESULT_UNREACHABLE, /* the authority was not to be reached */
    ACME_RESULT_CHALLENGE,   /* it did not get the answer from the hub's name */
    ACME_RESULT_TOO_MANY,    /* rateLimited */
    ACME_RESULT_ACCOUNT,     /* it knows no such account, or wants more of it */
    ACME_RESULT_REFUSED,     /* anything else that it says */
    ACME_RESULT_BROKEN,      /* uacme itself */
    ACME_RESULT_COUNT,
};

struct verb_acme_issued {
    uint8_t result; /* enum acme_result */
    uint8_t padding[3];
    char words[ACME_WORDS_MAX]; /* for people; "" when it was issued */
    uint32_t chain_size;        /* of the chain in PEM; 0 unless it was issued */
    uint8_t chain[];
};

/* ---- keys of backups ---- */

enum { VERB_PASSPHRASE_MAX = 1028 };

/* The key of a backup (hub/backup/backup_key.h). */
struct verb_hash_derive {
    uint32_t operations, memory_kib;
    uint8_t salt[16];
    char passphrase[VERB_PASSPHRASE_MAX]; /* 0-terminated; wiped by who read it */
};

struct verb_hash_derived {
    int32_t status;
    uint8_t key[64]; /* zeros when status is not 0 */
};
