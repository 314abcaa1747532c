/* The register: statements as bytes, and the rule that says what they make of
 * a request. */
#include "kit/register.h"

#include <stdio.h>

#include "sym/hash.h"

static const atr_statement_kind kinds[] = {
    ATR_STATEMENT_REQUEST, ATR_STATEMENT_APPROVE, ATR_STATEMENT_DENY,
    ATR_STATEMENT_WITHDRAW, ATR_STATEMENT_GENERATION};

#define KINDS (sizeof kinds / sizeof kinds[0])

static size_t bytes_of_statement(uint8_t out[ATR_STATEMENT_BYTES_MAX],
                                 const atr_statement *s)
{
    atr_builder b = atr_builder_of(out, ATR_STATEMENT_BYTES_MAX);

    atr_statement_build(&b, s);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return b.len;
}

static void statement_round_trip(void **state)
{
    register_world *w = register_start(3, 2);

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        atr_statement s = register_say(w, kinds[i], 2, 1234);
        uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
        uint8_t again[ATR_STATEMENT_BYTES_MAX];
        size_t len = bytes_of_statement(bytes, &s);
        atr_statement got;

        assert_int_equal(atr_statement_read(&got, (atr_bytes){bytes, len}),
                         ATR_OK);
        assert_int_equal(register_verify(w, &got), ATR_OK);
        assert_int_equal(got.kind, kinds[i]);
        assert_memory_equal(got.id, s.id, 32);
        assert_int_equal(bytes_of_statement(again, &got), len);
        assert_memory_equal(again, bytes, len);
    }
}

/* Every shorter string, a byte more, and each bit of the signed part. */
static void statement_bad(void **state)
{
    register_world *w = register_start(3, 2);

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        atr_statement s = register_say(w, kinds[i], 2, 1234);
        uint8_t bytes[ATR_STATEMENT_BYTES_MAX + 1] = {0};
        size_t len = bytes_of_statement(bytes, &s);
        atr_statement got;

        for (size_t cut = 0; cut < len; cut++) {
            assert_int_equal(atr_statement_read(&got, (atr_bytes){bytes, cut}),
                             ATR_ERR_INPUT);
            assert_int_equal(got.kind, 0);
        }
        assert_int_equal(atr_statement_read(&got, (atr_bytes){bytes, len + 1}),
                         ATR_ERR_INPUT);
        for (size_t at = 0; at < len && kinds[i] != ATR_STATEMENT_REQUEST;
             at++) {
            bytes[at] ^= 1;
            assert_true(atr_statement_read(&got, (atr_bytes){bytes, len}) !=
                            ATR_OK ||
                        register_verify(w, &got) == ATR_ERR_AUTH);
            bytes[at] ^= 1;
        }
    }
}

static void statement_limits(void **state)
{
    static uint8_t text[ATR_STATEMENT_TEXT_BYTES_MAX + 1];
    register_world *w = register_start(1, 1);
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_statement got;
    atr_statement s;

    (void)state;
    memset(text, 'x', sizeof text);
    s = register_unsigned(w, ATR_STATEMENT_DENY, 5);
    for (size_t more = 0; more < 2; more++) {
        s.text = (atr_bytes){text, ATR_STATEMENT_TEXT_BYTES_MAX + more};
        register_sign(w, &s, 1);
        assert_int_equal(
            atr_statement_read(
                &got, (atr_bytes){bytes, bytes_of_statement(bytes, &s)}),
            more ? ATR_ERR_INPUT : ATR_OK);
    }
    text[3] = 0;
    s.text = (atr_bytes){text, 5};
    register_sign(w, &s, 1);
    assert_int_equal(
        atr_statement_read(&got,
                           (atr_bytes){bytes, bytes_of_statement(bytes, &s)}),
        ATR_ERR_INPUT);
    s = register_unsigned(w, ATR_STATEMENT_APPROVE, 5);
    for (size_t i = 0; i < 3; i++) {
        static const uint64_t until[] = {0, ATR_FOR_EVER, ATR_FOR_EVER + 1};

        s.until = until[i];
        register_sign(w, &s, 1);
        assert_int_equal(
            atr_statement_read(
                &got, (atr_bytes){bytes, bytes_of_statement(bytes, &s)}),
            i == 1 ? ATR_OK : ATR_ERR_INPUT);
    }
    s = register_unsigned(w, ATR_STATEMENT_GENERATION, 5);
    s.generation = 0;
    register_sign(w, &s, 1);
    assert_int_equal(
        atr_statement_read(&got,
                           (atr_bytes){bytes, bytes_of_statement(bytes, &s)}),
        ATR_ERR_INPUT);
}

