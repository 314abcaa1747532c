/* A hall that writes into the log what nobody said, or what was said already,
 * and members who do not keep to the form. */
#include "kit/kit.h"
#include "sim/puppet.h"

static cast players;
static puppet p;
static puppet_friend f; /* who is there first */
static puppet_friend own;

static int setup(void **state)
{
    (void)state;
    cast_init(&players, false, 81);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cast_free(&players);
    return 0;
}

/* Every test begins with f and the member in a room that has a key. */
static int join(void **state)
{
    (void)state;
    memset(&f, 0, sizeof f);
    memset(&own, 0, sizeof own);
    puppet_init(&p, &players, 0);
    puppet_join(&p, &f, &own);
    assert_true(atr_member_is_keyed(p.member));
    assert_int_equal(atr_member_count(p.member), 2);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    puppet_free(&p);
    return 0;
}

static void keys_of(atr_ake_keys *keys, const puppet_friend *third)
{
    atr_ake_part parts[3] = {f.part, own.part};

    parts[2] = third != NULL ? third->part : f.part;
    puppet_keys(keys, &p, parts, third != NULL ? 3 : 2);
}

/* The next record of the log. */
static atr_err append(const atr_record *record)
{
    atr_err err = puppet_event(&p, p.seq + 1, record);

    p.seq += err == ATR_OK;
    return err;
}

static void renew(puppet_friend *whose)
{
    puppet_friend_make(whose, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, whose), ATR_OK);
}

/* --- contributions -------------------------------------------------------- */

/* Without a signature of its owner nothing happens to anybody's part: the
 * hall cannot drop a member by a message that it made up. */
static void a_forged_contribution_drops_nobody(void **state)
{
    puppet_friend *const all[] = {&f, &own};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        puppet_friend forged = *all[i];

        forged.message[forged.message_len - 1] ^= 1; /* the signature */
        assert_int_equal(puppet_contribution(&p, &forged), ATR_ERR_AUTH);
        assert_int_equal(atr_member_count(p.member), 2);
        assert_int_equal(atr_member_epoch(p.member), 2);
        puppet_free(&p);
        (void)join(NULL);
    }
}

/* Signed, but made with another authority's KEM: its maker is at fault, and is
 * out, at all members alike. */
static void a_contribution_that_opens_for_nobody(void **state)
{
    const standin other = {{1, 2, 3}};
    atr_kem kem = standin_of(&other);
    atr_ake_room room = p.ake;

    (void)state;
    room.kem = &kem;
    atr_ake_contribute(f.message, &f.part, &room, p.epoch, &f.signer, &p.rng);
    assert_int_equal(puppet_contribution(&p, &f), ATR_OK);
    assert_int_equal(atr_member_count(p.member), 1);
    assert_int_equal(atr_member_epoch(p.member), 3);
}

static void a_contribution_again(void **state)
{
    puppet_friend newer;

    (void)state;
    renew(&f);
    newer = f;
    renew(&f);
    for (size_t i = 0; i < 250; i++) {
        renew(&f);
    }
    assert_int_equal(puppet_contribution(&p, &newer), ATR_ERR_AUTH);
}

static void the_living_contribution_again(void **state)
{
    (void)state;
    assert_int_equal(puppet_contribution(&p, &f), ATR_ERR_AUTH);
}

/* A base may be ATR_EPOCH_WINDOW epochs old, and no more. */
static void a_contribution_from_long_ago(void **state)
{
    puppet_friend late[2] = {0};

    (void)state;
    puppet_friend_make(&late[0], &p, p.epoch);
    puppet_friend_make(&late[1], &p, p.epoch);
    for (size_t i = 0; i < ATR_EPOCH_WINDOW; i++) {
        renew(&f);
    }
    assert_int_equal(puppet_contribution(&p, &late[0]), ATR_OK);
    assert_int_equal(puppet_contribution(&p, &late[1]), ATR_ERR_AUTH);
}

