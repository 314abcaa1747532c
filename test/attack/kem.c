/* Attacks on the KEM: whatever is changed about a capsule, its policy or its
 * context, every key gives the same answer, which is no. */
#include "kit/cheat.h"

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

#define EACH_SCHEME(a)                                                         \
    for (size_t round_ = 0; round_ < 2; round_++)                              \
        for (authority *a = authority_of(schemes[round_]); a != NULL; a = NULL)

static uint8_t capsule[CAPSULE_BYTES_MAX];
static uint8_t sent[32];
static atr_policy policy;
static atr_policy_rows rows;
static atr_rng rng;

#define AD "room 1, epoch 1"

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static atr_bytes encap_for(const authority *a, const char *text)
{
    policy_of(&policy, text);
    atr_policy_rows_of(&rows, &policy);
    atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of(AD), &rng);
    return (atr_bytes){capsule, atr_kem_capsule_len(&a->kem, &policy)};
}

/* The honest decapsulation; the key must be zero when it refuses. */
static atr_err open_with(const authority *a, const atr_abe_key *key,
                         atr_bytes bytes)
{
    static const uint8_t zero[32];
    uint8_t got[32] = {1};
    atr_err err =
        atr_kem_decap(got, &a->kem, key, &policy, bytes_of(AD), bytes);

    if (err == ATR_OK) {
        assert_memory_equal(got, sent, 32);
    } else {
        assert_memory_equal(got, zero, 32);
    }
    return err;
}

static void every_non_satisfying_subset_forced(void **state)
{
    char text[1024];
    size_t refused = 0;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_abe_key whole;

        key_of(&whole, a, "A, B, C, D, E", &rng);
        for (size_t i = 0; i < 2; i++) {
            atr_bytes bytes;

            random_policy(&policy, text, 5, &rng);
            bytes = encap_for(a, text);
            for (unsigned mask = 0; mask < 1u << RANDOM_ATTRS; mask++) {
                atr_attrs attrs;
                atr_abe_key key;
                uint8_t got[32];
                bool may;

                subset(&attrs, mask);
                restrict_key(&key, &whole, &attrs);
                may = atr_policy_admits(&policy, &attrs);
                assert_int_equal(open_with(a, &key, bytes),
                                 may ? ATR_OK : ATR_ERR_POLICY);
                if (!may) {
                    assert_int_equal(atr_kem_decap_forced(got, &a->kem, &key,
                                                          &policy, bytes_of(AD),
                                                          bytes),
                                     ATR_ERR_AUTH);
                    refused++;
                }
            }
        }
    }
    printf("# %zu forced decapsulations refused\n", refused);
}

/* The holder lies about the attributes the key is for. */
static void a_lying_attribute_list(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X and Y");
        atr_abe_key key;

        key_of(&key, a, "X, Z", &rng);
        attrs_of(&key.attrs, "X, Y"); /* Z's part stands for Y now */
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
    }
}

static void policy_swap(void **state)
{
    static const char *const others[] = {
        "X or Z",      /* same rows, another attribute nobody uses */
        "Y or X",      /* the children in another order */
        "X and Y",     /* another gate */
        "1 of (X, Y)", /* the same policy: the same bytes */
    };
    static const char flat[] = "X or Y or Z";
    static const char nested[] = "X or (Y or Z)"; /* has the same rows */

    (void)state;
    EACH_SCHEME(a)
    {
        atr_abe_key key;
        atr_bytes bytes;

        key_of(&key, a, "X, Y", &rng);
        for (size_t i = 0; i < 4; i++) {
            bytes = encap_for(a, "X or Y");
            assert_int_equal(open_with(a, &key, bytes), ATR_OK);
            policy_of(&policy, others[i]);
            assert_int_equal(open_with(a, &key, bytes),
                             i == 3 ? ATR_OK : ATR_ERR_AUTH);
        }
        bytes = encap_for(a, flat);
        policy_of(&policy, nested);
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
    }
}

static void context_swap(void **state)
{
    static const char *const others[] = {"room 1, epoch 2", "room 2, epoch 1",
                                         "", "room 1, epoch 1 "};
    uint8_t got[32];

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X");
        atr_abe_key key;

        key_of(&key, a, "X", &rng);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(atr_kem_decap(got, &a->kem, &key, &policy,
                                           bytes_of(others[i]), bytes),
                             ATR_ERR_AUTH);
        }
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
    }
}

static void authority_swap(void **state)
{
    static authority other;
    atr_abe_key key;
    atr_bytes bytes;

    (void)state;
    EACH_SCHEME(a)
    {
        /* the same alpha, the same curve points: only the scheme differs */
        atr_mpk mpk = a->abe.mpk;

        mpk.scheme =
            mpk.scheme == ATR_SCHEME_FABEO ? ATR_SCHEME_W11 : ATR_SCHEME_FABEO;
        other.alpha = a->alpha;
        assert_int_equal(atr_abe_init(&other.abe, &mpk), ATR_OK);
        other.kem = atr_kem_of(&other.abe);
        bytes = encap_for(a, "X"); /* of one length in both schemes */
        key_of(&key, &other, "X", &rng);
        assert_int_equal(open_with(&other, &key, bytes), ATR_ERR_AUTH);
        key_of(&key, a, "X", &rng);
        assert_int_equal(open_with(&other, &key, bytes), ATR_ERR_AUTH);
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
    }
}

