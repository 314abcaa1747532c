/* nodes.c - the section of a bundle that says where the nodes are. */
#include "proto/nodes.h"

#include "kit/kit.h"

static void add(atr_nodes *nodes, const char *host, uint16_t port, uint8_t tag)
{
    atr_node_entry *n = &nodes->entries[nodes->count++];

    memset(n->vk, 0x40 + tag, sizeof n->vk);
    strcpy(n->at.host, host);
    n->at.port = port;
    n->at.has_pin = true;
    memset(n->at.pin, 0x80 + tag, sizeof n->at.pin);
}

static void three(atr_nodes *nodes)
{
    memset(nodes, 0, sizeof *nodes);
    add(nodes, "a.example", 7001, 1);
    add(nodes, "[2001:db8::1]", 7001, 2);
    add(nodes, "10.0.0.3", 65535, 3);
    nodes->generation = 5;
}

static size_t build(uint8_t bytes[ATR_NODES_BYTES_MAX], const atr_nodes *nodes)
{
    atr_builder b = atr_builder_of(bytes, ATR_NODES_BYTES_MAX);

    atr_nodes_build(&b, nodes);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return b.len;
}

static atr_err parse(atr_nodes *out, const uint8_t *bytes, size_t len)
{
    atr_reader r = atr_reader_of((atr_bytes){bytes, len});

    atr_nodes_read(out, &r);
    return atr_reader_end(&r);
}

static void round_trip(void **state)
{
    uint8_t bytes[ATR_NODES_BYTES_MAX];
    uint8_t again[ATR_NODES_BYTES_MAX];
    atr_nodes nodes;
    atr_nodes got;
    size_t len;

    (void)state;
    three(&nodes);
    len = build(bytes, &nodes);
    assert_int_equal(parse(&got, bytes, len), ATR_OK);
    assert_memory_equal(&got, &nodes, sizeof got);
    assert_int_equal(build(again, &got), len);
    assert_memory_equal(again, bytes, len);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(parse(&got, bytes, cut), ATR_ERR_INPUT);
    }
    memset(&nodes, 0, sizeof nodes);
    len = build(bytes, &nodes);
    assert_int_equal(len, 5);
    assert_int_equal(parse(&got, bytes, len), ATR_OK);
    assert_int_equal(got.count, 0);
}

/* The longest there can be fits, and one more node is refused. */
static void most(void **state)
{
    uint8_t bytes[ATR_NODES_BYTES_MAX];
    char host[ATR_LINK_HOST_MAX + 1];
    atr_nodes nodes = {0};
    atr_nodes got;
    size_t len;

    (void)state;
    memset(host, 'a', sizeof host - 1);
    host[sizeof host - 1] = 0;
    for (uint8_t i = 0; i < ATR_ISSUE_NODES_MAX; i++) {
        host[0] = (char)('a' + i);
        add(&nodes, host, 65535, i);
    }
    len = build(bytes, &nodes);
    assert_int_equal(len, ATR_NODES_BYTES_MAX);
    assert_int_equal(parse(&got, bytes, len), ATR_OK);
    bytes[0]++;
    assert_int_equal(parse(&got, bytes, len), ATR_ERR_INPUT);
}

static void doubles(void **state)
{
    uint8_t bytes[ATR_NODES_BYTES_MAX];
    atr_nodes nodes;
    atr_nodes got;

    (void)state;
    three(&nodes);
    memcpy(nodes.entries[2].vk, nodes.entries[0].vk, 32);
    assert_int_equal(parse(&got, bytes, build(bytes, &nodes)), ATR_ERR_INPUT);
    three(&nodes);
    memcpy(nodes.entries[1].at.pin, nodes.entries[0].at.pin, 32);
    assert_int_equal(parse(&got, bytes, build(bytes, &nodes)), ATR_ERR_INPUT);
    three(&nodes);
    strcpy(nodes.entries[1].at.host, "a.example");
    assert_int_equal(parse(&got, bytes, build(bytes, &nodes)), ATR_ERR_INPUT);
    three(&nodes);
    strcpy(nodes.entries[1].at.host, "a.example");
    nodes.entries[1].at.port = 7002; /* two on one machine */
    assert_int_equal(parse(&got, bytes, build(bytes, &nodes)), ATR_OK);
}

static void addresses(void **state)
{
    static const char *const bad[] = {
        "", "a.example", "a.example:", "a.example:0", "a.example:70000",
        "a.example:07001", "a.example:7001/", "a.example:7001#", "a b:1",
        "[::1:1", ":1", "u@a:1", "a.example:7001\n"};
    uint8_t bytes[512];
    atr_nodes got;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        atr_builder b = atr_builder_of(bytes, sizeof bytes);
        uint8_t filler[64] = {0};

        atr_build_u8(&b, 1);
        atr_build_bytes(&b, ATR_BYTES(filler));
        atr_build_field(&b, (atr_bytes){(const uint8_t *)bad[i],
                                        strlen(bad[i])});
        atr_build_u32(&b, 0);
        if (parse(&got, bytes, b.len) != ATR_ERR_INPUT) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_int_equal(got.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(most),
        cmocka_unit_test(doubles),    cmocka_unit_test(addresses),
    };

    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