/* The bytes are ours alone, so they are pinned: id and signature of each kind,
 * by the hash of all of them. */
static void statement_is_pinned(void **state)
{
    register_world *w = register_start(3, 2);
    atr_hash hash;
    uint8_t digest[32];
    char text[65];

    (void)state;
    atr_hash_init(&hash);
    for (size_t i = 0; i < KINDS; i++) {
        atr_statement s = register_say(w, kinds[i], 2, 1700000000000);
        uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
        uint8_t id[32];

        atr_statement_id(id, &s);
        atr_hash_field(&hash,
                       (atr_bytes){bytes, bytes_of_statement(bytes, &s)});
        atr_hash_field(&hash, ATR_BYTES(id));
    }
    atr_hash_final(&hash, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(text, "bd8dab627d8daaa18e91533d4e730b93a64509562cf84aa0"
                              "aaf91269e199e193");
}

static void registrars_round_trip(void **state)
{
    (void)state;
    for (uint8_t count = 0; count <= ATR_REGISTRARS_MAX; count++) {
        register_world *w = register_start(count, count);
        uint8_t bytes[ATR_REGISTRARS_BYTES_MAX];
        atr_builder b = atr_builder_of(bytes, sizeof bytes);
        atr_registrars got;
        atr_reader r;

        atr_registrars_build(&b, &w->registrars);
        r = atr_reader_of(atr_builder_bytes(&b));
        atr_registrars_read(&got, &r);
        assert_int_equal(atr_reader_end(&r), ATR_OK);
        assert_memory_equal(&got, &w->registrars, sizeof got);
        for (uint8_t i = 0; i < count; i++) {
            assert_int_equal(atr_registrars_find(&got, w->registrars.vk[i]),
                             i + 1);
        }
        assert_int_equal(atr_registrars_find(&got, w->hm), 0);
    }
}

static void registrars_bad(void **state)
{
    static const struct {
        uint8_t approvals, count;
    } wrong[] = {{0, 1}, {2, 1}, {1, 0}, {1, 16}, {255, 255}};
    uint8_t bytes[2 + 16 * 32] = {0};
    atr_registrars got;
    atr_reader r;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bytes[0] = wrong[i].approvals;
        bytes[1] = wrong[i].count;
        r = atr_reader_of(ATR_BYTES(bytes));
        atr_registrars_read(&got, &r);
        assert_true(r.failed && got.count == 0 && got.approvals == 0);
    }
    bytes[0] = bytes[1] = 2; /* and both keys are zero: the same */
    r = atr_reader_of((atr_bytes){bytes, 2 + 64});
    atr_registrars_read(&got, &r);
    assert_true(r.failed && got.count == 0);
}

static void grants_want_enough_approvals(void **state)
{
    register_world *w = register_start(5, 3);
    atr_statement all[5];
    atr_standing standing;

    (void)state;
    all[0] = register_say(w, ATR_STATEMENT_REQUEST, 0, 10);
    for (uint8_t i = 1; i < 5; i++) {
        all[i] = register_say(w, ATR_STATEMENT_APPROVE, i, 10 + i);
    }
    for (size_t count = 0; count <= 5; count++) {
        assert_int_equal(register_state(w, all, count, 100),
                         count >= 4 ? ATR_GRANT_APPROVED : ATR_GRANT_WAITING);
    }
    atr_standing_init(&standing, w->id);
    atr_standing_add(&standing, &all[3]);
    assert_int_equal(atr_standing_approvals(&standing, 100), 1);
    assert_int_equal(atr_standing_until(&standing, &w->registrars), 0);
}

