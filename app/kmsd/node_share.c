/* The secret side of a node: its share, and what is issued with it. */
#include <stdlib.h>

#include "app/kmsd/node.h"
#include "app/locked_file.h"
#include "host/entropy.h"
#include "scheme/hedge.h"

static const uint8_t share_mark[] = {'A', 'T', 'R', 'S', 'H', 'A', 'R'};

/* The version of a share says which halves it has. */
#define SHARE_ATTRIBUTES 1
#define SHARE_BOTH 2

static size_t share_len(const atr_node *node)
{
    return ATR_NODE_SHARE_BYTES_MAX -
           (atr_authority_gives_identities(&node->authority) ? 0
                                                             : ATR_FR_BYTES);
}

static void build_fr(atr_builder *builder, const atr_fr *k)
{
    uint8_t bytes[ATR_FR_BYTES];

    atr_fr_write(bytes, k);
    atr_build_bytes(builder, ATR_BYTES(bytes));
    atr_wipe(bytes, sizeof bytes);
}

void atr_node_share_build(atr_builder *builder, const atr_node_share *share)
{
    atr_build_bytes(builder, ATR_BYTES(share_mark));
    atr_build_u8(builder, share->has_s ? SHARE_BOTH : SHARE_ATTRIBUTES);
    atr_build_u8(builder, share->node);
    atr_build_bytes(builder, ATR_BYTES(share->hm));
    build_fr(builder, &share->alpha);
    if (share->has_s) {
        build_fr(builder, &share->s);
    }
}

/* P_j = g2^{s_j} */
static bool is_share_of(const atr_fr *s, const atr_g2_affine *p_j)
{
    atr_g2_affine p;
    atr_g2 point;

    atr_g2_mul(&point, &atr_g2_generator, s);
    atr_g2_to_affine(&p, &point);
    atr_wipe(&point, sizeof point);
    return atr_g2_affine_equal(&p, p_j);
}

/* The share must be this node's of this authority: A_j = e(g1,g2)^alpha_j, and
 * P_j where there are identities. */
static atr_err check_share(const atr_node_share *share, const atr_node *node)
{
    const atr_authority *authority = &node->authority;
    atr_gt a;

    if (share->node == 0 || share->node > authority->issue.nodes ||
        memcmp(share->hm, node->abe.hm, sizeof share->hm) != 0 ||
        share->has_s != atr_authority_gives_identities(authority)) {
        return ATR_ERR_AUTH;
    }
    atr_gt_pow(&a, &atr_gt_generator, &share->alpha);
    if (!atr_gt_equal(&a, &authority->issue.a[share->node - 1])) {
        return ATR_ERR_AUTH;
    }
    return !share->has_s ||
                   is_share_of(&share->s,
                               &authority->identities.issue.p[share->node - 1])
               ? ATR_OK
               : ATR_ERR_AUTH;
}

static void read_fr(atr_fr *out, atr_reader *r)
{
    uint8_t bytes[ATR_FR_BYTES];

    atr_read_copy(r, bytes, sizeof bytes);
    ATR_SECRET(bytes, sizeof bytes);
    if (atr_fr_read(out, bytes) != ATR_OK) {
        atr_reader_fail(r);
    }
    atr_wipe(bytes, sizeof bytes);
}

static atr_err parse_share(atr_node_share *out, const atr_node *node,
                           atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes mark = atr_read_view(&r, sizeof share_mark);
    uint8_t version = atr_read_u8(&r);

    out->node = atr_read_u8(&r);
    atr_read_copy(&r, out->hm, sizeof out->hm);
    read_fr(&out->alpha, &r);
    out->has_s = version == SHARE_BOTH;
    if (out->has_s) {
        read_fr(&out->s, &r);
    }
    return atr_reader_end(&r) == ATR_OK &&
                   (version == SHARE_ATTRIBUTES || version == SHARE_BOTH) &&
                   atr_bytes_equal(mark, ATR_BYTES(share_mark))
               ? check_share(out, node)
               : ATR_ERR_AUTH;
}

static atr_err share_path(char out[ATR_PATH_BYTES_MAX], const atr_node *node,
                          atr_fault *fault)
{
    return atr_path_join(out, node->dir, ATR_NODE_SHARE) == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s",
                               node->dir);
}

atr_err atr_node_share_is_locked(bool *out, const atr_node *node,
                                 atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err = share_path(path, node, fault);

    *out = false;
    return err == ATR_OK ? atr_locked_file_is(out, share_len(node), path, fault)
                         : err;
}

atr_err atr_node_share_open(atr_node_share *out, const atr_node *node,
                            atr_bytes passphrase, atr_fault *fault)
{
    uint8_t plain[ATR_NODE_SHARE_BYTES_MAX] = {0};
    const size_t len = share_len(node);
    char path[ATR_PATH_BYTES_MAX];
    atr_err err;

    memset(out, 0, sizeof *out);
    if ((err = share_path(path, node, fault)) == ATR_OK &&
        (err = atr_locked_file_read(plain, len, path, passphrase, fault)) ==
            ATR_OK &&
        (err = parse_share(out, node, (atr_bytes){plain, len})) != ATR_OK) {
        (void)atr_fault_set(fault, err, "damaged: %s", path);
    }
    if (err != ATR_OK) {
        atr_node_share_wipe(out);
    }
    atr_wipe(plain, sizeof plain);
    return err;
}

void atr_node_share_wipe(atr_node_share *share)
{
    if (share) {
        atr_wipe(share, sizeof *share);
    }
}

