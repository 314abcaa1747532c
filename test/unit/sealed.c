/* Sealed files. */
#include "kit/abe.h"
#include "scheme/sealed.h"
#include "sym/hash.h"

static uint8_t head[ATR_SEALED_HEADER_BYTES_MAX];
static size_t head_len;
static atr_abe_key reader_key;
static atr_rng rng;

static authority *fabeo(void)
{
    return authority_of(ATR_SCHEME_FABEO);
}

static void seal_for(atr_sealed *sealed, authority *a, const char *text)
{
    atr_builder builder = atr_builder_of(head, sizeof head);
    atr_policy policy;

    policy_of(&policy, text);
    assert_int_equal(atr_sealed_begin(sealed, &builder, &a->kem, &policy, &rng),
                     ATR_OK);
    head_len = builder.len;
}

static atr_err open_header(atr_sealed *sealed, authority *a)
{
    static atr_sealed_header header;
    atr_err err;

    memset(sealed, 0, sizeof *sealed);
    err = atr_sealed_header_read(&header, (atr_bytes){head, head_len});
    return err != ATR_OK
               ? err
               : atr_sealed_open(sealed, &header, &a->kem, &reader_key);
}

static int setup(void **state)
{
    (void)state;
    kit_rng(&rng, 41);
    key_of(&reader_key, fabeo(), "ONE, TWO", &rng);
    return 0;
}

static void files_of_every_size_survive(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 150000};
    static uint8_t plain[150000];
    static uint8_t file[150000 + 4 * 16];
    static uint8_t back[150000];

    (void)state;
    atr_rng_bytes(&rng, plain, sizeof plain);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t from = 0;
        size_t len = 0;
        atr_sealed sealed;
        bool last = false;

        seal_for(&sealed, fabeo(), "ONE and TWO");
        while (!last) {
            size_t left = sizes[i] - from;
            size_t part = left < 65536 ? left : 65536;

            last = left <= 65536;
            assert_int_equal(atr_sealed_chunk(&sealed, file + len,
                                              (atr_bytes){plain + from, part},
                                              last),
                             ATR_OK);
            from += part;
            len += part + 16;
        }
        assert_true(sealed.ended);
        assert_int_equal(
            atr_sealed_chunk(&sealed, file + len, (atr_bytes){plain, 1}, true),
            ATR_ERR_STATE);
        assert_int_equal(open_header(&sealed, fabeo()), ATR_OK);
        from = 0;
        for (size_t at = 0; at < len;) {
            size_t left = len - at;
            size_t part = left < 65552 ? left : 65552;

            assert_int_equal(atr_sealed_unchunk(&sealed, back + from,
                                                (atr_bytes){file + at, part},
                                                left <= 65552),
                             ATR_OK);
            at += part;
            from += part - 16;
        }
        assert_true(sealed.ended);
        assert_int_equal(from, sizes[i]);
        assert_memory_equal(plain, back, from);
        atr_sealed_wipe(&sealed);
    }
}

/* Three chunks, and every way to cut, drop, repeat or swap them. */
static void chunks_cannot_be_moved(void **state)
{
    static uint8_t plain[65536];
    static uint8_t chunk[3][65552];
    static uint8_t out[65536];
    static const uint8_t zero[65536];
    const atr_bytes whole[3] = {
        {chunk[0], 65552}, {chunk[1], 65552}, {chunk[2], 116}};
    atr_sealed sealed;
    atr_sealed fresh;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            atr_sealed_chunk(&sealed, chunk[i],
                             (atr_bytes){plain, i < 2 ? 65536 : 100}, i == 2),
            ATR_OK);
    }
    assert_int_equal(open_header(&fresh, fabeo()), ATR_OK);
    sealed = fresh; /* the second first, the last first, cut after the first */
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[1], false),
                     ATR_ERR_AUTH);
    assert_memory_equal(out, zero, sizeof out);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], true),
                     ATR_ERR_AUTH);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[0], true),
                     ATR_ERR_AUTH);
    assert_false(sealed.ended);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[0], false), ATR_OK);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[0], false),
                     ATR_ERR_AUTH); /* again */
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], true),
                     ATR_ERR_AUTH); /* one dropped */
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[1], false), ATR_OK);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], false),
                     ATR_ERR_INPUT); /* short, and not said to be last */
    for (size_t i = 0; i < 116; i++) {
        chunk[2][i] ^= 0x10;
        assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], true),
                         ATR_ERR_AUTH);
        chunk[2][i] ^= 0x10;
    }
    assert_int_equal(
        atr_sealed_unchunk(&sealed, out, (atr_bytes){chunk[2], 115}, true),
        ATR_ERR_AUTH);
    assert_int_equal(
        atr_sealed_unchunk(&sealed, out, (atr_bytes){chunk[2], 15}, true),
        ATR_ERR_INPUT);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], true), ATR_OK);
    assert_int_equal(atr_sealed_unchunk(&sealed, out, whole[2], true),
                     ATR_ERR_STATE);
}

