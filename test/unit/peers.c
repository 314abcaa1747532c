/* peers.c - cards and lists of nodes, and the key a node signs with. */
#include "app/peers.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/kmsd/node_key.h"
#include "kit/kit.h"

#define PIN_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PIN_B "10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PIN_C "20112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void cards(void **state)
{
    static const char *const good[][2] = {
        {"https://a.example:7001/#" PIN_A, "https://a.example:7001/#" PIN_A},
        {"https://a.example:7001#" PIN_A, "https://a.example:7001/#" PIN_A},
        {"https://A.Example:7001/#" PIN_A, "https://a.example:7001/#" PIN_A},
        {"https://[::1]:1/#" PIN_A, "https://[::1]:1/#" PIN_A},
        {"https://127.0.0.1:65535/#" PIN_A, "https://127.0.0.1:65535/#" PIN_A},
    };
    static const char *const bad[] = {
        "", "a", "https://", "https://a.example:7001",
        "https://a.example:7001/", "https://a.example:7001/#",
        "https://a.example/#" PIN_A,
        "https://a.example:0/#" PIN_A, "https://a.example:65536/#" PIN_A,
        "http://a.example:7001/#" PIN_A, "attrium://a.example:7001/#" PIN_A,
        "https://a.example:7001/#" PIN_A "0", "https://a b:7001/#" PIN_A,
        "https://a.example:7001/#" PIN_A "\n", " https://a:1/#" PIN_A,
        "https://u@a.example:7001/#" PIN_A, "https://a.example:7001/x#" PIN_A,
        "https://a.example:7001/" PIN_A "#" PIN_A,
        "https://[::1:1/#" PIN_A, "https://:7001/#" PIN_A};
    atr_fault fault;
    atr_peer peer;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(atr_card_parse(&peer, good[i][0], &fault), ATR_OK);
        assert_string_equal(peer.card, good[i][1]);
        assert_true(peer.at.has_pin);
        assert_int_equal(peer.at.pin[1], 0x11);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fault.text[0] = 0;
        if (atr_card_parse(&peer, bad[i], &fault) != ATR_ERR_INPUT) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_int_not_equal(fault.text[0], 0);
        assert_int_equal(peer.card[0], 0);
    }
}

static void hosts(void **state)
{
    static const char *const cases[][2] = {
        {"https://[fe80::1]:1/#" PIN_A, "fe80::1"},
        {"https://10.0.0.1:1/#" PIN_A, "10.0.0.1"},
        {"https://node-1.example:1/#" PIN_A, "node-1.example"},
    };
    char host[ATR_LINK_HOST_MAX + 1];
    atr_peer peer;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(atr_card_parse(&peer, cases[i][0], NULL), ATR_OK);
        atr_peer_host(host, &peer);
        assert_string_equal(host, cases[i][1]);
    }
}

/* The same list, whatever the order in which it was given. */
static void lists_are_sorted(void **state)
{
    static const char *const given[] = {"https://b.example:7001/#" PIN_A,
                                        "https://a.example:7002/#" PIN_B,
                                        "https://A.example:7001/#" PIN_C};
    static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    uint8_t pin[32];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        atr_peers peers = {0};

        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(atr_peers_add(&peers, given[orders[i][k]], NULL),
                             ATR_OK);
        }
        assert_int_equal(peers.count, 3);
        assert_string_equal(peers.peers[0].card,
                            "https://a.example:7001/#" PIN_C);
        assert_string_equal(peers.peers[1].card, given[1]);
        assert_string_equal(peers.peers[2].card, given[0]);
        memcpy(pin, peers.peers[1].at.pin, sizeof pin);
        assert_int_equal(atr_peers_find(&peers, pin), 1);
        pin[31] ^= 1;
        assert_int_equal(atr_peers_find(&peers, pin), 3);
    }
}

static void doubles_are_refused(void **state)
{
    static const char *const doubles[] = {
        "https://a.example:7001/#" PIN_A, "https://a.example:7001#" PIN_A,
        "https://a.example:7001/#" PIN_B, "https://A.EXAMPLE:7001/#" PIN_B,
        "https://b.example:7001/#" PIN_A};
    atr_peers peers = {0};
    atr_peers before;
    atr_fault fault;
    char text[ATR_CARD_TEXT_MAX];

    (void)state;
    assert_int_equal(
        atr_peers_add(&peers, "https://a.example:7001/#" PIN_A, NULL), ATR_OK);
    before = peers;
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        assert_int_equal(atr_peers_add(&peers, doubles[i], &fault),
                         ATR_ERR_STATE);
    }
    assert_int_equal(atr_peers_add(&peers, "nonsense", &fault), ATR_ERR_INPUT);
    assert_memory_equal(&peers, &before, sizeof peers);
    for (unsigned i = 1; i < ATR_ISSUE_NODES_MAX; i++) {
        snprintf(text, sizeof text, "https://a.example:%u/#%02x%s", 7001 + i,
                 i, &PIN_A[2]);
        assert_int_equal(atr_peers_add(&peers, text, &fault), ATR_OK);
    }
    assert_int_equal(atr_peers_add(&peers, "https://c.example:1/#" PIN_B,
                                   &fault), ATR_ERR_LIMIT);
    assert_int_equal(peers.count, ATR_ISSUE_NODES_MAX);
}

