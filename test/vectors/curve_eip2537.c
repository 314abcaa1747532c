/* curve_eip2537.c - the precompiles of EIP-2537, written here over lib/curve,
 * with the vectors of go-ethereum and of the EIP, failures included.
 */
#include "kit/curve.h"

typedef struct {
    const uint8_t *data;
    size_t len;
} input;

/* Each reads at `at`, which the caller has checked to be inside. */
static bool read_fp(atr_fp *out, const uint8_t at[64])
{
    for (int i = 0; i < 16; i++) {
        if (at[i] != 0) {
            return false;
        }
    }
    return atr_fp_read(out, at + 16) == ATR_OK;
}

static bool read_g1(atr_g1_affine *out, const uint8_t at[128], bool subgroup)
{
    return read_fp(&out->x, at) && read_fp(&out->y, at + 64) &&
           (atr_g1_affine_is_identity_vartime(out) ||
            (atr_g1_on_curve_vartime(out) &&
             (!subgroup || atr_g1_in_subgroup_vartime(out))));
}

static bool read_g2(atr_g2_affine *out, const uint8_t at[256], bool subgroup)
{
    return read_fp(&out->x.c0, at) && read_fp(&out->x.c1, at + 64) &&
           read_fp(&out->y.c0, at + 128) && read_fp(&out->y.c1, at + 192) &&
           (atr_g2_affine_is_identity_vartime(out) ||
            (atr_g2_on_curve_vartime(out) &&
             (!subgroup || atr_g2_in_subgroup_vartime(out))));
}

static void write_fp(uint8_t out[64], const atr_fp *a)
{
    memset(out, 0, 16);
    atr_fp_write(out + 16, a);
}

static size_t write_g1(uint8_t *out, const atr_g1 *a)
{
    atr_g1_affine p;

    atr_g1_to_affine(&p, a);
    write_fp(out, &p.x);
    write_fp(out + 64, &p.y);
    return 128;
}

static size_t write_g2(uint8_t *out, const atr_g2 *a)
{
    atr_g2_affine p;

    atr_g2_to_affine(&p, a);
    write_fp(out, &p.x.c0);
    write_fp(out + 64, &p.x.c1);
    write_fp(out + 128, &p.y.c0);
    write_fp(out + 192, &p.y.c1);
    return 256;
}

static atr_fr read_scalar(const uint8_t at[32])
{
    uint8_t wide[ATR_FR_WIDE_BYTES] = {0};
    atr_fr out;

    memcpy(wide + 16, at, 32);
    atr_fr_reduce(&out, wide);
    return out;
}

/* The operations: they return the length of the output, or 0 for a failure. */

static size_t g1_add(uint8_t *out, input in)
{
    atr_g1_affine a;
    atr_g1_affine b;
    atr_g1 sum;

    if (in.len != 256 || !read_g1(&a, in.data, false) ||
        !read_g1(&b, in.data + 128, false)) {
        return 0;
    }
    atr_g1_from_affine(&sum, &a);
    atr_g1_add_affine(&sum, &sum, &b);
    return write_g1(out, &sum);
}

static size_t g2_add(uint8_t *out, input in)
{
    atr_g2_affine a;
    atr_g2_affine b;
    atr_g2 sum;

    if (in.len != 512 || !read_g2(&a, in.data, false) ||
        !read_g2(&b, in.data + 256, false)) {
        return 0;
    }
    atr_g2_from_affine(&sum, &a);
    atr_g2_add_affine(&sum, &sum, &b);
    return write_g2(out, &sum);
}

static size_t g1_sum(uint8_t *out, input in)
{
    size_t count = in.len / 160;
    atr_g1_affine *points = calloc(count + 1, sizeof *points);
    atr_fr *scalars = calloc(count + 1, sizeof *scalars);
    bool good = count > 0 && in.len % 160 == 0;
    atr_g1 sum;

    for (size_t i = 0; good && i < count; i++) {
        good = read_g1(&points[i], in.data + 160 * i, true);
        scalars[i] = read_scalar(in.data + 160 * i + 128);
    }
    if (good) {
        atr_g1_sum_vartime(&sum, points, scalars, count);
    }
    if (good && count == 1) { /* all three multiplications agree */
        atr_g1 one;

        atr_g1_mul(&one, points, scalars);
        assert_true(atr_g1_equal(&one, &sum));
        atr_g1_mul_vartime(&one, points, scalars);
        assert_true(atr_g1_equal(&one, &sum));
    }
    free(points);
    free(scalars);
    return good ? write_g1(out, &sum) : 0;
}

static size_t g2_sum(uint8_t *out, input in)
{
    size_t count = in.len / 288;
    atr_g2_affine *points = calloc(count + 1, sizeof *points);
    atr_fr *scalars = calloc(count + 1, sizeof *scalars);
    bool good = count > 0 && in.len % 288 == 0;
    atr_g2 sum;

    for (size_t i = 0; good && i < count; i++) {
        good = read_g2(&points[i], in.data + 288 * i, true);
        scalars[i] = read_scalar(in.data + 288 * i + 256);
    }
    if (good) {
        atr_g2_sum_vartime(&sum, points, scalars, count);
    }
    if (good && count == 1) {
        atr_g2 one;

        atr_g2_mul(&one, points, scalars);
        assert_true(atr_g2_equal(&one, &sum));
        atr_g2_mul_vartime(&one, points, scalars);
        assert_true(atr_g2_equal(&one, &sum));
    }
    free(points);
    free(scalars);
    return good ? write_g2(out, &sum) : 0;
}

