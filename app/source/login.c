/* attrium-login-oidc: a person logs in with an OpenID Connect issuer, and the
 * token for one request comes back.
 *
 *     attrium-login-oidc ISSUER CLIENT NONCE [CA]
 *
 * The authorization code flow for native programs (RFC 8252) with PKCE (RFC
 * 7636, S256): the address to open is printed on standard error, the browser
 * comes back to a port of this machine, and standard output gets
 * {"token": ..}, the evidence of a request whose id is NONCE.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/source/web.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "sym/hash.h"

#define NAME "attrium-login-oidc"
#define WAIT_MS (10 * 60 * 1000) /* for the person */
#define READ_MS 5000             /* for a browser that has connected */
#define RANDOM_TEXT 44           /* 32 bytes, base64url, and a zero */
#define CODE_BYTES_MAX 2048
#define REQUEST_BYTES_MAX 8192
#define FORM_BYTES_MAX 8192

typedef struct {
    const char *issuer;
    const char *client;
    const char *nonce;
    atr_web web;
    char state[RANDOM_TEXT];
    char verifier[RANDOM_TEXT];
    char back[64]; /* where the browser comes back to */
    int door;
    char code[CODE_BYTES_MAX];
} login;

static int fail(int code, const char *format, const char *what)
{
    char text[ATR_FAULT_BYTES_MAX];
    char shown[ATR_FAULT_BYTES_MAX];

    (void)snprintf(text, sizeof text, format, what);
    atr_cli_clean(shown, sizeof shown,
                  (atr_bytes){(uint8_t *)text, strlen(text)});
    fprintf(stderr, NAME ": %s\n", shown);
    return code;
}

static void to_text(char out[RANDOM_TEXT], const uint8_t bytes[32])
{
    (void)sodium_bin2base64(out, RANDOM_TEXT, bytes, 32,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void draw(char out[RANDOM_TEXT], atr_rng *rng)
{
    uint8_t bytes[32];

    atr_rng_bytes(rng, bytes, sizeof bytes);
    to_text(out, bytes);
    atr_wipe(bytes, sizeof bytes);
}

static int open_door(login *l)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    l->door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->door < 0 || bind(l->door, (struct sockaddr *)&at, len) != 0 ||
        listen(l->door, 4) != 0 ||
        getsockname(l->door, (struct sockaddr *)&at, &len) != 0) {
        return fail(ATR_EXIT_FAILED, "cannot listen: %s", strerror(errno));
    }
    (void)snprintf(l->back, sizeof l->back, "http://127.0.0.1:%u/",
                   (unsigned)ntohs(at.sin_port));
    return 0;
}

/* Appends "&name=value", or "name=value" to a form that is empty. */
static bool add(char *form, const char *name, const char *value)
{
    const size_t len = strlen(form);
    const int n = snprintf(form + len, FORM_BYTES_MAX - len,
                           "%s%s=", len > 0 ? "&" : "", name);

    return n > 0 && (size_t)n < FORM_BYTES_MAX - len &&
           atr_web_encode(form + len + n, FORM_BYTES_MAX - len - (size_t)n,
                          value);
}

static int show_address(const login *l, const char *endpoint)
{
    char query[FORM_BYTES_MAX] = "";
    char challenge[RANDOM_TEXT];
    uint8_t digest[32];

    atr_hash_of(digest,
                (atr_bytes){(const uint8_t *)l->verifier, strlen(l->verifier)});
    to_text(challenge, digest);
    if (!add(query, "response_type", "code") ||
        !add(query, "scope", "openid") || !add(query, "client_id", l->client) ||
        !add(query, "redirect_uri", l->back) ||
        !add(query, "state", l->state) || !add(query, "nonce", l->nonce) ||
        !add(query, "code_challenge", challenge) ||
        !add(query, "code_challenge_method", "S256")) {
        return fail(ATR_EXIT_USAGE, "%s", "the client's name is too long");
    }
    fprintf(stderr, "open this address in a browser:\n%s%c%s\n", endpoint,
            strchr(endpoint, '?') ? '&' : '?', query);
    return 0;
}

/* --- the browser comes back --- */

static bool wait_for(int fd, uint64_t until)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const uint64_t now = atr_clock_now();
        const int got = now < until ? poll(&p, 1, (int)(until - now)) : 0;

        if (got > 0) {
            return true;
        }
        if (got == 0 || errno != EINTR) {
            return false;
        }
    }
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Reads one value of a query, which ends with a zero or "&". */
static bool decode(char *out, size_t cap, const char *at)
{
    size_t len = 0;

    for (; *at && *at != '&'; at++) {
        int c = *at == '+' ? ' ' : (uint8_t)*at;

        if (*at == '%') {
            const int high = digit_of(at[1]);
            const int low = high < 0 ? -1 : digit_of(at[2]);

            if (low < 0) {
                return false;
            }
            c = high * 16 + low;
            at += 2;
        }
        if (c == 0 || len + 1 >= cap) {
            return false;
        }
        out[len++] = (char)c;
    }
    out[len] = 0;
    return len > 0;
}

static bool find(char *out, size_t cap, const char *query, const char *name)
{
    const size_t len = strlen(name);

    for (const char *at = query; at; at = strchr(at, '&')) {
        at += *at == '&' ? 1 : 0;
        if (strncmp(at, name, len) == 0 && at[len] == '=') {
            return decode(out, cap, at + len + 1);
        }
    }
    return false;
}

typedef enum { NOT_IT, REFUSED, GOT_CODE } visit;

