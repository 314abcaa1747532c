#include "app/source/web.h"

#include <curl/curl.h>
#include <stdlib.h>

typedef struct {
    size_t len;
    char data[ATR_WEB_PAGE_BYTES_MAX];
} page;

static int failed(atr_web *web, int code, const char *url, const char *what)
{
    (void)atr_fault_set(&web->fault, ATR_ERR_IO, "%s: %s", url, what);
    return code;
}

static bool is_local(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t len = strlen(names[i]);

        if (strncmp(host, names[i], len) == 0 &&
            (host[len] == 0 || host[len] == ':' || host[len] == '/')) {
            return true;
        }
    }
    return false;
}

bool atr_web_is_safe(const char *url)
{
    if (strlen(url) >= ATR_WEB_URL_BYTES_MAX || strchr(url, '@')) {
        return false;
    }
    return (strncmp(url, "https://", 8) == 0 && url[8] != 0) ||
           (strncmp(url, "http://", 7) == 0 && is_local(url + 7));
}

static size_t take_part(char *data, size_t size, size_t count, void *context)
{
    page *p = context;
    const size_t len = size * count;

    if (len > sizeof p->data - p->len) {
        return 0; /* curl ends the transfer */
    }
    memcpy(p->data + p->len, data, len);
    p->len += len;
    return len;
}

static bool set_up(CURL *curl, const atr_web *web, const char *url,
                   const char *form, page *out)
{
    const long ms = (long)web->timeout_ms;

    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION,
                            (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (web->ca[0] == 0 ||
            curl_easy_setopt(curl, CURLOPT_CAINFO, web->ca) == CURLE_OK) &&
           (!form ||
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_part) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, out) == CURLE_OK;
}

static int transfer(json_t **out, atr_web *web, const char *url,
                    const char *form, page *p, CURL *curl)
{
    CURLcode got;

    if (!p || !curl || !set_up(curl, web, url, form, p)) {
        return failed(web, ATR_EXIT_FAILED, url, "cannot be asked");
    }
    if ((got = curl_easy_perform(curl)) != CURLE_OK) {
        return failed(web, ATR_EXIT_NETWORK, url, curl_easy_strerror(got));
    }
    *out = json_loadb(p->data, p->len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(*out)) {
        json_decref(*out);
        *out = NULL;
        return failed(web, ATR_EXIT_NETWORK, url, "not a JSON object");
    }
    return 0;
}

static int ask(json_t **out, atr_web *web, const char *url, const char *form)
{
    page *p;
    CURL *curl;
    int code;

    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return failed(web, ATR_EXIT_FAILED, url, "no memory");
    }
    p = calloc(1, sizeof *p);
    curl = curl_easy_init();
    code = transfer(out, web, url, form, p, curl);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    free(p);
    return code;
}

int atr_web_get(json_t **out, atr_web *web, const char *url)
{
    return ask(out, web, url, NULL);
}

int atr_web_post(json_t **out, atr_web *web, const char *url, const char *form)
{
    return ask(out, web, url, form);
}

int atr_web_discover(json_t **out, atr_web *web, const char *issuer)
{
    const size_t len = strlen(issuer);
    char url[ATR_WEB_URL_BYTES_MAX + 64];
    const char *says;
    int code;

    (void)snprintf(url, sizeof url, "%s%s.well-known/openid-configuration",
                   issuer, len > 0 && issuer[len - 1] == '/' ? "" : "/");
    if ((code = atr_web_get(out, web, url)) != 0) {
        return code;
    }
    says = json_string_value(json_object_get(*out, "issuer"));
    if (!says || strcmp(says, issuer) != 0) {
        (void)atr_fault_set(&web->fault, ATR_ERR_AUTH,
                            "the issuer calls itself %s, not %s",
                            says ? says : "nothing", issuer);
        json_decref(*out);
        *out = NULL;
        return ATR_EXIT_NETWORK;
    }
    return 0;
}

bool atr_web_encode(char *out, size_t cap, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t len = 0;

    for (; *text; text++) {
        const uint8_t c = (uint8_t)*text;
        const bool is_plain = strchr(plain, c) != NULL;

        if (len + (is_plain ? 1 : 3) >= cap) {
            return false;
        }
        if (is_plain) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    if (cap == 0) {
        return false;
    }
    out[len] = 0;
    return true;
}