static void chunks_of_another_size_are_refused(void **state)
{
    static uint8_t plain[65537];
    static uint8_t out[65537 + 16];
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE");
    assert_int_equal(
        atr_sealed_chunk(&sealed, out, (atr_bytes){plain, 65535}, false),
        ATR_ERR_INPUT);
    assert_int_equal(
        atr_sealed_chunk(&sealed, out, (atr_bytes){plain, 65537}, true),
        ATR_ERR_INPUT);
    assert_int_equal(sealed.next, 0);
    assert_int_equal(
        atr_sealed_unchunk(&sealed, out, (atr_bytes){plain, 65537 + 16}, true),
        ATR_ERR_INPUT);
}

static void a_header_tells_what_it_says(void **state)
{
    static atr_sealed_header header;
    static char text[256];
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE and (TWO or year >= 5)");
    assert_int_equal(
        atr_sealed_header_read(&header, (atr_bytes){head, head_len + 9}),
        ATR_OK);
    assert_int_equal(header.version, 1);
    assert_int_equal(header.scheme, ATR_SCHEME_FABEO);
    assert_memory_equal(header.hm, fabeo()->abe.hm, 32);
    assert_int_equal(header.header_len, head_len);
    assert_int_equal(atr_policy_format(text, sizeof text, &header.policy),
                     ATR_OK);
    assert_string_equal(text, "ONE and (TWO or year >= 5)");
}

/* A header that arrives byte by byte says "more" until it is there. */
static void a_short_header_asks_for_more(void **state)
{
    static atr_sealed_header header;
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE and TWO");
    for (size_t len = 0; len < head_len; len++) {
        assert_int_equal(
            atr_sealed_header_read(&header, (atr_bytes){head, len}),
            ATR_ERR_LIMIT);
        assert_int_equal(header.header_len, 0);
    }
}

static void what_is_no_sealed_file_is_refused(void **state)
{
    static const size_t at[] = {0, 6, 7, 8, 41, 45, 46};
    static atr_sealed_header header;
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE and TWO");
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        head[at[i]] ^= 0x40;
        assert_int_equal(
            atr_sealed_header_read(&header, (atr_bytes){head, head_len}),
            ATR_ERR_INPUT);
        assert_int_equal(
            atr_sealed_header_read(&header, (atr_bytes){head, at[i] + 1}),
            at[i] < 41 ? ATR_ERR_INPUT : ATR_ERR_LIMIT);
        head[at[i]] ^= 0x40;
    }
}

/* A capsule-field of another length than the policy has. */
static void a_capsule_of_another_length_is_refused(void **state)
{
    static atr_sealed_header header;
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE");
    for (int step = -1; step <= 1; step += 2) {
        size_t at = head_len - (240 + 32) - 1; /* the low byte of the length */

        head[at] = (uint8_t)(head[at] + step);
        assert_int_equal(
            atr_sealed_header_read(&header, (atr_bytes){head, head_len}),
            ATR_ERR_INPUT);
        head[at] = (uint8_t)(head[at] - step);
    }
    assert_int_equal(open_header(&sealed, fabeo()), ATR_OK);
}

