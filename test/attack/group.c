/* Attacks on group key exchange: messages that are wrong at every position,
 * and what a method without authentication lets happen. */
#include "kit/group.h"

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

/* Malformed messages ------------------------------------------------------- */

/* A change of the n-th letter. */
typedef struct {
    uint32_t at;
    unsigned how;
    bool done;
    uint32_t victim;
} change;

enum {
    CUT,       /* the last byte is missing */
    EXTENDED,  /* one byte more */
    EMPTY,     /* nothing at all */
    KIND,      /* another kind */
    EPOCH,     /* of another step */
    NO_POINT,  /* bytes that encode no point */
    IDENTITY,  /* the identity */
    NEGATIVE,  /* a point's other encoding */
    FLIPPED,   /* a bit in the middle */
    STRANGER,  /* from a party there is not */
    REFLECTED, /* from the receiver itself */
    CHANGES
};

/* RFC 9496, appendix A.3: negative field element. */
static const char negative[] =
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20";

static void tamper(ring *r, letter *at)
{
    change *c = r->tamper_with;

    if (r->delivered != c->at) {
        return;
    }
    c->done = true;
    c->victim = at->to;
    switch (c->how) {
    case CUT:
        at->len--;
        break;
    case EXTENDED:
        at->bytes[at->len++] = 0;
        break;
    case EMPTY:
        at->len = 0;
        break;
    case KIND:
        at->bytes[0] ^= 7;
        break;
    case EPOCH:
        at->bytes[4] ^= 1;
        break;
    case NO_POINT:
        memset(at->bytes + 5, 0xff, 32);
        break;
    case IDENTITY:
        memset(at->bytes + 5, 0, 32);
        break;
    case NEGATIVE:
        kit_unhex(at->bytes + 5, 32, negative);
        break;
    case FLIPPED:
        at->bytes[5 + (at->len - 5) / 2] ^= 1;
        break;
    case STRANGER:
        at->from = r->count;
        break;
    default:
        at->from = at->to;
        break;
    }
}

/* Whoever gets a changed message ends without a key, for good, and nobody
 * who has a key has one that was not agreed by those who have. A flipped bit
 * may give another point of an unsigned method: then keys differ or the point
 * is refused, which no such method can help. */
static void check(const ring *r, const change *c, atr_err err)
{
    static const uint8_t zero[ATR_GROUP_KEY_BYTES];
    const atr_group *victim = &r->party[c->victim];
    bool is_signed =
        r->method == ATR_GROUP_BCP || r->method == ATR_GROUP_HYBRID;

    if (c->how == FLIPPED && !is_signed && err == ATR_OK) {
        return;
    }
    assert_int_not_equal(err, ATR_OK);
    assert_int_equal(victim->state, ATR_GROUP_FAILED);
    assert_memory_equal(victim->key, zero, sizeof zero);
    assert_memory_equal(&victim->x, zero, sizeof victim->x);
}

static void run_change(atr_group_method_id method, atr_group_step step,
                       change *c)
{
    ring r;
    atr_err err;

    ring_init(&r, method, 4, seed);
    r.tamper_with = c;
    if (step == ATR_GROUP_SETUP) {
        r.tamper = tamper;
        err = ring_setup(&r);
    } else {
        assert_int_equal(ring_setup(&r), ATR_OK);
        r.delivered = 0;
        r.tamper = tamper;
        err = step == ATR_GROUP_JOIN ? ring_join(&r) : ring_refresh(&r);
    }
    if (c->done) {
        check(&r, c, err);
    }
    ring_wipe(&r);
}

static void a_wrong_message_at_every_position(void **state)
{
    static const atr_group_step steps[] = {ATR_GROUP_SETUP, ATR_GROUP_JOIN,
                                           ATR_GROUP_REFRESH};

    (void)state;
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        for (size_t s = 0; s < 3; s++) {
            for (unsigned how = 0; how < CHANGES; how++) {
                change c = {.how = how, .done = true};

                for (; c.done; c.at++) {
                    c.done = false;
                    run_change((atr_group_method_id)m, steps[s], &c);
                }
                assert_true(c.at > 1);
            }
        }
    }
}

/* A message that came once comes again: in the same step, in the next one, and
 * at another party. */
static void a_replayed_message(void **state)
{
    (void)state;
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        for (uint32_t when = 0; when < 3; when++) {
            uint8_t copy[4096];
            letter first;
            ring r;

            ring_init(&r, (atr_group_method_id)m, 4, seed + when);
            for (uint32_t i = 0; i < r.count; i++) {
                assert_int_equal(
                    atr_group_begin(&r.party[i], ATR_GROUP_SETUP, NULL, 0),
                    ATR_OK);
            }
            ring_collect(&r);
            first = r.wire[0];
            assert_true(first.len <= sizeof copy);
            memcpy(copy, first.bytes, first.len);
            while (r.waiting != 0) {
                assert_int_equal(ring_deliver(&r), ATR_OK);
                ring_collect(&r);
            }
            if (when == 1) { /* in the next step */
                for (uint32_t i = 0; i < r.count; i++) {
                    assert_int_equal(atr_group_begin(&r.party[i],
                                                     ATR_GROUP_REFRESH, NULL,
                                                     0),
                                     ATR_OK);
                }
            }
            if (when == 2) { /* to somebody else */
                first.to = (first.to + 1) % r.count == first.from
                               ? (first.to + 2) % r.count
                               : (first.to + 1) % r.count;
            }
            assert_int_equal(atr_group_recv(&r.party[first.to], first.from,
                                            (atr_bytes){copy, first.len}),
                             ATR_ERR_STATE);
            assert_int_equal(r.party[first.to].state, ATR_GROUP_FAILED);
            ring_wipe(&r);
        }
    }
}

