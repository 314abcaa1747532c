/* In the room: a hall that makes up, replays, reorders or bends the log, and
 * one that tells different people different things.
 */
#include "kit/kit.h"
#include "sim/puppet.h"

static cast players;
static puppet p;
static puppet_friend friend;
static puppet_friend own;
static puppet_friend third;

static int begin(void **state)
{
    (void)state;
    cast_init(&players, false, 1);
    friend = (puppet_friend){0};
    own = (puppet_friend){0};
    third = (puppet_friend){0};
    puppet_init(&p, &players, 0);
    puppet_join(&p, &friend, &own);
    assert_true(atr_member_is_keyed(p.member));
    assert_int_equal(atr_member_count(p.member), 2);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    puppet_free(&p);
    cast_free(&players);
    return 0;
}

static void keys_now(atr_ake_keys *keys)
{
    atr_ake_part parts[3] = {friend.part, own.part, third.part};

    puppet_keys(keys, &p, parts, third.message_len != 0 ? 3 : 2);
}

/* --- contributions -------------------------------------------------------- */

static void honest_contribution_is_taken(void **state)
{
    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    assert_int_equal(atr_member_count(p.member), 3);
}

static void replayed_contribution(void **state)
{
    uint64_t epoch = atr_member_epoch(p.member);

    (void)state;
    assert_int_equal(puppet_contribution(&p, &friend), ATR_ERR_AUTH);
    assert_true(atr_member_epoch(p.member) == epoch);
    assert_int_equal(atr_member_count(p.member), 2);
}

/* Gone, and brought back by the hall with what it once said. */
static void contribution_of_one_who_left(void **state)
{
    atr_record leave = {.kind = ATR_RECORD_LEAVE, .epoch = p.epoch + 1};

    (void)state;
    memcpy(leave.vk, friend.signer.vk, 32);
    assert_int_equal(puppet_event(&p, p.seq + 1, &leave), ATR_OK);
    p.seq++;
    p.epoch++;
    assert_int_equal(puppet_contribution(&p, &friend), ATR_ERR_AUTH);
    assert_int_equal(atr_member_count(p.member), 1);
}

/* One's own first contribution, again. */
static void own_contribution_replayed(void **state)
{
    (void)state;
    assert_int_equal(puppet_contribution(&p, &own), ATR_ERR_AUTH);
}

static void contribution_of_another_epoch(void **state)
{
    (void)state;
    puppet_friend_make(&third, &p, p.epoch + 1); /* the future */
    assert_int_equal(puppet_contribution(&p, &third), ATR_ERR_AUTH);
}

static void contribution_too_old(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATR_EPOCH_WINDOW + 1; i++) {
        puppet_friend_make(&friend, &p, p.epoch);
        assert_int_equal(puppet_contribution(&p, &friend), ATR_OK);
    }
    puppet_friend_make(&third, &p, p.epoch - ATR_EPOCH_WINDOW - 1);
    assert_int_equal(puppet_contribution(&p, &third), ATR_ERR_AUTH);
}

static void contribution_at_the_window(void **state)
{
    (void)state;
    for (size_t i = 0; i < ATR_EPOCH_WINDOW + 1; i++) {
        puppet_friend_make(&friend, &p, p.epoch);
        assert_int_equal(puppet_contribution(&p, &friend), ATR_OK);
    }
    puppet_friend_make(&third, &p, p.epoch - ATR_EPOCH_WINDOW);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    assert_int_equal(atr_member_count(p.member), 3);
}

/* Signed for another room: no honest hall lets it pass. */
static void contribution_of_another_room(void **state)
{
    (void)state;
    p.ake.room[0] ^= 1;
    puppet_friend_make(&third, &p, p.epoch);
    p.ake.room[0] ^= 1;
    assert_int_equal(puppet_contribution(&p, &third), ATR_ERR_AUTH);
    assert_int_equal(atr_member_count(p.member), 2);
}

static void every_bit_of_a_contribution(void **state)
{
    size_t bits;

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    bits = 8 * third.message_len;
    for (size_t bit = 0; bit < bits; bit += 5) {
        puppet_friend bent;

        puppet_friend_make(&third, &p, p.epoch);
        bent = third;
        bent.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (bit >= 64 && bit < 320 + 32) {
            continue; /* another key, another length: refused in other ways */
        }
        if (puppet_contribution(&p, &bent) != ATR_OK) {
            finish(state); /* the connection is over: begin again */
            begin(state);
            continue;
        }
        assert_int_equal(atr_member_count(p.member), 2);
    }
}

