#include "app/attrium/demo_cheat.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/address.h"
#include "app/armour.h"
#include "app/selfcert.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/server.h"
#include "proto/enrol.h"
#include "proto/trace.h"

#define READY_MS 20000
#define PATH "/v1/requests"

typedef struct {
    uint8_t node;
    atr_link at;
    atr_selfcert cert;
    uint8_t bundle[ATR_AUTHORITY_BYTES_MAX];
    size_t bundle_len;
    atr_authority authority;
    atr_abe abe;
    atr_rng rng;
    atr_server *server;
    uint8_t id[32]; /* of the last request, all zero before it */
    atr_enrol_request request;
    uint64_t period; /* of what is sealed */
    uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    size_t sealed_len;
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t sk[ATR_ED25519_SECRET_BYTES]; /* secret: the node's own */
} cheat;

/* ---- what it answers ---- */

static void reply(const cheat *c, uint64_t ticket, int status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    const atr_http_reply answer = {
        .status = text ? status : 500,
        .content_type = "application/json",
        .body = {(const uint8_t *)text, text ? strlen(text) : 0}};

    atr_server_reply(c->server, ticket, &answer);
    free(text);
    json_decref(json);
}

static json_t *base64(atr_bytes bytes)
{
    char *text = malloc(ATR_BASE64_TEXT_MAX(bytes.len));
    json_t *json = NULL;

    if (text) {
        atr_base64_write(text, bytes);
        json = json_string(text);
    }
    free(text);
    return json;
}

static void show_authority(cheat *c, const atr_http_request *request)
{
    reply(c, request->ticket, 200,
          json_pack("{s:i, s:i, s:o}", "schema", 1, "node", (int)c->node,
                    "bundle", base64((atr_bytes){c->bundle, c->bundle_len})));
}

static bool read_request(cheat *c, atr_bytes body)
{
    static uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    json_t *json = json_loadb((const char *)body.data, body.len, 0, NULL);
    const char *text = json_string_value(json_object_get(json, "request"));
    size_t len = 0;
    bool good =
        text && atr_base64_read(bytes, &len, sizeof bytes, text) == ATR_OK &&
        atr_enrol_request_read(&c->request, (atr_bytes){bytes, len}) == ATR_OK;

    json_decref(json);
    return good;
}

static void take_request(cheat *c, const atr_http_request *request)
{
    char hex[65];

    if (!read_request(c, request->body)) {
        reply(c, request->ticket, 400, json_object());
        return;
    }
    c->sealed_len = 0;
    atr_enrol_request_id(c->id, c->abe.hm, &c->request);
    atr_hex_write(hex, ATR_BYTES(c->id));
    reply(c, request->ticket, 201,
          json_pack("{s:i, s:s, s:s}", "schema", 1, "id", hex, "state",
                    "waiting"));
}

/* A partial key as an honest one, but of a secret that is made up. */
static bool forge(cheat *c, uint64_t period)
{
    static atr_abe_key key;
    atr_builder b = atr_builder_of(c->sealed, sizeof c->sealed);
    atr_attrs held = c->request.attrs;
    atr_fr wrong;

    if (c->authority.period_s != 0 &&
        atr_attrs_add_period(&held, (atr_period){period, 0}) != ATR_OK) {
        return false;
    }
    atr_fr_random(&wrong, &c->rng);
    atr_abe_keygen(&key, &c->abe, &wrong, &held, &c->rng);
    if (atr_enrol_seal(&b, c->abe.hm, &c->request, c->node, &key, &c->rng) !=
        ATR_OK) {
        return false;
    }
    c->sealed_len = b.len;
    c->period = period;
    return true;
}

/* A log in which the key is, and nothing else, signed by the node. */
static json_t *make_log(const cheat *c)
{
    const atr_bytes sealed = {c->sealed, c->sealed_len};
    const atr_trace_leaf leaf = atr_trace_issued(c->id, c->period, sealed);
    const atr_merkle_proof none = {0};
    uint8_t head_bytes[ATR_TRACE_HEAD_BYTES];
    uint8_t proof_bytes[ATR_MERKLE_PROOF_BYTES_MAX];
    atr_builder h = atr_builder_of(head_bytes, sizeof head_bytes);
    atr_builder p = atr_builder_of(proof_bytes, sizeof proof_bytes);
    atr_trace_head head = {
        .node = c->node, .at = atr_clock_wall_ms(), .tree = {.size = 1}};
    char vk[65];

    memcpy(head.hm, c->abe.hm, sizeof head.hm);
    atr_trace_leaf_hash(head.tree.root, &leaf);
    atr_trace_sign(&head, c->sk);
    atr_trace_head_build(&h, &head);
    atr_merkle_proof_build(&p, &none);
    atr_hex_write(vk, ATR_BYTES(c->vk));
    return json_pack("{s:s, s:o, s:i, s:o, s:I}", "key", vk, "head",
                     base64(atr_builder_bytes(&h)), "index", 0, "inclusion",
                     base64(atr_builder_bytes(&p)), "period",
                     (json_int_t)c->period);
}

