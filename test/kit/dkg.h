/* dkg.h - ceremonies in one process: nodes that hear what each other says, and
 * a hook that spoils what some of them say.
 */
#ifndef KIT_DKG_H
#define KIT_DKG_H

#include "kex/dkg.h"
#include "kit/abe.h"
#include "policy/shamir.h"

typedef struct {
    atr_dkg_round round;
    uint8_t node;
    size_t len;
    uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX + 16];
} spoken;

#define CEREMONY_LOG_MAX (ATR_DKG_NODES_MAX * 6)

typedef struct {
    atr_dkg_params params;
    uint8_t sk[ATR_DKG_NODES_MAX][ATR_ED25519_SECRET_BYTES];
    uint8_t seed[ATR_DKG_NODES_MAX][ATR_SEED_BYTES];
    atr_fr old_share[ATR_DKG_NODES_MAX][ATR_DKG_SECRETS_MAX];
    atr_dkg_public old[ATR_DKG_SECRETS_MAX];
    atr_dkg node[ATR_DKG_NODES_MAX];
    spoken log[CEREMONY_LOG_MAX]; /* in the order in which it was said */
    size_t count;
} ceremony;

/* Spoils a message before anybody hears it; false: nobody ever does. */
typedef bool (*spoiler)(ceremony *c, spoken *m);

static inline atr_bytes spoken_bytes(const spoken *m)
{
    return (atr_bytes){m->bytes, m->len};
}

/* The parameters of node `self`. */
static inline atr_dkg_params params_of(const ceremony *c, uint8_t self)
{
    atr_dkg_params p = c->params;

    p.self = self;
    p.sk = c->sk[self - 1];
    if (p.kind == ATR_DKG_RESHARE && p.old_node[self - 1] != 0) {
        p.old_share = c->old_share[self - 1];
    }
    return p;
}

static inline void node_begin(ceremony *c, atr_dkg *dkg, uint8_t self)
{
    const atr_dkg_params p = params_of(c, self);

    assert_int_equal(atr_dkg_init(dkg, &p, c->seed[self - 1]), ATR_OK);
}

/* Keys of the nodes, by their number and `seed`. */
static inline void ceremony_keys(ceremony *c, uint64_t seed)
{
    atr_rng rng;

    kit_rng(&rng, seed);
    for (size_t i = 0; i < c->params.nodes; i++) {
        uint8_t key_seed[32];

        atr_rng_bytes(&rng, key_seed, sizeof key_seed);
        atr_ed25519_keypair(c->params.vk[i], c->sk[i], key_seed);
        atr_rng_bytes(&rng, c->seed[i], sizeof c->seed[i]);
    }
}

static inline void ceremony_begin(ceremony *c)
{
    c->count = 0;
    for (uint8_t i = 1; i <= c->params.nodes; i++) {
        node_begin(c, &c->node[i - 1], i);
    }
}

/* New secrets: one in GT, and with `secrets` 2 one in G2. */
static inline void ceremony_new(ceremony *c, uint8_t nodes, uint8_t threshold,
                                uint8_t secrets, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->params = (atr_dkg_params){.kind = ATR_DKG_NEW,
                                 .nodes = nodes,
                                 .threshold = threshold,
                                 .scheme = ATR_SCHEME_FABEO,
                                 .secrets = secrets,
                                 .group = {ATR_DKG_GT, ATR_DKG_G2},
                                 .label = bytes_of("test")};
    if (secrets < 2) {
        c->params.group[1] = (atr_dkg_group)0;
    }
    ceremony_keys(c, seed);
    ceremony_begin(c);
}

/* The secrets of `old` for other nodes: `old_node` as in the parameters. */
static inline void ceremony_reshare(ceremony *c, const ceremony *old,
                                    uint8_t nodes, uint8_t threshold,
                                    const uint8_t *old_node, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->params = old->params;
    c->params.kind = ATR_DKG_RESHARE;
    c->params.nodes = nodes;
    c->params.threshold = threshold;
    c->params.label = bytes_of("again");
    c->params.old_threshold = old->params.threshold;
    c->params.old = c->old;
    c->params.old_share = NULL;
    memcpy(c->old, old->node[0].result, sizeof c->old);
    memset(c->params.old_node, 0, sizeof c->params.old_node);
    memcpy(c->params.old_node, old_node, nodes);
    memset(c->params.vk, 0, sizeof c->params.vk);
    for (size_t i = 0; i < nodes; i++) {
        if (old_node[i] != 0) {
            memcpy(c->old_share[i], old->node[old_node[i] - 1].share,
                   sizeof c->old_share[i]);
        }
    }
    ceremony_keys(c, seed);
    ceremony_begin(c);
}

/* Writes the envelope of `m` anew, after its body has changed to `body_len`
 * bytes: with the key of its node and the history of `as`. This is the format
 * once more, independent of the code under test. */