/* A contribution that nobody can open changes the number of the epoch and
 * nothing else; the room goes on. */
static void void_contribution_stops_nobody(void **state)
{
    const standin other = {{1, 2, 3}};
    atr_kem kem = standin_of(&other);
    atr_ake_keys keys;

    (void)state;
    p.ake.kem = &kem;
    puppet_friend_make(&third, &p, p.epoch);
    p.ake.kem = &players.kem;
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    third.message_len = 0;
    keys_now(&keys);
    assert_false(atr_member_is_keyed(p.member));
    assert_int_equal(puppet_confirm(&p, &friend, &keys), ATR_OK);
    assert_true(atr_member_is_keyed(p.member));
}

/* --- order ---------------------------------------------------------------- */

static void gaps_and_repetitions_in_the_log(void **state)
{
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    keys_now(&keys);
    puppet_text(&text, &p, &friend, &keys, 1, "hello");
    assert_int_equal(puppet_event(&p, p.seq + 2, &text), ATR_ERR_AUTH);
    finish(state);
    begin(state);
    keys_now(&keys);
    puppet_text(&text, &p, &friend, &keys, 1, "hello");
    assert_int_equal(puppet_event(&p, p.seq, &text), ATR_ERR_AUTH);
    assert_int_equal(p.seen.texts, 0);
}

/* --- texts ---------------------------------------------------------------- */

static void honest_text_is_read(void **state)
{
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    keys_now(&keys);
    puppet_text(&text, &p, &friend, &keys, 1, "hello");
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
    assert_string_equal(p.seen.text, "hello");
}

static void replayed_and_reordered_texts(void **state)
{
    static const uint64_t numbers[] = {3, 3, 2, 1, 5, 4};
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    keys_now(&keys);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        puppet_text(&text, &p, &friend, &keys, numbers[i], "hello");
        assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    }
    assert_int_equal(p.seen.texts, 2); /* 3 and 5 */
}

/* Sealed by nobody who is here: everything that can be wrong is. */
static void made_up_texts(void **state)
{
    atr_ake_keys keys;
    atr_record text;
    size_t len;

    (void)state;
    keys_now(&keys);
    puppet_text(&text, &p, &friend, &keys, 1, "hello");
    len = text.sealed.len;
    for (size_t at = 0; at < len; at += 3) {
        p.frame[at] ^= 1;
        assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
        p.frame[at] ^= 1;
    }
    for (size_t at = 0; at < 64; at++) {
        text.sig[at] ^= 1;
        assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
        text.sig[at] ^= 1;
    }
    text.number = 2; /* it was 1 when it was signed */
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    text.number = 1;
    memcpy(text.vk, own.signer.vk, 32); /* as if we had said it */
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    memset(text.vk, 5, 32); /* by somebody unknown */
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts + p.seen.own, 0);
    memcpy(text.vk, friend.signer.vk, 32);
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
}

/* A member who holds the key speaks in another's name. */
static void text_in_anothers_name(void **state)
{
    puppet_friend mask;
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    keys_now(&keys);
    mask = third;
    memcpy(mask.signer.vk, friend.signer.vk, 32); /* its sk is third's */
    puppet_text(&text, &p, &mask, &keys, 1, "I am the friend");
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
}

static void text_under_an_old_epoch(void **state)
{
    atr_ake_keys old;
    atr_record text;

    (void)state;
    keys_now(&old);
    puppet_text(&text, &p, &friend, &old, 1, "late");
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    text.epoch = p.epoch; /* the hall pretends */
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
    text.epoch = p.epoch - 1; /* or says it as it is */
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_ERR_AUTH);
    assert_int_equal(p.seen.texts, 0);
}

/* A text of another room or conversation, brought here. */
static void text_of_another_room(void **state)
{
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    keys_now(&keys);
    p.room[0] ^= 1;
    puppet_text(&text, &p, &friend, &keys, 1, "elsewhere");
    p.room[0] ^= 1;
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    keys.sid[0] ^= 1;
    puppet_text(&text, &p, &friend, &keys, 1, "elsewhere");
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
}

/* Rightly sealed, and not in form: padding that is used, kinds unknown,
 * lengths that lie, text that is none. */
