/* Attacks on the ceremony, by its nodes and by those between them. */
#include "kit/dkg.h"

static ceremony c, d;

#define CHEAT 2 /* the node that misbehaves, where one does */
#define EVERYBODY 31

static const uint8_t same_nodes[5] = {1, 2, 3, 4, 5};

/* 3 of 5 with the given misbehaviour, to the end; all five come to one result
 * or all fail. */
static void run(spoiler spoil, uint8_t secrets)
{
    ceremony_new(&c, 5, 3, secrets, 60);
    ceremony_run(&c, spoil, ATR_DKG_DONE);
    for (size_t i = 1; i < 5; i++) {
        assert_int_equal(c.node[i].round, c.node[0].round);
    }
    if (c.node[0].round == ATR_DKG_DONE) {
        check_result(&c, EVERYBODY);
    }
}

/* Everybody names the cheat, and nobody else. */
static void check_named(const ceremony *x, atr_dkg_fault fault)
{
    for (size_t i = 0; i < x->params.nodes; i++) {
        for (size_t j = 0; j < x->params.nodes; j++) {
            assert_int_equal(x->node[i].fault[j], j == CHEAT - 1
                                                      ? fault
                                                      : ATR_DKG_FAULT_NONE);
        }
    }
}

static void check_qual(uint16_t qual)
{
    for (size_t i = 0; i < c.params.nodes; i++) {
        assert_int_equal(c.node[i].qual, qual);
    }
}

static bool nobody_is_silent(ceremony *x, spoken *m)
{
    (void)x;
    (void)m;
    return true;
}

/* Shares ---------------------------------------------------------------- */

/* Where the share of node `to` stands in a deal. */
static uint8_t *sealed_to(spoken *m, uint8_t to)
{
    const size_t proof =
        c.params.kind == ATR_DKG_RESHARE ? ATR_DKG_PROOF_BYTES : 0;

    return body_of(m) +
           c.params.secrets * (c.params.threshold * ATR_GT_BYTES + proof) +
           (to - 1U) * ATR_DKG_SEALED_BYTES(c.params.secrets);
}

/* Seals to `to` another share than was committed to: a deal of other
 * polynomials, of which only that seal is taken. */
static void deal_wrong_share(spoken *m, uint8_t to)
{
    static spoken other;
    atr_dkg *dkg = &c.node[m->node - 1];
    const atr_dkg_poly poly = dkg->poly[0];

    atr_fr_add(&dkg->poly[0].f[1], &poly.f[1], &poly.f[0]);
    assert_true(speak(&other, dkg));
    dkg->poly[0] = poly;
    memcpy(sealed_to(m, to), sealed_to(&other, to),
           ATR_DKG_SEALED_BYTES(c.params.secrets));
    sign_again(&c, m, dkg, body_len(m));
}

static bool wrong_share_to_4(ceremony *x, spoken *m)
{
    (void)x;
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        deal_wrong_share(m, 4);
    }
    return true;
}

/* The share is shown to all, and the victim goes on with it. */
static void a_bad_share_that_is_put_right(void **state)
{
    (void)state;
    run(wrong_share_to_4, 2);
    check_named(&c, ATR_DKG_FAULT_NONE);
    check_qual(EVERYBODY);
    assert_int_equal(c.node[0].accusers[CHEAT - 1], 1 << 3);
    assert_int_equal(c.count, 5 * 5 + 1); /* one answer */
}

static bool seal_to_4_spoilt(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        sealed_to(m, 4)[0] ^= 1;
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

static void a_seal_that_does_not_open(void **state)
{
    (void)state;
    run(seal_to_4_spoilt, 1);
    check_named(&c, ATR_DKG_FAULT_NONE);
    check_qual(EVERYBODY);
    assert_int_equal(c.node[0].accusers[CHEAT - 1], 1 << 3);
}

static bool wrong_share_and_answer(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_ANSWER && m->node == CHEAT) {
        body_of(m)[ATR_FR_BYTES - 1] ^= 1;
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return wrong_share_to_4(x, m);
}

static bool wrong_share_and_short_answer(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_ANSWER && m->node == CHEAT) {
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m) - 1);
    }
    return wrong_share_to_4(x, m);
}

static bool wrong_share_and_long_answer(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_ANSWER && m->node == CHEAT) {
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m) + 1);
    }
    return wrong_share_to_4(x, m);
}

static void a_bad_share_and_a_false_answer(void **state)
{
    (void)state;
    run(wrong_share_and_answer, 2);
    check_named(&c, ATR_DKG_FAULT_ANSWER);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
    run(wrong_share_and_short_answer, 1);
    check_named(&c, ATR_DKG_FAULT_ANSWER);
    run(wrong_share_and_long_answer, 1);
    check_named(&c, ATR_DKG_FAULT_MALFORMED);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
}

