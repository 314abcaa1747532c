/* attrium-source-oidc: an ID token of OpenID Connect, made for this request.
 *
 *     evidence = {"token": compact JWS}
 *
 * OpenID Connect Core 1.0, 3.1.3.7: the signature by a key of the issuer, iss,
 * aud, exp, iat, and nonce, which must be the id of the request: a token that
 * was made for something else, or for somebody else's request, is refused.
 * Signature algorithms are the asymmetric ones alone, so neither "none" nor a
 * public key taken for a shared one (RFC 8725, 2.1, 3.1) can pass.
 */
#include <cjose/cjose.h>
#include <stdlib.h>
#include <time.h>

#include "app/source/module.h"
#include "app/source/web.h"

#define TOKEN_BYTES_MAX 32768
#define NAME_BYTES_MAX 256
#define DEPTH_MAX 4

static const atr_conf_key keys[] = {
    {"source", "issuer", ATR_CONF_TEXT, "https://id.example.org", 0, 0,
     "as the tokens say it; its /.well-known/openid-configuration is read.\n"
     "http:// is for a loopback address alone"},
    {"source", "client", ATR_CONF_TEXT, "attrium", 0, 0,
     "the client id that tokens must be made for"},
    {"source", "ca", ATR_CONF_TEXT, "", 0, 0,
     "certificates (PEM) that may vouch for the issuer; empty: the system's"},
    {"source", "leeway", ATR_CONF_TIME, "60s", 0, 300000,
     "how far clocks may differ"},
    {"source", "age", ATR_CONF_TIME, "10m", 1000, 86400000,
     "how old a token may be"},
    {"source", "timeout", ATR_CONF_TIME, "10s", 100, 120000,
     "for each answer of the issuer"},
};

/* The keys of the issuer, by way of what it says of itself. */
static int fetch_keys(json_t **out, atr_module *m)
{
    atr_web web = {.ca = atr_module_text(m, "ca"),
                   .timeout_ms = atr_module_ms(m, "timeout")};
    json_t *about;
    const char *at;
    int code;

    *out = NULL;
    code = atr_web_discover(&about, &web, atr_module_text(m, "issuer"));
    if (code != 0) {
        return atr_module_fail(m, code, "%s", web.fault.text);
    }
    at = json_string_value(json_object_get(about, "jwks_uri"));
    if (!at || !atr_web_is_safe(at)) {
        code = atr_module_fail(m, ATR_EXIT_NETWORK,
                               "the issuer's keys have no https address");
    } else if ((code = atr_web_get(out, &web, at)) != 0) {
        (void)atr_module_fail(m, code, "%s", web.fault.text);
    }
    json_decref(about);
    return code;
}

/* --- the token --- */

static const struct {
    const char *alg;
    const char *kty;
} algorithms[] = {
    {"RS256", "RSA"}, {"RS384", "RSA"}, {"RS512", "RSA"},
    {"PS256", "RSA"}, {"PS384", "RSA"}, {"PS512", "RSA"},
    {"ES256", "EC"},  {"ES384", "EC"},  {"ES512", "EC"},
};

/* What kind of key an algorithm takes, or NULL for one that is refused. */
static const char *key_type_of(const char *alg)
{
    for (size_t i = 0; alg && i < sizeof algorithms / sizeof algorithms[0];
         i++) {
        if (strcmp(algorithms[i].alg, alg) == 0) {
            return algorithms[i].kty;
        }
    }
    return NULL;
}

static bool is_text(const json_t *object, const char *name, const char *wanted)
{
    const char *got = json_string_value(json_object_get(object, name));

    return got && strcmp(got, wanted) == 0;
}

/* Whether `key` of the issuer may have made this signature. */
static bool may_sign(const json_t *key, const char *kty, const char *alg,
                     const char *kid)
{
    return is_text(key, "kty", kty) && (!kid || is_text(key, "kid", kid)) &&
           (!json_object_get(key, "use") || is_text(key, "use", "sig")) &&
           (!json_object_get(key, "alg") || is_text(key, "alg", alg));
}

static bool verifies(cjose_jws_t *jws, const json_t *key)
{
    char *text = json_dumps(key, JSON_COMPACT);
    cjose_err error;
    cjose_jwk_t *jwk =
        text ? cjose_jwk_import(text, strlen(text), &error) : NULL;
    const bool ok = jwk && cjose_jws_verify(jws, jwk, &error);

    cjose_jwk_release(jwk);
    free(text);
    return ok;
}

static bool is_signed(cjose_jws_t *jws, const json_t *jwks)
{
    cjose_err error;
    cjose_header_t *header = cjose_jws_get_protected(jws);
    const char *alg = cjose_header_get(header, CJOSE_HDR_ALG, &error);
    const char *kid = cjose_header_get(header, CJOSE_HDR_KID, &error);
    const char *crit = cjose_header_get(header, "crit", &error);
    const char *kty = key_type_of(alg);
    const json_t *key;
    size_t index;

    if (!kty || crit) {
        return false;
    }
    json_array_foreach(json_object_get(jwks, "keys"), index, key)
    {
        if (may_sign(key, kty, alg, kid) && verifies(jws, key)) {
            return true;
        }
    }
    return false;
}

/* --- the claims --- */

static bool is_for_us(const json_t *token, const char *client)
{
    const json_t *aud = json_object_get(token, "aud");
    const json_t *one;
    size_t index;

    if (json_is_string(aud)) {
        return is_text(token, "aud", client);
    }
    json_array_foreach(aud, index, one)
    {
        const char *text = json_string_value(one);

        if (text && strcmp(text, client) == 0) {
            /* Made for several: then for whom is said (3.1.3.7, 4 and 5). */
            return json_array_size(aud) == 1 ? !json_object_get(token, "azp") ||
                                                   is_text(token, "azp", client)
                                             : is_text(token, "azp", client);
        }
    }
    return false;
}