/* Bresson, Chevassut, Pointcheval: a message in another's name, of another
 * session, or for another list of members is refused. */
static void forged_names_against_bcp(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        atr_group_message message;
        uint8_t copy[4096];
        ring other;
        ring r;

        ring_init(&r, ATR_GROUP_BCP, 3, seed);
        ring_init(&other, ATR_GROUP_BCP, 3, seed + (how == 0));
        if (how == 1) {
            other.party[0].session[0] ^= 1;
        }
        if (how == 2) { /* party 2 is somebody else there */
            other.party[0].roster[2].vk[0] ^= 1;
        }
        assert_int_equal(
            atr_group_begin(&other.party[0], ATR_GROUP_SETUP, NULL, 0), ATR_OK);
        assert_int_equal(atr_group_begin(&r.party[1], ATR_GROUP_SETUP, NULL, 0),
                         ATR_OK);
        assert_true(atr_group_next(&other.party[0], &message));
        memcpy(copy, message.body.data, message.body.len);
        assert_int_equal(
            atr_group_recv(&r.party[1], 0, (atr_bytes){copy, message.body.len}),
            ATR_ERR_AUTH);
        ring_wipe(&other);
        ring_wipe(&r);
    }
}

/* What methods allow --------------------------------------------------------
 */

/* Mallory is party 1 towards 0 and party 0 towards 1, by herself: with two
 * unsigned rings of her own. Nobody notices. */
static void man_in_the_middle_of_unsigned_methods(void **state)
{
    static const atr_group_method_id open[] = {ATR_GROUP_GDH1, ATR_GROUP_GDH2,
                                               ATR_GROUP_GDH3, ATR_GROUP_BD};

    (void)state;
    for (size_t m = 0; m < 4; m++) {
        ring left;
        ring right;

        ring_init(&left, open[m], 2, seed);
        ring_init(&right, open[m], 2, seed + 9);
        /* all believe in the same two people */
        for (uint32_t i = 0; i < 2; i++) {
            memcpy(right.party[i].roster, left.party[i].roster,
                   sizeof left.roster[0] * 2);
        }
        assert_int_equal(ring_setup(&left), ATR_OK);
        assert_int_equal(ring_setup(&right), ATR_OK);
        /* left.party[0] and right.party[1] are the victims; the two others
         * are Mallory, who holds both keys and passes texts on */
        assert_int_equal(left.party[0].state, ATR_GROUP_KEYED);
        assert_int_equal(right.party[1].state, ATR_GROUP_KEYED);
        assert_memory_equal(left.party[0].key, left.party[1].key, 32);
        assert_memory_equal(right.party[0].key, right.party[1].key, 32);
        assert_memory_not_equal(left.party[0].key, right.party[1].key, 32);
        ring_wipe(&left);
        ring_wipe(&right);
    }
}

/* The same against the signed ones fails at the first message. */
static void man_in_the_middle_of_signed_methods(void **state)
{
    static const atr_group_method_id closed[] = {ATR_GROUP_BCP,
                                                 ATR_GROUP_HYBRID};

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        ring r;

        ring_init(&r, closed[m], 2, seed);
        /* Mallory signs in the name of party 0, with a key of her own */
        atr_group_identity_init(&r.party[0].identity, &r.rng);
        assert_int_equal(ring_setup(&r), ATR_ERR_AUTH);
        assert_int_equal(r.party[1].state, ATR_GROUP_FAILED);
        ring_wipe(&r);
    }
}

/* Who left hears all that follows, and tries each point on the wire with the
 * exponent it has. */
typedef struct {
    const atr_group *leaver;
    uint32_t tried;
    uint8_t key[64][ATR_GROUP_KEY_BYTES];
} eavesdropper;

static void listen(ring *r, letter *at)
{
    eavesdropper *e = r->tamper_with;

    for (size_t i = 5; i + 32 <= at->len && e->tried < 64; i += 32) {
        atr_ristretto point;

        if (atr_ristretto_read(&point, at->bytes + i) == ATR_OK) {
            atr_ristretto_mul(&point, &point, &e->leaver->x);
            memcpy(e->key[e->tried], point.byte, 32);
            e->tried++;
        }
    }
    (void)r;
}