static void a_contribution_from_the_future(void **state)
{
    puppet_friend early = {0};

    (void)state;
    puppet_friend_make(&early, &p, p.epoch + 1);
    assert_int_equal(puppet_contribution(&p, &early), ATR_ERR_AUTH);
}

/* --- the order ------------------------------------------------------------ */

static void the_log_has_no_gap(void **state)
{
    atr_record record;
    atr_ake_keys keys;

    (void)state;
    keys_of(&keys, NULL);
    puppet_text(&record, &p, &f, &keys, 1, "one");
    assert_int_equal(puppet_event(&p, p.seq + 2, &record), ATR_ERR_AUTH);
}

static void the_log_has_nothing_twice(void **state)
{
    atr_record record;
    atr_ake_keys keys;

    (void)state;
    keys_of(&keys, NULL);
    puppet_text(&record, &p, &f, &keys, 1, "one");
    assert_int_equal(append(&record), ATR_OK);
    assert_int_equal(puppet_event(&p, p.seq, &record), ATR_ERR_AUTH);
}

static void a_log_that_has_grown_shorter(void **state)
{
    (void)state;
    atr_member_closed(p.member, p.now);
    atr_member_opened(p.member, p.now);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_MEMBER, p.seq - 1, 0),
                     ATR_ERR_AUTH);
}

/* --- texts -----------------------------------------------------------------
 */

