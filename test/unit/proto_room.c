/* Descriptors, ids, links, labels, and a visitor's questions. */
#include "kit/kit.h"
#include "proto/utf8.h"
#include "proto/visitor.h"
#include "sim/stage.h"

static stage s;
static atr_room_descriptor room;
static uint8_t bytes[ATR_ROOM_DESCRIPTOR_BYTES_MAX + 1];

static int begin(void **state)
{
    (void)state;
    stage_init(&s, false);
    stage_descriptor(&room, &s);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    stage_free(&s);
    return 0;
}

static size_t build(void)
{
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_room_build(&b, &room);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return b.len;
}

static atr_err read_back(size_t len)
{
    static atr_room_descriptor out;

    return atr_room_read(&out, (atr_bytes){bytes, len});
}

static void descriptor_round_trip(void **state)
{
    static atr_room_descriptor out;
    size_t len = build();

    (void)state;
    assert_int_equal(atr_room_read(&out, (atr_bytes){bytes, len}), ATR_OK);
    assert_memory_equal(&out, &room, sizeof room);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(read_back(cut), ATR_ERR_INPUT);
    }
    bytes[len] = 0;
    assert_int_equal(read_back(len + 1), ATR_ERR_INPUT);
    assert_int_equal(atr_room_read(&out, (atr_bytes){bytes, sizeof bytes}),
                     ATR_ERR_LIMIT);
}

/* A client that does not know a version, exchange or history keeps out. */
static void descriptor_is_strict(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 0}, {0, 2}, {1, 0}, {1, 2}, {2, 1}, {3, 2}, {4, 0}};
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        len = build();
        bytes[wrong[i].at] = wrong[i].value;
        assert_int_equal(read_back(len), ATR_ERR_INPUT);
    }
    room.name[0] = '\n';
    assert_int_equal(read_back(build()), ATR_ERR_INPUT);
    room.name[0] = 's';
    assert_int_equal(read_back(build()), ATR_OK);
}

/* Whatever changes in a descriptor, its id does. */
static void id_covers_every_bit(void **state)
{
    size_t len = build();
    uint8_t id[32];
    uint8_t other[32];

    (void)state;
    atr_room_id(id, (atr_bytes){bytes, len});
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        atr_room_id(other, (atr_bytes){bytes, len});
        assert_memory_not_equal(id, other, 32);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* --- links ---------------------------------------------------------------- */

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define UP "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

static atr_err parse(const char *text)
{
    atr_link link;

    return atr_link_parse(&link,
                          (atr_bytes){(const uint8_t *)text, strlen(text)});
}

static void links_round_trip(void **state)
{
    static const char *const good[][2] = {
        {"attrium://h:1/", "attrium://h:1/"},
        {"attrium://h:1", "attrium://h:1/"},
        {"attrium://h:1#" ID, "attrium://h:1/#" ID},
        {"attrium://h:65535/" ID, "attrium://h:65535/" ID},
        {"attrium://a.b-c_d:4433/" UP "#" ID,
         "attrium://a.b-c_d:4433/" ID "#" ID},
        {"attrium://127.0.0.1:80/" ID, "attrium://127.0.0.1:80/" ID},
        {"attrium://[::1]:80/" ID "#" ID, "attrium://[::1]:80/" ID "#" ID},
        {"attrium://[fe80::1.2.3.4]:9/", "attrium://[fe80::1.2.3.4]:9/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        atr_link link;
        char text[ATR_LINK_TEXT_MAX + 1];
        size_t len = strlen(good[i][1]);

        assert_int_equal(
            atr_link_parse(&link, (atr_bytes){(const uint8_t *)good[i][0],
                                              strlen(good[i][0])}),
            ATR_OK);
        assert_int_equal(atr_link_format(text, sizeof text, &link), ATR_OK);
        assert_string_equal(text, good[i][1]);
        assert_int_equal(atr_link_format(text, len, &link), ATR_ERR_LIMIT);
        assert_int_equal(atr_link_format(text, len + 1, &link), ATR_OK);
    }
}

static void links_are_strict(void **state)
{
    static const char *const bad[] = {
        "",
        "attrium",
        "attrium://",
        "attrium://h",
        "attrium://h:",
        "attrium://:1/",
        "attrium://h:0/",
        "attrium://h:01/",
        "attrium://h:65536/",
        "attrium://h:123456/",
        "attrium://h:-1/",
        "attrium://h h:1/",
        "attrium://[::1:1/",
        "attrium://[]:1/",
        "attrium://::1:1/",
        "attrium://h:1/" ID "/",
        "attrium://h:1/" ID "#",
        "attrium://h:1/#",
        "attrium://h:1/" ID "#" ID "0",
        "Attrium://h:1/",
        "https://h:1/",
        "attrium://u@h:1/",
        "attrium://h:1/0011",
        " attrium://h:1/",
        "attrium://h:1/ ",
        ("attrium://h:1/xx112233445566778899aabbccddeeff00112233445566778899"
         "aabbccddeeff"),
    };
    const char *whole = "attrium://host.example:4433/" ID "#" ID;
    char text[400] = {0};
    atr_link link = {.port = 1};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(bad[i]) != ATR_ERR_INPUT) {
            fail_msg("taken for a link: %s", bad[i]);
        }
    }
    for (size_t cut = 0; cut < strlen(whole); cut++) {
        memcpy(text, whole, cut);
        text[cut] = '\0';
        /* Where a part ends, what stands there is a link too. */
        assert_int_equal(parse(text) == ATR_OK,
                         (cut >= 24 && cut <= 28) || cut == 28 + 64);
    }
    memset(text, 'a', 300); /* a host too long */
    memcpy(text, "attrium://", 10);
    memcpy(text + 290, ":1/", 4);
    assert_int_equal(parse(text), ATR_ERR_INPUT);
    assert_int_equal(atr_link_format(text, sizeof text, &link), ATR_ERR_INPUT);
    strcpy(link.host, "a b");
    assert_int_equal(atr_link_format(text, sizeof text, &link), ATR_ERR_INPUT);
}

