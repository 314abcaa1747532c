/* Many capsules opened at once: each gets the answer that it gets alone,
 * whatever is wrong with it, wherever it stands, and whatever the others are.
 */
#include "curve/batch.h"
#include "kit/abe.h"
#include "kit/curve.h"

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};
static const atr_batch_engine engines[] = {ATR_BATCH_PORTABLE, ATR_BATCH_IFMA};

#define EACH_SCHEME(a)                                                         \
    for (size_t round_ = 0; round_ < 2; round_++)                              \
        for (authority *a = authority_of(schemes[round_]); a != NULL; a = NULL)

#define COUNT 10 /* a batch and a part of one */
#define POLICY_TEXT "A and (B or C)"
#define SWAPPED_TEXT "A and (C or B)" /* rows of the same number and length */

typedef struct {
    uint8_t capsule[2048];
    size_t len;
    char ad[16];
    uint8_t sent[32];
} parcel;

static const authority *who;
static atr_policy policy;
static atr_abe_key key;
static parcel parcels[COUNT];
static size_t row_at; /* where the first row and the last twist stand */
static size_t twist_at;
static atr_rng rng;

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void fill(parcel *p, const char *under)
{
    atr_policy other;

    policy_of(&other, under);
    p->len = atr_kem_capsule_len(&who->kem, &other);
    assert_true(p->len <= sizeof p->capsule);
    atr_kem_encap(p->capsule, p->sent, &who->kem, &other, bytes_of(p->ad),
                  &rng);
}

static void prepare(const authority *a)
{
    atr_policy_rows rows;

    who = a;
    policy_of(&policy, POLICY_TEXT);
    atr_policy_rows_of(&rows, &policy);
    row_at = a->abe.scheme->header_len(&rows) - rows.count * ATR_G1_BYTES;
    twist_at = row_at - ATR_G2_BYTES;
    key_of(&key, a, "A, B, D", &rng);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(parcels[i].ad, sizeof parcels[i].ad, "item %zu", i);
        fill(&parcels[i], POLICY_TEXT);
    }
}

/* What may be wrong ------------------------------------------------------ */

static void another_row(parcel *p)
{
    atr_g1_affine point;

    assert_int_equal(atr_g1_read(&point, p->capsule + row_at), ATR_OK);
    g1_plus(&point, &point, &atr_g1_generator);
    atr_g1_write(p->capsule + row_at, &point);
}

static void an_unused_row(parcel *p)
{
    const size_t last = row_at + 2 * ATR_G1_BYTES; /* that of C */

    atr_g1_write(p->capsule + last, &atr_g1_generator);
}

static void another_twist(parcel *p)
{
    atr_g2_affine point;

    assert_int_equal(atr_g2_read(&point, p->capsule + twist_at), ATR_OK);
    g2_plus(&point, &point, &atr_g2_generator);
    atr_g2_write(p->capsule + twist_at, &point);
}

static void another_mask(parcel *p)
{
    p->capsule[p->len - 1] ^= 1;
}

static void another_context(parcel *p)
{
    p->ad[0] ^= 1;
}

static void another_policy(parcel *p)
{
    fill(p, SWAPPED_TEXT);
}

static void a_row_not_below_p(parcel *p)
{
    memset(p->capsule + row_at, 0xff, ATR_G1_BYTES);
    p->capsule[row_at] = 0x9f;
}

static void a_row_that_is_the_identity(parcel *p)
{
    memset(p->capsule + row_at, 0, ATR_G1_BYTES);
    p->capsule[row_at] = 0xc0;
}

static void a_row_outside_the_subgroup(parcel *p)
{
    atr_g1_affine point;

    g1_outside(&point, &rng);
    atr_g1_write(p->capsule + row_at, &point);
}

static void a_head_not_below_p(parcel *p)
{
    memset(p->capsule, 0xff, ATR_G2_BYTES);
    p->capsule[0] = 0x9f;
}

static void a_head_that_is_the_identity(parcel *p)
{
    memset(p->capsule, 0, ATR_G2_BYTES);
    p->capsule[0] = 0xc0;
}

static void a_twist_outside_the_subgroup(parcel *p)
{
    atr_g2_affine point;

    g2_outside(&point, &rng);
    atr_g2_write(p->capsule + twist_at, &point);
}

static void a_byte_less(parcel *p)
{
    p->len--;
}

static void a_byte_more(parcel *p)
{
    p->capsule[p->len++] = 0;
}

static void nothing_at_all(parcel *p)
{
    p->len = 0;
}