static void a_text_again_under_a_new_place(void **state)
{
    atr_record first;
    atr_record second;
    atr_ake_keys keys;
    uint8_t sealed[512];

    (void)state;
    keys_of(&keys, NULL);
    puppet_text(&first, &p, &f, &keys, 1, "one");
    memcpy(sealed, first.sealed.data, first.sealed.len);
    first.sealed.data = sealed;
    assert_int_equal(append(&first), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
    assert_int_equal(append(&first), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
    puppet_text(&second, &p, &f, &keys, 2, "two");
    assert_int_equal(append(&second), ATR_OK);
    assert_int_equal(append(&first), ATR_OK);
    assert_int_equal(p.seen.texts, 2);
}

static void a_text_that_its_sender_did_not_sign(void **state)
{
    atr_record record;
    atr_ake_keys keys;

    (void)state;
    keys_of(&keys, NULL); /* the forger is inside and has the keys */
    puppet_text(&record, &p, &f, &keys, 1, "one");
    record.sig[3] ^= 1;
    assert_int_equal(append(&record), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
    record.sig[3] ^= 1;
    assert_int_equal(append(&record), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
}

static void a_text_of_the_epoch_before(void **state)
{
    atr_record record;
    atr_ake_keys keys;

    (void)state;
    keys_of(&keys, NULL);
    puppet_text(&record, &p, &f, &keys, 1, "one");
    puppet_friend_make(&f, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &f), ATR_OK);
    assert_int_equal(append(&record), ATR_ERR_AUTH);
}

/* Sealed under keys that the parts would give: but the epoch began with a
 * leave, and who has left could compute them too. */
static void a_text_of_a_closed_epoch(void **state)
{
    puppet_friend third = {0};
    atr_record left = {.kind = ATR_RECORD_LEAVE};
    atr_record record;
    atr_ake_keys keys;

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    memcpy(left.vk, third.signer.vk, 32);
    left.epoch = p.epoch + 1;
    assert_int_equal(append(&left), ATR_OK);
    p.epoch++;
    assert_int_equal(atr_member_count(p.member), 2);
    keys_of(&keys, NULL);
    puppet_text(&record, &p, &f, &keys, 1, "one");
    assert_int_equal(append(&record), ATR_OK);
    assert_int_equal(p.seen.texts, 0);
    assert_false(atr_member_is_keyed(p.member));
    renew(&f); /* open again */
    keys_of(&keys, NULL);
    puppet_text(&record, &p, &f, &keys, 2, "two");
    assert_int_equal(append(&record), ATR_OK);
    assert_int_equal(p.seen.texts, 1);
}

/* The keys of an epoch are gone when it ends, not when the next ones come. */
static void no_key_outlives_its_epoch(void **state)
{
    puppet_friend third = {0};
    atr_record left = {.kind = ATR_RECORD_LEAVE};
    atr_ake_keys keys;

    (void)state;
    puppet_friend_make(&third, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &third), ATR_OK);
    keys_of(&keys, &third);
    assert_int_equal(puppet_confirm(&p, &third, &keys), ATR_OK);
    assert_non_null(memmem(p.member, atr_member_size(), keys.session, 32));
    assert_non_null(memmem(p.member, atr_member_size(), keys.confirm, 32));
    memcpy(left.vk, third.signer.vk, 32);
    left.epoch = p.epoch + 1;
    assert_int_equal(append(&left), ATR_OK);
    assert_null(memmem(p.member, atr_member_size(), keys.session, 32));
    assert_null(memmem(p.member, atr_member_size(), keys.confirm, 32));
}

/* --- confirmations ---------------------------------------------------------
 */

static void confirm(const uint8_t vk[32], const uint8_t tag[32])
{
    atr_record record = {.kind = ATR_RECORD_CONFIRM, .epoch = p.epoch};

    memcpy(record.vk, vk, 32);
    memcpy(record.tag, tag, 32);
    assert_int_equal(append(&record), ATR_OK);
}

static void only_a_right_confirmation_of_another_counts(void **state)
{
    uint8_t tag[32];
    atr_ake_keys keys;

    (void)state;
    renew(&f);
    keys_of(&keys, NULL);
    assert_false(atr_member_is_keyed(p.member));
    atr_ake_confirm(tag, &keys, own.signer.vk);
    confirm(own.signer.vk, tag); /* its own comes back */
    assert_false(atr_member_is_keyed(p.member));
    confirm(f.signer.vk, tag); /* under another name */
    assert_false(atr_member_is_keyed(p.member));
    atr_ake_confirm(tag, &keys, f.signer.vk);
    tag[31] ^= 1;
    confirm(f.signer.vk, tag);
    assert_false(atr_member_is_keyed(p.member));
    tag[31] ^= 1;
    confirm(f.signer.vk, tag);
    assert_true(atr_member_is_keyed(p.member));
}

static void an_acknowledgement_of_what_was_not_said(void **state)
{
    uint8_t body[16] = {0};

    (void)state;
    body[7] = 200;
    body[15] = 9;
    assert_int_equal(puppet_send(&p, ATR_FRAME_ACK, ATR_BYTES(body)),
                     ATR_ERR_AUTH);
}

/* --- at the door -----------------------------------------------------------
 */

static int come(void **state)
{
    (void)state;
    puppet_init(&p, &players, 0);
    p.epoch = 1;
    p.seq = 1;
    assert_int_equal(puppet_hello(&p), ATR_OK);
    return 0;
}

/* A capsule that another connection got: who opens it would be an oracle. */
static void a_challenge_for_another_connection(void **state)
{
    uint8_t key[32];

    (void)state;
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 1, 0), ATR_OK);
    p.nonce[31] ^= 1;
    assert_int_equal(puppet_challenge(&p, &players.policy, key), ATR_ERR_AUTH);
    assert_int_equal(puppet_take(&p, ATR_FRAME_ANSWER).len, 0);
}

/* The room belongs to another authority than the member's key. */
static void a_room_of_another_authority(void **state)
{
    static cast strangers;

    (void)state;
    puppet_free(&p);
    strangers = players;
    puppet_init(&p, &strangers, 0);
    strangers.kem.hm[31] ^= 1; /* what the member's KEM says from now on */
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 1, 0), ATR_OK);
    assert_int_equal(p.seen.refused.kind, ATR_EVENT_REFUSED);
    assert_int_equal(p.seen.refused.why, ATR_ERR_POLICY);
    assert_int_equal(puppet_take(&p, ATR_FRAME_ANSWER).len, 0);
}