static inline void sign_again(ceremony *c, spoken *m, const atr_dkg *as,
                              size_t body_len)
{
    const uint8_t who[2] = {(uint8_t)m->round, m->node};
    uint8_t *body = m->bytes + ATR_DKG_HEAD_BYTES;
    uint8_t signed_bytes[4 + 13 + 4 + 32];
    uint8_t digest[ATR_HASH_BYTES];
    atr_builder b = atr_builder_of(m->bytes, ATR_DKG_HEAD_BYTES);
    atr_hash hash;

    atr_build_u8(&b, 1);
    atr_build_bytes(&b, ATR_BYTES(who));
    atr_build_bytes(&b, ATR_BYTES(as->view[m->round]));
    atr_build_u32(&b, (uint32_t)body_len);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    atr_hash_init(&hash);
    atr_hash_field(&hash, bytes_of("ATR1/DKG/message"));
    atr_hash_field(&hash, ATR_BYTES(as->view[ATR_DKG_HELLO]));
    atr_hash_field(&hash, ATR_BYTES(who));
    atr_hash_field(&hash, ATR_BYTES(as->view[m->round]));
    atr_hash_field(&hash, (atr_bytes){body, body_len});
    atr_hash_final(&hash, digest);
    b = atr_builder_of(signed_bytes, sizeof signed_bytes);
    atr_build_field(&b, bytes_of("ATR1/DKG/sign"));
    atr_build_field(&b, ATR_BYTES(digest));
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    atr_ed25519_sign(body + body_len, c->sk[m->node - 1],
                     atr_builder_bytes(&b));
    m->len = ATR_DKG_HEAD_BYTES + body_len + ATR_ED25519_SIG_BYTES;
}

static inline uint8_t *body_of(spoken *m)
{
    return m->bytes + ATR_DKG_HEAD_BYTES;
}

static inline size_t body_len(const spoken *m)
{
    return m->len - ATR_DKG_HEAD_BYTES - ATR_ED25519_SIG_BYTES;
}

/* What `dkg` has to say now. */
static inline bool speak(spoken *m, const atr_dkg *dkg)
{
    atr_builder b = atr_builder_of(m->bytes, ATR_DKG_MESSAGE_BYTES_MAX);
    atr_err err = atr_dkg_outgoing(&b, dkg);

    m->len = b.len;
    if (err != ATR_OK) {
        assert_int_equal(err, ATR_ERR_STATE);
        return false;
    }
    assert_int_equal(atr_dkg_peek(&m->round, &m->node, spoken_bytes(m)),
                     ATR_OK);
    return true;
}

static inline void hear_all(ceremony *c, const spoken *m)
{
    for (size_t i = 0; i < c->params.nodes; i++) {
        atr_err err = atr_dkg_recv(&c->node[i], spoken_bytes(m));

        assert_true(err == ATR_OK || c->node[i].round == ATR_DKG_FAILED);
    }
}

/* Everybody says what is to be said, through `spoil`, until nobody has more
 * for a round after `last`. A message that is dropped is not built again. */
static inline void ceremony_run(ceremony *c, spoiler spoil, atr_dkg_round last)
{
    uint16_t silent[ATR_DKG_FAILED] = {0};
    bool more = true;

    while (more) {
        more = false;
        for (uint8_t i = 1; i <= c->params.nodes; i++) {
            spoken *m = &c->log[c->count];

            assert_true(c->count < CEREMONY_LOG_MAX);
            if (!speak(m, &c->node[i - 1]) || m->round > last ||
                (silent[m->round] >> i & 1) != 0) {
                continue;
            }
            more = true;
            if (spoil != NULL && !spoil(c, m)) {
                silent[m->round] |= (uint16_t)(1U << i);
                continue;
            }
            c->count++;
            hear_all(c, m);
        }
    }
}

/* f(0) of the shares of the nodes in `set`. */
static inline void secret_of(atr_fr *out, const ceremony *c, size_t secret,
                             uint16_t set)
{
    atr_fr weight[ATR_DKG_NODES_MAX];
    uint8_t place[ATR_DKG_NODES_MAX] = {0};
    size_t count = 0;

    memset(out, 0, sizeof *out);
    for (uint8_t i = 1; i <= c->params.nodes; i++) {
        if ((set >> (i - 1) & 1) != 0) {
            place[count++] = i;
        }
    }
    atr_shamir_weights(weight, place, count, 0);
    for (size_t i = 0; i < count; i++) {
        atr_fr term;

        atr_fr_mul(&term, &weight[i], &c->node[place[i] - 1].share[secret]);
        atr_fr_add(out, out, &term);
    }
}

/* Everything that must hold of a ceremony that has ended, for the nodes in
 * `set`: one result, shares that belong to it, of one polynomial. */
static inline void check_result(const ceremony *c, uint16_t set)
{
    const atr_dkg *first = &c->node[__builtin_ctz(set)];
    atr_issue_public pub;
    atr_mpk mpk;

    for (size_t i = 0; i < c->params.nodes; i++) {
        const atr_dkg *dkg = &c->node[i];

        if ((set >> i & 1) == 0) {
            continue;
        }
        assert_int_equal(dkg->round, ATR_DKG_DONE);
        assert_memory_equal(dkg->hash, first->hash, sizeof dkg->hash);
        assert_int_equal(dkg->qual, first->qual);
        for (size_t s = 0; s < c->params.secrets; s++) {
            atr_gt a;
            atr_g2_affine p;

            assert_int_equal(atr_dkg_issue(&pub, &mpk, dkg, s), ATR_OK);
            assert_int_equal(atr_issue_public_check(&pub, &mpk), ATR_OK);
            atr_gt_pow(&a, &atr_gt_generator, &dkg->share[s]);
            assert_true(gt_same(&a, &dkg->result[s].a[i + 1]));
            g2_times(&p, &atr_g2_generator, &dkg->share[s]);
            assert_true(c->params.group[s] == ATR_DKG_GT ||
                        g2_same(&p, &dkg->result[s].p[i + 1]));
        }
    }
}

#endif