static bool wrong_share_to_three(ceremony *x, spoken *m)
{
    (void)x;
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        deal_wrong_share(m, 1);
        deal_wrong_share(m, 3);
        deal_wrong_share(m, 5);
    }
    return true;
}

static void k_complaints(void **state)
{
    (void)state;
    run(wrong_share_to_three, 1);
    check_named(&c, ATR_DKG_FAULT_COMPLAINTS);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
    assert_int_equal(c.count, 5 * 5); /* it is not asked any more */
}

/* k - 1 that lie about an honest dealer cannot put it out. */
static bool two_complain_of_everybody(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_COMPLAINT && (m->node == 2 || m->node == 5)) {
        body_of(m)[0] = 0;
        body_of(m)[1] = 1 | 1 << 2 | 1 << 3;
        sign_again(x, m, &x->node[m->node - 1], 2);
    }
    return true;
}

static void false_complaints_of_k_less_one(void **state)
{
    (void)state;
    run(two_complain_of_everybody, 2);
    check_named(&c, ATR_DKG_FAULT_NONE);
    check_qual(EVERYBODY);
}

static bool complains_of_nobody_there(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_COMPLAINT && m->node == CHEAT) {
        body_of(m)[1] = 1 << 5; /* node 6 of 5 */
        sign_again(x, m, &x->node[m->node - 1], 2);
    }
    return true;
}

static void a_malformed_complaint(void **state)
{
    (void)state;
    run(complains_of_nobody_there, 1);
    check_named(&c, ATR_DKG_FAULT_MALFORMED);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
}

/* The seals of two receivers exchanged, and what was sealed to the cheat sent
 * back as its own. */
static bool seals_swapped(ceremony *x, spoken *m)
{
    const size_t len = ATR_DKG_SEALED_BYTES(x->params.secrets);
    uint8_t three[ATR_DKG_SEALED_BYTES(ATR_DKG_SECRETS_MAX)];

    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        memcpy(three, sealed_to(m, 3), len);
        memcpy(sealed_to(m, 3), sealed_to(m, 4), len);
        memcpy(sealed_to(m, 4), three, len);
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

static bool seal_reflected(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        spoken *theirs = &x->log[x->count - 1];

        assert_int_equal(theirs->round, ATR_DKG_DEAL);
        assert_int_equal(theirs->node, 1);
        memcpy(sealed_to(m, 1), sealed_to(theirs, CHEAT),
               ATR_DKG_SEALED_BYTES(x->params.secrets));
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

static void seals_belong_to_one_way(void **state)
{
    (void)state;
    run(seals_swapped, 1);
    assert_int_equal(c.node[0].accusers[CHEAT - 1], 1 << 2 | 1 << 3);
    check_qual(EVERYBODY);
    run(seal_reflected, 1);
    assert_int_equal(c.node[0].accusers[CHEAT - 1], 1);
    check_qual(EVERYBODY);
}

/* The first bytes that the seal of `from` to `to` was made with: what went in,
 * which the test knows, against what came out. */
static void keystream(uint8_t out[ATR_FR_BYTES], uint8_t from, uint8_t to)
{
    atr_fr value;

    atr_fr_eval(&value, d.node[from - 1].poly[0].f, d.params.threshold, to);
    atr_fr_write(out, &value);
    for (size_t i = 0; i < ATR_FR_BYTES; i++) {
        out[i] ^= sealed_to(&c.log[c.params.nodes + from - 1U], to)[i];
    }
}

/* The X25519 of two nodes is one for both ways, the key is not. */
static void every_seal_has_a_key_of_its_own(void **state)
{
    uint8_t stream[25][ATR_FR_BYTES];

    (void)state;
    ceremony_new(&d, 5, 3, 1, 60); /* the same, before it forgets */
    run(nobody_is_silent, 1);
    for (uint8_t i = 0; i < 25; i++) {
        keystream(stream[i], i / 5 + 1, i % 5 + 1);
        for (uint8_t j = 0; j < i; j++) {
            assert_memory_not_equal(stream[i], stream[j], ATR_FR_BYTES);
        }
    }
}

/* Commitments ----------------------------------------------------------- */

static bool another_commitment(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        atr_gt_write(body_of(m) + ATR_GT_BYTES, &atr_gt_generator);
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

static void a_wrong_commitment(void **state)
{
    (void)state;
    run(another_commitment, 1);
    check_named(&c, ATR_DKG_FAULT_COMPLAINTS);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
}

static const uint8_t *commitment; /* in place of the last one */

static bool this_commitment(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        memcpy(body_of(m) + 2 * ATR_GT_BYTES, commitment, ATR_GT_BYTES);
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

/* The identity; -gT, of order 2r; zero; coordinates that are too large. */
static void commitments_that_are_none(void **state)
{
    static uint8_t bad[4][ATR_GT_BYTES];
    atr_gt value = atr_gt_generator;

    (void)state;
    bad[0][47] = 1;
    atr_fp6_neg(&value.f.c0, &value.f.c0);
    atr_fp6_neg(&value.f.c1, &value.f.c1);
    atr_gt_write(bad[1], &value);
    atr_gt_write(bad[3], &atr_gt_generator);
    memset(bad[3] + 5 * 48, 0xff, 48);
    for (size_t i = 0; i < 4; i++) {
        commitment = bad[i];
        run(this_commitment, 1);
        check_named(&c, ATR_DKG_FAULT_MALFORMED);
        check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
    }
}

static bool deal_cut(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m) - 1);
    }
    return true;
}

static bool deal_extended(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m) + 1);
    }
    return true;
}