static void another_room_under_the_same_name(void **state)
{
    (void)state;
    p.descriptor[3] ^= 1; /* listed */
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, 1, 0), ATR_ERR_AUTH);
}

/* Once more through the door with the key it had, up to the roster. */
static void come_again(void)
{
    uint8_t key[32];

    atr_member_closed(p.member, p.now);
    atr_member_opened(p.member, p.now);
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, p.seq, 0), ATR_OK);
    assert_int_equal(puppet_challenge(&p, &players.policy, key), ATR_OK);
    assert_int_equal(puppet_admit(&p, 1), ATR_OK);
}

/* A roster lists others, each once, with records from before the head. */
static void a_roster_that_cannot_be(void **state)
{
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION, .epoch = 2};

    (void)state;
    come_again();
    record.message = (atr_bytes){own.message, own.message_len};
    assert_int_equal(puppet_event(&p, 2, &record), ATR_ERR_AUTH);
    come_again();
    record.epoch = 1;
    record.message = (atr_bytes){f.message, f.message_len};
    assert_int_equal(puppet_event(&p, p.seq + 1, &record), ATR_ERR_AUTH);
    come_again();
    assert_int_equal(puppet_event(&p, 0, &record), ATR_ERR_AUTH);
    come_again();
    record.epoch = p.epoch + 1;
    assert_int_equal(puppet_event(&p, 1, &record), ATR_ERR_AUTH);
    come_again();
    record.epoch = 1;
    assert_int_equal(puppet_event(&p, 1, &record), ATR_OK);
}

#define LISTED 35 /* more than are opened together */

typedef struct {
    void (*spoil)(puppet_friend *whose);
    atr_err err; /* what the roster comes to */
} spoiling;

static void opens_for_nobody(puppet_friend *whose)
{
    const standin other = {{1, 2, 3}};
    atr_kem kem = standin_of(&other);
    atr_ake_room room = p.ake;

    room.kem = &kem;
    atr_ake_contribute(whose->message, &whose->part, &room, 0, &whose->signer,
                       &p.rng);
}

static void is_forged(puppet_friend *whose)
{
    whose->message[whose->message_len - 1] ^= 1;
}

static void is_cut(puppet_friend *whose)
{
    whose->message_len--;
}

static void is_our_own(puppet_friend *whose)
{
    atr_bytes message = puppet_take(&p, ATR_FRAME_CONTRIBUTE);

    assert_int_equal(message.len, whose->message_len);
    memcpy(whose->message, message.data, message.len);
}

static void enter_a_full_room(void)
{
    uint8_t key[32];

    puppet_free(&p);
    puppet_init(&p, &players, 0);
    p.epoch = LISTED;
    p.seq = LISTED;
    assert_int_equal(puppet_hello(&p), ATR_OK);
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, LISTED, 0), ATR_OK);
    assert_int_equal(puppet_challenge(&p, &players.policy, key), ATR_OK);
    assert_int_equal(puppet_admit(&p, LISTED), ATR_OK);
}

/* A bad entry ends the roster, after what stands before it has counted; one
 * whose maker is at fault counts for nothing, and the others count. */
static void a_bad_entry_at(const spoiling *s, size_t bad)
{
    static puppet_friend listed[LISTED];
    size_t told = bad / ATR_AKE_TOGETHER * ATR_AKE_TOGETHER + ATR_AKE_TOGETHER -
                  1; /* the last one opened with it */

    enter_a_full_room();
    for (size_t i = 0; i < LISTED; i++) {
        atr_record record = {.kind = ATR_RECORD_CONTRIBUTION, .epoch = i + 1};
        bool ends = s->err != ATR_OK && (i == told || i + 1 == LISTED);

        puppet_friend_make(&listed[i], &p, 0);
        if (i == bad) {
            s->spoil(&listed[i]);
        }
        record.message = (atr_bytes){listed[i].message, listed[i].message_len};
        assert_int_equal(puppet_event(&p, i + 1, &record),
                         ends ? s->err : ATR_OK);
        if (ends) {
            assert_int_equal(atr_member_count(p.member), bad);
            return;
        }
    }
    assert_int_equal(atr_member_count(p.member), LISTED - 1);
}

