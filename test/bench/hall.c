/* hall.c - what a delivery and an idle connection cost the real hall.
 *
 * Starts attrium-halld, fills one room over TLS with members that prove their
 * attributes and contribute but do not read the others' contributions (the
 * work of members is measured in kem.c), then lets one of them write. The
 * hall's processor time comes from its schedstat, its memory from its statm.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/client.h"
#include "host/entropy.h"
#include "host/loop.h"
#include "host/process.h"
#include "kex/ake.h"
#include "kit/bench.h"
#include "policy/policy_text.h"
#include "proto/frame.h"
#include "proto/join.h"
#include "proto/room.h"
#include "proto/visitor.h"

#define MEMBERS_MAX 1000
#define WINDOW 64
#define TEXT_BYTES (24 + 256 + 16) /* a short text, sealed (proto/text.h) */

typedef struct {
    atr_client *client;
    atr_framer framer;
    atr_queue out;
    atr_ake_signer signer;
    uint8_t nonce[32];
    bool joined;
    uint64_t texts; /* seen */
    uint64_t acked;
} guest;

static struct {
    atr_loop *loop;
    atr_mem mem;
    atr_rng rng;
    atr_abe abe;
    atr_kem kem;
    atr_abe_key key;
    atr_policy policy;
    uint8_t mpk[ATR_MPK_BYTES];
    uint8_t room[32];
    atr_ake_room ake;
    uint64_t epoch;
    atr_link link;
    atr_process hall;
    guest guests[MEMBERS_MAX];
    size_t count;
    uint64_t goal; /* texts that everybody is to see */
    uint64_t sent;
} bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench hall: %s\n", what);
    atr_process_end(&bench.hall, 2000);
    exit(1);
}

static void must(atr_err err, const char *what)
{
    if (err != ATR_OK) {
        fprintf(stderr, "bench hall: %s\n", atr_err_text(err));
        die(what);
    }
}

