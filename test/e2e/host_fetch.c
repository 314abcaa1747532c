/* host_fetch.c - who shows which certificate, and pages fetched on the loop
 * from a good server and from bad ones. */
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "host/fetch.h"
#include "kit/actor.h"

#define PATIENCE_MS 60000

static peer server;
static atr_loop *loop;
static atr_tls *ours;  /* two certificates that are nobody's server */
static atr_tls *others;
static char our_pin[2 * ATR_PIN_BYTES + 1];

static void hex_of(char out[2 * ATR_PIN_BYTES + 1], const atr_tls *tls)
{
    uint8_t pin[ATR_PIN_BYTES];

    atr_tls_pin(pin, tls);
    for (size_t i = 0; i < sizeof pin; i++) {
        snprintf(out + 2 * i, 3, "%02x", pin[i]);
    }
}

static int start(void **state)
{
    atr_server_options o = {.close_ms = 300};
    peer p = {.pid = 0};

    (void)state;
    strcpy(p.folder, "/tmp/atr-fetch-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    peer_cert(&p, "ours", &ours);
    peer_cert(&p, "others", &others);
    rmdir(p.folder);
    hex_of(our_pin, ours);
    peer_start(&server, &o);
    return atr_loop_open(&loop) != ATR_OK;
}

static int stop(void **state)
{
    (void)state;
    atr_loop_close(loop);
    atr_tls_close(ours);
    atr_tls_close(others);
    peer_stop(&server);
    return 0;
}

/* --- certificates of clients ---------------------------------------------- */

/* What the server says to a client with this certificate and key, which need
 * not belong together; "" when it hangs up. */
static void who_is(char out[256], X509 *cert, EVP_PKEY *key)
{
    static const char ask[] = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    wire w = {wire_tcp(&server), NULL};
    char head[1024];
    size_t len = 0;

    if (cert != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    }
    w.ssl = SSL_new(context);
    SSL_set_fd(w.ssl, w.fd);
    out[0] = 0;
    if (SSL_connect(w.ssl) == 1 && wire_send(&w, ask, strlen(ask)) &&
        wire_head(&w, head, sizeof head) == 200) {
        len = (size_t)atoi(strstr(head, "Content-Length: ") + 16);
        assert_true(len < 256 && wire_read(&w, out, len));
        out[len] = 0;
    }
    wire_close(&w);
    SSL_CTX_free(context);
}

static X509 *cert_of(const atr_tls *tls)
{
    return SSL_CTX_get0_certificate(atr_tls_context(tls));
}

static EVP_PKEY *key_of(const atr_tls *tls)
{
    return SSL_CTX_get0_privatekey(atr_tls_context(tls));
}

static void pin_is_told(void **state)
{
    char text[256];
    char other_pin[2 * ATR_PIN_BYTES + 1];

    (void)state;
    hex_of(other_pin, others);
    who_is(text, NULL, NULL);
    assert_string_equal(text, "nobody");
    who_is(text, cert_of(ours), key_of(ours));
    assert_string_equal(text, our_pin);
    who_is(text, cert_of(others), key_of(others));
    assert_string_equal(text, other_pin);
}

static void blocking_call_shows_it(void **state)
{
    atr_https_request request = {.host = "127.0.0.1",
                                 .port = server.port,
                                 .method = "GET",
                                 .path = "/who",
                                 .pin = server.pin,
                                 .own = ours,
                                 .limit_ms = PATIENCE_MS};
    atr_https_reply reply;

    (void)state;
    assert_int_equal(atr_https_call(&reply, &request, NULL), ATR_OK);
    assert_string_equal((char *)reply.body, our_pin);
    atr_https_reply_wipe(&reply);
}

/* A key that passes for the one of `victim` because its public half is that
 * one's, with the private half of `thief`. */
static EVP_PKEY *forge_key(EVP_PKEY *victim, EVP_PKEY *thief)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *forged = NULL;
    BIGNUM *secret = NULL;
    OSSL_PARAM *params;
    uint8_t point[128];
    size_t len = 0;

    assert_int_equal(EVP_PKEY_get_bn_param(thief, OSSL_PKEY_PARAM_PRIV_KEY,
                                           &secret), 1);
    assert_int_equal(EVP_PKEY_get_octet_string_param(
                         victim, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point,
                         &len), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_utf8_string(
                         build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0),
                     1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY,
                                            secret), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_octet_string(
                         build, OSSL_PKEY_PARAM_PUB_KEY, point, len), 1);
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &forged, EVP_PKEY_KEYPAIR,
                                       params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(secret);
    return forged;
}