static void a_deal_of_another_length(void **state)
{
    (void)state;
    run(deal_cut, 1);
    check_named(&c, ATR_DKG_FAULT_MALFORMED);
    run(deal_extended, 1);
    check_named(&c, ATR_DKG_FAULT_MALFORMED);
}

static bool three_deals_cut(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node >= 3) {
        sign_again(x, m, &x->node[m->node - 1], body_len(m) - 1);
    }
    return true;
}

/* Two dealers of five are less than k, and could both be dishonest. */
static void too_few_good_dealers(void **state)
{
    (void)state;
    run(three_deals_cut, 1);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(c.node[i].round, ATR_DKG_FAILED);
        assert_int_equal(c.node[i].heard[ATR_DKG_OPEN], 0);
    }
}

/* Who deals last sees all commitments. Under Feldman's it would choose its own
 * as gT^x over the product of the others and know the secret, x. */
static bool the_last_divides(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == 5) {
        const atr_fr known = atr_fr_of(12345);
        atr_gt rogue;
        atr_gt rest;

        atr_gt_one(&rest);
        for (size_t i = 0; i < 4; i++) { /* as the others see them */
            atr_gt_mul(&rest, &rest, &x->node[4].c[i][0][0]);
        }
        atr_gt_inv(&rest, &rest);
        atr_gt_pow(&rogue, &atr_gt_generator, &known);
        atr_gt_mul(&rogue, &rogue, &rest);
        atr_gt_write(body_of(m), &rogue);
        sign_again(x, m, &x->node[4], body_len(m));
    }
    return true;
}

static void who_deals_last_chooses_nothing(void **state)
{
    const atr_fr known = atr_fr_of(12345);
    atr_gt wanted;

    (void)state;
    atr_gt_pow(&wanted, &atr_gt_generator, &known);
    run(the_last_divides, 1);
    assert_int_equal(c.node[0].fault[4], ATR_DKG_FAULT_COMPLAINTS);
    check_qual(15);
    assert_false(gt_same(&c.node[0].result[0].a[0], &wanted));
}

/* Opening --------------------------------------------------------------- */

static bool silent_after_the_deal(ceremony *x, spoken *m)
{
    (void)x;
    return m->round < ATR_DKG_OPEN || (m->node != 1 && m->node != 4);
}

/* Two of five say nothing once they could see what comes out: it is what it
 * would have been. Nobody may bias it by being late. */
static void late_openers_change_nothing(void **state)
{
    uint8_t hash[ATR_HASH_BYTES];

    (void)state;
    run(nobody_is_silent, 2);
    memcpy(hash, c.node[0].hash, sizeof hash);
    run(silent_after_the_deal, 2);
    check_qual(EVERYBODY);
    assert_memory_equal(c.node[2].hash, hash, sizeof hash);
    assert_int_equal(c.node[2].opened, EVERYBODY & ~(1 | 1 << 3));
    assert_int_equal(c.node[2].agreed, EVERYBODY & ~(1 | 1 << 3));
}

static bool three_are_silent(ceremony *x, spoken *m)
{
    return silent_after_the_deal(x, m) &&
           (m->round < ATR_DKG_OPEN || m->node != 3);
}

static void fewer_than_k_open_nothing(void **state)
{
    (void)state;
    ceremony_new(&c, 5, 3, 1, 61);
    ceremony_run(&c, three_are_silent, ATR_DKG_DONE);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(c.node[i].round, ATR_DKG_OPEN);
        assert_int_equal(atr_dkg_awaited(&c.node[i]), 1 | 1 << 2 | 1 << 3);
    }
}

static unsigned way;

