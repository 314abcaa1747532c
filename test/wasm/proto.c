/* A whole room in one process, the same wherever the core runs: a visitor
 * makes it, two members with the real KEM join, talk, and one leaves. All
 * seeds and times are fixed, so every byte on the wire is: the hash over them
 * pins the protocol of doc/protocol.md.
 */
#include <stdlib.h>

#include "kit/tap.h"

#include "policy/policy_text.h"
#include "proto/hall.h"
#include "proto/holders.h"
#include "proto/member.h"
#include "proto/visitor.h"
#include "sym/hash.h"

/* Made by this program natively; they change when the protocol does. */
#define ROOM_ID \
    "e20636e54f39fff545b6ca5573feae122a4578996d7a288d1009e77d95ee208e"
#define MARK \
    "0f19e2325d46639487a7723d0eb553b3e9989479eb74e0980afb717709ee1665"
#define WIRE \
    "a16c2244d6d3b1eb2608a76c8cbb2eeb3b3bdc5a327c33ae0a369c1da518e22e"
#define CROWD_ROOM_ID \
    "b250d7dc68d33257c47fd80b0de1d51c6f20367132a53fc89b95ac812cf67bd5"

#define RECORDS_MAX 64
#define PEOPLE 2

typedef struct {
    uint8_t *data;
    size_t len;
} blob;

static struct {
    blob head;
    uint8_t room[32];
    blob records[RECORDS_MAX];
    size_t count;
} store;

static atr_mem mem;
static atr_abe abe;
static atr_kem kem;
static atr_abe_key keys[PEOPLE];
static uint8_t mpk[ATR_MPK_BYTES];
static atr_room_descriptor descriptor;
static atr_hall *hall;
static atr_member *people[PEOPLE];
static atr_visitor visitor;
static atr_hash wire;
static atr_time now;
static uint8_t marks[PEOPLE][32];
static char heard[PEOPLE][64];

