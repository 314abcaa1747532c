/* attrium-source-ldap: the person's own name and password, tried by a simple
 * bind; then that person's own entry is read.
 *
 *     evidence = {"user": "alice", "password": ".."}
 *
 * An empty password would make the server answer yes to anybody (RFC 4513,
 * 5.1.2), so it is refused here. The name is escaped before it becomes part of
 * a distinguished name (RFC 4514, 2.4).
 */
#include <ldap.h>
#include <sys/time.h>

#include "app/source/module.h"
#include "base/bytes.h"

#define DN_BYTES_MAX 2048
#define USER_BYTES_MAX 256
#define VALUES_MAX 1000 /* of one key */

static const atr_conf_key keys[] = {
    {"source", "uri", ATR_CONF_TEXT, "ldap://127.0.0.1", 0, 0,
     "ldaps://HOST, or ldap://HOST with starttls; ldap:// alone is refused\n"
     "unless HOST is a loopback address"},
    {"source", "starttls", ATR_CONF_FLAG, "no", 0, 0,
     "turn an ldap:// connection into TLS before anything is said"},
    {"source", "ca", ATR_CONF_TEXT, "", 0, 0,
     "certificates (PEM) that may vouch for the server; empty: the system's"},
    {"source", "dn", ATR_CONF_TEXT, "uid={user},ou=people,dc=example,dc=org", 0,
     0, "whose password it is, and whose entry: {user} is the name given"},
    {"source", "timeout", ATR_CONF_TIME, "10s", 100, 120000,
     "for each answer of the directory"},
};

static bool needs_escape(const char *user, size_t i)
{
    const size_t last = strlen(user) - 1;

    return strchr("\"+,;<>=\\", user[i]) || (user[i] == '#' && i == 0) ||
           (user[i] == ' ' && (i == 0 || i == last));
}

/* Writes `user`, escaped; false when there is no room or it is not a name. */
static bool build_user(atr_builder *dn, const char *user)
{
    for (size_t i = 0; user[i]; i++) {
        const uint8_t c = (uint8_t)user[i];

        if (c < 0x20 || c == 0x7f) {
            return false;
        }
        if (needs_escape(user, i)) {
            atr_build_u8(dn, '\\');
        }
        atr_build_u8(dn, c);
    }
    return user[0] != 0 && strlen(user) <= USER_BYTES_MAX;
}

static bool build_dn(char out[DN_BYTES_MAX], const char *pattern,
                     const char *user)
{
    static const char mark[] = "{user}";
    atr_builder dn = atr_builder_of((uint8_t *)out, DN_BYTES_MAX);
    const char *at = strstr(pattern, mark);
    bool ok;

    atr_build_bytes(
        &dn, (atr_bytes){(const uint8_t *)pattern, (size_t)(at - pattern)});
    ok = build_user(&dn, user);
    at += sizeof mark - 1;
    atr_build_bytes(&dn, (atr_bytes){(const uint8_t *)at, strlen(at) + 1});
    return ok && atr_builder_end(&dn) == ATR_OK;
}

static int ready(atr_module *m)
{
    const char *uri = atr_module_text(m, "uri");
    const char *dn = atr_module_text(m, "dn");
    const char *mark = strstr(dn, "{user}");
    LDAPURLDesc *url = NULL;
    bool is_plain;
    bool is_tls;
    bool is_local;

    if (!mark || strstr(mark + 1, "{user}")) {
        return atr_module_fail(m, ATR_EXIT_USAGE, "dn: want {user} once: %s",
                               dn);
    }
    if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS || !url->lud_host ||
        url->lud_next || (url->lud_dn && url->lud_dn[0])) {
        ldap_free_urldesc(url);
        return atr_module_fail(m, ATR_EXIT_USAGE, "uri: not an address: %s",
                               uri);
    }
    is_tls = strcmp(url->lud_scheme, "ldaps") == 0;
    is_plain = strcmp(url->lud_scheme, "ldap") == 0;
    is_local = strcmp(url->lud_host, "localhost") == 0 ||
               strcmp(url->lud_host, "127.0.0.1") == 0 ||
               strcmp(url->lud_host, "::1") == 0;
    ldap_free_urldesc(url);
    if (!is_tls && !is_plain) {
        return atr_module_fail(m, ATR_EXIT_USAGE, "uri: want ldap or ldaps: %s",
                               uri);
    }
    if (is_plain && !is_local &&
        !atr_conf_flag(m->conf, "source", "starttls")) {
        return atr_module_fail(m, ATR_EXIT_USAGE,
                               "uri: passwords would travel in the open: %s",
                               uri);
    }
    if (is_tls && atr_conf_flag(m->conf, "source", "starttls")) {
        return atr_module_fail(m, ATR_EXIT_USAGE,
                               "starttls does not go with ldaps://");
    }
    return 0;
}

static int ldap_failed(atr_module *m, LDAP *ld, int result, const char *what)
{
    char *more = NULL;
    int code = ATR_EXIT_FAILED;

    if (result == LDAP_INVALID_CREDENTIALS || result == LDAP_NO_SUCH_OBJECT ||
        result == LDAP_INVALID_DN_SYNTAX || result == LDAP_INAPPROPRIATE_AUTH ||
        result == LDAP_UNWILLING_TO_PERFORM ||
        result == LDAP_INSUFFICIENT_ACCESS) {
        /* One answer for all: which names there are is nobody's business. */
        return atr_module_fail(m, ATR_EXIT_DENIED,
                               "the directory does not know this name with "
                               "this password");
    }
    if (result < 0 || result == LDAP_BUSY || result == LDAP_UNAVAILABLE) {
        code = ATR_EXIT_NETWORK;
    }
    (void)ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
    (void)atr_module_fail(m, code, "%s: %s%s%s", what, ldap_err2string(result),
                          more && more[0] ? ": " : "", more ? more : "");
    ldap_memfree(more);
    return code;
}