/* All bits under FABEO; under W11, whose points are read by the same code,
 * every seventh, so that all bytes and all bits in a byte have their turn. */
static void every_bit_of_a_ciphertext_flipped(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X or Y");
        atr_abe_key key;

        key_of(&key, a, "X", &rng);
        for (size_t bit = 0; bit < 8 * bytes.len; bit += 1 + 6 * round_) {
            capsule[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (open_with(a, &key, bytes) != ATR_ERR_AUTH) {
                fail_msg("bit %zu", bit);
            }
            capsule[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
    }
}

static size_t point_size(const authority *a, size_t at)
{
    size_t g1 = a->abe.scheme->header_len(&rows) - rows.count * ATR_G1_BYTES;

    return at < g1 ? ATR_G2_BYTES : ATR_G1_BYTES;
}

/* Adds a point of the group to the one that stands at `at`. */
static void shift_point(const authority *a, size_t at)
{
    if (point_size(a, at) == ATR_G2_BYTES) {
        atr_g2_affine point;

        assert_int_equal(atr_g2_read(&point, capsule + at), ATR_OK);
        g2_plus(&point, &point, &atr_g2_generator);
        atr_g2_write(capsule + at, &point);
    } else {
        atr_g1_affine point;

        assert_int_equal(atr_g1_read(&point, capsule + at), ATR_OK);
        g1_plus(&point, &point, &a->abe.base);
        atr_g1_write(capsule + at, &point);
    }
}

static atr_gt known; /* Z of the last capsule that `cheat` made */

typedef struct {
    const authority *who;
    size_t at;
    void (*change)(const authority *a, size_t at);
} changing;

static void change_header(uint8_t *header, void *data)
{
    const changing *c = data;

    assert_ptr_equal(header, capsule);
    c->change(c->who, c->at);
}

/* Changes the point, or the byte, that stands at `at`; past the header none. */
static void cheat(const authority *a, const uint8_t coins[32], size_t at,
                  void (*change)(const authority *a, size_t at))
{
    changing c = {a, at, change};
    cheat_making from = {.who = a, .policy = &policy, .ad = AD, .data = &c};

    memcpy(from.coins, coins, sizeof from.coins);
    if (at < a->abe.scheme->header_len(&rows)) {
        from.change = change_header;
    }
    cheat_capsule(capsule, &known, &from);
}

static void a_capsule_masked_to_fit_its_malformed_row(void **state)
{
    static const uint8_t coins[32] = {5};

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X or Y or Z");
        const size_t len = a->abe.scheme->header_len(&rows);
        atr_abe_key key;

        atr_kem_encap_derand(capsule, sent, &a->kem, &policy, bytes_of(AD),
                             coins);
        key_of(&key, a, "Y", &rng);
        cheat(a, coins, len, shift_point); /* nothing changed */
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
        for (size_t at = 0; at < len; at += point_size(a, at)) {
            cheat(a, coins, at, shift_point);
            assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
        }
    }
}

/* A scheme that does not look at its header: what is left is the comparison
 * with the header made again, which must be of every byte. */
static void decap_careless(atr_abe_opening *items, size_t count,
                           const atr_abe_opener *opener)
{
    (void)opener;
    for (size_t i = 0; i < count; i++) {
        items[i].z = known;
        items[i].err = ATR_OK;
    }
}

static void flip_byte(const authority *a, size_t at)
{
    (void)a;
    capsule[at] ^= (uint8_t)(1 << (at % 8));
}

static void every_byte_is_compared(void **state)
{
    static const uint8_t coins[32] = {6};
    static authority careless;
    atr_scheme scheme;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X or Y");
        const size_t len = a->abe.scheme->header_len(&rows);
        atr_abe_key key;

        atr_kem_encap_derand(capsule, sent, &a->kem, &policy, bytes_of(AD),
                             coins);
        key_of(&key, a, "Y", &rng);
        scheme = *a->abe.scheme;
        scheme.decap = decap_careless;
        careless = *a;
        careless.abe.scheme = &scheme;
        careless.kem.context = &careless.abe;
        cheat(a, coins, len, flip_byte);
        assert_int_equal(open_with(&careless, &key, bytes), ATR_OK);
        for (size_t at = 0; at < len; at++) {
            cheat(a, coins, at, flip_byte);
            assert_int_equal(open_with(&careless, &key, bytes), ATR_ERR_AUTH);
        }
    }
}

/* Each point in turn replaced by another good one, rows that the key does not
 * use among them. Every subset of attributes that satisfies the policy says
 * the same: a malformed capsule cannot split a room. */