static void (*const spoils[])(parcel *p) = {
    another_row,
    an_unused_row,
    another_twist,
    another_mask,
    another_context,
    another_policy,
    a_row_not_below_p,
    a_row_that_is_the_identity,
    a_row_outside_the_subgroup,
    a_head_not_below_p,
    a_head_that_is_the_identity,
    a_twist_outside_the_subgroup,
    a_byte_less,
    a_byte_more,
    nothing_at_all,
};

#define SPOILS (sizeof spoils / sizeof spoils[0])

/* Opening ----------------------------------------------------------------- */

static atr_kem_opening items[COUNT];

static void open_all(const parcel *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memset(&items[i], 0x77, sizeof items[i]); /* all of it is written */
        items[i].ad = bytes_of(all[i].ad);
        items[i].capsule = (atr_bytes){all[i].capsule, all[i].len};
    }
    atr_kem_decap_many(items, count, &who->kem, &key, &policy);
}

/* As it is alone; in any case nothing but a key that was sent. */
static void same_as_alone(const parcel *p, const atr_kem_opening *item)
{
    static const uint8_t zero[32];
    uint8_t got[32];
    atr_err err = atr_kem_decap(got, &who->kem, &key, &policy, bytes_of(p->ad),
                                (atr_bytes){p->capsule, p->len});

    assert_int_equal(item->err, err);
    assert_memory_equal(item->key, got, 32);
    assert_memory_equal(item->key, err == ATR_OK ? p->sent : zero, 32);
}

static void one_bad_among_good(size_t spoil, size_t bad)
{
    static const uint8_t zero[32];
    parcel saved = parcels[bad];

    spoils[spoil](&parcels[bad]);
    open_all(parcels, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        if (items[i].err != (i == bad ? ATR_ERR_AUTH : ATR_OK)) {
            fail_msg("item %zu with spoil %zu at %zu", i, spoil, bad);
        }
        assert_memory_equal(items[i].key, i == bad ? zero : parcels[i].sent,
                            32);
    }
    same_as_alone(&parcels[bad], &items[bad]);
    parcels[bad] = saved;
}

static void every_spoil_at_every_place(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        prepare(a);
        for (size_t spoil = 0; spoil < SPOILS; spoil++) {
            for (size_t bad = 0; bad < COUNT; bad++) {
                one_bad_among_good(spoil, bad);
            }
        }
    }
}

/* Any number of items, some of them spoilt, with each engine. */
static void any_mixture(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        for (size_t e = 0; e < 2; e++) {
            if (!atr_batch_engine_set(engines[e])) {
                continue;
            }
            for (size_t count = 0; count <= COUNT; count += 1 + count / 4) {
                prepare(a);
                for (size_t i = 0; i < count; i++) {
                    size_t spoil = atr_rng_below_vartime(&rng, 2 * SPOILS);

                    if (spoil < SPOILS) {
                        spoils[spoil](&parcels[i]);
                    }
                }
                open_all(parcels, count);
                for (size_t i = 0; i < count; i++) {
                    same_as_alone(&parcels[i], &items[i]);
                }
            }
        }
    }
}

/* Who may not open learns so for each, and nothing else, be they well formed
 * or not. */
static void a_key_that_does_not_satisfy(void **state)
{
    static const uint8_t zero[32];

    (void)state;
    EACH_SCHEME(a)
    {
        prepare(a);
        key_of(&key, a, "B, C, D", &rng);
        for (size_t i = 0; i < COUNT; i += 3) {
            spoils[i % SPOILS](&parcels[i]);
        }
        open_all(parcels, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(items[i].err, ATR_ERR_POLICY);
            assert_memory_equal(items[i].key, zero, 32);
        }
    }
}

/* The same capsule many times, and under contexts of others: no item opens by
 * what another has computed. */
static void the_capsule_of_another_item(void **state)
{
    static parcel swapped[COUNT];

    (void)state;
    EACH_SCHEME(a)
    {
        prepare(a);
        for (size_t i = 0; i < COUNT; i++) {
            swapped[i] = parcels[(i + 1) % COUNT];
            memcpy(swapped[i].ad, parcels[i].ad, sizeof swapped[i].ad);
        }
        open_all(swapped, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(items[i].err, ATR_ERR_AUTH);
            swapped[i] = parcels[0];
        }
        open_all(swapped, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(items[i].err, ATR_OK);
            assert_memory_equal(items[i].key, parcels[0].sent, 32);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spoil_at_every_place),
        cmocka_unit_test(any_mixture),
        cmocka_unit_test(a_key_that_does_not_satisfy),
        cmocka_unit_test(the_capsule_of_another_item),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