/* The same answer as long as the period is the same. */
static void give(cheat *c, const atr_http_request *request, const char *text)
{
    const uint64_t period =
        strlen(text) > 65 ? strtoull(text + 65, NULL, 10) : 0;
    char hex[65];

    atr_hex_write(hex, ATR_BYTES(c->id));
    if (strncmp(text, hex, 64) != 0 ||
        ((c->sealed_len == 0 || c->period != period) && !forge(c, period))) {
        reply(c, request->ticket, 404, json_object());
        return;
    }
    reply(c, request->ticket, 200,
          json_pack("{s:i, s:s, s:i, s:s, s:o, s:o}", "schema", 1, "id", hex,
                    "node", (int)c->node, "state", "issued", "partial",
                    base64((atr_bytes){c->sealed, c->sealed_len}), "log",
                    make_log(c)));
}

static void answer(void *context, const atr_http_request *request)
{
    cheat *c = context;

    if (strcmp(request->path, "/v1/authority") == 0) {
        show_authority(c, request);
    } else if (strcmp(request->path, PATH) == 0) {
        take_request(c, request);
    } else if (strncmp(request->path, PATH "/", sizeof PATH) == 0) {
        give(c, request, request->path + sizeof PATH);
    } else {
        reply(c, request->ticket, 404, json_object());
    }
}

/* ---- the process ---- */

static bool read_bundle(cheat *c, const char *dir)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    bool good;

    good =
        atr_path_join(path, dir, "authority.pub") == ATR_OK &&
        atr_file_read(&file, path, 4 * ATR_AUTHORITY_BYTES_MAX, NULL) ==
            ATR_OK &&
        atr_armour_read(c->bundle, &c->bundle_len, sizeof c->bundle,
                        ATR_ARMOUR_AUTHORITY,
                        (atr_bytes){file.data, file.len}) == ATR_OK &&
        atr_authority_read(&c->authority,
                           (atr_bytes){c->bundle, c->bundle_len}) == ATR_OK &&
        atr_abe_init(&c->abe, &c->authority.mpk) == ATR_OK;
    atr_file_wipe(&file);
    return good;
}

/* By which the node signs its log. */
static bool read_key(cheat *c, const char *dir)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    bool good;

    good = atr_path_join(path, dir, "node.key") == ATR_OK &&
           atr_file_read_secret(&file, path, 256, NULL) == ATR_OK &&
           file.len == 8 + 32;
    if (good) {
        atr_ed25519_keypair(c->vk, c->sk, file.data + 8);
    }
    atr_file_wipe(&file);
    return good;
}

static bool prepare(cheat *c, const atr_troupe_node *node, uint8_t number)
{
    c->node = number;
    return read_bundle(c, node->dir) && read_key(c, node->dir) &&
           atr_address_parse(&c->at, node->card, NULL) == ATR_OK &&
           atr_selfcert_paths(&c->cert, node->dir, NULL, NULL, NULL) == ATR_OK;
}

static int serve(cheat *c, int ready)
{
    const atr_server_handler handler = {.context = c, .http = answer};
    atr_server_options options = {.address = c->at.host, .port = c->at.port};
    atr_loop *loop = NULL;
    atr_tls *tls = NULL;

    atr_entropy_rng(&c->rng);
    if (atr_selfcert_open(&tls, &c->cert, c->at.host, NULL) != ATR_OK ||
        atr_loop_open(&loop) != ATR_OK) {
        return EXIT_FAILURE;
    }
    options.tls = tls;
    return atr_server_open(&c->server, loop, &options, &handler, NULL) ==
                       ATR_OK &&
                   write(ready, "ready\n", 6) == 6 &&
                   atr_loop_run(loop) == ATR_OK
               ? EXIT_SUCCESS
               : EXIT_FAILURE; /* all of it ends with the process */
}

bool atr_demo_cheat(atr_process *out, atr_troupe_nodes *nodes, uint8_t number)
{
    cheat *c = calloc(1, sizeof *c);
    char line[16];
    int ready[2];

    if (!c || !prepare(c, &nodes->node[number - 1], number) ||
        pipe2(ready, O_CLOEXEC) != 0) {
        free(c);
        return false;
    }
    *out = (atr_process){.pid = fork(), .in = -1, .out = ready[0], .err = -1};
    if (out->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)signal(SIGTERM, SIG_DFL);
        (void)signal(SIGINT, SIG_IGN);
        _exit(serve(c, ready[1]));
    }
    (void)close(ready[1]);
    atr_wipe(c, sizeof *c);
    free(c);
    if (out->pid < 0) {
        (void)close(ready[0]);
        *out = (atr_process){.in = -1, .out = -1, .err = -1};
        return false;
    }
    return atr_process_read_line(line, sizeof line, out, READY_MS) == ATR_OK;
}
