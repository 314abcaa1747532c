/* Clients that lie to a hall: at the door, with parts and with texts. */
#include "kit/kit.h"
#include "sim/stage.h"
#include "proto/join.h"
#include "sym/ed25519.h"

static stage s;
static atr_ake_room room;

/* A client by hand, and all that the hall has said to it. */
typedef struct {
    uint32_t conn;
    atr_ake_signer signer;
    uint8_t nonce[32];
    atr_ake_part part;
    uint8_t message[1024];
    size_t message_len;
    stage_tape tape;
} client;

static atr_rng rng;
static client a;
static client b;

static int setup(void **state)
{
    (void)state;
    kit_rng(&rng, 91);
    stage_init(&s, false);
    memcpy(room.room, s.room, 32);
    room.kem = &s.cast.kem;
    room.policy = &s.cast.policy;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stage_tape_free(&a.tape);
    stage_tape_free(&b.tape);
    stage_free(&s);
    return 0;
}

/* --- frames --------------------------------------------------------------- */

static atr_err send(client *c, atr_frame_type type, atr_bytes body)
{
    uint8_t bytes[4096];
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);

    atr_build_u32(&builder, (uint32_t)(1 + body.len));
    atr_build_u8(&builder, (uint8_t)type);
    atr_build_bytes(&builder, body);
    assert_int_equal(atr_builder_end(&builder), ATR_OK);
    return stage_raw(&s, c->conn, atr_builder_bytes(&builder), &c->tape);
}

/* The newest frame of `type`, which must be there. */
static atr_bytes told(const client *c, atr_frame_type type)
{
    atr_bytes found = {NULL, 0};
    size_t at = 0;

    while (at + 5 <= c->tape.len) {
        atr_reader reader = atr_reader_of((atr_bytes){c->tape.data + at, 4});
        size_t len = atr_read_u32(&reader);

        if (c->tape.data[at + 4] == type) {
            found = (atr_bytes){c->tape.data + at + 5, len - 1};
        }
        at += 4 + len;
    }
    assert_non_null(found.data);
    return found;
}

static size_t log_len(void)
{
    return s.store.rooms[0].count;
}

/* --- steps ---------------------------------------------------------------- */

static void connect_as(client *c, uint32_t conn)
{
    stage_tape_free(&c->tape);
    c->conn = conn;
    assert_int_equal(stage_raw(&s, conn, (atr_bytes){NULL, 0}, &c->tape),
                     ATR_OK);
    memcpy(c->nonce, told(c, ATR_FRAME_HELLO).data + 2, 32);
}

static void hang_up(client *c)
{
    atr_hall_closed(s.hall, c->conn, s.now);
}

static atr_err open_with(client *c, const uint8_t vk[32],
                         const uint8_t nonce[32])
{
    uint8_t body[32 + 32 + 8 + 64];
    atr_builder builder = atr_builder_of(body, sizeof body);
    atr_join join = {s.room, nonce, vk};
    uint8_t sig[64];

    atr_join_sign(sig, &join, 0, c->signer.sk);
    atr_build_bytes(&builder, ATR_BYTES(s.room));
    atr_build_bytes(&builder, (atr_bytes){vk, 32});
    atr_build_u64(&builder, 0);
    atr_build_bytes(&builder, ATR_BYTES(sig));
    return send(c, ATR_FRAME_OPEN, ATR_BYTES(body));
}

static void tag_of(uint8_t tag[32], const client *c)
{
    atr_reader reader = atr_reader_of(told(c, ATR_FRAME_CHALLENGE));
    atr_join join = {s.room, c->nonce, c->signer.vk};
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t key[32];

    atr_join_ad(ad, &join);
    assert_int_equal(atr_kem_decap(key, &s.cast.kem, s.cast.keys[0],
                                   &s.cast.policy, ATR_BYTES(ad),
                                   atr_read_field(&reader)),
                     ATR_OK);
    atr_join_answer(tag, &join, key);
}

static void admitted(client *c, uint32_t conn)
{
    uint8_t tag[32];

    atr_ake_signer_init(&c->signer, &rng);
    connect_as(c, conn);
    assert_int_equal(open_with(c, c->signer.vk, c->nonce), ATR_OK);
    tag_of(tag, c);
    assert_int_equal(send(c, ATR_FRAME_ANSWER, ATR_BYTES(tag)), ATR_OK);
    (void)told(c, ATR_FRAME_ADMITTED);
}

static atr_err contribute(client *c, uint64_t base)
{
    c->message_len = atr_ake_message_len(&room);
    atr_ake_contribute(c->message, &c->part, &room, base, &c->signer, &rng);
    return send(c, ATR_FRAME_CONTRIBUTE,
                (atr_bytes){c->message, c->message_len});
}

static uint64_t epoch(void)
{
    atr_record record;
    const memstore_room *r = &s.store.rooms[0];
    const memstore_blob *last = &r->records[r->count - 1];

    assert_int_equal(
        atr_record_read(&record, (atr_bytes){last->data, last->len}), ATR_OK);
    return record.epoch;
}