/* A certificate is public: whoever replays it without its key is refused. */
static void replayed_certificate_is_refused(void **state)
{
    EVP_PKEY *forged = forge_key(key_of(ours), key_of(others));
    char text[256];

    (void)state;
    who_is(text, cert_of(ours), forged);
    assert_string_equal(text, "");
    EVP_PKEY_free(forged);
    who_is(text, NULL, NULL); /* the server lives */
    assert_string_equal(text, "nobody");
}

static X509 *made_by_hand(EVP_PKEY *key, long from, long until)
{
    X509 *cert = X509_new();

    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), from));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), until));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

/* Its key counts, not what it says about dates, names or uses. */
static void odd_certificates_count_by_their_key(void **state)
{
    static const long dates[][2] = {
        {-20000, -10000}, {10000, 20000}, {20000, -20000}};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        X509 *cert = made_by_hand(key_of(ours), dates[i][0], dates[i][1]);

        who_is(text, cert, key_of(ours));
        assert_string_equal(text, our_pin);
        X509_free(cert);
    }
}

/* A large extension: more than the server reads. */
static void huge_certificate_is_refused(void **state)
{
    X509 *cert = made_by_hand(key_of(ours), -10, 10);
    ASN1_OCTET_STRING *blob = ASN1_OCTET_STRING_new();
    uint8_t *bytes = calloc(1, 40000);
    X509_EXTENSION *extension;
    char text[256];

    (void)state;
    assert_int_equal(ASN1_OCTET_STRING_set(blob, bytes, 40000), 1);
    extension =
        X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, blob);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    assert_true(X509_sign(cert, key_of(ours), EVP_sha256()) > 0);
    who_is(text, cert, key_of(ours));
    assert_string_equal(text, "");
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(blob);
    X509_free(cert);
    free(bytes);
    who_is(text, NULL, NULL);
    assert_string_equal(text, "nobody");
}

/* --- fetching ------------------------------------------------------------- */

typedef struct {
    atr_fetch *fetch;
    int left; /* fetches until the loop stops */
    atr_err err;
    int status;
    size_t len;
    char body[256];
    char text[ATR_FAULT_BYTES_MAX];
    const char *again; /* fetched from within `done` */
} reader;

static void on_done(void *context, atr_err err, int status, atr_bytes body,
                    const char *text)
{
    reader *r = context;

    r->err = err;
    r->status = status;
    r->len = body.len;
    snprintf(r->body, sizeof r->body, "%.*s", (int)body.len,
             body.len > 0 ? (const char *)body.data : "");
    snprintf(r->text, sizeof r->text, "%s", text);
    if (--r->left == 0) {
        atr_loop_stop(loop);
    } else {
        assert_int_equal(atr_fetch_get(r->fetch, r->again, PATIENCE_MS),
                         ATR_OK);
    }
}

static void open_reader_of(reader *r, const char *host, uint16_t port,
                           const uint8_t *pin)
{
    atr_fetch_options options = {.host = host,
                                 .port = port,
                                 .pin = pin,
                                 .own = ours,
                                 .body_max = 1000};
    atr_fault fault = {""};

    memset(r, 0, sizeof *r);
    if (atr_fetch_open(&r->fetch, loop, &options, on_done, r, &fault) !=
        ATR_OK) {
        fail_msg("%s", fault.text);
    }
}

static void open_reader(reader *r, uint16_t port, const uint8_t *pin)
{
    open_reader_of(r, "127.0.0.1", port, pin);
}

static void read_page(reader *r, const char *path, uint32_t limit_ms)
{
    r->left = 1;
    assert_int_equal(atr_fetch_get(r->fetch, path, limit_ms), ATR_OK);
    assert_int_equal(atr_fetch_get(r->fetch, path, limit_ms), ATR_ERR_STATE);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
}