/* As the bundle numbers them, which need not be the order of their cards. */
static void nodes_of_a_bundle(void **state)
{
    static const char *const given[] = {"https://b.example:7001/#" PIN_A,
                                        "https://a.example:7002/#" PIN_B};
    atr_nodes nodes = {.count = 2};
    atr_peers peers;
    atr_peer peer;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(atr_card_parse(&peer, given[i], NULL), ATR_OK);
        nodes.entries[i].at = peer.at;
    }
    atr_peers_of(&peers, &nodes);
    assert_int_equal(peers.count, 2);
    assert_string_equal(peers.peers[0].card, given[0]);
    assert_string_equal(peers.peers[1].card, given[1]);
    assert_int_equal(atr_peers_find(&peers, nodes.entries[1].at.pin), 1);
    nodes.count = 0;
    atr_peers_of(&peers, &nodes);
    assert_int_equal(peers.count, 0);
}

/* A node that has moved is known by its pin. */
static void moved_nodes(void **state)
{
    static const char *const bad[] = {
        "nonsense", "# fine\n\nhttps://c.example:1/#" PIN_C,
        "https://c.example:1", "https://c.example:1/#" PIN_A " x",
        "https://c.example:1/#" PIN_A "\nx"};
    static const char good[] = "# since May\n\n"
                               "https://c.example:9/#" PIN_B " \r\n"
                               "https://d.example:9/#" PIN_A;
    atr_peers peers = {0};
    atr_peers before;
    atr_fault fault = {""};

    (void)state;
    assert_int_equal(atr_peers_add(&peers, "https://a.example:1/#" PIN_A,
                                   NULL), ATR_OK);
    assert_int_equal(atr_peers_add(&peers, "https://b.example:1/#" PIN_B,
                                   NULL), ATR_OK);
    before = peers;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            atr_peers_move(&peers,
                           (atr_bytes){(const uint8_t *)bad[i],
                                       strlen(bad[i])}, &fault),
            ATR_ERR_INPUT);
        assert_memory_equal(&peers, &before, sizeof peers);
    }
    assert_non_null(strstr(fault.text, "line 2"));
    assert_int_equal(
        atr_peers_move(&peers, ATR_LITERAL("https://c.example:1/#" PIN_A "\0"),
                       &fault), ATR_ERR_INPUT);
    assert_memory_equal(&peers, &before, sizeof peers);
    assert_int_equal(atr_peers_move(&peers, ATR_LITERAL(good), &fault),
                     ATR_OK);
    assert_string_equal(peers.peers[0].card, "https://d.example:9/#" PIN_A);
    assert_string_equal(peers.peers[1].card, "https://c.example:9/#" PIN_B);
}

static void key_is_made_once(void **state)
{
    char folder[] = "/tmp/atr-node-key-XXXXXX";
    char path[64];
    atr_node_key key;
    atr_node_key again;
    atr_fault fault = {""};
    uint8_t sig[ATR_ED25519_SIG_BYTES];
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/" ATR_NODE_KEY, folder);
    assert_int_equal(atr_node_key_open(&key, folder, &fault), ATR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, ATR_NODE_KEY_BYTES);
    assert_int_equal(atr_node_key_open(&again, folder, &fault), ATR_OK);
    assert_memory_equal(&key, &again, sizeof key);
    atr_ed25519_sign(sig, key.secret, ATR_LITERAL("x"));
    assert_int_equal(atr_ed25519_verify(sig, key.vk, ATR_LITERAL("x")),
                     ATR_OK);
    /* Others may read it, then it is cut, then it is another file. */
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(atr_node_key_open(&again, folder, &fault), ATR_ERR_STATE);
    assert_int_equal(chmod(path, 0600), 0);
    for (size_t len = 0; len < ATR_NODE_KEY_BYTES; len++) {
        assert_int_equal(truncate(path, (off_t)(ATR_NODE_KEY_BYTES - 1 - len)),
                         0);
        assert_int_equal(atr_node_key_open(&again, folder, &fault),
                         ATR_ERR_AUTH);
        assert_non_null(strstr(fault.text, "damaged"));
    }
    for (size_t i = 0; i < sizeof again; i++) {
        assert_int_equal(((uint8_t *)&again)[i], 0);
    }
    unlink(path);
    assert_int_equal(atr_node_key_open(&again, folder, &fault), ATR_OK);
    assert_memory_not_equal(&key, &again, sizeof key);
    atr_node_key_wipe(NULL);
    unlink(path);
    rmdir(folder);
    assert_int_equal(atr_node_key_open(&again, folder, &fault), ATR_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards),
        cmocka_unit_test(hosts),
        cmocka_unit_test(lists_are_sorted),
        cmocka_unit_test(doubles_are_refused),
        cmocka_unit_test(nodes_of_a_bundle),
        cmocka_unit_test(moved_nodes),
        cmocka_unit_test(key_is_made_once),
    };

    return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