static void plaintexts_out_of_form(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 2},    {1, 33},  {1, 200}, {3, 4},
                 {4, 0xff}, {255, 1}, {9, 1},   {2, 0xff}};
    atr_ake_keys keys;
    atr_record text;

    (void)state;
    keys_now(&keys);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t plain[256] = {0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};

        plain[wrong[i].at] = wrong[i].value;
        puppet_sealed(&text, &p, &friend, &keys, i + 1, ATR_BYTES(plain));
        assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
        assert_int_equal(p.seen.texts, 0);
    }
}

/* --- confirmations -------------------------------------------------------- */

static void false_confirmation(void **state)
{
    atr_record confirm = {.kind = ATR_RECORD_CONFIRM};

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    confirm.epoch = p.epoch;
    memcpy(confirm.vk, third.signer.vk, 32);
    memset(confirm.tag, 1, 32);
    assert_int_equal(puppet_event(&p, ++p.seq, &confirm), ATR_OK);
    assert_false(atr_member_is_keyed(p.member));
}

/* One's own confirmation comes back as another's. */
static void reflected_confirmation(void **state)
{
    atr_record confirm = {.kind = ATR_RECORD_CONFIRM};
    atr_bytes sent;

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    p.now += 5000;
    atr_member_tick(p.member, p.now);
    sent = puppet_take(&p, ATR_FRAME_CONFIRM);
    assert_int_equal(sent.len, 40);
    confirm.epoch = p.epoch;
    memcpy(confirm.tag, sent.data + 8, 32);
    memcpy(confirm.vk, third.signer.vk, 32);
    assert_int_equal(puppet_event(&p, ++p.seq, &confirm), ATR_OK);
    assert_false(atr_member_is_keyed(p.member));
    memcpy(confirm.vk, own.signer.vk, 32); /* as one's own: alone is nothing */
    assert_int_equal(puppet_event(&p, ++p.seq, &confirm), ATR_OK);
    assert_false(atr_member_is_keyed(p.member));
}

/* Different people are told of different people: they never agree, so nobody
 * speaks. */
static void equivocating_hall(void **state)
{
    puppet q;
    puppet_friend other = {0};
    puppet_friend second = {0};
    puppet *sides[2] = {&p, &q};
    const puppet_friend *others[2];
    atr_record confirm = {.kind = ATR_RECORD_CONFIRM};

    (void)state;
    puppet_init(&q, &players, 1);
    atr_rng_bytes(&q.rng, q.frame, 64); /* other accomplices than p's */
    atr_member_wipe(q.member);
    free(q.member);
    q.member = puppet_member(&q, &players, 1, 77);
    puppet_join(&q, &other, &second);
    others[0] = &second; /* p meets q's member and q meets p's */
    others[1] = &own;
    for (size_t i = 0; i < 2; i++) {
        puppet_friend made = *others[i];

        assert_int_equal(puppet_contribution(sides[i], &made), ATR_OK);
        sides[i]->now += 60000;
        atr_member_tick(sides[i]->member, sides[i]->now);
    }
    for (size_t i = 0; i < 2; i++) {
        atr_bytes tag = puppet_take(sides[1 - i], ATR_FRAME_CONFIRM);

        assert_int_equal(tag.len, 40);
        confirm.epoch = sides[i]->epoch;
        memcpy(confirm.tag, tag.data + 8, 32);
        memcpy(confirm.vk, others[i]->signer.vk, 32);
        assert_int_equal(puppet_event(sides[i], ++sides[i]->seq, &confirm),
                         ATR_OK);
        assert_false(atr_member_is_keyed(sides[i]->member));
        assert_int_equal(atr_member_say(sides[i]->member, ATR_LITERAL("x"),
                                        &(uint64_t){0}, sides[i]->now),
                         ATR_OK);
        assert_null(puppet_take(sides[i], ATR_FRAME_TEXT).data);
    }
    puppet_free(&q);
}

/* --- leavers -------------------------------------------------------------- */

static void leave(const puppet_friend *f)
{
    atr_record record = {.kind = ATR_RECORD_LEAVE, .epoch = p.epoch + 1};

    memcpy(record.vk, f->signer.vk, 32);
    assert_int_equal(puppet_event(&p, p.seq + 1, &record), ATR_OK);
    p.seq++;
    p.epoch++;
}

/* Between a leave and the next contribution the leaver could read along: so
 * nothing is said, and nothing is heard. */
