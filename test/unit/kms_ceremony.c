/* A ceremony on the disks of its nodes: killed anywhere, led astray, damaged.
 * Pages pass from hand to hand; there is no network here. */
#include <stdlib.h>
#include <unistd.h>

#include "app/kmsd/ceremony.h"
#include "app/kmsd/node.h"
#include "kit/kit.h"

#define NODES 3
#define TWIN NODES /* a second node 2, where there is one */

typedef struct {
    char dir[64];
    atr_node_key key;
    uint8_t plan[32];
    atr_ceremony *ceremony;
} node;

static char folder[] = "/tmp/atr-ceremony-XXXXXX";
static node nodes[NODES + 1];
static atr_fault fault;
static const char *secret = "";
static uint8_t expected[NODES][ATR_ED25519_PUBLIC_BYTES]; /* zero: any */

static uint8_t number(size_t at)
{
    return (uint8_t)(at == TWIN ? 2 : at + 1);
}

static atr_err open_node(size_t at)
{
    node *n = &nodes[at];
    atr_ceremony_plan plan = {
        .dir = n->dir,
        .what = {.kind = ATR_DKG_NEW,
                 .nodes = NODES,
                 .threshold = 2,
                 .self = number(at),
                 .scheme = ATR_SCHEME_FABEO,
                 .secrets = 2,
                 .group = {ATR_DKG_GT, ATR_DKG_G2}},
        .key = &n->key,
        .passphrase = {(const uint8_t *)secret, strlen(secret)}};

    memcpy(plan.plan, n->plan, sizeof plan.plan);
    memcpy(plan.what.vk, expected, sizeof expected);
    return atr_ceremony_open(&n->ceremony, &plan, &fault);
}

static void close_node(size_t at)
{
    atr_ceremony_close(nodes[at].ceremony);
    nodes[at].ceremony = NULL;
}

/* New nodes in new directories; `name` tells the tests apart. */
static void begin(const char *name)
{
    for (size_t i = 0; i < NODES; i++) {
        uint8_t seed[32] = {(uint8_t)i, (uint8_t)name[0]};

        close_node(i);
        memset(&nodes[i], 0, sizeof nodes[i]);
        snprintf(nodes[i].dir, sizeof nodes[i].dir, "%s/%s%zu", folder, name,
                 i + 1);
        atr_ed25519_keypair(nodes[i].key.vk, nodes[i].key.secret, seed);
        assert_int_equal(open_node(i), ATR_OK);
    }
}

/* Who stands at `to` reads the page of who stands at `from`. */
static atr_err pull(size_t to, size_t from)
{
    const unsigned round =
        atr_ceremony_from(nodes[to].ceremony, number(from));
    atr_file page;
    atr_err err;

    assert_int_equal(atr_ceremony_page(&page, nodes[from].dir,
                                       number(from), round, &fault),
                     ATR_OK);
    err = atr_ceremony_hear(nodes[to].ceremony, number(from),
                            (atr_bytes){page.data, page.len}, &fault);
    atr_file_wipe(&page);
    return err;
}

/* Everybody reads everybody's, until there is no news. */
static size_t pull_all(void (*after)(size_t at))
{
    size_t pulls = 0;
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < NODES * NODES; i++) {
            const size_t to = i / NODES;

            if (to == i % NODES) {
                continue;
            }
            more = pull(to, i % NODES) == ATR_OK || more;
            pulls++;
            if (after) {
                after(to);
            }
        }
    }
    return pulls;
}

static void check_end(void)
{
    const atr_dkg *first = atr_ceremony_dkg(nodes[0].ceremony);

    for (size_t i = 0; i < NODES; i++) {
        const atr_dkg *dkg = atr_ceremony_dkg(nodes[i].ceremony);

        assert_non_null(dkg);
        assert_true(atr_dkg_is_settled(dkg));
        assert_int_equal(dkg->agreed, 7);
        assert_memory_equal(dkg->hash, first->hash, sizeof dkg->hash);
        assert_memory_equal(atr_ceremony_vk(nodes[i].ceremony, 2),
                            nodes[1].key.vk, 32);
    }
}

