/* A request under way survives its bytes, and nothing else does. */
#include "kit/kit.h"

#include "app/attrium/profile.h"
#include "app/attrium/request.h"

typedef struct {
    atr_request request;
    atr_request again;
    uint8_t bytes[ATR_REQUEST_BYTES_MAX];
    size_t len;
} bench;

static int start(void **state)
{
    bench *b = calloc(1, sizeof *b);
    atr_builder builder = atr_builder_of(b->bytes, sizeof b->bytes);
    atr_attrs attrs = {0};
    atr_fr alpha;
    atr_fr share;
    atr_rng rng;

    kit_rng(&rng, kit_seed());
    atr_abe_setup(&alpha, &b->request.authority.mpk, ATR_SCHEME_FABEO, &rng);
    atr_issue_deal(&share, &b->request.authority.issue, &alpha, 1, 1, &rng);
    memcpy(b->request.authority.name, "test", 4);
    b->request.authority.name_len = 4;
    b->request.node_count = 2;
    for (size_t i = 0; i < 2; i++) {
        char text[64];

        snprintf(text, sizeof text, "https://node%zu.example:70%zu", i, i);
        b->request.nodes[i].node = (uint8_t)(i + 1);
        assert_int_equal(
            atr_address_parse(&b->request.nodes[i].address, text, NULL),
            ATR_OK);
    }
    assert_int_equal(atr_attrs_parse(&attrs, ATR_LITERAL("ONE, year=4"), NULL),
                     ATR_OK);
    atr_enrol_init(&b->request.enrol, &attrs, &rng);
    atr_request_build(&builder, &b->request);
    assert_int_equal(atr_builder_end(&builder), ATR_OK);
    b->len = builder.len;
    *state = b;
    return 0;
}

static int stop(void **state)
{
    free(*state);
    return 0;
}

static void it_survives(void **state)
{
    bench *b = *state;
    uint8_t *again = malloc(ATR_REQUEST_BYTES_MAX);
    atr_builder builder = atr_builder_of(again, ATR_REQUEST_BYTES_MAX);

    assert_int_equal(atr_request_read(&b->again, (atr_bytes){b->bytes, b->len}),
                     ATR_OK);
    assert_int_equal(b->again.node_count, 2);
    assert_string_equal(b->again.nodes[1].address.host, "node1.example");
    assert_memory_equal(b->again.enrol.secret, b->request.enrol.secret, 32);
    atr_request_build(&builder, &b->again);
    assert_int_equal(builder.len, b->len);
    assert_memory_equal(again, b->bytes, b->len);
    atr_request_wipe(&b->again);
    assert_int_equal(b->again.enrol.secret[0] | b->again.enrol.secret[31], 0);
    free(again);
}

static void a_part_of_it_is_refused(void **state)
{
    bench *b = *state;
    size_t step = b->len / 40;

    for (size_t len = 0; len < b->len; len += len < 80 ? 1 : step) {
        assert_int_not_equal(
            atr_request_read(&b->again, (atr_bytes){b->bytes, len}), ATR_OK);
        assert_int_equal(b->again.node_count, 0);
    }
    assert_int_not_equal(
        atr_request_read(&b->again, (atr_bytes){b->bytes, b->len + 1}), ATR_OK);
}

static void a_changed_head_is_refused(void **state)
{
    bench *b = *state;

    for (size_t at = 0; at < 11; at++) { /* mark, version, counts, node */
        b->bytes[at] ^= 0x40;
        assert_int_not_equal(
            atr_request_read(&b->again, (atr_bytes){b->bytes, b->len}), ATR_OK);
        b->bytes[at] ^= 0x40;
        if (at == 8) {
            at++; /* the number of a node may be another */
        }
    }
}

static void names_stay_within_their_folder(void **state)
{
    char path[ATR_PATH_BYTES_MAX];

    (void)state;
    assert_true(atr_profile_is_name("work-2.old_A"));
    assert_false(atr_profile_is_name(""));
    assert_false(atr_profile_is_name("."));
    assert_false(atr_profile_is_name("..") || atr_profile_is_name(".x"));
    assert_false(atr_profile_is_name("a/b") || atr_profile_is_name("-x"));
    assert_false(atr_profile_is_name("a b") || atr_profile_is_name("\xc3\xa5"));
    assert_int_equal(
        atr_profile_path(path, "/tmp/x", ATR_PROFILE_KEY, "../y", false, NULL),
        ATR_ERR_INPUT);
    assert_int_equal(
        atr_profile_path(path, "/tmp/x", ATR_PROFILE_KEY, "y", false, NULL),
        ATR_OK);
    assert_string_equal(path, "/tmp/x/data/keys/y.key");
}

/* What a node may answer to a request for an identity, by the clock and by
 * what is looked for; whose it is then is compared with this. */
static void an_identity_is_of_a_period(void **state)
{
    bench *b = *state;
    const uint64_t now = 1000000000; /* in period 100000, since 0 seconds */
    atr_identity alice;
    atr_identity got;
    atr_bf_key partial = {0};

    assert_int_equal(
        atr_identity_of(&alice, ATR_LITERAL("alice@example.org"), 0), ATR_OK);
    b->request.enrol.request.kind = ATR_ENROL_IDENTITY;
    b->request.enrol.request.identity = alice;
    partial.id = alice;
    partial.id.period = 5; /* where there are no periods */
    assert_false(atr_request_has_period(&b->request));
    assert_int_equal(
        atr_request_expects_identity(&got, &b->request, &partial, now), ATR_OK);
    assert_true(atr_identity_equal(&got, &alice));
    b->request.authority.period_s = 10000;
    assert_true(atr_request_has_period(&b->request));
    for (uint32_t number = 99997; number <= 100003; number++) {
        /* an hour behind it may still be 99999 */
        bool is_now = number == 100000 || number == 99999;

        partial.id.period = number;
        b->request.period = 0;
        assert_int_equal(
            atr_request_expects_identity(&got, &b->request, &partial, now),
            is_now ? ATR_OK : ATR_ERR_AUTH);
        b->request.period = 100000;
        assert_int_equal(
            atr_request_expects_identity(&got, &b->request, &partial, now),
            number == 100000 ? ATR_OK : ATR_ERR_AUTH);
        if (number == 100000) {
            assert_true(atr_identity_equal(&got, &partial.id));
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(it_survives),
        TEST(a_part_of_it_is_refused),
        TEST(a_changed_head_is_refused),
        TEST(an_identity_is_of_a_period),
        cmocka_unit_test(names_stay_within_their_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