/* One flipped bit anywhere in a header, and the file does not open. */
static void every_byte_of_a_header_is_authenticated(void **state)
{
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE or TWO");
    assert_int_equal(open_header(&sealed, fabeo()), ATR_OK);
    for (size_t i = 0; i < head_len; i++) {
        uint8_t bit = (uint8_t)(1 << (i % 8));

        head[i] ^= bit;
        assert_int_not_equal(open_header(&sealed, fabeo()), ATR_OK);
        assert_int_equal(sealed.key[0] | sealed.key[9] | sealed.key[31], 0);
        head[i] ^= bit;
    }
}

static void another_authority_cannot_open(void **state)
{
    atr_sealed sealed;

    (void)state;
    seal_for(&sealed, fabeo(), "ONE");
    assert_int_equal(open_header(&sealed, authority_of(ATR_SCHEME_W11)),
                     ATR_ERR_STATE);
    seal_for(&sealed, fabeo(), "THREE");
    assert_int_equal(open_header(&sealed, fabeo()), ATR_ERR_POLICY);
}

static void a_header_that_does_not_fit_says_so(void **state)
{
    uint8_t small[100];
    atr_builder builder = atr_builder_of(small, sizeof small);
    atr_policy policy;
    atr_sealed sealed;

    (void)state;
    policy_of(&policy, "ONE");
    assert_int_equal(
        atr_sealed_begin(&sealed, &builder, &fabeo()->kem, &policy, &rng),
        ATR_ERR_LIMIT);
}

/* A KEM that notes for what context it was asked. */
static uint8_t noted[256];
static size_t noted_len;

static size_t noting_len(const atr_kem *kem, const atr_policy *policy)
{
    (void)kem;
    return atr_kem_capsule_len(&fabeo()->kem, policy);
}

static void noting_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                         const atr_kem *kem, const atr_policy *policy,
                         atr_bytes ad, const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    assert_true(ad.len <= sizeof noted);
    memcpy(noted, ad.data, ad.len);
    noted_len = ad.len;
    (void)kem;
    atr_kem_encap_derand(capsule, key, &fabeo()->kem, policy, ad, coins);
}

/* enc("ATR1/SEALED/header", H(all before the capsule)). */
static void the_context_is_all_before_the_capsule(void **state)
{
    static atr_sealed_header header;
    atr_kem noting = fabeo()->kem;
    atr_builder builder = atr_builder_of(head, sizeof head);
    uint8_t expected[256];
    atr_builder context = atr_builder_of(expected, sizeof expected);
    uint8_t digest[32];
    atr_policy policy;
    atr_sealed sealed;

    (void)state;
    noting.capsule_len = noting_len;
    noting.encap = noting_encap;
    policy_of(&policy, "ONE and TWO");
    assert_int_equal(
        atr_sealed_begin(&sealed, &builder, &noting, &policy, &rng), ATR_OK);
    assert_int_equal(
        atr_sealed_header_read(&header, (atr_bytes){head, builder.len}),
        ATR_OK);
    atr_hash_of(digest,
                (atr_bytes){head, builder.len - 4 - header.capsule.len});
    atr_build_field(&context, ATR_LITERAL("ATR1/SEALED/header"));
    atr_build_field(&context, ATR_BYTES(digest));
    assert_int_equal(noted_len, context.len);
    assert_memory_equal(noted, expected, context.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_every_size_survive),
        cmocka_unit_test(chunks_cannot_be_moved),
        cmocka_unit_test(chunks_of_another_size_are_refused),
        cmocka_unit_test(a_header_tells_what_it_says),
        cmocka_unit_test(a_short_header_asks_for_more),
        cmocka_unit_test(what_is_no_sealed_file_is_refused),
        cmocka_unit_test(a_capsule_of_another_length_is_refused),
        cmocka_unit_test(the_context_is_all_before_the_capsule),
        cmocka_unit_test(every_byte_of_a_header_is_authenticated),
        cmocka_unit_test(another_authority_cannot_open),
        cmocka_unit_test(a_header_that_does_not_fit_says_so),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