static void from_the_first_page_to_the_last(void **state)
{
    (void)state;
    begin("a");
    assert_int_equal(atr_ceremony_met(nodes[0].ceremony), 1);
    assert_null(atr_ceremony_dkg(nodes[0].ceremony));
    pull_all(NULL);
    check_end();
}

/* The node that has just heard something is killed and comes back. */
static void kill_it(size_t at)
{
    close_node(at);
    assert_int_equal(open_node(at), ATR_OK);
}

static void killed_after_every_page(void **state)
{
    uint8_t hash[ATR_HASH_BYTES];

    (void)state;
    begin("k");
    assert_true(pull_all(kill_it) > 12);
    check_end();
    memcpy(hash, atr_ceremony_dkg(nodes[1].ceremony)->hash, sizeof hash);
    kill_it(1); /* at the end, too */
    assert_memory_equal(atr_ceremony_dkg(nodes[1].ceremony)->hash, hash,
                        sizeof hash);
}

/* Killed between writing a message and taking it in: the message is there, and
 * is what it will say. Between hearing one and writing it: it is heard again.
 */
static void killed_between_disk_and_memory(void **state)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file kept = {0};
    atr_file again = {0};

    (void)state;
    begin("b");
    pull_all(NULL);
    for (int r = ATR_DKG_HELLO; r <= ATR_DKG_DONE; r++) {
        if (r == ATR_DKG_ANSWER) {
            continue; /* nobody is accused */
        }
        assert_int_equal(
            atr_ceremony_said(&kept, nodes[1].dir, (atr_dkg_round)r, 2, &fault),
            ATR_OK);
        close_node(1);
        for (int later = r; later <= ATR_DKG_DONE; later++) {
            for (int i = 1; i <= NODES; i++) {
                snprintf(path, sizeof path, "%s/said-%d-%d", nodes[1].dir,
                         later, i);
                (void)unlink(path);
            }
        }
        assert_int_equal(open_node(1), ATR_OK);
        assert_int_equal(atr_ceremony_said(&again, nodes[1].dir,
                                           (atr_dkg_round)r, 2, &fault),
                         ATR_OK);
        assert_int_equal(kept.len, again.len);
        assert_memory_equal(kept.data, again.data, kept.len);
        atr_file_wipe(&kept);
        atr_file_wipe(&again);
        pull_all(NULL);
        check_end();
    }
}

static void under_a_passphrase(void **state)
{
    (void)state;
    secret = "open sesame";
    begin("p");
    pull_all(NULL);
    check_end();
    close_node(0);
    secret = "open barley";
    assert_int_equal(open_node(0), ATR_ERR_AUTH);
    assert_null(nodes[0].ceremony);
    secret = "open sesame";
    assert_int_equal(open_node(0), ATR_OK);
    secret = "";
}

/* The operators have said different things. */
static void another_plan(void **state)
{
    (void)state;
    begin("q");
    close_node(1);
    nodes[1].plan[0] ^= 1;
    assert_int_equal(open_node(1), ATR_ERR_STATE); /* one is under way */
    nodes[1].dir[strlen(nodes[1].dir) - 1] = 'x';
    assert_int_equal(open_node(1), ATR_OK);
    assert_int_equal(pull(0, 1), ATR_ERR_POLICY);
    assert_non_null(strstr(fault.text, "other options"));
    assert_int_equal(pull(1, 0), ATR_ERR_POLICY);
    assert_int_equal(atr_ceremony_met(nodes[0].ceremony), 1);
    assert_int_equal(pull(0, 2), ATR_OK); /* the others go on */
}

/* Whose key is known from before has to have it still. */
static void another_key(void **state)
{
    (void)state;
    begin("v");
    memset(expected[1], 7, sizeof expected[1]);
    close_node(0);
    assert_int_equal(open_node(0), ATR_OK);
    assert_int_equal(pull(0, 1), ATR_ERR_POLICY);
    assert_non_null(strstr(fault.text, "another key"));
    assert_int_equal(pull(0, 2), ATR_OK); /* any */
    assert_int_equal(atr_ceremony_met(nodes[0].ceremony), 5);
    memcpy(expected[1], nodes[1].key.vk, sizeof expected[1]);
    close_node(0);
    assert_int_equal(open_node(0), ATR_OK);
    pull_all(NULL);
    check_end();
    memset(expected, 0, sizeof expected);
}