static size_t g1_mul(uint8_t *out, input in)
{
    return in.len == 160 ? g1_sum(out, in) : 0;
}

static size_t g2_mul(uint8_t *out, input in)
{
    return in.len == 288 ? g2_sum(out, in) : 0;
}

static size_t g1_map(uint8_t *out, input in)
{
    atr_g1 point;
    atr_fp u;

    if (in.len != 64 || !read_fp(&u, in.data)) {
        return 0;
    }
    atr_g1_map(&point, &u);
    atr_g1_clear_cofactor(&point, &point);
    return write_g1(out, &point);
}

static size_t g2_map(uint8_t *out, input in)
{
    atr_g2 point;
    atr_fp2 u;

    if (in.len != 128 || !read_fp(&u.c0, in.data) ||
        !read_fp(&u.c1, in.data + 64)) {
        return 0;
    }
    atr_g2_map(&point, &u);
    atr_g2_clear_cofactor(&point, &point);
    return write_g2(out, &point);
}

static size_t pairing(uint8_t *out, input in)
{
    size_t count = in.len / 384;
    atr_g1_affine *p = calloc(count + 1, sizeof *p);
    atr_g2_affine *q = calloc(count + 1, sizeof *q);
    atr_pair *pairs = calloc(count + 1, sizeof *pairs);
    bool good = count > 0 && in.len % 384 == 0;
    atr_gt product;

    for (size_t i = 0; good && i < count; i++) {
        good = read_g1(&p[i], in.data + 384 * i, true) &&
               read_g2(&q[i], in.data + 384 * i + 128, true);
    }
    memset(out, 0, 32);
    if (good) {
        pairs_of(pairs, p, q, count);
        atr_pairing_product(&product, pairs, count);
        out[31] = atr_gt_is_one(&product) ? 1 : 0;
    }
    free(p);
    free(q);
    free(pairs);
    return good ? 32 : 0;
}

typedef size_t (*operation)(uint8_t *out, input in);

static void run(const char *file, operation op, size_t least)
{
    json_t *root = kit_vectors(file);
    size_t i;
    json_t *v;

    json_array_foreach(root, i, v)
    {
        const char *hex = kit_text(v, "Input");
        const char *want = json_string_value(json_object_get(v, "Expected"));
        uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
        uint8_t out[256];
        size_t len = strlen(hex) % 2 == 0
                         ? kit_unhex(bytes, strlen(hex) / 2, hex)
                         : strlen(hex) / 2;
        size_t out_len = op(out, (input){bytes, len});

        free(bytes);
        if (want == NULL) {
            assert_non_null(json_object_get(v, "ExpectedError"));
            if (out_len != 0) {
                fail_msg("%s: %s accepted", file, kit_text(v, "Name"));
            }
            continue;
        }
        if (out_len == 0) {
            fail_msg("%s: %s refused", file, kit_text(v, "Name"));
        }
        assert_hex(out, out_len, want);
    }
    assert_true(i >= least);
    json_decref(root);
}

static void test_add(void **state)
{
    (void)state;
    run("eip2537/geth-blsG1Add.json", g1_add, 50);
    run("eip2537/geth-blsG2Add.json", g2_add, 50);
    run("eip2537/eip-fail-blsG1Add.json", g1_add, 1);
    run("eip2537/geth-fail-blsG1Add.json", g1_add, 1);
    run("eip2537/eip-fail-blsG2Add.json", g2_add, 1);
    run("eip2537/geth-fail-blsG2Add.json", g2_add, 1);
}

static void test_mul(void **state)
{
    (void)state;
    run("eip2537/geth-blsG1Mul.json", g1_mul, 5);
    run("eip2537/geth-blsG2Mul.json", g2_mul, 5);
    run("eip2537/eip-fail-blsG1Mul.json", g1_mul, 1);
    run("eip2537/geth-fail-blsG1Mul.json", g1_mul, 1);
    run("eip2537/eip-fail-blsG2Mul.json", g2_mul, 1);
    run("eip2537/geth-fail-blsG2Mul.json", g2_mul, 1);
}

static void test_sum(void **state)
{
    (void)state;
    run("eip2537/geth-blsG1MultiExp.json", g1_sum, 5);
    run("eip2537/eip-blsG1MultiExp.json", g1_sum, 1);
    run("eip2537/geth-blsG2MultiExp.json", g2_sum, 5);
    run("eip2537/eip-fail-blsG1MultiExp.json", g1_sum, 1);
    run("eip2537/geth-fail-blsG1MultiExp.json", g1_sum, 1);
    run("eip2537/eip-fail-blsG2MultiExp.json", g2_sum, 1);
    run("eip2537/geth-fail-blsG2MultiExp.json", g2_sum, 1);
}

static void test_map(void **state)
{
    (void)state;
    run("eip2537/geth-blsMapG1.json", g1_map, 20);
    run("eip2537/geth-blsMapG2.json", g2_map, 20);
    run("eip2537/geth-fail-blsMapG1.json", g1_map, 1);
    run("eip2537/geth-fail-blsMapG2.json", g2_map, 1);
}

static void test_pairing(void **state)
{
    (void)state;
    run("eip2537/geth-blsPairing.json", pairing, 20);
    run("eip2537/eip-blsPairing.json", pairing, 2);
    run("eip2537/eip-fail-blsPairing.json", pairing, 1);
    run("eip2537/geth-fail-blsPairing.json", pairing, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),     cmocka_unit_test(test_mul),
        cmocka_unit_test(test_sum),     cmocka_unit_test(test_map),
        cmocka_unit_test(test_pairing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