/* What the first line of a request means. */
static visit look(login *l, char *request)
{
    static const char get[] = "GET /?";
    char state[RANDOM_TEXT];
    char issuer[ATR_WEB_URL_BYTES_MAX];
    char *end = strstr(request, " HTTP/1.");

    if (strncmp(request, get, sizeof get - 1) != 0 || !end) {
        return NOT_IT;
    }
    *end = 0;
    request += sizeof get - 1;
    if (!find(state, sizeof state, request, "state") ||
        strcmp(state, l->state) != 0) {
        return NOT_IT; /* not of this login */
    }
    if (find(issuer, sizeof issuer, request, "iss") &&
        strcmp(issuer, l->issuer) != 0) {
        return REFUSED; /* RFC 9207: another issuer answers */
    }
    return find(l->code, sizeof l->code, request, "code") ? GOT_CODE : REFUSED;
}

static void answer(int fd, visit what)
{
    static const char *const texts[] = {
        [NOT_IT] = "This is not the page you look for.",
        [REFUSED] = "The login was refused. You may close this window.",
        [GOT_CODE] = "You are logged in. You may close this window.",
    };
    char page[512];
    const int len =
        snprintf(page, sizeof page,
                 "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 what == NOT_IT ? "404 Not Found" : "200 OK",
                 strlen(texts[what]), texts[what]);

    (void)!send(fd, page, (size_t)len, MSG_NOSIGNAL);
}

static visit take_visit(login *l, int fd)
{
    char request[REQUEST_BYTES_MAX];
    const uint64_t until = atr_clock_now() + READ_MS;
    size_t len = 0;
    visit what = NOT_IT;

    while (len + 1 < sizeof request && wait_for(fd, until)) {
        const ssize_t got = read(fd, request + len, sizeof request - 1 - len);

        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        request[len] = 0;
        if (strstr(request, "\r\n\r\n")) {
            what = look(l, request);
            break;
        }
    }
    answer(fd, what);
    atr_wipe(request, sizeof request);
    return what;
}

static int wait_for_code(login *l)
{
    const uint64_t until = atr_clock_now() + WAIT_MS;

    while (wait_for(l->door, until)) {
        const int fd = accept4(l->door, NULL, NULL, SOCK_CLOEXEC);
        visit what;

        if (fd < 0) {
            continue;
        }
        what = take_visit(l, fd);
        close(fd);
        if (what != NOT_IT) {
            return what == GOT_CODE
                       ? 0
                       : fail(ATR_EXIT_DENIED, "%s", "the login was refused");
        }
    }
    return fail(ATR_EXIT_NETWORK, "%s", "nobody logged in in time");
}

/* --- code for token --- */

static int exchange(login *l, const char *endpoint)
{
    char form[FORM_BYTES_MAX] = "";
    json_t *got = NULL;
    json_t *out = NULL;
    json_t *token;
    int code;

    if (!add(form, "grant_type", "authorization_code") ||
        !add(form, "code", l->code) || !add(form, "client_id", l->client) ||
        !add(form, "redirect_uri", l->back) ||
        !add(form, "code_verifier", l->verifier)) {
        return fail(ATR_EXIT_CORRUPT, "%s", "the code is too long");
    }
    code = atr_web_post(&got, &l->web, endpoint, form);
    atr_wipe(form, sizeof form);
    if (code != 0) {
        return fail(code, "%s", l->web.fault.text);
    }
    token = json_object_get(got, "id_token");
    out = json_object();
    if (!json_is_string(token)) {
        code = fail(ATR_EXIT_CORRUPT, "%s", "the issuer gave no id_token");
    } else if (json_object_set(out, "token", token) != 0 ||
               json_dumpf(out, stdout, JSON_COMPACT) != 0 ||
               putchar('\n') == EOF || fflush(stdout) != 0) {
        code = fail(ATR_EXIT_FAILED, "%s", "cannot write");
    }
    json_decref(out);
    json_decref(got);
    return code;
}

static const char *endpoint_of(const json_t *about, const char *name)
{
    const char *url = json_string_value(json_object_get(about, name));

    return url && atr_web_is_safe(url) ? url : NULL;
}

static int run(login *l)
{
    json_t *about = NULL;
    const char *authorize;
    const char *token;
    atr_rng rng;
    int code = atr_web_discover(&about, &l->web, l->issuer);

    if (code != 0) {
        return fail(code, "%s", l->web.fault.text);
    }
    authorize = endpoint_of(about, "authorization_endpoint");
    token = endpoint_of(about, "token_endpoint");
    atr_entropy_rng(&rng);
    draw(l->state, &rng);
    draw(l->verifier, &rng);
    atr_rng_wipe(&rng);
    if (!authorize || !token) {
        code = fail(ATR_EXIT_NETWORK, "no login over https: %s", l->issuer);
    } else if ((code = open_door(l)) == 0 &&
               (code = show_address(l, authorize)) == 0 &&
               (code = wait_for_code(l)) == 0) {
        code = exchange(l, token);
    }
    json_decref(about);
    return code;
}

int main(int argc, char **argv)
{
    login l = {.door = -1};
    int code;

    if (argc < 4 || argc > 5 || argv[1][0] == '-') {
        fprintf(stderr, "usage: " NAME " ISSUER CLIENT NONCE [CA]\n");
        return ATR_EXIT_USAGE;
    }
    l.issuer = argv[1];
    l.client = argv[2];
    l.nonce = argv[3];
    l.web = (atr_web){.ca = argc > 4 ? argv[4] : "", .timeout_ms = 20000};
    if (!atr_web_is_safe(l.issuer)) {
        return fail(ATR_EXIT_USAGE, "the issuer is no https address: %s",
                    l.issuer);
    }
    code = run(&l);
    if (l.door >= 0) {
        close(l.door);
    }
    atr_wipe(&l, sizeof l);
    return code;
}