static void malformed_capsules_are_refused_by_every_subset(void **state)
{
    static uint8_t good[CAPSULE_BYTES_MAX];
    size_t answers = 0;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "2 of (A, B, A and C) or D");
        atr_abe_key whole;

        key_of(&whole, a, "A, B, C, D, E", &rng);
        memcpy(good, capsule, bytes.len);
        for (size_t at = 0; at < a->abe.scheme->header_len(&rows);
             at += point_size(a, at)) {
            shift_point(a, at);
            for (unsigned mask = 0; mask < 16; mask++) {
                atr_attrs attrs;
                atr_abe_key key;

                subset(&attrs, mask);
                if (atr_policy_admits(&policy, &attrs)) {
                    restrict_key(&key, &whole, &attrs);
                    assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
                    answers++;
                }
            }
            memcpy(capsule, good, bytes.len);
        }
        assert_int_equal(open_with(a, &whole, bytes), ATR_OK);
    }
    assert_true(answers > 100);
}

static void unused_row_changed(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X or Y");
        size_t row = bytes.len - 32 - ATR_G1_BYTES; /* of Y */
        uint8_t saved[ATR_G1_BYTES];
        atr_abe_key key;

        key_of(&key, a, "X", &rng);
        memcpy(saved, capsule + row, sizeof saved);
        shift_point(a, row);
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
        memset(capsule + row, 0, sizeof saved); /* no point at all */
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
        capsule[row] = 0xc0; /* the identity */
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
        memcpy(capsule + row, saved, sizeof saved);
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
    }
}

/* The product of two capsules, and a capsule re-randomised by an encryption of
 * 1, are well-formed headers that nobody may open. */
static void product_of_two_ciphertexts(void **state)
{
    static uint8_t first[CAPSULE_BYTES_MAX];

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X and Y");
        atr_bytes header = {capsule, bytes.len - 32};
        atr_abe_key key;

        key_of(&key, a, "X, Y", &rng);
        memcpy(first, capsule, bytes.len);
        (void)encap_for(a, "X and Y");
        for (size_t at = 0; at < header.len; at += point_size(a, at)) {
            if (point_size(a, at) == ATR_G2_BYTES) {
                atr_g2_affine x;
                atr_g2_affine y;

                assert_int_equal(atr_g2_read(&x, first + at), ATR_OK);
                assert_int_equal(atr_g2_read(&y, capsule + at), ATR_OK);
                g2_plus(&x, &x, &y);
                atr_g2_write(capsule + at, &x);
            } else {
                atr_g1_affine x;
                atr_g1_affine y;

                assert_int_equal(atr_g1_read(&x, first + at), ATR_OK);
                assert_int_equal(atr_g1_read(&y, capsule + at), ATR_OK);
                g1_plus(&x, &x, &y);
                atr_g1_write(capsule + at, &x);
            }
        }
        assert_int_equal(a->abe.scheme->check(&a->abe, &policy, header, &rng),
                         ATR_OK);
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
        memcpy(capsule + header.len, first + header.len, 32);
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
    }
}

/* Header of one capsule, mask of another. */
static void halves_of_two_ciphertexts(void **state)
{
    uint8_t mask[32];

    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X");
        atr_abe_key key;

        key_of(&key, a, "X", &rng);
        memcpy(mask, capsule + bytes.len - 32, 32);
        (void)encap_for(a, "X");
        memcpy(capsule + bytes.len - 32, mask, 32);
        assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
    }
}

/* Points of the curve that are outside of the group, in every place. */
static void points_outside_the_group(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        atr_bytes bytes = encap_for(a, "X or Y");
        atr_abe_key key;

        key_of(&key, a, "X", &rng);
        for (size_t at = 0; at < bytes.len - 32; at += point_size(a, at)) {
            size_t size = point_size(a, at);
            uint8_t saved[ATR_G2_BYTES];

            memcpy(saved, capsule + at, size);
            for (uint8_t x = 0; x < 12; x++) { /* half of them are on curve */
                memset(capsule + at, 0, size);
                capsule[at] = 0x80;
                capsule[at + size - 1] = x;
                assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
            }
            memset(capsule + at, 0xff, size); /* x above p */
            assert_int_equal(open_with(a, &key, bytes), ATR_ERR_AUTH);
            memcpy(capsule + at, saved, size);
        }
        assert_int_equal(open_with(a, &key, bytes), ATR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_non_satisfying_subset_forced),
        cmocka_unit_test(a_lying_attribute_list),
        cmocka_unit_test(policy_swap),
        cmocka_unit_test(context_swap),
        cmocka_unit_test(authority_swap),
        cmocka_unit_test(every_bit_of_a_ciphertext_flipped),
        cmocka_unit_test(a_capsule_masked_to_fit_its_malformed_row),
        cmocka_unit_test(every_byte_is_compared),
        cmocka_unit_test(malformed_capsules_are_refused_by_every_subset),
        cmocka_unit_test(unused_row_changed),
        cmocka_unit_test(product_of_two_ciphertexts),
        cmocka_unit_test(halves_of_two_ciphertexts),
        cmocka_unit_test(points_outside_the_group),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