static void pages(void **state)
{
    reader r;

    (void)state;
    open_reader(&r, server.port, server.pin);
    read_page(&r, "/echo%20a?x", PATIENCE_MS);
    assert_int_equal(r.err, ATR_OK);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "GET /echo a ?x ");
    read_page(&r, "/who", PATIENCE_MS);
    assert_string_equal(r.body, our_pin);
    read_page(&r, "/a%00b", PATIENCE_MS); /* the server hangs up after it */
    assert_int_equal(r.status, 400);
    r.again = "/late";
    r.left = 5;
    assert_int_equal(atr_fetch_get(r.fetch, "/who", PATIENCE_MS), ATR_OK);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_int_equal(r.err, ATR_OK);
    assert_string_equal(r.body, "late");
    /* Two at once was refused, and so is what is no path. */
    assert_int_equal(atr_fetch_get(r.fetch, "who", 1), ATR_ERR_INPUT);
    assert_int_equal(atr_fetch_get(r.fetch, "/a b", 1), ATR_ERR_INPUT);
    assert_int_equal(atr_fetch_get(r.fetch, "/a\r\nb: c", 1), ATR_ERR_INPUT);
    atr_fetch_close(r.fetch);
}

/* One connection serves many fetches, which the server sees. */
static void connection_is_kept(void **state)
{
    reader r;

    (void)state;
    for (int i = 0; i < 6000 && peer_count(&server).conns > 1; i++) {
        peer_pause(10);
    }
    open_reader(&r, server.port, server.pin);
    for (int i = 0; i < 20; i++) {
        read_page(&r, "/who", PATIENCE_MS);
        assert_int_equal(r.err, ATR_OK);
    }
    assert_int_equal(peer_count(&server).conns, 2); /* and the one that asks */
    atr_fetch_close(r.fetch);
}

/* A page that the server answers at all, on a connection that the server has
 * closed meanwhile. */
static void stale_connection_is_made_anew(void **state)
{
    reader r;
    char text[64];

    (void)state;
    open_reader(&r, server.port, server.pin);
    assert_int_equal(peer_call(&server, "GET", "/limits?300,200,65536,60000",
                               "", text, sizeof text), 200);
    read_page(&r, "/who", PATIENCE_MS);
    /* Nobody runs the loop here, so it is not seen before the next one. */
    for (int i = 0; i < 6000 && peer_count(&server).conns > 1; i++) {
        peer_pause(10);
    }
    assert_int_equal(peer_call(&server, "GET", "/limits?300,60000,65536,60000",
                               "", text, sizeof text), 200);
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_OK);
    assert_string_equal(r.body, our_pin);
    atr_fetch_close(r.fetch);
}

/* Names are looked up beside the loop, anew for each connection. */
static void names(void **state)
{
    reader r;

    (void)state;
    open_reader_of(&r, "localhost", server.port, server.pin);
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_OK);
    assert_string_equal(r.body, our_pin);
    read_page(&r, "/large", PATIENCE_MS); /* the connection is dropped */
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_OK);
    atr_fetch_close(r.fetch);
    open_reader_of(&r, "no-such-host.invalid", server.port, server.pin);
    for (int i = 0; i < 2; i++) {
        read_page(&r, "/who", PATIENCE_MS);
        assert_int_equal(r.err, ATR_ERR_IO);
        assert_non_null(strstr(r.text, "no-such-host.invalid"));
    }
    atr_fetch_close(r.fetch);
    for (int i = 0; i < 20; i++) { /* given up while it is looked up */
        open_reader_of(&r, "localhost", server.port, server.pin);
        assert_int_equal(atr_fetch_get(r.fetch, "/who", PATIENCE_MS), ATR_OK);
        atr_fetch_close(r.fetch);
    }
}

static void refusals(void **state)
{
    uint8_t wrong[ATR_PIN_BYTES] = {1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    atr_fetch_options options = {.host = "a\r\nb"};
    reader r;

    (void)state;
    assert_int_equal(atr_fetch_open(&r.fetch, loop, &options, on_done, &r,
                                    NULL), ATR_ERR_INPUT);
    assert_null(r.fetch);
    open_reader(&r, server.port, wrong);
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_ERR_AUTH);
    assert_non_null(strstr(r.text, "pinned"));
    atr_fetch_close(r.fetch);
    open_reader(&r, server.port, server.pin);
    read_page(&r, "/never", 300);
    assert_int_equal(r.err, ATR_ERR_IO);
    assert_non_null(strstr(r.text, "too long"));
    read_page(&r, "/large", PATIENCE_MS);
    assert_int_equal(r.err, ATR_ERR_LIMIT);
    read_page(&r, "/who", PATIENCE_MS); /* and it goes on */
    assert_int_equal(r.err, ATR_OK);
    atr_fetch_close(r.fetch);
    /* Nobody there, then one who says nothing. */
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    open_reader(&r, ntohs(at.sin_port), server.pin);
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_ERR_IO);
    assert_int_equal(listen(fd, 5), 0);
    read_page(&r, "/who", 300);
    assert_int_equal(r.err, ATR_ERR_IO);
    assert_non_null(strstr(r.text, "too long"));
    atr_fetch_close(r.fetch);
    close(fd);
}