static void a_leaver_reads_on(void **state)
{
    static const atr_group_method_id list[] = {ATR_GROUP_GDH2, ATR_GROUP_BCP};

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        for (uint32_t who = 0; who < 4; who++) {
            eavesdropper e = {0};
            atr_group leaver;
            ring r;

            ring_init(&r, list[m], 4, seed + who);
            assert_int_equal(ring_setup(&r), ATR_OK);
            leaver = r.party[who];
            e.leaver = &leaver;
            r.tamper_with = &e;
            r.tamper = listen;
            assert_int_equal(ring_leave(&r, who, &leaver), ATR_OK);
            ring_agrees(&r);
            assert_true(e.tried != 0);
            /* the shared point is what any member raises its own to */
            for (uint32_t i = 0; i < e.tried; i++) {
                atr_ristretto shared;

                atr_ristretto_mul(&shared, &r.party[0].points[0],
                                  &r.party[0].x);
                assert_memory_not_equal(shared.byte, e.key[i], 32);
            }
            atr_group_wipe(&leaver);
            ring_wipe(&r);
        }
    }
}

/* Forward secrecy: what the hybrid sent yesterday opens with the long-lived
 * secret stolen today; what bcp sent does not, for its exponents are gone. */
static void a_stolen_secret_opens_yesterdays_hybrid(void **state)
{
    atr_group_message message;
    atr_group_setup setup_again;
    uint8_t recorded[4096];
    size_t len;
    atr_group thief;
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_HYBRID, 3, seed);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(atr_group_begin(&r.party[i], ATR_GROUP_SETUP, NULL, 0),
                         ATR_OK);
    }
    assert_true(atr_group_next(&r.party[0], &message));
    len = message.body.len;
    memcpy(recorded, message.body.data, len);
    assert_int_equal(ring_run(&r), ATR_OK);
    setup_again = (atr_group_setup){.method = ATR_GROUP_HYBRID,
                                    .roster = r.roster,
                                    .count = 3,
                                    .self = 2,
                                    .identity = &r.identity[2]};
    memcpy(setup_again.session, r.party[2].session, 32);
    assert_int_equal(atr_group_init(&thief, &setup_again, &r.mem, &r.rng),
                     ATR_OK);
    assert_int_equal(atr_group_begin(&thief, ATR_GROUP_SETUP, NULL, 0), ATR_OK);
    assert_int_equal(atr_group_recv(&thief, 0, (atr_bytes){recorded, len}),
                     ATR_OK);
    assert_memory_equal(thief.key, r.party[0].key, sizeof thief.key);
    atr_group_wipe(&thief);
    ring_wipe(&r);
}

/* One X that is not right: with the check of their product nobody goes on
 * with a key of its own. */
static void bend_an_x(ring *r, letter *at)
{
    if (at->from == 1 && at->bytes[0] == 1) {
        atr_ristretto point;

        assert_int_equal(atr_ristretto_read_any(&point, at->bytes + 5), ATR_OK);
        atr_ristretto_add(&point, &point, &atr_ristretto_generator);
        memcpy(at->bytes + 5, point.byte, 32);
    }
    (void)r;
}

static void a_wrong_x_in_burmester_desmedt(void **state)
{
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_BD, 5, seed);
    r.tamper = bend_an_x;
    assert_int_equal(ring_setup(&r), ATR_ERR_AUTH);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(r.party[i].state,
                         i == 1 ? ATR_GROUP_KEYED : ATR_GROUP_FAILED);
    }
    ring_wipe(&r);
}

/* Somebody takes another's z for its own. */
static void copy_z(ring *r, letter *at)
{
    if (at->from == 1 && at->to == 3 && at->bytes[0] == 0) {
        memcpy(at->bytes + 5, &r->party[0].points[0], 32);
    }
}

static void a_copied_z_in_burmester_desmedt(void **state)
{
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_BD, 4, seed);
    r.tamper = copy_z;
    assert_int_equal(ring_setup(&r), ATR_ERR_INPUT);
    assert_int_equal(r.party[3].state, ATR_GROUP_FAILED);
    ring_wipe(&r);
}

/* A public key of low order in the roster: nothing is sealed to it. */
static void a_low_order_key_in_the_hybrid(void **state)
{
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_HYBRID, 3, seed);
    memset(r.party[0].roster[1].dh, 0, 32);
    assert_int_equal(atr_group_begin(&r.party[0], ATR_GROUP_SETUP, NULL, 0),
                     ATR_ERR_AUTH);
    assert_int_equal(r.party[0].state, ATR_GROUP_FAILED);
    ring_wipe(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_message_at_every_position),
        cmocka_unit_test(a_replayed_message),
        cmocka_unit_test(forged_names_against_bcp),
        cmocka_unit_test(man_in_the_middle_of_unsigned_methods),
        cmocka_unit_test(man_in_the_middle_of_signed_methods),
        cmocka_unit_test(a_leaver_reads_on),
        cmocka_unit_test(a_stolen_secret_opens_yesterdays_hybrid),
        cmocka_unit_test(a_wrong_x_in_burmester_desmedt),
        cmocka_unit_test(a_copied_z_in_burmester_desmedt),
        cmocka_unit_test(a_low_order_key_in_the_hybrid),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