static void a_roster_with_a_bad_entry_at_every_place(void **state)
{
    static const spoiling all[] = {
        {opens_for_nobody, ATR_OK},
        {is_forged, ATR_ERR_AUTH},
        {is_cut, ATR_ERR_INPUT},
        {is_our_own, ATR_ERR_AUTH},
    };

    (void)state;
    for (size_t s = 0; s < sizeof all / sizeof all[0]; s++) {
        for (size_t bad = 0; bad < LISTED; bad++) {
            a_bad_entry_at(&all[s], bad);
        }
    }
}

/* In a room with as many members as there may be, one renews its part. */
static void a_full_room_goes_on(void **state)
{
    static puppet_friend others[ATR_ROOM_MEMBERS_MAX - 1];
    uint8_t key[32];
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION};
    const uint32_t count = ATR_ROOM_MEMBERS_MAX - 1;
    puppet_friend *mine = &own;
    atr_bytes message;

    (void)state;
    p.epoch = count;
    p.seq = count;
    assert_int_equal(puppet_room(&p, ATR_SEAT_NEW, count, 0), ATR_OK);
    assert_int_equal(puppet_challenge(&p, &players.policy, key), ATR_OK);
    assert_int_equal(puppet_admit(&p, count), ATR_OK);
    for (uint32_t i = 0; i < count; i++) {
        puppet_friend_make(&others[i], &p, i);
        record.epoch = i + 1;
        record.message = (atr_bytes){others[i].message, others[i].message_len};
        assert_int_equal(puppet_event(&p, i + 1, &record), ATR_OK);
    }
    message = puppet_take(&p, ATR_FRAME_CONTRIBUTE);
    memcpy(mine->message, message.data, message.len);
    mine->message_len = message.len;
    assert_int_equal(puppet_contribution(&p, mine), ATR_OK);
    assert_int_equal(atr_member_count(p.member), ATR_ROOM_MEMBERS_MAX);
    renew(&others[7]);
    assert_int_equal(atr_member_count(p.member), ATR_ROOM_MEMBERS_MAX);
    memset(&own, 0, sizeof own); /* and one more does not fit */
    puppet_friend_make(&own, &p, p.epoch);
    assert_int_equal(puppet_contribution(&p, &own), ATR_ERR_LIMIT);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, join, leave)
#define AT_DOOR(test) cmocka_unit_test_setup_teardown(test, come, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(a_forged_contribution_drops_nobody),
        IN_ROOM(a_contribution_that_opens_for_nobody),
        IN_ROOM(a_contribution_again),
        IN_ROOM(the_living_contribution_again),
        IN_ROOM(a_contribution_from_long_ago),
        IN_ROOM(a_contribution_from_the_future),
        IN_ROOM(the_log_has_no_gap),
        IN_ROOM(the_log_has_nothing_twice),
        IN_ROOM(a_log_that_has_grown_shorter),
        IN_ROOM(a_text_again_under_a_new_place),
        IN_ROOM(a_text_that_its_sender_did_not_sign),
        IN_ROOM(a_text_of_the_epoch_before),
        IN_ROOM(a_text_of_a_closed_epoch),
        IN_ROOM(no_key_outlives_its_epoch),
        IN_ROOM(only_a_right_confirmation_of_another_counts),
        IN_ROOM(an_acknowledgement_of_what_was_not_said),
        IN_ROOM(a_roster_that_cannot_be),
        AT_DOOR(a_challenge_for_another_connection),
        AT_DOOR(a_room_of_another_authority),
        AT_DOOR(another_room_under_the_same_name),
        AT_DOOR(a_roster_with_a_bad_entry_at_every_place),
        AT_DOOR(a_full_room_goes_on),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