static int set_options(atr_module *m, LDAP *ld)
{
    const uint64_t ms = atr_module_ms(m, "timeout");
    const struct timeval limit = {(time_t)(ms / 1000),
                                  (suseconds_t)(ms % 1000 * 1000)};
    const int version = LDAP_VERSION3;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int lowest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int fresh = 0;
    const char *ca = atr_module_text(m, "ca");

    if (ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) != 0 ||
        ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != 0 ||
        ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &limit) != 0 ||
        ldap_set_option(ld, LDAP_OPT_TIMEOUT, &limit) != 0 ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != 0 ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &lowest) != 0 ||
        (ca[0] && ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca) != 0) ||
        ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &fresh) != 0) {
        return atr_module_fail(m, ATR_EXIT_USAGE, "ca: cannot be used: %s", ca);
    }
    return 0;
}

static int take_entry(atr_module *m, LDAP *ld, LDAPMessage *entry)
{
    const json_t *key;
    size_t index;

    json_array_foreach(m->keys, index, key)
    {
        const char *name = json_string_value(key);
        struct berval **values = ldap_get_values_len(ld, entry, name);

        for (size_t i = 0; values && values[i] && i < VALUES_MAX; i++) {
            (void)atr_module_claim(m, name, values[i]->bv_val,
                                   values[i]->bv_len);
        }
        ldap_value_free_len(values);
    }
    return 0;
}

static int read_entry(atr_module *m, LDAP *ld, const char *dn)
{
    char *wanted[] = {(char[]){LDAP_ALL_USER_ATTRIBUTES},
                      (char[]){LDAP_ALL_OPERATIONAL_ATTRIBUTES}, NULL};
    LDAPMessage *result = NULL;
    LDAPMessage *entry;
    int error = ldap_search_ext_s(ld, dn, LDAP_SCOPE_BASE, "(objectClass=*)",
                                  wanted, 0, NULL, NULL, NULL, 2, &result);
    int code;

    if (error != LDAP_SUCCESS) {
        code = ldap_failed(m, ld, error, "cannot read the entry");
    } else if (!(entry = ldap_first_entry(ld, result)) ||
               ldap_count_entries(ld, result) != 1) {
        code = atr_module_fail(m, ATR_EXIT_DENIED, "there is no such entry");
    } else {
        code = take_entry(m, ld, entry);
    }
    (void)ldap_msgfree(result);
    return code;
}

static int bind_and_read(atr_module *m, LDAP *ld, const char *dn,
                         const char *password)
{
    struct berval secret = {strlen(password), NULL};
    char copy[1025];
    int error = LDAP_SUCCESS;
    int code;

    if ((code = set_options(m, ld)) != 0) {
        return code;
    }
    if (secret.bv_len >= sizeof copy) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "the password is too long");
    }
    if (atr_conf_flag(m->conf, "source", "starttls")) {
        error = ldap_start_tls_s(ld, NULL, NULL);
    }
    if (error != LDAP_SUCCESS) {
        return ldap_failed(m, ld, error, "no TLS");
    }
    memcpy(copy, password, secret.bv_len + 1);
    secret.bv_val = copy;
    error =
        ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    atr_wipe(copy, sizeof copy);
    if (error != LDAP_SUCCESS) {
        return ldap_failed(m, ld, error, atr_module_text(m, "uri"));
    }
    return read_entry(m, ld, dn);
}

static int check(atr_module *m)
{
    const char *user = atr_module_evidence(m, "user");
    const char *password = atr_module_evidence(m, "password");
    char dn[DN_BYTES_MAX];
    LDAP *ld = NULL;
    int code;

    if (!user || !password || json_object_size(m->evidence) != 2) {
        return atr_module_fail(m, ATR_EXIT_CORRUPT,
                               "want \"user\" and \"password\"");
    }
    if (password[0] == 0) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "an empty password");
    }
    if (!build_dn(dn, atr_module_text(m, "dn"), user)) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "not the name of a person");
    }
    if (ldap_initialize(&ld, atr_module_text(m, "uri")) != LDAP_SUCCESS) {
        return atr_module_fail(m, ATR_EXIT_FAILED, "no memory");
    }
    code = bind_and_read(m, ld, dn, password);
    (void)ldap_unbind_ext_s(ld, NULL, NULL);
    return code;
}

/* A name and a password: nothing else is to be known. */
static void describe(json_t *out, const atr_module *m)
{
    (void)out;
    (void)m;
}

int main(int argc, char **argv)
{
    static const atr_module_kind kind = {
        .name = "attrium-source-ldap",
        .kind = "ldap",
        .doc = "attributes of a person, from an LDAP directory",
        .keys = keys,
        .key_count = sizeof keys / sizeof keys[0],
        .ready = ready,
        .check = check,
        .describe = describe,
    };

    return atr_module_main(&kind, argc, argv);
}
