#include "host/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "host/file.h"

#define PEM_BYTES_MAX (1u << 20)
#define SHOWN_BYTES_MAX 16384 /* of a chain that a client shows */
#define CIPHERS                                                                \
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"                           \
    "TLS_CHACHA20_POLY1305_SHA256"

struct atr_tls {
    SSL_CTX *context;
    bool pinned;
    uint8_t pin[ATR_PIN_BYTES]; /* of a server: its own */
    uint64_t expires_at;
};

static int pin_index = -1; /* of SSL_CTX: a copy of the pin, freed with it */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_pin(void *parent, void *pin, CRYPTO_EX_DATA *data, int index,
                     long number, void *context)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)number;
    (void)context;
    free(pin);
}

static void make_index(void)
{
    pin_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_pin);
}

/* The reason OpenSSL gives, without its numbers. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text != NULL ? text : "no reason given";
}

static bool spki_digest(uint8_t pin[ATR_PIN_BYTES], X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool good = len > 0 && EVP_Digest(der, (size_t)len, pin, NULL,
                                      EVP_sha256(), NULL) == 1;

    OPENSSL_free(der);
    return good;
}

/* Both sides: TLS 1.3 alone, no tickets (they would link connections), and
 * buffers that are given back while a connection rests. */
static atr_tls *open_context(const SSL_METHOD *method)
{
    atr_tls *tls = calloc(1, sizeof *tls);

    (void)pthread_once(&once, make_index);
    ERR_clear_error();
    if (tls == NULL) {
        return NULL;
    }
    tls->context = SSL_CTX_new(method);
    if (tls->context == NULL ||
        SSL_CTX_set_min_proto_version(tls->context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(tls->context, CIPHERS) != 1 ||
        SSL_CTX_set_num_tickets(tls->context, 0) != 1) {
        atr_tls_close(tls);
        return NULL;
    }
    (void)SSL_CTX_set_mode(tls->context,
                           SSL_MODE_RELEASE_BUFFERS |
                               SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(tls->context,
                              SSL_OP_IGNORE_UNEXPECTED_EOF |
                                  SSL_OP_CLEANSE_PLAINTEXT);
    return tls;
}

void atr_tls_close(atr_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

static int no_passphrase(char *out, int cap, int writing, void *context)
{
    (void)out;
    (void)cap;
    (void)writing;
    (void)context;
    return -1;
}

static atr_err use_key(atr_tls *tls, const char *path, atr_fault *fault)
{
    atr_file file;
    EVP_PKEY *key = NULL;
    BIO *bio = NULL;
    atr_err err = atr_file_read_secret(&file, path, PEM_BYTES_MAX, fault);

    if (err != ATR_OK) {
        return err;
    }
    bio = BIO_new_mem_buf(file.data, (int)file.len);
    if (bio != NULL) {
        key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    }
    if (key == NULL) {
        err = atr_fault_set(fault, ATR_ERR_INPUT, "%s: not a PEM key (%s)",
                            path, reason());
    } else if (SSL_CTX_use_PrivateKey(tls->context, key) != 1) {
        err = atr_fault_set(fault, ATR_ERR_INPUT,
                            "%s: does not fit the certificate (%s)", path,
                            reason());
    }
    EVP_PKEY_free(key);
    BIO_free(bio);
    atr_file_wipe(&file);
    return err;
}

static uint64_t end_of(const X509 *cert)
{
    struct tm tm = {0};
    time_t at;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1 ||
        (at = timegm(&tm)) < 0) {
        return 0;
    }
    return (uint64_t)at * 1000;
}

static atr_err use_cert(atr_tls *tls, const char *path, atr_fault *fault)
{
    atr_file file;
    X509 *cert;
    atr_err err = atr_file_read(&file, path, PEM_BYTES_MAX, fault);

    if (err != ATR_OK) { /* said better than OpenSSL would */
        return err;
    }
    atr_file_wipe(&file);
    if (SSL_CTX_use_certificate_chain_file(tls->context, path) != 1) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "%s: not a PEM certificate (%s)", path, reason());
    }
    cert = SSL_CTX_get0_certificate(tls->context);
    if (!spki_digest(tls->pin, cert)) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: %s", path, reason());
    }
    tls->expires_at = end_of(cert);
    return ATR_OK;
}

