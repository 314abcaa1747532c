/* Keys of W09; the equation numbers are those of doc/scheme/w09.md. */
#include "curve/batch.h"
#include "scheme/hedge.h"
#include "scheme/w09_parts.h"

/* t, hedged. */
static void draw_exponent(atr_fr *t, const atr_w09 *w09,
                          const atr_w09_master *master, const atr_attrs *attrs,
                          atr_rng *rng)
{
    uint8_t secret[2 * ATR_G2_BYTES];
    const atr_hedge hedge = {
        .secret = ATR_BYTES(secret),
        .domain = ATR_LITERAL("ATR1/W09/KEYGEN"),
        .hm = ATR_BYTES(w09->hm),
    };
    atr_rng hedged;

    atr_g2_write(secret, &master->alpha);
    atr_g2_write(secret + ATR_G2_BYTES, &master->a);
    atr_hedge_rng_of(&hedged, &hedge, attrs, rng);
    atr_fr_random(t, &hedged);
    ATR_SECRET(t, sizeof *t);
    atr_rng_wipe(&hedged);
    atr_wipe(secret, sizeof secret);
}

/* (3) */
void atr_w09_keygen(atr_w09_key *out, const atr_w09 *w09,
                    const atr_w09_master *master, const atr_attrs *attrs,
                    atr_rng *rng)
{
    const atr_attr_hash hash = atr_w09_hash(w09);
    atr_fr t;
    atr_g2 k;
    atr_g2 l;

    memset(out, 0, sizeof *out);
    out->attrs = *attrs;
    draw_exponent(&t, w09, master, attrs, rng);
    atr_g2_mul(&k, &master->a, &t);
    atr_g2_add_affine(&k, &k, &master->alpha);
    atr_g2_to_affine(&out->k, &k);
    atr_g2_table_mul_many(&l, &w09->g2_table, &t, 1);
    atr_g2_to_affine(&out->l, &l);
    atr_attr_points_of(out->ku, &hash, attrs, 0, attrs->count);
    atr_attr_powers(out->ku, out->ku, attrs->count, &t);
    atr_w09_key_ready(out);
    atr_wipe(&t, sizeof t);
    atr_wipe(&k, sizeof k);
    atr_wipe(&l, sizeof l);
    atr_wipe_stack();
}

/* (6) */
atr_err atr_w09_key_check(const atr_w09 *w09, const atr_w09_key *key,
                          atr_rng *rng)
{
    const atr_attr_hash hash = atr_w09_hash(w09);
    atr_g1_affine p[2];
    const atr_pair pairs[3] = {{&atr_g1_generator, &key->k, &key->k_lines},
                               {&p[0], &atr_g2_generator, NULL},
                               {&p[1], &key->l, &key->l_lines}};
    atr_g1 sum[2];
    atr_gt quotient;
    atr_mask good;

    atr_attr_weigh(sum, &hash, &key->attrs, key->ku, rng);
    atr_g1_add_affine(&sum[1], &sum[1], &w09->base);
    atr_g1_neg(&sum[1], &sum[1]);
    atr_g1_to_affine_many(p, sum, 2);
    atr_pairing_product(&quotient, pairs, 3);
    good = atr_gt_equal(&quotient, &w09->a);
    ATR_PUBLIC(&good, sizeof good); /* one bit: accepted or not */
    if (atr_g2_affine_is_identity_vartime(&key->l)) {
        good = 0; /* t = 0 would show g2^alpha */
    }
    atr_wipe(p, sizeof p);
    atr_wipe(sum, sizeof sum);
    atr_wipe(&quotient, sizeof quotient);
    atr_wipe_stack();
    return good ? ATR_OK : ATR_ERR_AUTH;
}

void atr_w09_key_build(atr_builder *builder, const atr_w09_key *key)
{
    uint8_t bytes[2 * ATR_G2_BYTES];

    atr_g2_write(bytes, &key->k);
    atr_g2_write(bytes + ATR_G2_BYTES, &key->l);
    atr_build_bytes(builder, ATR_BYTES(bytes));
    atr_attrs_build(builder, &key->attrs);
    for (size_t i = 0; i < key->attrs.count; i++) {
        atr_g1_write(bytes, &key->ku[i]);
        atr_build_bytes(builder, (atr_bytes){bytes, ATR_G1_BYTES});
    }
    atr_wipe(bytes, sizeof bytes);
}

atr_err atr_w09_key_read(atr_w09_key *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes head = atr_read_view(&reader, 2 * ATR_G2_BYTES);
    atr_bytes points;
    atr_err err;

    memset(out, 0, sizeof *out);
    atr_attrs_read(&out->attrs, &reader);
    points = atr_read_view(&reader, out->attrs.count * ATR_G1_BYTES);
    if (!reader.failed &&
        (atr_g2_read(&out->k, head.data) != ATR_OK ||
         atr_g2_read(&out->l, head.data + ATR_G2_BYTES) != ATR_OK ||
         atr_g1_read_many(out->ku, NULL, points.data, out->attrs.count) !=
             ATR_OK)) {
        atr_reader_fail(&reader);
    }
    if ((err = atr_reader_end(&reader)) != ATR_OK) {
        atr_wipe(out, sizeof *out);
        return err;
    }
    ATR_SECRET(&out->k, sizeof out->k);
    ATR_SECRET(&out->l, sizeof out->l);
    ATR_SECRET(out->ku, sizeof out->ku);
    atr_w09_key_ready(out);
    return ATR_OK;
}

void atr_w09_key_ready(atr_w09_key *key)
{
    atr_g2_lines_init(&key->k_lines, &key->k);
    atr_g2_lines_init(&key->l_lines, &key->l);
}

void atr_w09_key_wipe(atr_w09_key *key)
{
    if (key != NULL) {
        atr_wipe(key, sizeof *key);
    }
}