/* What a key is made for: a request, with its period. */
typedef struct {
    const atr_enrol_request *request;
    atr_attrs held;
    atr_identity identity;
    uint8_t to[32 + 8 + 4]; /* id, period, generation */
} aim;

static atr_err take_aim(aim *out, const atr_node *node,
                        const atr_enrol_request *request, atr_period period)
{
    atr_builder b = atr_builder_of(out->to, sizeof out->to);
    uint8_t *id = atr_build_space(&b, 32);

    atr_enrol_request_id(id, node->abe.hm, request);
    atr_build_u64(&b, period.number);
    atr_build_u32(&b, period.generation);
    out->request = request;
    out->held = request->attrs;
    out->identity = request->identity;
    out->identity.period = (uint32_t)period.number;
    return request->kind == ATR_ENROL_ATTRIBUTES &&
                   node->authority.period_s != 0
               ? atr_attrs_add_period(&out->held, period)
               : ATR_OK;
}

/* Fresh randomness, hedged with the share and with what it is for, so that a
 * weak generator alone does not give r_j away (crypto notes, 9.3). */
static void hedge(atr_rng *out, const atr_node *node,
                  const atr_node_share *share, const aim *to)
{
    uint8_t alpha[ATR_FR_BYTES];
    const atr_hedge parts = {.secret = ATR_BYTES(alpha),
                             .domain = ATR_LITERAL("ATR1/KMS/issue"),
                             .hm = ATR_BYTES(node->abe.hm),
                             .to = ATR_BYTES(to->to)};
    atr_rng rng;

    atr_entropy_rng(&rng);
    atr_fr_write(alpha, &share->alpha);
    atr_hedge_rng(out, &parts, &rng);
    atr_rng_wipe(&rng);
    atr_wipe(alpha, sizeof alpha);
}

static atr_err issue_identity(atr_builder *sealed, const atr_node *node,
                              const atr_node_share *share, const aim *to,
                              atr_rng *rng)
{
    const atr_g2_affine *p =
        &node->authority.identities.issue.p[share->node - 1];
    atr_bf_key partial;
    atr_err err;

    if (!share->has_s) {
        return ATR_ERR_POLICY;
    }
    atr_bf_extract(&partial, &node->bf, &share->s, &to->identity);
    err = atr_bf_partial_check(&node->bf, p, &partial);
    if (err == ATR_OK) {
        err = atr_enrol_seal_identity(sealed, node->abe.hm, to->request,
                                      share->node, &partial, rng);
    }
    atr_bf_key_wipe(&partial);
    return err;
}

/* A key of attributes on its way. */
typedef struct {
    aim to;
    atr_rng rng;
    atr_abe_key key;
} making;

/* All at once; which one is wrong, if any is, each tells alone. */
static void check_all(atr_node_issuing *items, making *all, size_t count,
                      const atr_node *node, const atr_gt *a)
{
    const atr_abe_key *keys[ATR_NODE_TOGETHER];
    size_t of[ATR_NODE_TOGETHER];
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (items[i].err == ATR_OK &&
            items[i].request->kind == ATR_ENROL_ATTRIBUTES) {
            of[n] = i;
            keys[n++] = &all[i].key;
        }
    }
    if (n > 0 &&
        atr_abe_keys_check(&node->abe, a, keys, n, &all[of[0]].rng) == ATR_OK) {
        return;
    }
    for (size_t k = 0; k < n; k++) {
        items[of[k]].err =
            atr_abe_key_check(&node->abe, a, keys[k], &all[of[k]].rng);
    }
}

static void make_all(atr_node_issuing *items, making *all, size_t count,
                     const atr_node *node, const atr_node_share *share)
{
    atr_abe_asked asked[ATR_NODE_TOGETHER] = {{NULL, NULL, NULL}};
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        making *m = &all[i];

        items[i].err =
            take_aim(&m->to, node, items[i].request, items[i].period);
        hedge(&m->rng, node, share, &m->to);
        if (items[i].err == ATR_OK &&
            items[i].request->kind == ATR_ENROL_ATTRIBUTES) {
            asked[n++] = (atr_abe_asked){&m->to.held, &m->rng, &m->key};
        }
    }
    atr_abe_keygen_many(asked, n, &node->abe, &share->alpha);
    check_all(items, all, count, node,
              &node->authority.issue.a[share->node - 1]);
}

static atr_err seal(const atr_node_issuing *item, making *m,
                    const atr_node *node, const atr_node_share *share)
{
    return item->request->kind == ATR_ENROL_IDENTITY
               ? issue_identity(item->sealed, node, share, &m->to, &m->rng)
               : atr_enrol_seal(item->sealed, node->abe.hm, item->request,
                                share->node, &m->key, &m->rng);
}

void atr_node_issue_many(atr_node_issuing *items, size_t count,
                         const atr_node *node, const atr_node_share *share)
{
    making *all = calloc(count > 0 ? count : 1, sizeof *all);

    if (all) {
        make_all(items, all, count, node, share);
    }
    for (size_t i = 0; i < count; i++) {
        if (!all) {
            items[i].err = ATR_ERR_LIMIT;
        } else if (items[i].err == ATR_OK) {
            items[i].err = seal(&items[i], &all[i], node, share);
        }
    }
    if (all) {
        atr_wipe(all, count * sizeof *all);
    }
    free(all);
}

atr_err atr_node_issue(atr_builder *sealed, const atr_node *node,
                       const atr_node_share *share,
                       const atr_enrol_request *request, atr_period period)
{
    atr_node_issuing one = {request, period, sealed, ATR_OK};

    atr_node_issue_many(&one, 1, node, share);
    return one.err;
}