static bool is_text(const char *text)
{
    return atr_utf8_is_text((atr_bytes){(const uint8_t *)text, strlen(text)});
}

static bool is_label(const char *text)
{
    return atr_utf8_is_label((atr_bytes){(const uint8_t *)text, strlen(text)});
}

static void text_is_utf8(void **state)
{
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        ("\xc2"
         "a"),
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xf0\x9f\x98",
    };
    static const char *const hidden[] = {
        "a\nb",
        "\x7f",
        "\xc2\x85",
        ("\xe2\x80\xae"
         "abc"),
        "\xe2\x80\x8b",
        "\xef\xbb\xbf",
        "\xe2\x81\xa6",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(is_text(bad[i]));
        assert_false(is_label(bad[i]));
    }
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        assert_true(is_text(hidden[i]));
        assert_false(is_label(hidden[i]));
    }
    assert_true(is_label("bl\xc3\xa5"
                         "b\xc3\xa6r \xf0\x9f\x98\x80"));
    assert_true(is_label("\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80"));
    assert_false(atr_utf8_is_text((atr_bytes){(const uint8_t *)"a\0b", 3}));
}

/* --- visitors ------------------------------------------------------------- */

static kit_heap heap;
static atr_mem mem;

/* Plays a whole visit, byte for byte. */
static void visit(atr_visitor *visitor, uint32_t conn)
{
    assert_int_equal(atr_hall_opened(s.hall, conn, s.now), ATR_OK);
    while (visitor->state == ATR_VISIT_WAITING) {
        atr_bytes out;

        assert_int_equal(atr_hall_flush(s.hall, s.now), ATR_OK);
        out = atr_hall_outgoing(s.hall, conn);
        assert_true(out.len != 0);
        for (size_t i = 0; i < out.len; i++) {
            (void)!atr_visitor_recv(visitor, (atr_bytes){out.data + i, 1});
        }
        atr_hall_sent(s.hall, conn, out.len);
        out = atr_visitor_outgoing(visitor);
        (void)!atr_hall_recv(s.hall, conn, out, s.now);
        atr_visitor_sent(visitor, out.len);
    }
    atr_hall_closed(s.hall, conn, s.now);
}