/* A value without its proof, in many ways. */
static bool opening_spoilt(ceremony *x, spoken *m)
{
    uint8_t *body = body_of(m);
    size_t len = body_len(m);

    if (m->round != ATR_DKG_OPEN || m->node != CHEAT) {
        return true;
    }
    if (way < 3) { /* c, z, z' */
        body[ATR_GT_BYTES + way * ATR_FR_BYTES + 31] ^= 1;
    } else if (way == 3) { /* another value under the same proof */
        atr_gt_write(body, &atr_gt_generator);
    } else if (way == 4) { /* no proof */
        memset(body + ATR_GT_BYTES, 0, ATR_DKG_PROOF_BYTES);
    } else if (way == 5) { /* all that another node has said */
        spoken *theirs = &x->log[x->count - 1];

        assert_int_equal(theirs->round, ATR_DKG_OPEN);
        memcpy(body, body_of(theirs), len);
    } else if (way == 6) { /* a point of G2 that belongs to nothing */
        atr_g2_write(body + ATR_GT_BYTES + ATR_DKG_PROOF_BYTES,
                     &atr_g2_generator);
    } else if (way == 7) { /* proofs of the two secrets exchanged */
        memcpy(body + ATR_GT_BYTES, body + len - ATR_DKG_PROOF_BYTES,
               ATR_DKG_PROOF_BYTES);
    } else { /* no such body */
        len -= 1;
    }
    sign_again(x, m, &x->node[CHEAT - 1], len);
    return true;
}

static void openings_without_a_proof(void **state)
{
    uint8_t hash[ATR_HASH_BYTES];

    (void)state;
    run(nobody_is_silent, 2);
    memcpy(hash, c.node[0].hash, sizeof hash);
    for (way = 0; way < 9; way++) {
        run(opening_spoilt, 2);
        check_named(&c, way == 8 ? ATR_DKG_FAULT_MALFORMED
                                 : ATR_DKG_FAULT_OPENING);
        check_qual(EVERYBODY); /* its dealing is good all the same */
        assert_memory_equal(c.node[0].hash, hash, sizeof hash);
        assert_int_equal(c.node[0].opened & 1 << (CHEAT - 1), 0);
    }
}

/* u of node 1's proof, by the share that the test knows: u = z - c f. */
static void nonce_of(atr_fr *out)
{
    const uint8_t *proof = body_of(&c.log[3 * 5]) + ATR_GT_BYTES;
    atr_fr challenge;

    assert_int_equal(c.log[3 * 5].round, ATR_DKG_OPEN);
    assert_int_equal(c.log[3 * 5].node, 1);
    assert_int_equal(atr_fr_read(&challenge, proof), ATR_OK);
    assert_int_equal(atr_fr_read(out, proof + ATR_FR_BYTES), ATR_OK);
    atr_fr_mul(&challenge, &challenge, &c.node[0].share[0]);
    atr_fr_sub(out, out, &challenge);
}

/* One node with one seed is led through a ceremony twice, among others that
 * say something else the second time: a nonce that served in both would give
 * its share away. */
static void no_nonce_serves_twice(void **state)
{
    static ceremony other;
    atr_fr u[2];

    (void)state;
    run(nobody_is_silent, 1);
    nonce_of(&u[0]);
    ceremony_new(&other, 5, 3, 1, 71);
    memcpy(c.seed[1], other.seed[1], sizeof c.seed[1]);
    ceremony_begin(&c);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    check_result(&c, EVERYBODY);
    nonce_of(&u[1]);
    assert_int_equal(atr_fr_equal(&u[0], &u[1]), 0);
}

static bool another_result(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DONE && m->node == CHEAT) {
        body_of(m)[0] ^= 1;
        sign_again(x, m, &x->node[CHEAT - 1], body_len(m));
    }
    return true;
}

static void another_result_is_named(void **state)
{
    (void)state;
    run(another_result, 1);
    check_named(&c, ATR_DKG_FAULT_RESULT);
    assert_int_equal(c.node[0].agreed, EVERYBODY & ~(1 << (CHEAT - 1)));
}

/* 4 of 5 when k is 3, and not before; 3 of 3 when k is 2. */
static void a_result_is_settled_by_enough(void **state)
{
    (void)state;
    run(another_result, 1);
    assert_true(atr_dkg_is_settled(&c.node[0])); /* four agree */
    c.node[0].agreed = 7;
    assert_false(atr_dkg_is_settled(&c.node[0]));
    ceremony_new(&c, 3, 2, 1, 72);
    ceremony_run(&c, NULL, ATR_DKG_OPEN);
    assert_false(atr_dkg_is_settled(&c.node[0]));
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    assert_true(atr_dkg_is_settled(&c.node[0]));
    c.node[0].agreed = 6;
    assert_false(atr_dkg_is_settled(&c.node[0]));
}

/* Broadcast ------------------------------------------------------------- */