/* Member a sits in the room. */
static int seat(void **state)
{
    (void)setup(state);
    admitted(&a, 40);
    assert_int_equal(contribute(&a, 0), ATR_OK);
    assert_int_equal(log_len(), 1);
    return 0;
}

/* --- at the door ------------------------------------------------------------
 */

static void a_signature_of_another_connection(void **state)
{
    uint8_t nonce[32];

    (void)state;
    atr_ake_signer_init(&b.signer, &rng);
    connect_as(&b, 41);
    memcpy(nonce, b.nonce, 32);
    hang_up(&b);
    connect_as(&b, 42);
    assert_int_equal(open_with(&b, b.signer.vk, nonce), ATR_ERR_AUTH);
}

static void the_seat_of_another(void **state)
{
    (void)state;
    atr_ake_signer_init(&b.signer, &rng);
    connect_as(&b, 41);
    assert_int_equal(open_with(&b, a.signer.vk, b.nonce), ATR_ERR_AUTH);
    assert_false(atr_hall_is_over(s.hall, a.conn));
}

static void a_wrong_answer(void **state)
{
    uint8_t tag[32];

    (void)state;
    for (size_t i = 0; i < sizeof tag; i += 31) {
        atr_ake_signer_init(&b.signer, &rng);
        connect_as(&b, 41);
        assert_int_equal(open_with(&b, b.signer.vk, b.nonce), ATR_OK);
        tag_of(tag, &b);
        tag[i] ^= 1;
        assert_int_equal(send(&b, ATR_FRAME_ANSWER, ATR_BYTES(tag)),
                         ATR_ERR_AUTH);
        hang_up(&b);
    }
}

static void no_answer_at_all(void **state)
{
    (void)state;
    atr_ake_signer_init(&b.signer, &rng);
    connect_as(&b, 41);
    assert_int_equal(open_with(&b, b.signer.vk, b.nonce), ATR_OK);
    assert_int_equal(send(&b, ATR_FRAME_LEAVE, (atr_bytes){NULL, 0}),
                     ATR_ERR_STATE);
    hang_up(&b);
    atr_ake_signer_init(&b.signer, &rng);
    connect_as(&b, 41);
    assert_int_equal(open_with(&b, b.signer.vk, b.nonce), ATR_OK);
    assert_int_not_equal(contribute(&b, 1), ATR_OK); /* too long, even */
    assert_int_equal(log_len(), 1);
}

static atr_err text(client *c, uint64_t number, uint64_t at, size_t len);

/* --- parts -------------------------------------------------------------------
 */

static void a_part_under_another_name(void **state)
{
    client c = {.conn = 41};

    (void)state;
    admitted(&b, 41);
    c.tape = b.tape;
    atr_ake_signer_init(&c.signer, &rng); /* signed by a key of its own */
    assert_int_equal(contribute(&c, 1), ATR_ERR_AUTH);
    b.tape = c.tape;
    assert_int_equal(log_len(), 1);
}

/* Two connections of one newcomer, both admitted: one seat. */
static void one_seat_for_one_key(void **state)
{
    static client c;
    uint8_t tag[32];

    (void)state;
    admitted(&b, 41);
    c.signer = b.signer;
    connect_as(&c, 42);
    assert_int_equal(open_with(&c, c.signer.vk, c.nonce), ATR_OK);
    tag_of(tag, &c);
    assert_int_equal(send(&c, ATR_FRAME_ANSWER, ATR_BYTES(tag)), ATR_OK);
    assert_int_equal(contribute(&b, 1), ATR_OK);
    assert_int_equal(contribute(&c, 1), ATR_ERR_STATE);
    assert_int_equal(log_len(), 2);
    assert_int_equal(text(&b, 1, 2, 256 + 40), ATR_OK); /* still seated */
    assert_int_equal(send(&b, ATR_FRAME_LEAVE, (atr_bytes){NULL, 0}), ATR_OK);
    assert_int_equal(log_len(), 4);
    stage_tape_free(&c.tape);
}

static void a_part_that_is_not_signed(void **state)
{
    (void)state;
    admitted(&b, 41);
    b.message_len = atr_ake_message_len(&room);
    atr_ake_contribute(b.message, &b.part, &room, 1, &b.signer, &rng);
    b.message[b.message_len - 1] ^= 1;
    assert_int_equal(
        send(&b, ATR_FRAME_CONTRIBUTE, (atr_bytes){b.message, b.message_len}),
        ATR_ERR_AUTH);
    assert_int_equal(log_len(), 1);
}

static void the_same_part_again(void **state)
{
    (void)state;
    assert_int_equal(
        send(&a, ATR_FRAME_CONTRIBUTE, (atr_bytes){a.message, a.message_len}),
        ATR_ERR_AUTH);
    assert_int_equal(log_len(), 1);
}

static void a_part_for_an_epoch_to_come(void **state)
{
    (void)state;
    assert_int_equal(contribute(&a, epoch() + 1), ATR_ERR_INPUT);
    assert_int_equal(log_len(), 1);
}