/* A node that has lost its directory is no cheat, but has to be told. */
static void begun_anew(void **state)
{
    (void)state;
    begin("n");
    pull_all(NULL);
    close_node(1);
    nodes[1].dir[strlen(nodes[1].dir) - 1] = 'x';
    assert_int_equal(open_node(1), ATR_OK);
    assert_int_equal(pull(0, 1), ATR_ERR_POLICY);
    assert_non_null(strstr(fault.text, "another ceremony"));
    assert_int_equal(atr_ceremony_dkg(nodes[0].ceremony)->fault[1],
                     ATR_DKG_FAULT_NONE);
    assert_int_equal(atr_ceremony_dkg(nodes[0].ceremony)->round, ATR_DKG_DONE);
}

/* Node 2 has a twin with the same name and key, and another seed. Node 1 hears
 * the one, node 3 the other; once they hear each other, both name it. */
static void two_tales(void **state)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file begun;

    (void)state;
    begin("t");
    nodes[TWIN] = nodes[1];
    nodes[TWIN].dir[strlen(nodes[TWIN].dir) - 1] = 'x';
    snprintf(path, sizeof path, "%s/begun", nodes[1].dir);
    assert_int_equal(atr_file_read(&begun, path, 4096, &fault), ATR_OK);
    begun.data[begun.len - 1] ^= 1;
    snprintf(path, sizeof path, "%s/begun", nodes[TWIN].dir);
    assert_int_equal(atr_dir_make(nodes[TWIN].dir, &fault), ATR_OK);
    assert_int_equal(atr_file_write(path, (atr_bytes){begun.data, begun.len},
                                    0600, ATR_FILE_NEW, &fault),
                     ATR_OK);
    atr_file_wipe(&begun);
    assert_int_equal(open_node(TWIN), ATR_OK);
    for (size_t i = 0; i < 8; i++) {
        (void)pull(0, 1);
        (void)pull(1, 0);
        (void)pull(1, 2);
        (void)pull(2, TWIN);
        (void)pull(TWIN, 2);
        (void)pull(TWIN, 0);
        (void)pull(0, 2);
        (void)pull(2, 0);
    }
    for (size_t i = 0; i < NODES; i += 2) {
        const atr_dkg *dkg = atr_ceremony_dkg(nodes[i].ceremony);

        assert_int_equal(dkg->round, ATR_DKG_FAILED);
        assert_int_equal(dkg->fault[1], ATR_DKG_FAULT_EQUIVOCATION);
        snprintf(path, sizeof path, "%s/other-1-2", nodes[i].dir);
        assert_true(atr_path_exists(path)); /* the evidence */
    }
    close_node(TWIN);
}

/* Every file that the ceremony lives on, with a byte changed or cut off. */
static void damaged_files(void **state)
{
    static const char *const names[] = {"begun", "who-1", "who-2", "said-1-1",
                                        "said-2-2"};
    char path[ATR_PATH_BYTES_MAX];

    (void)state;
    begin("d");
    pull_all(NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t cut = 0; cut < 2; cut++) {
            atr_file file;

            close_node(0);
            snprintf(path, sizeof path, "%s/%s", nodes[0].dir, names[i]);
            assert_int_equal(atr_file_read(&file, path, 1 << 20, &fault),
                             ATR_OK);
            file.data[0] ^= 1;
            assert_int_equal(
                atr_file_write(path, (atr_bytes){file.data, file.len - cut},
                               0600, ATR_FILE_REPLACE, &fault),
                ATR_OK);
            assert_int_not_equal(open_node(0), ATR_OK);
            assert_null(nodes[0].ceremony);
            file.data[0] ^= 1;
            assert_int_equal(
                atr_file_write(path, (atr_bytes){file.data, file.len}, 0600,
                               ATR_FILE_REPLACE, &fault),
                ATR_OK);
            atr_file_wipe(&file);
            assert_int_equal(open_node(0), ATR_OK);
        }
    }
    check_end();
}