/* Another deal of the cheat, as good as the first. */
static void deal_twice(spoken *second, spoken *m)
{
    atr_dkg *dkg = &c.node[CHEAT - 1];
    const atr_dkg_poly poly = dkg->poly[0];

    (void)m;
    atr_fr_add(&dkg->poly[0].f[0], &poly.f[0], &poly.f[0]);
    assert_true(speak(second, dkg));
    dkg->poly[0] = poly;
}

/* Nodes 4 and 5 hear another deal than the others. Nobody's next word is of
 * one history with theirs; once the two deals meet, everybody names the cheat
 * and the ceremony ends before anything is opened. */
static void an_inconsistent_broadcast(void **state)
{
    static spoken second, m;

    (void)state;
    ceremony_new(&c, 5, 3, 1, 62);
    ceremony_run(&c, NULL, ATR_DKG_HELLO);
    for (uint8_t i = 1; i <= 5; i++) {
        assert_true(speak(&m, &c.node[i - 1]));
        c.log[c.count++] = m;
        if (i == CHEAT) {
            deal_twice(&second, &m);
        }
        for (size_t to = 0; to < 5; to++) {
            assert_int_equal(
                atr_dkg_recv(&c.node[to],
                             spoken_bytes(i == CHEAT && to >= 3 ? &second
                                                                : &m)),
                ATR_OK);
        }
    }
    assert_true(speak(&m, &c.node[4])); /* a complaint, of another history */
    assert_int_equal(m.round, ATR_DKG_COMPLAINT);
    assert_int_equal(atr_dkg_recv(&c.node[0], spoken_bytes(&m)),
                     ATR_ERR_STATE);
    assert_int_equal(c.node[0].differs, 1 << 4);
    assert_int_equal(c.node[0].round, ATR_DKG_COMPLAINT);
    for (size_t i = 0; i < 5; i++) {
        const spoken *other = i >= 3 ? &c.log[5 + CHEAT - 1] : &second;

        assert_int_equal(atr_dkg_recv(&c.node[i], spoken_bytes(other)),
                         ATR_ERR_AUTH);
        assert_int_equal(c.node[i].round, ATR_DKG_FAILED);
    }
    check_named(&c, ATR_DKG_FAULT_EQUIVOCATION);
}

/* Two openings do no harm, but tell of the node. */
static void two_openings(void **state)
{
    static spoken m;

    (void)state;
    run(nobody_is_silent, 1);
    m = c.log[4 * 5 - 5 + CHEAT - 1];
    assert_int_equal(m.round, ATR_DKG_OPEN);
    assert_int_equal(m.node, CHEAT);
    body_of(&m)[0] ^= 1;
    sign_again(&c, &m, &c.node[CHEAT - 1], body_len(&m));
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(atr_dkg_recv(&c.node[i], spoken_bytes(&m)),
                         ATR_ERR_AUTH);
    }
    check_named(&c, ATR_DKG_FAULT_EQUIVOCATION);
    check_result(&c, EVERYBODY);
}

/* Messages -------------------------------------------------------------- */

/* `dkg` refuses `m`, with `err` unless that is ATR_OK, and nothing changes. */
static void refuse(const atr_dkg *dkg, atr_bytes m, atr_err err)
{
    static atr_dkg tried;
    atr_err got;

    tried = *dkg;
    got = atr_dkg_recv(&tried, m);
    assert_int_not_equal(got, ATR_OK);
    assert_true(err == ATR_OK || got == err);
    assert_memory_equal(&tried, dkg, sizeof tried);
}

/* The cheat's message of each round, before node 1 hears it. A share of it to
 * node 3 is spoilt, so that there is an answer. */
static void each_kind(void (*attack)(const atr_dkg *dkg, spoken *m))
{
    static spoken m;
    unsigned kinds = 0;
    bool more = true;

    ceremony_new(&c, 3, 2, 1, 63);
    while (more) {
        more = false;
        for (uint8_t i = 1; i <= 3; i++) {
            if (!speak(&m, &c.node[i - 1])) {
                continue;
            }
            more = true;
            if (i == CHEAT) {
                if (m.round == ATR_DKG_DEAL) {
                    sealed_to(&m, 3)[0] ^= 1;
                    sign_again(&c, &m, &c.node[CHEAT - 1], body_len(&m));
                }
                attack(&c.node[0], &m);
                kinds |= 1U << m.round;
            }
            hear_all(&c, &m);
        }
    }
    assert_int_equal(kinds, 0x7e); /* all six */
}

static void cut_everywhere(const atr_dkg *dkg, spoken *m)
{
    for (size_t len = 0; len < m->len; len++) {
        refuse(dkg, (atr_bytes){m->bytes, len}, ATR_ERR_INPUT);
    }
}