static void bad_answers(void **state)
{
    static const struct {
        const char *script;
        bool hold;
        atr_err err;
    } cases[] = {
        {"nonsense\r\n\r\n", false, ATR_ERR_INPUT},
        {"\x16\x03\x01\r\n\r\n", true, ATR_ERR_INPUT},
        {"", false, ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\n", true, ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\n", false, ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", false, ATR_ERR_INPUT},
        {"HTTP/1.1 100 OK\r\nContent-Length: 0\r\n\r\n", true, ATR_ERR_INPUT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", false,
         ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true,
         ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay", true,
         ATR_ERR_INPUT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", true,
         ATR_ERR_LIMIT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
         true, ATR_ERR_INPUT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
         true, ATR_ERR_INPUT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         true, ATR_ERR_INPUT},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, ATR_OK},
        {"HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
         false, ATR_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_late = cases[i].hold && cases[i].err == ATR_ERR_IO;
        actor a;
        reader r;

        hire(&a, cases[i].script, cases[i].hold);
        open_reader(&r, a.port, a.pin);
        read_page(&r, "/", is_late ? 600 : PATIENCE_MS);
        if (r.err != cases[i].err) {
            fail_msg("%s gives %d \"%s\"", cases[i].script, (int)r.err,
                     r.text);
        }
        atr_fetch_close(r.fetch);
        dismiss(&a);
    }
}

/* Heads without an end, and bytes for as long as one reads. */
static void speak_for_ever(SSL *ssl, const char *request, const char *script)
{
    (void)request;
    (void)SSL_write(ssl, script, (int)strlen(script));
    while (SSL_write(ssl, "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                     48) > 0) {
    }
}

static void endless_answers(void **state)
{
    static const char *const scripts[] = {
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        actor a;
        reader r;

        hire_to(&a, speak_for_ever, scripts[i], true);
        open_reader(&r, a.port, a.pin);
        read_page(&r, "/", PATIENCE_MS);
        assert_int_equal(r.err, ATR_ERR_INPUT);
        atr_fetch_close(r.fetch);
        dismiss(&a);
    }
}

static void closed_at_any_time(void **state)
{
    reader r;

    (void)state;
    atr_fetch_close(NULL);
    open_reader(&r, server.port, server.pin);
    atr_fetch_close(r.fetch);
    for (int turns = 0; turns < 12; turns++) {
        open_reader(&r, server.port, server.pin);
        r.left = 1;
        assert_int_equal(atr_fetch_get(r.fetch, "/late", PATIENCE_MS), ATR_OK);
        for (int i = 0; i < turns && r.left > 0; i++) {
            atr_loop_stop(loop);
            assert_int_equal(atr_loop_run(loop), ATR_OK);
        }
        atr_fetch_close(r.fetch);
    }
}

/* A server that does not ask is shown nothing. The last test: the server has
 * another certificate after it. */
static void shown_to_those_who_ask(void **state)
{
    char text[256];
    reader r;

    (void)state;
    assert_int_equal(peer_call(&server, "GET", "/reload", "", text,
                               sizeof text), 200);
    memcpy(server.pin, server.second_pin, sizeof server.pin);
    open_reader(&r, server.port, server.pin);
    read_page(&r, "/who", PATIENCE_MS);
    assert_int_equal(r.err, ATR_OK);
    assert_string_equal(r.body, "nobody");
    atr_fetch_close(r.fetch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pin_is_told),
        cmocka_unit_test(blocking_call_shows_it),
        cmocka_unit_test(replayed_certificate_is_refused),
        cmocka_unit_test(odd_certificates_count_by_their_key),
        cmocka_unit_test(huge_certificate_is_refused),
        cmocka_unit_test(pages),
        cmocka_unit_test(connection_is_kept),
        cmocka_unit_test(stale_connection_is_made_anew),
        cmocka_unit_test(names),
        cmocka_unit_test(refusals),
        cmocka_unit_test(bad_answers),
        cmocka_unit_test(endless_answers),
        cmocka_unit_test(closed_at_any_time),
        cmocka_unit_test(shown_to_those_who_ask),
    };

    return cmocka_run_group_tests_name("host_fetch", tests, start, stop);
}