static void waiting_ends(void **state)
{
    register_world *w = register_start(1, 1);
    atr_standing s;

    (void)state;
    atr_standing_init(&s, w->id);
    assert_int_equal(atr_standing_state(&s, &w->registrars, 0, ATR_FOR_EVER),
                     ATR_GRANT_WAITING);
    assert_int_equal(atr_standing_state(&s, &w->registrars, 50, 49),
                     ATR_GRANT_WAITING);
    assert_int_equal(atr_standing_state(&s, &w->registrars, 50, 50),
                     ATR_GRANT_EXPIRED);
}

/* It ends when too few of the approvals are left; a longer one renews it. */
static void grants_end(void **state)
{
    static const uint64_t until[] = {300, 100, 200};
    register_world *w = register_start(3, 2);
    atr_standing standing;
    atr_statement s;

    (void)state;
    atr_standing_init(&standing, w->id);
    for (uint8_t i = 0; i < 3; i++) {
        s = register_unsigned(w, ATR_STATEMENT_APPROVE, 10);
        s.until = until[i];
        register_sign(w, &s, (uint8_t)(i + 1));
        atr_standing_add(&standing, &s);
    }
    assert_int_equal(atr_standing_until(&standing, &w->registrars), 200);
    assert_int_equal(atr_standing_state(&standing, &w->registrars, 50, 199),
                     ATR_GRANT_APPROVED);
    assert_int_equal(atr_standing_state(&standing, &w->registrars, 50, 200),
                     ATR_GRANT_EXPIRED);
    s.until = 250;
    register_sign(w, &s, 2);
    atr_standing_add(&standing, &s);
    assert_int_equal(atr_standing_until(&standing, &w->registrars), 250);
    s.until = 20; /* a shorter one afterwards takes nothing back */
    register_sign(w, &s, 2);
    atr_standing_add(&standing, &s);
    assert_int_equal(atr_standing_state(&standing, &w->registrars, 50, 249),
                     ATR_GRANT_APPROVED);
}

/* Random sets of statements, each in random order with repetitions. */
static void order_does_not_matter(void **state)
{
    register_world *w = register_start(4, 2);
    size_t seen[ATR_GRANT_STATES] = {0};
    atr_statement pool[16];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 72);
    for (size_t i = 0; i < 16; i++) {
        pool[i] = register_unsigned(w,
                                    i < 12   ? ATR_STATEMENT_APPROVE
                                    : i < 15 ? ATR_STATEMENT_DENY
                                             : ATR_STATEMENT_WITHDRAW,
                                    40 + i % 2);
        pool[i].until = i < 12 ? 50 + 20 * (i / 4) : 0;
        pool[i].text = i == 13   ? ATR_LITERAL("not you")
                       : i == 14 ? ATR_LITERAL("no, not you")
                                 : pool[i].text;
        register_sign(w, &pool[i], (uint8_t)(1 + i % 4));
    }
    for (size_t round = 0; round < 2000; round++) {
        atr_standing first;
        atr_standing other;
        size_t chosen[3];

        for (size_t i = 0; i < 3; i++) {
            chosen[i] = (size_t)atr_rng_below_vartime(&rng, 16);
        }
        for (size_t pass = 0; pass < 2; pass++) {
            atr_standing *to = pass ? &other : &first;

            atr_standing_init(to, w->id);
            for (size_t i = 0; i < 3; i++) {
                atr_standing_add(to, &pool[chosen[pass ? 2 - i : i]]);
            }
            if (pass) {
                atr_standing_add(
                    to, &pool[chosen[(size_t)atr_rng_below_vartime(&rng, 3)]]);
            }
        }
        assert_memory_equal(&first, &other, sizeof first);
        seen[atr_standing_state(&first, &w->registrars, 0, 60)]++;
    }
    assert_true(seen[ATR_GRANT_WAITING] > 0 && seen[ATR_GRANT_APPROVED] > 0 &&
                seen[ATR_GRANT_DENIED] > 0 && seen[ATR_GRANT_EXPIRED] > 0 &&
                seen[ATR_GRANT_WITHDRAWN] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statement_round_trip),
        cmocka_unit_test(statement_bad),
        cmocka_unit_test(statement_limits),
        cmocka_unit_test(statement_is_pinned),
        cmocka_unit_test(registrars_round_trip),
        cmocka_unit_test(registrars_bad),
        cmocka_unit_test(grants_want_enough_approvals),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(grants_end),
        cmocka_unit_test(order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