static void flip_everywhere(const atr_dkg *dkg, spoken *m)
{
    for (size_t at = 0; at < m->len; at++) {
        m->bytes[at] ^= (uint8_t)(1U << at % 8);
        refuse(dkg, spoken_bytes(m), ATR_OK);
        m->bytes[at] ^= (uint8_t)(1U << at % 8);
    }
}

static void extend(const atr_dkg *dkg, spoken *m)
{
    static uint8_t large[ATR_DKG_MESSAGE_BYTES_MAX + 1];

    refuse(dkg, (atr_bytes){m->bytes, m->len + 1}, ATR_ERR_INPUT);
    memcpy(large, m->bytes, m->len);
    refuse(dkg, ATR_BYTES(large), ATR_ERR_LIMIT);
}

/* Said by another, in another round, or by nobody there is. */
static void renumber(const atr_dkg *dkg, spoken *m)
{
    static const struct {
        uint8_t at, value;
        atr_err err;
    } changes[] = {
        {0, 0, ATR_ERR_INPUT},   {0, 2, ATR_ERR_INPUT},
        {1, 0, ATR_ERR_INPUT},   {1, 7, ATR_ERR_INPUT},
        {1, 255, ATR_ERR_INPUT}, {2, 0, ATR_ERR_INPUT},
        {2, 4, ATR_ERR_INPUT},   {2, 16, ATR_ERR_INPUT},
        {2, 255, ATR_ERR_INPUT}, {2, 3, ATR_ERR_AUTH},
        {1, 1, ATR_ERR_AUTH},    {1, 6, ATR_ERR_AUTH},
    };

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const uint8_t was = m->bytes[changes[i].at];

        m->bytes[changes[i].at] = changes[i].value;
        if (was != changes[i].value) {
            refuse(dkg, spoken_bytes(m), changes[i].err);
        }
        m->bytes[changes[i].at] = was;
    }
}

/* The same nodes under another name of the ceremony. */
static void of_another_session(const atr_dkg *dkg, spoken *m)
{
    static atr_dkg other;
    atr_dkg_params p = params_of(&c, dkg->self);

    p.label = bytes_of("test2");
    assert_int_equal(atr_dkg_init(&other, &p, c.seed[0]), ATR_OK);
    refuse(&other, spoken_bytes(m), ATR_ERR_AUTH);
}

static void truncated(void **state)
{
    (void)state;
    each_kind(cut_everywhere);
}

static void every_byte_flipped(void **state)
{
    (void)state;
    each_kind(flip_everywhere);
}

static void extended_and_oversized(void **state)
{
    (void)state;
    each_kind(extend);
}

static void node_and_round_changed(void **state)
{
    (void)state;
    each_kind(renumber);
}

static void replayed_from_another_ceremony(void **state)
{
    (void)state;
    each_kind(of_another_session);
}

/* Whatever has been said before does nothing. */
static void said_again(void **state)
{
    static atr_dkg before;

    (void)state;
    run(wrong_share_to_4, 1);
    before = c.node[2];
    for (size_t i = 0; i < c.count; i++) {
        assert_int_equal(atr_dkg_recv(&c.node[2], spoken_bytes(&c.log[i])),
                         ATR_OK);
        assert_memory_equal(&c.node[2], &before, sizeof before);
    }
}

/* Nobody answers, or deals, who is not asked to. */
static void out_of_turn(void **state)
{
    static const uint8_t old[5] = {1, 2, 3, 4, 0};
    static spoken m;

    (void)state;
    run(wrong_share_to_4, 1);
    m = c.log[3 * 5]; /* the answer of the cheat */
    assert_int_equal(m.round, ATR_DKG_ANSWER);
    m.node = 3;
    sign_again(&c, &m, &c.node[2], body_len(&m));
    refuse(&c.node[0], spoken_bytes(&m), ATR_ERR_STATE);

    d = c;
    ceremony_reshare(&c, &d, 5, 3, old, 64);
    ceremony_run(&c, NULL, ATR_DKG_HELLO);
    assert_true(speak(&m, &c.node[0]));
    m.node = 5; /* a newcomer has nothing to deal */
    sign_again(&c, &m, &c.node[4], body_len(&m));
    refuse(&c.node[1], spoken_bytes(&m), ATR_ERR_STATE);
}