/* Somebody comes and goes: two epochs. */
static void pass(void)
{
    admitted(&b, 41);
    assert_int_equal(contribute(&b, epoch()), ATR_OK);
    assert_int_equal(send(&b, ATR_FRAME_LEAVE, (atr_bytes){NULL, 0}), ATR_OK);
    hang_up(&b);
}

static void a_member_renews_for_the_present_epoch_alone(void **state)
{
    (void)state;
    pass();
    assert_int_equal(contribute(&a, epoch() - 1), ATR_OK); /* told: stale */
    assert_int_equal(log_len(), 3);
    assert_int_equal(told(&a, ATR_FRAME_STALE).data[15], epoch());
    assert_int_equal(contribute(&a, epoch()), ATR_OK);
    assert_int_equal(log_len(), 4);
}

/* Else one member could keep all others decapsulating. */
static void a_member_renews_once_for_a_leave(void **state)
{
    (void)state;
    assert_int_equal(contribute(&a, epoch()), ATR_OK); /* nobody has left */
    assert_int_equal(told(&a, ATR_FRAME_STALE).data[15], epoch());
    assert_int_equal(log_len(), 1);
    pass();
    assert_int_equal(contribute(&a, epoch()), ATR_OK);
    assert_int_equal(log_len(), 4);
    assert_int_equal(contribute(&a, epoch()), ATR_OK);
    assert_int_equal(log_len(), 4);
    pass();
    assert_int_equal(contribute(&a, epoch()), ATR_OK);
    assert_int_equal(log_len(), 7);
}

static void a_newcomer_may_be_late_so_far(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATR_EPOCH_WINDOW / 2; i++) {
        pass();
    }
    assert_int_equal(epoch(), ATR_EPOCH_WINDOW + 1);
    admitted(&b, 41);
    assert_int_equal(contribute(&b, 0), ATR_OK);
    (void)told(&b, ATR_FRAME_STALE);
    assert_int_equal(epoch(), ATR_EPOCH_WINDOW + 1);
    assert_int_equal(contribute(&b, 1), ATR_OK);
    assert_int_equal(epoch(), ATR_EPOCH_WINDOW + 2);
}

/* --- texts -------------------------------------------------------------------
 */

static atr_err text(client *c, uint64_t number, uint64_t at, size_t len)
{
    static const uint8_t sealed[4096];
    uint8_t body[4096];
    atr_builder builder = atr_builder_of(body, sizeof body);

    atr_build_u64(&builder, number);
    atr_build_u64(&builder, at);
    (void)atr_build_space(&builder, 64);
    atr_build_field(&builder, (atr_bytes){sealed, len});
    return send(c, ATR_FRAME_TEXT, atr_builder_bytes(&builder));
}

static void texts_are_counted(void **state)
{
    (void)state;
    assert_int_equal(text(&a, 1, 1, 256 + 40), ATR_OK);
    assert_int_equal(text(&a, 1, 1, 256 + 40), ATR_OK); /* once in the log */
    assert_int_equal(log_len(), 2);
    assert_int_equal(told(&a, ATR_FRAME_ACK).data[15], 2);
    assert_int_equal(text(&a, 2, 1, 256 + 40), ATR_OK);
    assert_int_equal(log_len(), 3);
    assert_int_equal(text(&a, 4, 1, 256 + 40), ATR_ERR_STATE);
    assert_int_equal(log_len(), 3);
}

static void a_text_of_another_epoch(void **state)
{
    (void)state;
    admitted(&b, 41);
    assert_int_equal(contribute(&b, 1), ATR_OK);
    assert_int_equal(text(&a, 1, 1, 256 + 40), ATR_OK);
    assert_int_equal(told(&a, ATR_FRAME_STALE).data[7], 1);
    assert_int_equal(log_len(), 2);
    assert_int_equal(text(&a, 1, 3, 256 + 40), ATR_ERR_INPUT);
    assert_int_equal(log_len(), 2);
}

static void a_text_of_no_known_length(void **state)
{
    (void)state;
    assert_int_equal(text(&a, 1, 1, 256 + 41), ATR_ERR_INPUT);
    assert_int_equal(log_len(), 1);
}

#define SEATED(test) cmocka_unit_test_setup_teardown(test, seat, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEATED(a_signature_of_another_connection),
        SEATED(the_seat_of_another),
        SEATED(a_wrong_answer),
        SEATED(no_answer_at_all),
        SEATED(a_part_under_another_name),
        SEATED(one_seat_for_one_key),
        SEATED(a_part_that_is_not_signed),
        SEATED(the_same_part_again),
        SEATED(a_part_for_an_epoch_to_come),
        SEATED(a_member_renews_for_the_present_epoch_alone),
        SEATED(a_member_renews_once_for_a_leave),
        SEATED(a_newcomer_may_be_late_so_far),
        SEATED(texts_are_counted),
        SEATED(a_text_of_another_epoch),
        SEATED(a_text_of_no_known_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
