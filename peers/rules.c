/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/rules.h"

#include <ctype.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/text.h"
#include "peers/complaint.h"
#include "peers/dns_label.h"

enum {
    NAME_SHORTEST = 2, /* of instances */
    NAME_LONGEST = 64,
    NAME_BYTES_MOST = 83,
    HOSTNAME_SHORTEST = 3,
    HOSTNAME_LONGEST = 20,
    PEER_NAME_LONGEST = 40,
};

/* Says what is wrong with a text; NULL = nothing. */
typedef const char *(*text_rule)(const char *text);

/* Proposes a text, if it keeps the rule that it was made for. */
static void propose(struct complaint *complaint, text_rule wrong, const char *text)
{
    if (!wrong(text))
        (void)text_copy(complaint->would, sizeof(complaint->would), text);
}

/* ---- instance names ---- */

/* Length in bytes of the UTF-8 character at `text`, 0 when there is no valid one. */
static size_t character_decode(const char *text, uint32_t *ret_code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80   ? 1
                    : bytes[0] < 0xc2 ? 0
                    : bytes[0] < 0xe0 ? 2
                    : bytes[0] < 0xf0 ? 3
                    : bytes[0] < 0xf5 ? 4
                                      : 0;
    uint32_t code = length == 1 ? bytes[0] : length ? bytes[0] & (0x7fu >> length) : 0;
    char one[5] = "";

    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    memcpy(one, text, length);
    if (!length || !code || !text_is_printable(one, NULL))
        return 0;
    *ret_code = code;
    return length;
}