/* Box keys that would show every share to everybody. */
static void a_box_key_of_low_order(void **state)
{
    static spoken m;

    (void)state;
    ceremony_new(&c, 3, 2, 1, 65);
    assert_true(speak(&m, &c.node[CHEAT - 1]));
    for (uint8_t low = 0; low < 2; low++) {
        memset(body_of(&m), 0, ATR_X25519_BYTES);
        body_of(&m)[0] = low;
        sign_again(&c, &m, &c.node[CHEAT - 1], ATR_X25519_BYTES);
        refuse(&c.node[0], spoken_bytes(&m), ATR_ERR_INPUT);
    }
    sign_again(&c, &m, &c.node[CHEAT - 1], ATR_X25519_BYTES - 1);
    refuse(&c.node[0], spoken_bytes(&m), ATR_ERR_INPUT);
}

/* Old shares ------------------------------------------------------------ */

static bool deals_another_constant(ceremony *x, spoken *m)
{
    if (m->round == ATR_DKG_DEAL && m->node == CHEAT) {
        atr_dkg *dkg = &x->node[CHEAT - 1];
        const atr_fr one = atr_fr_of(1);

        atr_fr_add(&dkg->poly[0].f[0], &dkg->poly[0].f[0], &one);
        assert_true(speak(m, dkg));
    }
    return true;
}

static void a_reshare_with_another_constant(void **state)
{
    (void)state;
    run(nobody_is_silent, 2);
    d = c;
    ceremony_reshare(&c, &d, 5, 3, same_nodes, 66);
    ceremony_run(&c, deals_another_constant, ATR_DKG_DONE);
    check_result(&c, EVERYBODY);
    check_named(&c, ATR_DKG_FAULT_OLD_SHARE);
    check_qual(EVERYBODY & ~(1 << (CHEAT - 1)));
    assert_true(
        gt_same(&c.node[0].result[0].a[0], &d.node[0].result[0].a[0]));
}

/* When too few old nodes are left, no share is made and none is lost. */
static void a_reshare_with_too_few_dealers(void **state)
{
    static const uint8_t three[4] = {1, 2, 3, 0};

    (void)state;
    run(nobody_is_silent, 1);
    d = c;
    ceremony_reshare(&c, &d, 4, 3, three, 67);
    ceremony_run(&c, deals_another_constant, ATR_DKG_DONE);
    check_named(&c, ATR_DKG_FAULT_OLD_SHARE);
    for (size_t i = 0; i < 4; i++) {
        static const atr_fr zero;

        assert_int_equal(c.node[i].round, ATR_DKG_FAILED);
        assert_int_equal(c.node[i].heard[ATR_DKG_OPEN], 0);
        assert_memory_equal(&c.node[i].share[0], &zero, sizeof zero);
    }
}

/* Keys ------------------------------------------------------------------ */

/* The key that the shares `share` of the nodes `place` give by interpolation
 * at 0, checked as a user would. */
static atr_err key_of_shares(const ceremony *x, const atr_fr *share,
                             const uint8_t *place, size_t count)
{
    static atr_abe abe;
    atr_fr weight[5];
    atr_fr alpha = {{0}};
    atr_issue_public pub;
    atr_attrs attrs;
    atr_mpk mpk;
    atr_abe_key key;
    atr_rng rng;

    kit_rng(&rng, 68);
    attrs_of(&attrs, "ONE");
    atr_shamir_weights(weight, place, count, 0);
    for (size_t i = 0; i < count; i++) {
        atr_fr term;

        atr_fr_mul(&term, &weight[i], &share[i]);
        atr_fr_add(&alpha, &alpha, &term);
    }
    assert_int_equal(atr_dkg_issue(&pub, &mpk, &x->node[0], 0), ATR_OK);
    assert_int_equal(atr_abe_init(&abe, &mpk), ATR_OK);
    atr_abe_keygen(&key, &abe, &alpha, &attrs, &rng);
    return atr_abe_key_check(&abe, &mpk.a, &key, &rng);
}

/* Any three make a key, and no two, whichever they are. */
static void two_of_five_have_nothing(void **state)
{
    (void)state;
    run(nobody_is_silent, 1);
    for (uint8_t i = 1; i <= 5; i++) {
        for (uint8_t j = 1; j < i; j++) {
            const uint8_t place[3] = {i, j, (uint8_t)(i % 5 + 1)};
            const atr_fr share[3] = {c.node[i - 1].share[0],
                                     c.node[j - 1].share[0],
                                     c.node[place[2] - 1].share[0]};

            assert_int_equal(key_of_shares(&c, share, place, 2), ATR_ERR_AUTH);
            if (place[2] != j) {
                assert_int_equal(key_of_shares(&c, share, place, 3), ATR_OK);
            }
        }
    }
}