static void *plain_resize(void *context, void *block, size_t old_len,
                          size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

/* --- one guest ------------------------------------------------------------ */

static void say(guest *g, uint8_t type, atr_bytes body)
{
    uint8_t *at = atr_queue_space(&g->out, &bench.mem, 5 + body.len);
    atr_builder b;

    if (at == NULL) {
        die("out of memory");
    }
    b = atr_builder_of(at, 5 + body.len);
    atr_build_u32(&b, (uint32_t)(1 + body.len));
    atr_build_u8(&b, type);
    atr_build_bytes(&b, body);
    atr_queue_added(&g->out, b.len);
    atr_client_ready(g->client);
}

static atr_join join_of(const guest *g)
{
    return (atr_join){bench.room, g->nonce, g->signer.vk};
}

static void open_room(guest *g, atr_bytes hello)
{
    uint8_t body[32 + 32 + 8 + 64];
    atr_builder b = atr_builder_of(body, sizeof body);
    atr_reader r = atr_reader_of(hello);
    atr_join join = join_of(g);

    (void)atr_read_u16(&r);
    atr_read_copy(&r, g->nonce, sizeof g->nonce);
    atr_build_bytes(&b, ATR_BYTES(bench.room));
    atr_build_bytes(&b, ATR_BYTES(g->signer.vk));
    atr_build_u64(&b, 0);
    atr_join_sign(atr_build_space(&b, 64), &join, 0, g->signer.sk);
    say(g, ATR_FRAME_OPEN, atr_builder_bytes(&b));
}

static void answer(guest *g, atr_bytes challenge)
{
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t key[ATR_KEM_KEY_BYTES];
    uint8_t tag[ATR_JOIN_TAG_BYTES];
    atr_reader r = atr_reader_of(challenge);
    atr_bytes capsule = atr_read_field(&r);
    atr_join join = join_of(g);

    atr_join_ad(ad, &join);
    must(atr_kem_decap(key, &bench.kem, &bench.key, &bench.policy,
                       ATR_BYTES(ad), capsule),
         "the challenge does not open");
    atr_join_answer(tag, &join, key);
    say(g, ATR_FRAME_ANSWER, ATR_BYTES(tag));
}

static void contribute(guest *g, uint64_t epoch)
{
    static uint8_t message[ATR_FRAME_BYTES_MAX];
    atr_ake_part part;

    atr_ake_contribute(message, &part, &bench.ake, epoch, &g->signer,
                       &bench.rng);
    say(g, ATR_FRAME_CONTRIBUTE,
        (atr_bytes){message, atr_ake_message_len(&bench.ake)});
}

static void write_text(guest *g)
{
    uint8_t body[8 + 8 + 64 + 4 + TEXT_BYTES] = {0};
    uint8_t sealed[TEXT_BYTES] = {0};
    uint8_t sig[64] = {0};
    atr_builder b = atr_builder_of(body, sizeof body);

    atr_build_u64(&b, ++bench.sent);
    atr_build_u64(&b, bench.epoch);
    atr_build_bytes(&b, ATR_BYTES(sig));
    atr_build_field(&b, ATR_BYTES(sealed));
    say(g, ATR_FRAME_TEXT, atr_builder_bytes(&b));
}

static bool all_seen(void)
{
    for (size_t i = 0; i < bench.count; i++) {
        if (bench.guests[i].texts < bench.goal) {
            return false;
        }
    }
    return true;
}

static void event(guest *g, atr_bytes body)
{
    atr_record record;
    atr_reader r = atr_reader_of(body);

    (void)atr_read_u64(&r);
    must(atr_record_read(&record, atr_read_rest(&r)), "a bad record");
    if (record.kind == ATR_RECORD_CONTRIBUTION) {
        bench.epoch = record.epoch;
        if (memcmp(record.message.data + 8, g->signer.vk, 32) == 0) {
            g->joined = true;
            atr_loop_stop(bench.loop);
        }
    } else if (record.kind == ATR_RECORD_TEXT) {
        g->texts++;
        if (g->texts == bench.goal && all_seen()) {
            atr_loop_stop(bench.loop);
        }
    }
}

static void acked(guest *g)
{
    g->acked++;
    if (bench.sent < bench.goal && bench.sent - g->acked < WINDOW) {
        write_text(g);
    }
}

static void take(guest *g, uint8_t type, atr_bytes body)
{
    atr_reader r = atr_reader_of(body);

    switch (type) {
    case ATR_FRAME_HELLO:
        open_room(g, body);
        break;
    case ATR_FRAME_CHALLENGE:
        answer(g, body);
        break;
    case ATR_FRAME_ADMITTED:
        contribute(g, atr_read_u64(&r));
        break;
    case ATR_FRAME_EVENT:
        event(g, body);
        break;
    case ATR_FRAME_ACK:
        acked(g);
        break;
    case ATR_FRAME_REFUSED:
    case ATR_FRAME_STALE:
        die("the hall refused");
    default:
        break;
    }
}

static void on_open(void *context)
{
    (void)context;
}

static void on_data(void *context, atr_bytes data)
{
    guest *g = context;
    uint8_t type;
    atr_bytes body;
    atr_err err = ATR_OK;

    must(atr_framer_put(&g->framer, &bench.mem, data), "a frame too large");
    while (atr_framer_next(&g->framer, &type, &body, &err)) {
        take(g, type, body);
        atr_framer_drop(&g->framer, &bench.mem);
    }
    must(err, "a frame too large");
}

static void on_closed(void *context, atr_err err, uint16_t code,
                      const char *text)
{
    (void)context;
    (void)err;
    (void)code;
    fprintf(stderr, "%s\n", text);
    die("a connection was lost");
}

static atr_bytes outgoing(void *context)
{
    return atr_queue_bytes(&((guest *)context)->out);
}

static void sent(void *context, size_t len)
{
    atr_queue_take(&((guest *)context)->out, &bench.mem, len);
}

static void run(const char *what)
{
    must(atr_loop_run(bench.loop), what);
}

static void enter(guest *g)
{
    atr_client_options options = {.host = bench.link.host,
                                  .port = bench.link.port,
                                  .path = "/v1/room",
                                  .pin = bench.link.pin,
                                  .ping_ms = 3600000};
    atr_client_handler handler = {.context = g,
                                  .open = on_open,
                                  .data = on_data,
                                  .closed = on_closed,
                                  .outgoing = outgoing,
                                  .sent = sent};
    atr_fault fault;

    atr_ake_signer_init(&g->signer, &bench.rng);
    g->framer.limit = ATR_FRAME_BYTES_MAX;
    must(atr_client_open(&g->client, bench.loop, &options, &handler, &fault),
         "cannot connect");
    run("join");
}

/* --- the hall --------------------------------------------------------------
 */

static uint64_t number_in(const char *path, int column)
{
    FILE *f = fopen(path, "r");
    unsigned long long value = 0;

    if (f == NULL) {
        die(path);
    }
    for (int i = 0; i <= column; i++) {
        if (fscanf(f, "%llu", &value) != 1) {
            die(path);
        }
    }
    fclose(f);
    return value;
}

static uint64_t hall_cpu_ns(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)bench.hall.pid);
    return number_in(path, 0);
}