/* Beside the controls: characters without a picture, by which two names could look the same. */
static bool character_is_invisible(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00ad, 0x00ad},   /* soft hyphen */
        {0x200b, 0x200d},   /* zero width */
        {0x2060, 0x2064},   /* joiners, invisible operators */
        {0xe0000, 0xe007f}, /* tags */
    };

    for (size_t i = 0; i < ELEMENTS(ranges); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

static bool has_invisible(const char *text)
{
    uint32_t code;
    size_t length;

    for (; *text; text += length) {
        length = character_decode(text, &code);
        if (!length || character_is_invisible(code))
            return true;
    }
    return false;
}

static const char *instance_name_wrong(const char *name)
{
    size_t characters;

    if (!text_is_printable(name, &characters) || has_invisible(name))
        return "has characters that can't be seen, or is not UTF-8";
    if (characters < NAME_SHORTEST)
        return "is too short: a name has 2 to 64 characters";
    if (characters > NAME_LONGEST)
        return "is too long: a name has 2 to 64 characters";
    if (strlen(name) > NAME_BYTES_MOST)
        return "is too long: a name has 83 bytes in UTF-8 at most";
    if (name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return "starts or ends with a space";
    return NULL;
}

static void instance_name_propose(const char *name, struct complaint *complaint)
{
    char clean[NAME_BYTES_MOST + 1];
    size_t size = 0, characters = 0, length;
    uint32_t code;

    for (const char *p = name; *p && characters < NAME_LONGEST; p += length ? length : 1) {
        length = character_decode(p, &code);
        if (!length || character_is_invisible(code) || (code == ' ' && size == 0))
            continue;
        if (size + length > NAME_BYTES_MOST)
            break;
        memcpy(clean + size, p, length);
        size += length;
        characters++;
    }
    while (size > 0 && clean[size - 1] == ' ')
        size--;
    clean[size] = '\0';
    propose(complaint, instance_name_wrong, clean);
}

bool rule_instance_name(const char *name, struct complaint *ret_complaint)
{
    const char *wrong = instance_name_wrong(name);

    if (!wrong)
        return true;
    complain(ret_complaint, "%s", wrong);
    instance_name_propose(name, ret_complaint);
    return false;
}

/* ---- hostname labels ---- */

static bool hostname_is_reserved(const char *label)
{
    static const char *const reserved[] = {
        "admin", "api",    "autoconfig", "autodiscover", "cdn",       "dns",  "ftp",  "gateway",
        "hub",   "imap",   "isatap",     "localdomain",  "localhost", "mail", "mgmt", "mta-sts",
        "ns",    "ns1",    "ns2",        "ns3",          "ntp",       "pop",  "pop3", "root",
        "smtp",  "status", "vpn",        "webmail",      "wpad",      "www",
    };

    for (size_t i = 0; i < ELEMENTS(reserved); i++) {
        if (text_equal(label, reserved[i]))
            return true;
    }
    return false;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *hostname_wrong(const char *label)
{
    size_t length = strlen(label);

    if (length < HOSTNAME_SHORTEST)
        return "is too short: a label has 3 to 20 characters";
    if (length > HOSTNAME_LONGEST)
        return "is too long: a label has 3 to 20 characters";
    for (const char *p = label; *p; p++) {
        if (!is_lower(*p) && !is_digit(*p) && *p != '-')
            return "may have only a-z, 0-9 and dashes";
    }
    if (!is_lower(label[0]))
        return "must start with a letter";
    if (label[length - 1] == '-')
        return "ends in a dash";
    if (strstr(label, "--"))
        return "has two dashes in a row";
    if (hostname_is_reserved(label))
        return "is reserved";
    return NULL;
}

/* Room for a start and an end that the cleaned label may need. */
enum { LABEL_ROOM = HOSTNAME_LONGEST + 8 };

static void hostname_propose(const char *label, struct complaint *complaint)
{
    char clean[LABEL_ROOM + 1] = "", proposal[LABEL_ROOM + 8 + 1];
    size_t size = 0;

    for (const char *p = label; *p && size < HOSTNAME_LONGEST; p++) {
        char c = (char)tolower((unsigned char)*p);

        if (is_lower(c) || is_digit(c))
            clean[size++] = c;
        else if (size > 0 && clean[size - 1] != '-')
            clean[size++] = '-';
    }
    while (size > 0 && clean[size - 1] == '-')
        size--;
    clean[size] = '\0';
    if (size == 0)
        return;
    snprintf(proposal, sizeof(proposal), "%s%s%s", is_digit(clean[0]) ? "net-" : "", clean,
             hostname_is_reserved(clean) ? "-1"
             : size < HOSTNAME_SHORTEST  ? "-net"
                                         : "");
    proposal[HOSTNAME_LONGEST] = '\0';
    if (proposal[strlen(proposal) - 1] == '-')
        proposal[strlen(proposal) - 1] = '\0';
    propose(complaint, hostname_wrong, proposal);
}

bool rule_hostname(const char *label, struct complaint *ret_complaint)
{
    const char *wrong = hostname_wrong(label);

    if (!wrong)
        return true;
    complain(ret_complaint, "%s", wrong);
    hostname_propose(label, ret_complaint);
    return false;
}

/* ---- peer names ---- */

static bool is_alphanumeric(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool is_peer_character(char c)
{
    return is_alphanumeric(c) || c == ' ' || c == '.' || c == '_' || c == '-';
}

/* What other words for an end of a rule or of a way would be taken for. */
static const char *peer_name_taken(const char *name)
{
    static const char *const words[] = {"any", "hub", "internet", "none"};
    struct address address;

    for (size_t i = 0; i < ELEMENTS(words); i++)
        if (strcasecmp(name, words[i]) == 0)
            return "has a meaning of its own where peers are named";
    return address_parse(name, &address) == 0 ? "looks like an address" : NULL;
}

static const char *peer_name_wrong(const char *name)
{
    size_t length = strlen(name);

    if (length == 0)
        return "is empty: a name has 1 to 40 characters";
    if (length > PEER_NAME_LONGEST)
        return "is too long: a name has 1 to 40 characters";
    for (const char *p = name; *p; p++) {
        if (!is_peer_character(*p))
            return "may have only letters (a-z, A-Z), digits, spaces, dots, underscores and dashes";
    }
    if (!is_alphanumeric(name[0]))
        return "must start with a letter or a digit";
    if (name[length - 1] == ' ' || name[length - 1] == '.')
        return "ends in a space or a dot";
    return peer_name_taken(name);
}

/* Accents go: the letters that host names have too. */
static size_t add_letters(char *clean, size_t size, uint32_t code)
{
    char one[2];
    const char *letters = dns_label_letters(code, one);
    bool is_upper =
        (code >= 0xc0 && code <= 0xde) || (code >= 0x100 && code < 0x180 && !(code & 1));

    if (!letters)
        return size;
    if (!*letters && size > 0 && clean[size - 1] != '-')
        clean[size++] = '-';
    for (size_t i = 0; letters[i] && size < PEER_NAME_LONGEST; i++)
        clean[size++] = (char)(letters[i] - (is_upper && i == 0 ? 'a' - 'A' : 0));
    return size;
}

static void peer_name_propose(const char *name, struct complaint *complaint)
{
    char clean[PEER_NAME_LONGEST + 1];
    size_t size = 0;

    size_t length;
    uint32_t code;

    for (const char *p = name; *p && size < PEER_NAME_LONGEST; p += length ? length : 1) {
        length = character_decode(p, &code);
        if (is_alphanumeric(*p) || (size > 0 && is_peer_character(*p)))
            clean[size++] = *p;
        else
            size = add_letters(clean, size, length ? code : 0);
    }
    while (size > 0 && !is_alphanumeric(clean[size - 1]))
        size--;
    clean[size] = '\0';
    if (size > 0 && size + strlen("peer-") <= PEER_NAME_LONGEST && peer_name_taken(clean)) {
        memmove(clean + strlen("peer-"), clean, size + 1);
        memcpy(clean, "peer-", strlen("peer-"));
    }
    propose(complaint, peer_name_wrong, clean);
}

bool rule_peer_name(const char *name, struct complaint *ret_complaint)
{
    const char *wrong = peer_name_wrong(name);

    if (!wrong)
        return true;
    complain(ret_complaint, "%s", wrong);
    peer_name_propose(name, ret_complaint);
    return false;
}

/* ---- names of the DNS ---- */

static const char *dns_name_wrong(const char *name)
{
    return dns_name_valid(name) ? NULL
                                : "is not a domain name: letters, digits and dashes, dots between";
}

bool rule_dns_name(const char *name, struct complaint *ret_complaint)
{
    char clean[DNS_NAME_MAX];
    size_t length;

    if (dns_name_valid(name))
        return true;
    complain(ret_complaint, "%s", dns_name_wrong(name));
    if (text_copy(clean, sizeof(clean), name) < 0)
        return false;
    length = strlen(clean);
    if (length > 0 && clean[length - 1] == '.')
        clean[length - 1] = '\0';
    for (char *p = clean; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    propose(ret_complaint, dns_name_wrong, clean);
    return false;
}

/* ---- public keys ---- */

static const char *public_key_wrong(const char *text)
{
    struct key key;

    if (key_parse_base64(text, &key) < 0)
        return "is not a WireGuard public key: 44 characters of base64, the last one '='";
    if (key_is_zero(&key))
        return "is the empty key";
    if (!key_is_usable_public(&key))
        return "is a key with which no secret can be agreed on";
    return NULL;
}

/* What was likely meant: pasted with white space, without the last '=', in the alphabet of URLs,
 * or as hexadecimal digits. */
static void public_key_propose(const char *text, struct complaint *complaint)
{
    enum { DIGITS = KEY_BASE64_MAX - 2 }; /* before the '=' */
    char clean[KEY_HEX_MAX] = "", base64[KEY_BASE64_MAX];
    struct key key;
    size_t size = 0;

    for (const char *p = text; *p; p++) {
        if (strchr("= \t\r\n", *p))
            continue;
        if (size == sizeof(clean) - 1)
            return;
        clean[size++] = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    }
    if (size == DIGITS) {
        clean[DIGITS] = '=';
        propose(complaint, public_key_wrong, clean);
        return;
    }
    for (char *p = clean; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (key_parse_hex(clean, &key) == 0)
        propose(complaint, public_key_wrong, key_format_base64(&key, base64));
}

bool rule_public_key(const char *text, struct complaint *ret_complaint)
{
    const char *wrong = public_key_wrong(text);

    if (!wrong)
        return true;
    complain(ret_complaint, "%s", wrong);
    public_key_propose(text, ret_complaint);
    return false;
}

/* ---- users ---- */

enum { USER_NAME_LONGEST = 64, EMAIL_LONGEST = 254 };

static const char *user_name_wrong(const char *name)
{
    if (!*name)
        return "is empty";
    if (!text_is_printable(name, NULL) || has_invisible(name))
        return "has characters that can't be seen, or is not UTF-8";
    if (strlen(name) > USER_NAME_LONGEST)
        return "is too long: a user's name has at most 64 bytes";
    if (name[0] == ' ' || name[strlen(name) - 1] == ' ')
        return "starts or ends with a space";
    return NULL;
}

static void user_name_propose(const char *name, struct complaint *complaint)
{
    char clean[USER_NAME_LONGEST + 1];
    size_t size = 0, length;
    uint32_t code;

    for (const char *p = name; *p; p += length ? length : 1) {
        length = character_decode(p, &code);
        if (!length || character_is_invisible(code) || (code == ' ' && size == 0))
            continue;
        if (size + length > USER_NAME_LONGEST)
            break;
        memcpy(clean + size, p, length);
        size += length;
    }
    while (size > 0 && clean[size - 1] == ' ')
        size--;
    clean[size] = '\0';
    propose(complaint, user_name_wrong, clean);
}

bool rule_user_name(const char *name, struct complaint *ret_complaint)
{
    const char *wrong = user_name_wrong(name);

    if (!wrong)
        return true;
    complain(ret_complaint, "%s", wrong);
    user_name_propose(name, ret_complaint);
    return false;
}

/* Who can be written to is known by writing alone: what can be no address is refused. */
bool rule_email(const char *email, struct complaint *ret_complaint)
{
    const char *at = strchr(email, '@');

    if (strlen(email) > EMAIL_LONGEST)
        complain(ret_complaint, "is longer than %d bytes", EMAIL_LONGEST);
    else if (!text_is_printable(email, NULL) || has_invisible(email) || strpbrk(email, " ,;<>\""))
        complain(ret_complaint, "has characters that an address can't have");
    else if (!at || at == email || !at[1] || strchr(at + 1, '@'))
        complain(ret_complaint, "is not a mail address");
    else
        return true;
    return false;
}
