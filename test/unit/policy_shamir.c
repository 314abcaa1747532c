/* Shamir's sharing: what any k shares give and fewer do not, what is refused,
 * and the bytes of a share. */
#include "kit/kit.h"
#include "policy/shamir.h"

static atr_rng rng;

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static atr_fr random_fr(void)
{
    atr_fr out;

    atr_fr_random(&out, &rng);
    return out;
}

#define N 6

/* The shares that the bits of `mask` name. */
static size_t choose(atr_shamir_share *out, const atr_shamir_share *from,
                     unsigned mask)
{
    size_t count = 0;

    for (unsigned i = 0; i < N; i++) {
        if ((mask >> i & 1) != 0) {
            out[count++] = from[i];
        }
    }
    return count;
}

static void every_subset_of_k_gives_the_secret(void **state)
{
    atr_shamir_share all[N];
    atr_shamir_share some[N];

    (void)state;
    for (size_t k = 1; k <= N; k++) {
        atr_fr secret = random_fr();

        assert_int_equal(atr_shamir_split(all, N, k, &secret, &rng), ATR_OK);
        for (unsigned mask = 1; mask < 1u << N; mask++) {
            size_t count = choose(some, all, mask);
            atr_fr got;
            atr_err err = atr_shamir_combine(&got, some, count, k);

            assert_int_equal(err, count < k ? ATR_ERR_INPUT : ATR_OK);
            assert_true(atr_fr_equal(&got, &secret) ==
                        (count >= k ? UINT64_MAX : 0));
        }
    }
}

/* With k - 1 shares every secret is as good as any other: for each there is
 * one more share that makes it the answer. */
static void fewer_than_k_say_nothing(void **state)
{
    atr_shamir_share all[N];
    atr_fr secret = random_fr();
    atr_fr got;

    (void)state;
    assert_int_equal(atr_shamir_split(all, N, 4, &secret, &rng), ATR_OK);
    assert_int_equal(atr_shamir_combine(&got, all, 3, 3), ATR_OK);
    assert_false(atr_fr_equal(&got, &secret)); /* a wrong threshold */
    for (size_t i = 0; i < 20; i++) {
        static const uint8_t place[4] = {0, 1, 2, 3};
        atr_shamir_share four[4] = {all[0], all[1], all[2], {.place = 9}};
        atr_fr guess = random_fr();
        atr_fr weight[4];

        atr_shamir_weights(weight, place, 4, 9);
        atr_fr_mul(&four[3].value, &weight[0], &guess);
        for (size_t n = 1; n < 4; n++) {
            atr_fr_mul(&weight[n], &weight[n], &all[n - 1].value);
            atr_fr_add(&four[3].value, &four[3].value, &weight[n]);
        }
        assert_int_equal(atr_shamir_combine(&got, four, 4, 4), ATR_OK);
        assert_true(atr_fr_equal(&got, &guess));
    }
}

static void a_changed_share_is_seen_when_there_is_one_to_spare(void **state)
{
    static const atr_fr zero;
    atr_shamir_share all[N];
    atr_fr secret = random_fr();
    atr_fr got;

    (void)state;
    assert_int_equal(atr_shamir_split(all, N, 3, &secret, &rng), ATR_OK);
    for (size_t i = 0; i < N; i++) {
        atr_fr good = all[i].value;
        atr_fr one = atr_fr_of(1);

        atr_fr_add(&all[i].value, &all[i].value, &one);
        assert_int_equal(atr_shamir_check(all, N, 3), ATR_ERR_AUTH);
        assert_int_equal(atr_shamir_combine(&got, all, N, 3), ATR_ERR_AUTH);
        assert_memory_equal(&got, &zero, sizeof got);
        assert_int_equal(atr_shamir_check(all, N, N), ATR_OK); /* none to */
        all[i].value = good;
    }
    assert_int_equal(atr_shamir_check(all, N, 2), ATR_ERR_AUTH);
    assert_int_equal(atr_shamir_check(all, N, 3), ATR_OK);
    assert_int_equal(atr_shamir_check(all, N, 4), ATR_OK);
}