/* Two old shares and one new: nothing; three of either: the key. */
static void shares_of_two_generations(void **state)
{
    static const uint8_t place[3] = {1, 3, 5};

    (void)state;
    run(nobody_is_silent, 1);
    d = c;
    ceremony_reshare(&c, &d, 5, 3, same_nodes, 69);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    for (unsigned new = 0; new < 8; new++) {
        atr_fr share[3];

        for (size_t i = 0; i < 3; i++) {
            const ceremony *from = (new >> i & 1) != 0 ? &c : &d;

            share[i] = from->node[place[i] - 1].share[0];
        }
        assert_int_equal(key_of_shares(&c, share, place, 3),
                         new == 0 || new == 7 ? ATR_OK : ATR_ERR_AUTH);
    }
}

/* Memory ---------------------------------------------------------------- */

static bool holds(const atr_dkg *dkg, const atr_fr *secret)
{
    const uint8_t *at = (const uint8_t *)dkg;
    uint8_t bytes[ATR_FR_BYTES];

    atr_fr_write(bytes, secret);
    for (size_t i = 0; i + sizeof *secret <= sizeof *dkg; i += 8) {
        if (memcmp(at + i, secret, sizeof *secret) == 0 ||
            memcmp(at + i, bytes, sizeof bytes) == 0) {
            return true;
        }
    }
    return false;
}

static atr_fr wanted;
static bool found;

static bool look(ceremony *x, spoken *m)
{
    (void)m;
    for (size_t i = 0; i < x->params.nodes; i++) {
        found = found || holds(&x->node[i], &wanted);
    }
    return true;
}

/* After no message does any node hold the secret; but one that is alone
 * does. */
static void the_secret_exists_nowhere(void **state)
{
    (void)state;
    for (uint8_t nodes = 1; nodes <= 5; nodes += 4) {
        ceremony_new(&c, nodes, nodes == 1 ? 1 : 3, 1, 70);
        memset(&wanted, 0, sizeof wanted);
        for (size_t i = 0; i < nodes; i++) {
            atr_fr_add(&wanted, &wanted, &c.node[i].poly[0].f[0]);
        }
        found = false;
        ceremony_run(&c, look, ATR_DKG_DONE);
        look(&c, NULL);
        check_result(&c, (uint16_t)((1U << nodes) - 1));
        secret_of(&wanted, &c, 0, nodes == 1 ? 1 : 7);
        assert_int_equal(found, nodes == 1);
        assert_int_equal(holds(&c.node[0], &wanted), nodes == 1);
    }
}

/* Once the shares are made the polynomials are gone; after the wipe, all. */
static void what_is_used_is_wiped(void **state)
{
    static const atr_dkg zero;

    (void)state;
    run(nobody_is_silent, 2);
    assert_memory_equal(c.node[0].poly, zero.poly, sizeof zero.poly);
    assert_memory_equal(c.node[0].dealt, zero.dealt, sizeof zero.dealt);
    atr_dkg_wipe(&c.node[0]);
    assert_memory_equal(&c.node[0], &zero, sizeof zero);
    atr_dkg_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_share_that_is_put_right),
        cmocka_unit_test(a_seal_that_does_not_open),
        cmocka_unit_test(a_bad_share_and_a_false_answer),
        cmocka_unit_test(k_complaints),
        cmocka_unit_test(false_complaints_of_k_less_one),
        cmocka_unit_test(a_malformed_complaint),
        cmocka_unit_test(seals_belong_to_one_way),
        cmocka_unit_test(every_seal_has_a_key_of_its_own),
        cmocka_unit_test(a_wrong_commitment),
        cmocka_unit_test(commitments_that_are_none),
        cmocka_unit_test(a_deal_of_another_length),
        cmocka_unit_test(too_few_good_dealers),
        cmocka_unit_test(who_deals_last_chooses_nothing),
        cmocka_unit_test(late_openers_change_nothing),
        cmocka_unit_test(fewer_than_k_open_nothing),
        cmocka_unit_test(openings_without_a_proof),
        cmocka_unit_test(no_nonce_serves_twice),
        cmocka_unit_test(another_result_is_named),
        cmocka_unit_test(a_result_is_settled_by_enough),
        cmocka_unit_test(an_inconsistent_broadcast),
        cmocka_unit_test(two_openings),
        cmocka_unit_test(truncated),
        cmocka_unit_test(every_byte_flipped),
        cmocka_unit_test(extended_and_oversized),
        cmocka_unit_test(node_and_round_changed),
        cmocka_unit_test(replayed_from_another_ceremony),
        cmocka_unit_test(said_again),
        cmocka_unit_test(out_of_turn),
        cmocka_unit_test(a_box_key_of_low_order),
        cmocka_unit_test(a_reshare_with_another_constant),
        cmocka_unit_test(a_reshare_with_too_few_dealers),
        cmocka_unit_test(two_of_five_have_nothing),
        cmocka_unit_test(shares_of_two_generations),
        cmocka_unit_test(the_secret_exists_nowhere),
        cmocka_unit_test(what_is_used_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