static uint64_t hall_memory(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/statm", (int)bench.hall.pid);
    return number_in(path, 1) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void start_hall(const char *program, const char *dir)
{
    const char *argv[] = {program,    "run",         "-d", dir,
                          "--listen", "127.0.0.1:0", NULL};
    /* A thousand strangers at once are what a hall's door is there for. */
    const char *env[] = {"ATTRIUM_HALLD__LIMITS__CHALLENGES=0", NULL};
    atr_process_options options = {.argv = argv, .env = env, .pipe_out = true};
    atr_fault fault;
    char line[1024];

    must(atr_process_start(&bench.hall, &options, &fault), "no attrium-halld");
    while (atr_process_read_line(line, sizeof line, &bench.hall, 10000) ==
           ATR_OK) {
        const char *at = strstr(line, "attrium://");

        if (at != NULL) {
            atr_bytes text = {(const uint8_t *)at, strcspn(at, " \t")};

            must(atr_link_parse(&bench.link, text), "a bad link");
            return;
        }
    }
    die("the hall does not say where it is");
}

typedef struct {
    atr_visitor visitor;
    atr_client *client;
} visit;

static void visit_data(void *context, atr_bytes data)
{
    visit *v = context;

    must(atr_visitor_recv(&v->visitor, data), "create");
    if (v->visitor.state != ATR_VISIT_WAITING) {
        atr_loop_stop(bench.loop);
    }
}

static atr_bytes visit_outgoing(void *context)
{
    return atr_visitor_outgoing(&((visit *)context)->visitor);
}

static void visit_sent(void *context, size_t len)
{
    atr_visitor_sent(&((visit *)context)->visitor, len);
}

static void visit_open(void *context)
{
    atr_client_ready(((visit *)context)->client);
}

static void create_room(void)
{
    static atr_room_descriptor room;
    visit v = {0};
    atr_client_options options = {.host = bench.link.host,
                                  .port = bench.link.port,
                                  .path = "/v1/room",
                                  .pin = bench.link.pin};
    atr_client_handler handler = {.context = &v,
                                  .open = visit_open,
                                  .data = visit_data,
                                  .closed = on_closed,
                                  .outgoing = visit_outgoing,
                                  .sent = visit_sent};
    atr_ake_signer admin;
    atr_fault fault;

    atr_ake_signer_init(&admin, &bench.rng);
    room = (atr_room_descriptor){.version = 1,
                                 .kex = ATR_ROOM_KEX_AKE1,
                                 .scheme = bench.kem.scheme,
                                 .policy = bench.policy};
    memcpy(room.hm, bench.kem.hm, 32);
    memcpy(room.admin, admin.vk, 32);
    atr_rng_bytes(&bench.rng, room.nonce, sizeof room.nonce);
    must(atr_visitor_init(&v.visitor, &bench.mem, ATR_VISIT_CREATE, &room,
                          bench.mpk, NULL),
         "create");
    must(atr_client_open(&v.client, bench.loop, &options, &handler, &fault),
         "cannot connect");
    run("create");
    if (v.visitor.state != ATR_VISIT_DONE) {
        die("the hall makes no room");
    }
    memcpy(bench.room, v.visitor.room, 32);
    atr_client_close(v.client);
    atr_visitor_wipe(&v.visitor);
}

static void set_up(void)
{
    uint8_t seed[32];
    atr_mpk mpk;
    atr_fr alpha;
    atr_attrs attrs = {0};

    bench.mem = (atr_mem){.resize = plain_resize, .limit = SIZE_MAX};
    atr_entropy_seed(seed);
    atr_rng_init(&bench.rng, seed);
    atr_abe_setup(&alpha, &mpk, ATR_SCHEME_FABEO, &bench.rng);
    atr_mpk_write(bench.mpk, &mpk);
    must(atr_abe_init(&bench.abe, &mpk), "setup");
    bench.kem = atr_kem_of(&bench.abe);
    must(atr_policy_parse(&bench.policy, ATR_LITERAL("staff or guest"), NULL),
         "policy");
    must(atr_attrs_parse(&attrs, ATR_LITERAL("staff"), NULL), "attributes");
    atr_abe_keygen(&bench.key, &bench.abe, &alpha, &attrs, &bench.rng);
    must(atr_loop_open(&bench.loop), "no loop");
}

/* --- what is measured ------------------------------------------------------
 */

/* Numbers go on from round to round, so everybody starts from the newest. */
static void deliveries(size_t members, uint64_t texts)
{
    guest *first = &bench.guests[0];
    uint64_t before;
    double us;

    for (size_t i = 0; i < bench.count; i++) {
        bench.guests[i].texts = bench.sent;
    }
    bench.goal = bench.sent + texts;
    first->acked = bench.sent;
    before = hall_cpu_ns();
    for (int i = 0; i < WINDOW; i++) {
        write_text(first);
    }
    run("deliveries");
    us = (double)(hall_cpu_ns() - before) / 1000.0 /
         ((double)texts * (double)members);
    bench_value("hall_delivery", "tls", members, "us", us);
    bench_value("hall_deliveries_per_cpu_second", "tls", members, "1/s",
                1e6 / us);
}

static void fill(size_t members)
{
    while (bench.count < members) {
        enter(&bench.guests[bench.count]);
        bench.count++;
    }
}

static void remove_dir(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    char path[512];

    if (d == NULL) {
        return;
    }
    while ((e = readdir(d)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.') {
            (void)unlink(path);
        }
    }
    closedir(d);
    (void)rmdir(dir);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {10, 100, 1000};
    char dir[] = "/tmp/attrium-bench-XXXXXX";
    char state[sizeof dir + 8];
    char program[512];
    uint64_t before;

    /* beside this program's folder, in the same build */
    snprintf(program, sizeof program, "%.*s/../app/halld/attrium-halld",
             (int)(strrchr(argv[0], '/') - argv[0]), argv[0]);
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
    if (mkdtemp(dir) == NULL) {
        die("no temporary directory");
    }
    snprintf(state, sizeof state, "%s/hall", dir);
    set_up();
    start_hall(program, state);
    create_room();
    bench.ake = (atr_ake_room){.kem = &bench.kem, .policy = &bench.policy};
    memcpy(bench.ake.room, bench.room, 32);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t had = bench.count;

        /* What the connections added, without what the hall itself is. */
        before = hall_memory();
        fill(sizes[i]);
        bench_value("hall_memory_per_connection", "tls", sizes[i], "bytes",
                    (double)(hall_memory() - before) /
                        (double)(bench.count - had));
        deliveries(sizes[i], 2000000 / sizes[i] > 20000
                                 ? 20000
                                 : 2000000 / sizes[i]);
    }
    atr_process_end(&bench.hall, 5000);
    remove_dir(state);
    remove_dir(dir);
    return 0;
}