static void bad_calls_are_refused(void **state)
{
    static const atr_fr zero;
    atr_shamir_share all[ATR_SHAMIR_SHARES_MAX + 1];
    atr_shamir_share two[2];
    atr_fr secret = random_fr();
    atr_fr got = secret;

    (void)state;
    assert_int_equal(atr_shamir_split(all, 3, 0, &secret, &rng), ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_split(all, 3, 4, &secret, &rng), ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_split(all, 0, 0, &secret, &rng), ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_split(all, 256, 256, &secret, &rng),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_split(all, 255, 255, &secret, &rng), ATR_OK);
    assert_int_equal(atr_shamir_combine(&got, all, 255, 255), ATR_OK);
    assert_true(atr_fr_equal(&got, &secret));
    assert_int_equal(atr_shamir_combine(&got, all, 256, 255), ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_combine(&got, all, 2, 0), ATR_ERR_INPUT);

    two[0] = all[0];
    two[1] = all[0]; /* one share twice: a division by zero */
    got = secret;
    assert_int_equal(atr_shamir_combine(&got, two, 2, 2), ATR_ERR_INPUT);
    assert_memory_equal(&got, &zero, sizeof got);
    two[1].place = 0; /* who claims to stand where the secret does */
    assert_int_equal(atr_shamir_combine(&got, two, 2, 2), ATR_ERR_INPUT);
    assert_int_equal(atr_shamir_check(two, 2, 1), ATR_ERR_INPUT);
}

static void two_splits_of_one_secret_differ(void **state)
{
    atr_shamir_share first[3];
    atr_shamir_share second[3];
    atr_fr secret = random_fr();

    (void)state;
    assert_int_equal(atr_shamir_split(first, 3, 2, &secret, &rng), ATR_OK);
    assert_int_equal(atr_shamir_split(second, 3, 2, &secret, &rng), ATR_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_false(atr_fr_equal(&first[i].value, &second[i].value));
        assert_false(atr_fr_equal(&first[i].value, &secret));
    }
}

/* 3 of 5, from the derived vectors: here so that a clone alone has one. */
static void a_known_sharing(void **state)
{
    static const char *const poly_text[3] = {
        "307c51f9fa69b1206fee3902581d5711b8775cdcfd5b5022ad6dc782e13fb7d1",
        "53cad48a85c4a72ca6151b1e8070f920115a0644195d4d0cdbd8c3c560c4285e",
        "49745a6e58b708981242ae967714a7ab49fb843b9f5a3c632a207d4c576603a0"};
    static const char *const share_text[5] = {
        "0159cdd99faf47e39cf50c2aaf46011fd7c00f4359b6147d93b36708959969e3ce",
        "022e2cc77bc2592cb9383bc9790eca87e9b422ea47ad856bcd0da1444300601709",
        "032186c2e15d3b09bd6cb6ed67bc1b674ce86ff5a9e3ac76cdbc1c7a8a16225183",
        "0433dbcbd07fed7aa9927d967b4df3be015cf6658058899e95bed8ab6adab0933c",
        "05652be2492a707f7da98fc4b3c4538c0711b639cb0c1ce32515d5d6e54e0adc34"};
    atr_shamir_share shares[5];
    atr_shamir_share back[5];
    uint8_t bytes[ATR_SHAMIR_SHARE_BYTES];
    atr_fr poly[3];
    atr_fr got;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(kit_unhex(bytes, 32, poly_text[i]), 32);
        assert_int_equal(atr_fr_read(&poly[i], bytes), ATR_OK);
    }
    assert_int_equal(atr_shamir_split_derand(shares, 5, poly, 3), ATR_OK);
    for (size_t i = 0; i < 5; i++) {
        atr_shamir_share_write(bytes, &shares[i]);
        assert_hex(bytes, sizeof bytes, share_text[i]);
        assert_int_equal(atr_shamir_share_read(&back[i], bytes), ATR_OK);
    }
    assert_int_equal(atr_shamir_combine(&got, back, 5, 3), ATR_OK);
    assert_true(atr_fr_equal(&got, &poly[0]));
}

static void bytes_of_no_share_are_refused(void **state)
{
    static const atr_shamir_share zero;
    uint8_t bytes[ATR_SHAMIR_SHARE_BYTES] = {0};
    atr_shamir_share got;

    (void)state;
    bytes[32] = 7;
    assert_int_equal(atr_shamir_share_read(&got, bytes), ATR_ERR_INPUT);
    assert_int_equal(/* r, which would stand for 0 */
                     kit_unhex(bytes, sizeof bytes,
                               "0173eda753299d7d483339d80809a1d80553bda402fffe5"
                               "bfeffffffff"
                               "00000001"),
                     33);
    got.place = 3;
    assert_int_equal(atr_shamir_share_read(&got, bytes), ATR_ERR_INPUT);
    assert_memory_equal(&got, &zero, sizeof got);
    bytes[32] = 0; /* r - 1 */
    assert_int_equal(atr_shamir_share_read(&got, bytes), ATR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_of_k_gives_the_secret),
        cmocka_unit_test(fewer_than_k_say_nothing),
        cmocka_unit_test(a_changed_share_is_seen_when_there_is_one_to_spare),
        cmocka_unit_test(bad_calls_are_refused),
        cmocka_unit_test(two_splits_of_one_secret_differ),
        cmocka_unit_test(a_known_sharing),
        cmocka_unit_test(bytes_of_no_share_are_refused),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