/* What comes from a peer that is none: no page, cut anywhere, longer. */
static void bad_pages(void **state)
{
    atr_file page;

    (void)state;
    begin("e");
    pull_all(NULL);
    close_node(0);
    snprintf(nodes[0].dir, sizeof nodes[0].dir, "%s/fresh", folder);
    assert_int_equal(open_node(0), ATR_OK);
    assert_int_equal(
        atr_ceremony_page(&page, nodes[1].dir, 2, ATR_DKG_DONE, &fault),
        ATR_OK);
    for (size_t len = 0; len < page.len; len++) {
        assert_int_equal(atr_ceremony_hear(nodes[0].ceremony, 2,
                                           (atr_bytes){page.data, len}, &fault),
                         ATR_ERR_INPUT);
    }
    assert_int_equal(atr_ceremony_hear(nodes[0].ceremony, 2,
                                       (atr_bytes){page.data, page.len + 1},
                                       &fault),
                     ATR_ERR_INPUT); /* files end with a zero byte */
    assert_int_equal(atr_ceremony_met(nodes[0].ceremony), 1);
    atr_file_wipe(&page);
}

/* What came out is written again over what a kill has left, as long as the
 * bundle, which is written last, is not there. */
static void kept_after_a_kill(void **state)
{
    static const char *const left[] = {"", "/share.key", "/kmsd.db"};
    static const atr_nodes nowhere;
    char dir[128];
    char path[ATR_PATH_BYTES_MAX];
    atr_node_plan plan = {.dir = dir,
                          .name = "three",
                          .scheme = ATR_SCHEME_FABEO,
                          .nodes = NODES,
                          .threshold = 2,
                          .identities = true,
                          .registrars = {.approvals = 1, .count = 1}};

    (void)state;
    begin("w");
    pull_all(NULL);
    snprintf(dir, sizeof dir, "%s/kept", folder);
    assert_int_equal(atr_dir_make(dir, &fault), ATR_OK);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        const atr_dkg *dkg = atr_ceremony_dkg(nodes[1].ceremony);
        atr_node *opened;
        atr_node_share share;

        assert_int_equal(atr_node_keep(&plan, dkg, &nowhere, &fault), ATR_OK);
        assert_int_equal(atr_node_keep(&plan, dkg, &nowhere, &fault),
                         ATR_ERR_STATE);
        assert_int_equal(atr_node_open(&opened, dir, &fault), ATR_OK);
        assert_int_equal(atr_node_share_open(&share, opened,
                                             (atr_bytes){NULL, 0}, &fault),
                         ATR_OK); /* fits A_2 and P_2 */
        assert_int_equal(share.node, 2);
        atr_node_share_wipe(&share);
        atr_node_close(opened);
        snprintf(path, sizeof path, "%s/authority.pub", dir);
        assert_int_equal(unlink(path), 0);
        snprintf(path, sizeof path, "%s%s", dir, left[i]);
        (void)unlink(path); /* and more of it gone, or nothing */
    }
}

/* Once the seed is deleted nothing here goes on in its name. */
static void forgotten(void **state)
{
    (void)state;
    begin("f");
    pull_all(NULL);
    close_node(0);
    assert_int_equal(atr_ceremony_forget(nodes[0].dir, &fault), ATR_OK);
    assert_int_equal(atr_ceremony_forget(nodes[0].dir, &fault), ATR_OK);
    assert_int_equal(open_node(0), ATR_ERR_STATE);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[64];

    (void)state;
    for (size_t i = 0; i <= TWIN; i++) {
        close_node(i);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_first_page_to_the_last),
        cmocka_unit_test(killed_after_every_page),
        cmocka_unit_test(killed_between_disk_and_memory),
        cmocka_unit_test(under_a_passphrase),
        cmocka_unit_test(another_plan),
        cmocka_unit_test(another_key),
        cmocka_unit_test(begun_anew),
        cmocka_unit_test(two_tales),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(bad_pages),
        cmocka_unit_test(kept_after_a_kill),
        cmocka_unit_test(forgotten),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
