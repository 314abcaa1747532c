/* tls_cert.c - self-signed certificates: the last function of tls.h. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "host/file.h"
#include "host/tls.h"

#define NAME_BYTES_MAX 253
#define TEN_YEARS_S (3652l * 24 * 3600)

/* What may stand in a host name or an address: the name becomes part of a
 * configuration string of OpenSSL, where a comma would begin something new. */
static bool is_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > NAME_BYTES_MAX) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-:") == len;
}

static bool is_address(const char *name)
{
    uint8_t address[16];

    return inet_pton(AF_INET, name, address) == 1 ||
           inet_pton(AF_INET6, name, address) == 1;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    bool good;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    good = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool name_it(X509 *cert, const char *name)
{
    char alt[NAME_BYTES_MAX + 64];
    X509_NAME *subject = X509_get_subject_name(cert);

    (void)snprintf(alt, sizeof alt, "%s:%s,DNS:localhost,IP:127.0.0.1,IP:::1",
                   is_address(name) ? "IP" : "DNS", name);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"Attrium", -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(cert, subject) == 1 &&
           add_extension(cert, NID_subject_alt_name, alt) &&
           add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth");
}

static bool number_it(X509 *cert)
{
    uint64_t serial = 0;

    return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert),
                                   serial >> 1) == 1;
}

static X509 *make_cert(EVP_PKEY *key, const char *name)
{
    X509 *cert = X509_new();

    if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
        number_it(cert) &&
        X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(cert), TEN_YEARS_S) != NULL &&
        X509_set_pubkey(cert, key) == 1 && name_it(cert, name) &&
        X509_sign(cert, key, EVP_sha256()) > 0) {
        return cert;
    }
    X509_free(cert);
    return NULL;
}

static atr_bytes bytes_of(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    return (atr_bytes){(const uint8_t *)data, len > 0 ? (size_t)len : 0};
}

atr_err atr_tls_make_cert(const char *cert_path, const char *key_path,
                          const char *name, atr_fault *fault)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    BIO *key_pem = BIO_new(BIO_s_secmem());
    BIO *cert_pem = BIO_new(BIO_s_mem());
    atr_err err;

    if (!is_name(name)) {
        err = atr_fault_set(fault, ATR_ERR_INPUT,
                            "\"%.60s\" is not a host name or address", name);
        goto out;
    }
    if (atr_path_exists(cert_path)) {
        err = atr_fault_set(fault, ATR_ERR_STATE, "%s: exists already",
                            cert_path);
        goto out;
    }
    if (key_pem == NULL || cert_pem == NULL ||
        (key = EVP_EC_gen("P-256")) == NULL ||
        (cert = make_cert(key, name)) == NULL ||
        PEM_write_bio_PKCS8PrivateKey(key_pem, key, NULL, NULL, 0, NULL,
                                      NULL) != 1 ||
        PEM_write_bio_X509(cert_pem, cert) != 1) {
        err = atr_fault_set(fault, ATR_ERR_IO, "cannot make a certificate");
        goto out;
    }
    if ((err = atr_file_write(key_path, bytes_of(key_pem), 0600, ATR_FILE_NEW,
                              fault)) == ATR_OK) {
        err = atr_file_write(cert_path, bytes_of(cert_pem), 0644, ATR_FILE_NEW,
                             fault);
    }
out:
    ERR_clear_error();
    X509_free(cert);
    EVP_PKEY_free(key);
    BIO_free(cert_pem);
    BIO_free(key_pem);
    return err;
}
