/* The generator: its stream is pinned as text, whatever the pieces it is
 * taken in, and its state shows nothing of what it gave out.
 */
#include "kit/kit.h"

#include "sym/hash.h"

static void start(atr_rng *rng)
{
    uint8_t seed[ATR_SEED_BYTES];

    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)i;
    }
    atr_rng_init(rng, seed);
}

/* Computed by another implementation of ChaCha20 (RFC 8439): key 00..1f,
 * zero nonce, counter from 0; of each 512 bytes the first 32 are the next
 * key and 480 are given out. */
static void stream_is_pinned(void **state)
{
    uint8_t out[1200];
    uint8_t digest[ATR_HASH_BYTES];
    atr_rng rng;

    (void)state;
    start(&rng);
    atr_rng_bytes(&rng, out, sizeof out);
    assert_hex(
        out, 64,
        "2b23cce7a26023ab3f0eef693ac87f64258235eab1f7a32dc22762a0485b410c"
        "18b84231ade6a6d113615c61af434e27f8b1f3f5e1ad5b5cecf8fc122a35755c");
    /* Over the first refill. */
    assert_hex(
        out + 448, 64,
        "17cd76043d85feff6cfc7272f1e6dfb201def102acf0175b4fe41f026a6d9cf2"
        "2d41a59c90e41a8e7a4dccaa1c46069983b1a333ce25719ec3437768ab57fa42");
    assert_hex(
        out + 960, 32,
        "5fd844af20c38ddcd79cb934b6ac59c970ec0eea9efc46491e2da0e663d74bb5");
    atr_hash_of(digest, ATR_BYTES(out));
    assert_hex(
        digest, sizeof digest,
        "363269471f275fb3c7ee85b7658df36b4d39560740820fef8d397f7e07b77472");
}

static void pieces_do_not_matter(void **state)
{
    uint8_t whole[2000];
    uint8_t parts[2000];
    atr_rng rng;
    atr_rng sizes;

    (void)state;
    kit_rng(&sizes, kit_seed());
    start(&rng);
    atr_rng_bytes(&rng, whole, sizeof whole);
    for (unsigned round = 0; round < 200; round++) {
        size_t done = 0;

        start(&rng);
        while (done < sizeof parts) {
            size_t len = atr_rng_below_vartime(&sizes, 700);

            len = len < sizeof parts - done ? len : sizeof parts - done;
            atr_rng_bytes(&rng, parts + done, len);
            done += len;
        }
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

static bool holds(const void *memory, size_t len, const uint8_t *piece,
                  size_t piece_len)
{
    return memmem(memory, len, piece, piece_len) != NULL;
}

/* Fast key erasure: whatever has been given out is nowhere in the state, nor
 * is any key that could make it again. */
static void state_forgets(void **state)
{
    uint8_t seed[ATR_SEED_BYTES];
    uint8_t given[64];
    uint8_t key[32];
    atr_rng rng;

    (void)state;
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)i;
    }
    start(&rng);
    assert_true(holds(&rng, sizeof rng, seed, sizeof seed));
    atr_rng_bytes(&rng, given, sizeof given);
    assert_false(holds(&rng, sizeof rng, seed, 8));
    for (unsigned round = 0; round < 30; round++) {
        memcpy(key, rng.key, sizeof key);
        atr_rng_bytes(&rng, given, sizeof given);
        for (size_t i = 0; i + 8 <= sizeof given; i++) {
            assert_false(holds(&rng, sizeof rng, given + i, 8));
        }
    }
    /* After 30 * 64 bytes the key has been replaced. */
    start(&rng);
    assert_memory_not_equal(rng.key, key, sizeof key);
}

static void below_is_below_and_uniform(void **state)
{
    static const uint64_t bounds[] = {
        1, 2, 3, 7, 1000, 1ULL << 32, (1ULL << 63) + 1, UINT64_MAX};
    unsigned seen[7] = {0};
    unsigned third = 0;
    atr_rng rng;

    (void)state;
    start(&rng);
    for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
        for (unsigned i = 0; i < 1000; i++) {
            assert_true(atr_rng_below_vartime(&rng, bounds[b]) < bounds[b]);
        }
    }
    /* Of 3 * 2^62 numbers a third is below 2^62; half would be if the draws
     * that do not divide evenly were kept. */
    for (unsigned i = 0; i < 3000; i++) {
        third += atr_rng_below_vartime(&rng, 3ULL << 62) < 1ULL << 62;
    }
    assert_in_range(third, 850, 1150);
    for (unsigned i = 0; i < 70000; i++) {
        seen[atr_rng_below_vartime(&rng, 7)]++;
    }
    /* 10,000 each, give or take 6 standard deviations of 93. The seed is
     * fixed, so this says the same every time. */
    for (size_t i = 0; i < 7; i++) {
        assert_in_range(seen[i], 10000 - 558, 10000 + 558);
    }
}

static void wipe_leaves_zeros(void **state)
{
    static const atr_rng zero;
    uint8_t out[10];
    atr_rng rng;

    (void)state;
    start(&rng);
    atr_rng_bytes(&rng, out, sizeof out);
    atr_rng_wipe(&rng);
    assert_memory_equal(&rng, &zero, sizeof rng);
    atr_rng_wipe(&rng);
    atr_rng_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_is_pinned),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(state_forgets),
        cmocka_unit_test(below_is_below_and_uniform),
        cmocka_unit_test(wipe_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