static int check_token(atr_module *m, const json_t *token)
{
    const int64_t now = (int64_t)time(NULL);
    const int64_t leeway = (int64_t)(atr_module_ms(m, "leeway") / 1000);
    const int64_t age = (int64_t)(atr_module_ms(m, "age") / 1000);
    const json_t *exp = json_object_get(token, "exp");
    const json_t *iat = json_object_get(token, "iat");
    const char *nonce = json_string_value(json_object_get(token, "nonce"));

    if (!is_text(token, "iss", atr_module_text(m, "issuer"))) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "a token of another issuer");
    }
    if (!is_for_us(token, atr_module_text(m, "client"))) {
        return atr_module_fail(m, ATR_EXIT_DENIED,
                               "a token for another client");
    }
    if (!nonce || strcmp(nonce, m->nonce) != 0) {
        return atr_module_fail(m, ATR_EXIT_DENIED,
                               "a token for another request");
    }
    if (!json_is_integer(exp) || !json_is_integer(iat)) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "a token without times");
    }
    if (json_integer_value(exp) <= now - leeway ||
        json_integer_value(iat) < now - leeway - age) {
        return atr_module_fail(m, ATR_EXIT_EXPIRED, "a token that is too old");
    }
    if (json_integer_value(iat) > now + leeway) {
        return atr_module_fail(m, ATR_EXIT_DENIED, "a token of the future");
    }
    return 0;
}

/* Members of objects are named with a dot: "realm_access.roles". */
static void take_claims(atr_module *m, const char *name, const json_t *value,
                        unsigned depth)
{
    char inner[NAME_BYTES_MAX];
    char digits[32];
    const json_t *each;
    const char *key;
    size_t index;

    if (json_is_string(value)) {
        (void)atr_module_claim(m, name, json_string_value(value),
                               json_string_length(value));
    } else if (json_is_integer(value)) {
        const int len = snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT,
                                 json_integer_value(value));

        (void)atr_module_claim(m, name, digits, (size_t)len);
    } else if (json_is_boolean(value)) {
        const char *text = json_is_true(value) ? "true" : "false";

        (void)atr_module_claim(m, name, text, strlen(text));
    } else if (json_is_array(value) && depth > 0) {
        json_array_foreach(value, index, each)
        {
            if (!json_is_array(each) && !json_is_object(each)) {
                take_claims(m, name, each, depth - 1);
            }
        }
    } else if (json_is_object(value) && depth > 0) {
        json_object_foreach((json_t *)(uintptr_t)value, key, each)
        {
            const int len = snprintf(inner, sizeof inner, "%s%s%s", name,
                                     name[0] ? "." : "", key);

            if (len > 0 && (size_t)len < sizeof inner) {
                take_claims(m, inner, each, depth - 1);
            }
        }
    }
}

static int check_signed(atr_module *m, cjose_jws_t *jws, const json_t *jwks)
{
    uint8_t *plain = NULL;
    size_t len = 0;
    cjose_err error;
    json_t *token = NULL;
    int code;

    if (!is_signed(jws, jwks)) {
        return atr_module_fail(m, ATR_EXIT_DENIED,
                               "no key of the issuer signed this token");
    }
    if (!cjose_jws_get_plaintext(jws, &plain, &len, &error) ||
        !(token = json_loadb((const char *)plain, len, JSON_REJECT_DUPLICATES,
                             NULL)) ||
        !json_is_object(token)) {
        code = atr_module_fail(m, ATR_EXIT_CORRUPT, "a token without claims");
    } else if ((code = check_token(m, token)) == 0) {
        take_claims(m, "", token, DEPTH_MAX);
    }
    json_decref(token);
    return code;
}

static int ready(atr_module *m)
{
    if (!atr_web_is_safe(atr_module_text(m, "issuer"))) {
        return atr_module_fail(m, ATR_EXIT_USAGE,
                               "issuer: want https://.. : %s",
                               atr_module_text(m, "issuer"));
    }
    if (atr_module_text(m, "client")[0] == 0) {
        return atr_module_fail(m, ATR_EXIT_USAGE, "client: empty");
    }
    return 0;
}

static int check(atr_module *m)
{
    const char *text = atr_module_evidence(m, "token");
    cjose_jws_t *jws = NULL;
    json_t *jwks = NULL;
    cjose_err error;
    int code;

    if (!text || json_object_size(m->evidence) != 1 ||
        strlen(text) > TOKEN_BYTES_MAX) {
        return atr_module_fail(m, ATR_EXIT_CORRUPT, "want \"token\"");
    }
    if (!(jws = cjose_jws_import(text, strlen(text), &error))) {
        return atr_module_fail(m, ATR_EXIT_CORRUPT, "not a signed token");
    }
    if ((code = fetch_keys(&jwks, m)) == 0) {
        code = check_signed(m, jws, jwks);
    }
    cjose_jws_release(jws);
    json_decref(jwks);
    return code;
}

static void describe(json_t *out, const atr_module *m)
{
    json_object_set_new(out, "issuer",
                        json_string(atr_module_text(m, "issuer")));
    json_object_set_new(out, "client",
                        json_string(atr_module_text(m, "client")));
}

int main(int argc, char **argv)
{
    static const atr_module_kind kind = {
        .name = "attrium-source-oidc",
        .kind = "oidc",
        .doc = "attributes of a person, from an OpenID Connect token",
        .keys = keys,
        .key_count = sizeof keys / sizeof keys[0],
        .ready = ready,
        .check = check,
        .describe = describe,
    };

    return atr_module_main(&kind, argc, argv);
}