static void create_many(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        atr_visitor v;

        room.nonce[0] = (uint8_t)i;
        room.nonce[1] = 1;
        room.listed = i % 3 != 0;
        assert_int_equal(atr_visitor_init(&v, &mem, ATR_VISIT_CREATE, &room,
                                          s.cast.mpk, NULL),
                         ATR_OK);
        visit(&v, 3);
        assert_int_equal(v.state, ATR_VISIT_DONE);
        atr_visitor_wipe(&v);
    }
}

static void visitors_create_list_and_look(void **state)
{
    atr_visitor v;
    atr_reader r;
    size_t count = 0;

    (void)state;
    mem = kit_mem(&heap, SIZE_MAX);
    create_many(200);
    create_many(10); /* again: nothing new */
    assert_int_equal(s.store.count, 201);
    assert_int_equal(
        atr_visitor_init(&v, &mem, ATR_VISIT_LIST, NULL, NULL, NULL), ATR_OK);
    visit(&v, 3);
    assert_int_equal(v.state, ATR_VISIT_DONE);
    r = atr_reader_of(atr_queue_bytes(&v.found));
    while (r.left != 0) {
        assert_int_equal(atr_room_read(&room, atr_read_field(&r)), ATR_OK);
        assert_int_equal(room.listed, 1);
        count++;
    }
    assert_int_equal(count, 1 + 133); /* what is not listed is not told */
    atr_visitor_wipe(&v);

    assert_int_equal(
        atr_visitor_init(&v, &mem, ATR_VISIT_LOOK, NULL, NULL, s.room), ATR_OK);
    visit(&v, 3);
    assert_int_equal(v.state, ATR_VISIT_DONE);
    assert_memory_equal(v.mpk, s.cast.mpk, ATR_MPK_BYTES);
    r = atr_reader_of(atr_queue_bytes(&v.found));
    assert_true(atr_bytes_equal(atr_read_field(&r),
                                (atr_bytes){s.descriptor, s.descriptor_len}));
    assert_int_equal(r.left, 0);
    atr_visitor_wipe(&v);
    assert_int_equal(mem.used, 0);
}

static void visitors_are_refused(void **state)
{
    static const uint8_t nowhere[32] = {1};
    uint8_t mpk[ATR_MPK_BYTES] = {0};
    atr_visitor v;

    (void)state;
    mem = kit_mem(&heap, SIZE_MAX);
    assert_int_equal(
        atr_visitor_init(&v, &mem, ATR_VISIT_LOOK, NULL, NULL, nowhere),
        ATR_OK);
    visit(&v, 3);
    assert_int_equal(v.state, ATR_VISIT_FAILED);
    assert_int_equal(v.refusal, ATR_REFUSAL_NO_ROOM);
    atr_visitor_wipe(&v);
    /* an authority that does not fit the descriptor */
    room.nonce[0] = 9;
    assert_int_equal(
        atr_visitor_init(&v, &mem, ATR_VISIT_CREATE, &room, mpk, NULL), ATR_OK);
    visit(&v, 3);
    assert_int_equal(v.refusal, ATR_REFUSAL_MALFORMED);
    assert_int_equal(s.store.count, 1);
    atr_visitor_wipe(&v);
}

static void rooms_are_limited(void **state)
{
    atr_visitor v;

    (void)state;
    mem = kit_mem(&heap, SIZE_MAX);
    stage_stop_hall(&s);
    s.limits.rooms_max = 3;
    stage_start_hall(&s);
    create_many(2);
    room.nonce[0] = 77;
    assert_int_equal(
        atr_visitor_init(&v, &mem, ATR_VISIT_CREATE, &room, s.cast.mpk, NULL),
        ATR_OK);
    visit(&v, 3);
    assert_int_equal(v.refusal, ATR_REFUSAL_FULL);
    assert_int_equal(v.why, ATR_ERR_LIMIT);
    atr_visitor_wipe(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(descriptor_round_trip, begin, finish),
        cmocka_unit_test_setup_teardown(descriptor_is_strict, begin, finish),
        cmocka_unit_test_setup_teardown(id_covers_every_bit, begin, finish),
        cmocka_unit_test(links_round_trip),
        cmocka_unit_test(links_are_strict),
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test_setup_teardown(visitors_create_list_and_look, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(visitors_are_refused, begin, finish),
        cmocka_unit_test_setup_teardown(rooms_are_limited, begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