static void a_closed_epoch_is_silent(void **state)
{
    atr_ake_part known[2];
    atr_ake_keys keys;
    atr_record text;
    uint8_t mark[32];

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    leave(&third);
    assert_false(atr_member_is_keyed(p.member));
    assert_false(atr_member_key_mark(p.member, mark));
    assert_int_equal(
        atr_member_say(p.member, ATR_LITERAL("secret"), &(uint64_t){0}, p.now),
        ATR_OK);
    assert_null(puppet_take(&p, ATR_FRAME_TEXT).data);
    known[0] = friend.part;
    known[1] = own.part;
    puppet_keys(&keys, &p, known, 2);
    puppet_text(&text, &p, &friend, &keys, 1, "too early");
    assert_int_equal(puppet_event(&p, ++p.seq, &text), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
    assert_int_equal(puppet_confirm(&p, &friend, &keys), ATR_OK);
    assert_false(atr_member_is_keyed(p.member));
}

/* A leaver keeps every K it ever saw; no choice of them gives the key of the
 * epoch that opens after it. (Whoever still holds a satisfying attribute key
 * could open the new contribution: doc/limits.md.) */
static void a_leaver_who_keeps_all_keys_is_out(void **state)
{
    atr_ake_part known[4];
    atr_bytes fresh;
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION};
    uint8_t mark[32];
    uint8_t guess[32];

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    known[0] = friend.part;
    known[1] = own.part;
    known[2] = third.part;
    leave(&third);
    p.now += 60000;
    atr_member_tick(p.member, p.now);
    fresh = puppet_take(&p, ATR_FRAME_CONTRIBUTE);
    assert_true(fresh.len != 0);
    memcpy(own.message, fresh.data, fresh.len);
    assert_int_equal(puppet_contribution(&p, &own), ATR_OK);
    assert_true(atr_member_key_mark(p.member, mark));

    /* the new part, as everybody sees it: all but its key */
    record.message = (atr_bytes){own.message, own.message_len};
    assert_int_equal(atr_ake_verify(&known[3], &p.ake, record.message), ATR_OK);
    memcpy(known[3].key, own.part.key, 32); /* the old key in its place */
    for (unsigned set = 1; set < 16; set++) {
        atr_ake_part some[4];
        atr_ake_keys keys;
        size_t count = 0;

        for (size_t i = 0; i < 4; i++) {
            if ((set >> i & 1) != 0) {
                some[count++] = known[i];
            }
        }
        for (uint64_t e = p.epoch - 2; e <= p.epoch; e++) {
            if (atr_ake_agree(&keys, &p.ake, e, some, count) == ATR_OK) {
                puppet_mark(guess, &keys);
                assert_memory_not_equal(mark, guess, 32);
            }
        }
    }
    /* with the right one it would be: the guess is made the right way */
    assert_int_equal(
        atr_ake_accept(&known[3], &p.ake, players.keys[0], record.message),
        ATR_OK);
    known[1] = known[3];
    {
        atr_ake_keys keys;

        puppet_keys(&keys, &p, known, 2);
        puppet_mark(guess, &keys);
        assert_memory_equal(mark, guess, 32);
    }
}

/* --- acknowledgements ----------------------------------------------------- */

static void made_up_acknowledgements(void **state)
{
    uint8_t body[16] = {0};

    (void)state;
    body[7] = 9;
    assert_int_equal(puppet_send(&p, ATR_FRAME_ACK, ATR_BYTES(body)),
                     ATR_ERR_AUTH);
    assert_int_equal(p.seen.sent, 0);
}

int main(void)
{
#define SCENE(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        SCENE(honest_contribution_is_taken),
        SCENE(replayed_contribution),
        SCENE(contribution_of_one_who_left),
        SCENE(own_contribution_replayed),
        SCENE(contribution_of_another_epoch),
        SCENE(contribution_too_old),
        SCENE(contribution_at_the_window),
        SCENE(contribution_of_another_room),
        SCENE(every_bit_of_a_contribution),
        SCENE(void_contribution_stops_nobody),
        SCENE(gaps_and_repetitions_in_the_log),
        SCENE(honest_text_is_read),
        SCENE(replayed_and_reordered_texts),
        SCENE(made_up_texts),
        SCENE(text_in_anothers_name),
        SCENE(text_under_an_old_epoch),
        SCENE(text_of_another_room),
        SCENE(plaintexts_out_of_form),
        SCENE(false_confirmation),
        SCENE(reflected_confirmation),
        SCENE(equivocating_hall),
        SCENE(a_closed_epoch_is_silent),
        SCENE(a_leaver_who_keeps_all_keys_is_out),
        SCENE(made_up_acknowledgements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