atr_err atr_tls_server_open(atr_tls **out, const char *cert_path,
                            const char *key_path, atr_fault *fault)
{
    atr_tls *tls = open_context(TLS_server_method());
    atr_err err;

    *out = NULL;
    if (tls == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "TLS: %s", reason());
    }
    if ((err = use_cert(tls, cert_path, fault)) != ATR_OK ||
        (err = use_key(tls, key_path, fault)) != ATR_OK) {
        goto out;
    }
    if (SSL_CTX_check_private_key(tls->context) != 1) {
        err = atr_fault_set(fault, ATR_ERR_INPUT, "%s: not the key of %s",
                            key_path, cert_path);
    }
out:
    ERR_clear_error();
    if (err != ATR_OK) {
        atr_tls_close(tls);
        return err;
    }
    *out = tls;
    return ATR_OK;
}

/* In place of the verification of a chain: the key, nothing else. That the
 * server owns it is shown by the handshake's signature. */
static int check_pin(X509_STORE_CTX *store, void *context)
{
    const uint8_t *pin = SSL_CTX_get_ex_data(context, pin_index);
    X509 *cert = X509_STORE_CTX_get0_cert(store);
    uint8_t got[ATR_PIN_BYTES];

    if (pin != NULL && cert != NULL && spki_digest(got, cert) &&
        memcmp(got, pin, sizeof got) == 0) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

static bool set_pin(atr_tls *tls, const uint8_t *pin)
{
    uint8_t *copy = malloc(ATR_PIN_BYTES);

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, pin, ATR_PIN_BYTES);
    if (SSL_CTX_set_ex_data(tls->context, pin_index, copy) != 1) {
        free(copy);
        return false;
    }
    memcpy(tls->pin, pin, ATR_PIN_BYTES);
    tls->pinned = true;
    SSL_CTX_set_cert_verify_callback(tls->context, check_pin, tls->context);
    return true;
}

atr_err atr_tls_client_open(atr_tls **out, const uint8_t *pin,
                            atr_fault *fault)
{
    atr_tls *tls = open_context(TLS_client_method());
    bool good;

    *out = NULL;
    if (tls == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "TLS: %s", reason());
    }
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    good = pin != NULL ? set_pin(tls, pin)
                       : SSL_CTX_set_default_verify_paths(tls->context) == 1;
    if (!good) {
        atr_tls_close(tls);
        return atr_fault_set(fault, ATR_ERR_IO, "TLS: %s", reason());
    }
    *out = tls;
    return ATR_OK;
}

/* Whoever it is: that it has the key is shown by the handshake's signature. */
static int accept_any(X509_STORE_CTX *store, void *context)
{
    (void)context;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

void atr_tls_ask(atr_tls *server)
{
    SSL_CTX_set_verify(server->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(server->context, accept_any, NULL);
    SSL_CTX_set_max_cert_list(server->context, SHOWN_BYTES_MAX);
}

atr_err atr_tls_show(atr_tls *client, const atr_tls *server, atr_fault *fault)
{
    X509 *cert = SSL_CTX_get0_certificate(server->context);
    EVP_PKEY *key = SSL_CTX_get0_privatekey(server->context);

    if (SSL_CTX_use_certificate(client->context, cert) != 1 ||
        SSL_CTX_use_PrivateKey(client->context, key) != 1) {
        return atr_fault_set(fault, ATR_ERR_IO, "TLS: %s", reason());
    }
    return ATR_OK;
}

bool atr_tls_peer_pin(uint8_t pin[ATR_PIN_BYTES], const SSL *ssl)
{
    X509 *cert = SSL_get0_peer_certificate(ssl);

    return cert != NULL && spki_digest(pin, cert);
}

SSL *atr_tls_client_ssl(const atr_tls *tls, const char *host)
{
    SSL *ssl = SSL_new(tls->context);
    X509_VERIFY_PARAM *param;
    char name[256]; /* OpenSSL's macro wants it writable */

    if (ssl == NULL || strlen(host) >= sizeof name) {
        SSL_free(ssl);
        return NULL;
    }
    strcpy(name, host);
    SSL_set_connect_state(ssl);
    param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) {
        return ssl; /* an address, for which there is no server name */
    }
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(param, host, 0) != 1 ||
        SSL_set_tlsext_host_name(ssl, name) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    return ssl;
}

void atr_tls_pin(uint8_t pin[ATR_PIN_BYTES], const atr_tls *server)
{
    memcpy(pin, server->pin, ATR_PIN_BYTES);
}

uint64_t atr_tls_expires_at(const atr_tls *server)
{
    return server->expires_at;
}

SSL_CTX *atr_tls_context(const atr_tls *tls)
{
    return tls->context;
}