static void *resize(void *context, void *block, size_t old_len, size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

/* --- a store that forgets with the process ------------------------------- */

static blob copy(atr_bytes bytes)
{
    blob out = {malloc(bytes.len), bytes.len};

    memcpy(out.data, bytes.data, bytes.len);
    return out;
}

static atr_err put_room(void *context, const uint8_t room[32], bool listed,
                        atr_bytes head)
{
    (void)context;
    (void)listed;
    memcpy(store.room, room, 32);
    store.head = copy(head);
    return ATR_OK;
}

static atr_err no_rooms(void *context, atr_hall_visit visit, void *visitor_of)
{
    (void)context;
    (void)visit;
    (void)visitor_of;
    return ATR_OK;
}

static atr_err append(void *context, const uint8_t room[32], uint64_t seq,
                      atr_bytes record)
{
    (void)context;
    (void)room;
    if (seq != store.count + 1 || store.count == RECORDS_MAX) {
        return ATR_ERR_IO;
    }
    store.records[store.count++] = copy(record);
    return ATR_OK;
}

static atr_err read_log(void *context, const uint8_t room[32], uint64_t after,
                        atr_hall_visit visit, void *visit_context)
{
    atr_err err = ATR_OK;

    (void)context;
    for (size_t i = (size_t)after; err == ATR_OK && i < store.count; i++) {
        err = visit(visit_context, room, i + 1,
                    (atr_bytes){store.records[i].data, store.records[i].len});
    }
    return err;
}

static atr_err commit(void *context)
{
    (void)context;
    return ATR_OK;
}

static const atr_kem *kem_for(void *context, const uint8_t in[ATR_MPK_BYTES])
{
    (void)context;
    return memcmp(in, mpk, sizeof mpk) == 0 ? &kem : NULL;
}

/* --- moving bytes --------------------------------------------------------- */

static void note(uint8_t direction, uint32_t conn, atr_bytes bytes)
{
    atr_hash_update(&wire, (atr_bytes){&direction, 1});
    atr_hash_u32(&wire, conn);
    atr_hash_field(&wire, bytes);
}

static void to_hall(uint32_t conn, atr_bytes bytes)
{
    note('>', conn, bytes);
    tap_is(atr_hall_recv(hall, conn, bytes, now) == ATR_OK);
}

static void to_client(uint32_t conn, atr_bytes bytes)
{
    note('<', conn, bytes);
    if (conn == PEOPLE) {
        tap_is(atr_visitor_recv(&visitor, bytes) == ATR_OK);
    } else {
        tap_is(atr_member_recv(people[conn], bytes, now) == ATR_OK);
    }
}

static bool pull(void)
{
    bool any = false;
    uint32_t conn;

    for (uint32_t i = 0; i < PEOPLE; i++) {
        atr_bytes out = people[i] == NULL ? (atr_bytes){NULL, 0}
                                          : atr_member_outgoing(people[i]);

        if (out.len != 0) {
            to_hall(i, out);
            atr_member_sent(people[i], out.len);
            any = true;
        }
    }
    tap_is(atr_hall_flush(hall, now) == ATR_OK);
    while (atr_hall_next_ready(hall, &conn)) {
        atr_bytes out = atr_hall_outgoing(hall, conn);

        if (out.len != 0) {
            to_client(conn, out);
            atr_hall_sent(hall, conn, out.len);
            any = true;
        }
    }
    return any;
}

static void look(uint32_t i)
{
    atr_event event;

    while (atr_member_next(people[i], &event)) {
        if (event.kind == ATR_EVENT_TEXT && event.text.len < sizeof heard[i]) {
            memcpy(heard[i], event.text.data, event.text.len);
            heard[i][event.text.len] = '\0';
        }
    }
    (void)atr_member_key_mark(people[i], marks[i]);
}

/* Until `until`, moving the clock from deadline to deadline. */
static void play(atr_time until)
{
    for (;;) {
        atr_time next = ATR_NEVER;

        while (pull()) {
        }
        for (uint32_t i = 0; i < PEOPLE; i++) {
            if (people[i] != NULL) {
                look(i);
                next = atr_member_deadline(people[i]) < next
                           ? atr_member_deadline(people[i])
                           : next;
            }
        }
        if (next > until) {
            break;
        }
        now = next > now ? next : now;
        for (uint32_t i = 0; i < PEOPLE; i++) {
            if (people[i] != NULL) {
                atr_member_tick(people[i], now);
            }
        }
    }
    now = until;
}

/* --- the scene ------------------------------------------------------------ */

static void make_authority(void)
{
    static const char *const owned[PEOPLE] = {"ONE, TWO", "THREE, FOUR"};
    static const uint8_t seed[32] = {1};
    atr_rng rng;
    atr_fr alpha;
    atr_mpk public_key;

    atr_rng_init(&rng, seed);
    atr_abe_setup(&alpha, &public_key, ATR_SCHEME_FABEO, &rng);
    atr_mpk_write(mpk, &public_key);
    tap_is(atr_abe_init(&abe, &public_key) == ATR_OK);
    kem = atr_kem_of(&abe);
    for (size_t i = 0; i < PEOPLE; i++) {
        static atr_attrs attrs;

        tap_is(atr_attrs_parse(&attrs,
                               (atr_bytes){(const uint8_t *)owned[i],
                                           strlen(owned[i])},
                               NULL) == ATR_OK);
        atr_abe_keygen(&keys[i], &abe, &alpha, &attrs, &rng);
    }
}

static void make_hall(void)
{
    static const atr_hall_store calls = {
        .put_room = put_room,
        .rooms = no_rooms,
        .append = append,
        .read = read_log,
        .commit = commit,
    };
    static const uint8_t seed[32] = {2};
    atr_hall_config config = {.store = &calls,
                              .limits = atr_hall_limits_default(),
                              .kem_for = kem_for};
    atr_err err;

    hall = atr_hall_init(malloc(atr_hall_size()), &config, &mem, seed, now,
                         &err);
    tap_is(hall != NULL);
}

static void make_room(void)
{
    const atr_bytes text = ATR_LITERAL("(ONE or THREE) and (TWO or FOUR)");

    descriptor.version = 1;
    descriptor.kex = ATR_ROOM_KEX_AKE1;
    descriptor.scheme = kem.scheme;
    memcpy(descriptor.hm, kem.hm, 32);
    memset(descriptor.admin, 3, 32);
    memset(descriptor.nonce, 4, sizeof descriptor.nonce);
    tap_is(atr_policy_parse(&descriptor.policy, text, NULL) == ATR_OK);
    tap_is(atr_visitor_init(&visitor, &mem, ATR_VISIT_CREATE, &descriptor,
                            mpk, NULL) == ATR_OK);
    tap_is(atr_hall_opened(hall, PEOPLE, now) == ATR_OK);
    while (pull()) {
        atr_bytes out = atr_visitor_outgoing(&visitor);

        if (out.len != 0) {
            to_hall(PEOPLE, out);
            atr_visitor_sent(&visitor, out.len);
        }
    }
    tap_is(visitor.state == ATR_VISIT_DONE);
    atr_hall_closed(hall, PEOPLE, now);
}

static void join(uint32_t i)
{
    uint8_t seed[32] = {(uint8_t)(10 + i)};
    atr_member_config config = {.kem = &kem,
                                .secret = &keys[i],
                                .nick = ATR_LITERAL("somebody")};

    memcpy(config.room, visitor.room, 32);
    people[i] = atr_member_init(malloc(atr_member_size()), &config, &mem, seed,
                                now);
    tap_is(atr_hall_opened(hall, i, now) == ATR_OK);
    atr_member_opened(people[i], now);
    play(now + 3000);
}

static void say(uint32_t i, const char *words)
{
    uint64_t number;

    tap_is(atr_member_say(people[i],
                          (atr_bytes){(const uint8_t *)words, strlen(words)},
                          &number, now) == ATR_OK);
    play(now + 3000);
}

static void a_room(void)
{
    uint8_t digest[32];
    uint8_t before[32];

    mem = (atr_mem){.resize = resize, .limit = SIZE_MAX};
    atr_hash_init(&wire);
    make_authority();
    make_hall();
    make_room();
    tap_hex(visitor.room, 32, ROOM_ID);
    join(0);
    join(1);
    tap_is(memcmp(marks[0], marks[1], 32) == 0);
    tap_hex(marks[0], 32, MARK);
    say(0, "hello");
    tap_is(strcmp(heard[1], "hello") == 0);
    memcpy(before, marks[0], 32);
    atr_member_leave(people[1], now);
    play(now + 3000);
    tap_is(memcmp(marks[0], before, 32) != 0);
    say(0, "alone");
    tap_is(strcmp(heard[0], "alone") == 0);
    tap_is(strcmp(heard[1], "hello") == 0);
    atr_hash_final(&wire, digest);
    tap_hex(digest, 32, WIRE);
}

/* The second version of a descriptor, its id, and the crowd of its policy. */
static void a_minimum_crowd(void)
{
    static atr_room_descriptor again;
    static uint8_t bytes[ATR_ROOM_DESCRIPTOR_BYTES_MAX];
    static const uint8_t page[] = {1, 0,   0,   0,   100, 0, 2, 0, 0, 0, 3,
                                   'O', 'N', 'E', 0,   0,   0, 60, 0, 0, 0, 3,
                                   'T', 'W', 'O', 0,   0,   0, 50};
    const atr_bytes text = ATR_LITERAL("ONE and TWO");
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_holders holders;
    uint8_t id[32];

    memset(&descriptor, 0, sizeof descriptor);
    descriptor.version = 2;
    descriptor.kex = ATR_ROOM_KEX_AKE1;
    descriptor.scheme = ATR_SCHEME_FABEO;
    descriptor.period_s = 604800;
    descriptor.min_crowd = 30;
    tap_is(atr_policy_parse(&descriptor.policy, text, NULL) == ATR_OK);
    atr_room_build(&b, &descriptor);
    tap_is(atr_room_read(&again, atr_builder_bytes(&b)) == ATR_OK);
    tap_is(memcmp(&again, &descriptor, sizeof again) == 0);
    atr_room_id(id, atr_builder_bytes(&b));
    tap_hex(id, 32, CROWD_ROOM_ID);
    tap_is(atr_holders_read(&holders, ATR_BYTES(page)) == ATR_OK);
    tap_is(atr_policy_crowd(&again.policy, holders.total, atr_holders_of,
                            &holders) == 10);
}

int main(void)
{
    static const tap_test tests[] = {{"a_room", a_room},
                                     {"a_minimum_crowd", a_minimum_crowd}};

    return TAP_RUN(tests);
}
