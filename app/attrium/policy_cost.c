/* policy cost: what a policy costs in bytes and in time, measured here with a
 * throw-away authority of each scheme. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "host/entropy.h"
#include "kex/ake.h"
#include "policy/policy_wire.h"
#include "scheme/sealed.h"

#define ROUNDS 3 /* the fastest counts */

typedef struct {
    const char *scheme;
    size_t capsule;
    size_t sealed;       /* header of a sealed file */
    size_t contribution; /* one member's part in a room */
    double encap_ms;
    double decap_ms;
} cost;

typedef struct {
    atr_abe abe;
    atr_cache cache;
    atr_kem kem;
    atr_abe_key key;
    uint8_t header[ATR_SEALED_HEADER_BYTES_MAX];
    uint8_t capsule[ATR_SEALED_HEADER_BYTES_MAX];
} bench;

static double ms_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* An authority, and a key for every attribute of the policy. */
static atr_err prepare(bench *b, const atr_scheme *scheme,
                       const atr_policy *policy, atr_rng *rng)
{
    atr_attrs attrs = {0};
    atr_policy_rows rows;
    atr_fr alpha;
    atr_mpk mpk;
    atr_err err;

    atr_policy_rows_of(&rows, policy);
    for (size_t i = 0; i < rows.count; i++) {
        err = atr_attrs_add(&attrs, atr_policy_row(policy, &rows, i));
        if (err != ATR_OK) {
            return err;
        }
    }
    atr_abe_setup(&alpha, &mpk, scheme->id, rng);
    if ((err = atr_abe_init(&b->abe, &mpk)) == ATR_OK) {
        atr_abe_lend_cache(&b->abe, &b->cache); /* as everywhere */
        b->kem = atr_kem_of(&b->abe);
        atr_abe_keygen(&b->key, &b->abe, &alpha, &attrs, rng);
    }
    atr_wipe(&alpha, sizeof alpha);
    return err;
}

static atr_err time_kem(cost *out, bench *b, const atr_policy *policy,
                        atr_rng *rng)
{
    uint8_t key[ATR_KEM_KEY_BYTES];
    atr_err err = ATR_OK;

    out->encap_ms = 1e9;
    out->decap_ms = 1e9;
    for (int i = 0; i < ROUNDS && err == ATR_OK; i++) {
        double start = ms_now();
        double middle;
        double end;

        atr_kem_encap(b->capsule, key, &b->kem, policy, ATR_LITERAL("cost"),
                      rng);
        middle = ms_now();
        err = atr_kem_decap(key, &b->kem, &b->key, policy, ATR_LITERAL("cost"),
                            (atr_bytes){b->capsule, out->capsule});
        end = ms_now();
        out->encap_ms =
            middle - start < out->encap_ms ? middle - start : out->encap_ms;
        out->decap_ms =
            end - middle < out->decap_ms ? end - middle : out->decap_ms;
    }
    atr_wipe(key, sizeof key);
    return err;
}

static atr_err measure(cost *out, bench *b, const atr_scheme *scheme,
                       const atr_policy *policy)
{
    atr_builder header = atr_builder_of(b->header, sizeof b->header);
    atr_ake_room room = {.kem = &b->kem, .policy = policy};
    atr_sealed sealed = {0};
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    out->scheme = scheme->name;
    if ((err = prepare(b, scheme, policy, &rng)) == ATR_OK &&
        (err = atr_sealed_begin(&sealed, &header, &b->kem, policy, &rng)) ==
            ATR_OK) {
        out->capsule = atr_kem_capsule_len(&b->kem, policy);
        out->sealed = atr_builder_bytes(&header).len;
        out->contribution = atr_ake_message_len(&room);
        err = time_kem(out, b, policy, &rng);
    }
    atr_sealed_wipe(&sealed);
    atr_abe_key_wipe(&b->key);
    atr_rng_wipe(&rng);
    return err;
}

static int print_json(const atr_cli *cli, const atr_policy_rows *rows,
                      size_t policy_len, const cost *costs, size_t count)
{
    json_t *out = atr_cli_document();
    json_t *schemes = json_array();

    json_object_set_new(out, "rows", json_integer((json_int_t)rows->count));
    json_object_set_new(out, "policy_bytes",
                        json_integer((json_int_t)policy_len));
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();

        json_object_set_new(one, "scheme", json_string(costs[i].scheme));
        json_object_set_new(one, "capsule_bytes",
                            json_integer((json_int_t)costs[i].capsule));
        json_object_set_new(one, "sealed_header_bytes",
                            json_integer((json_int_t)costs[i].sealed));
        json_object_set_new(one, "contribution_bytes",
                            json_integer((json_int_t)costs[i].contribution));
        json_object_set_new(one, "encap_ms", json_real(costs[i].encap_ms));
        json_object_set_new(one, "decap_ms", json_real(costs[i].decap_ms));
        json_array_append_new(schemes, one);
    }
    json_object_set_new(out, "schemes", schemes);
    return atr_cli_print_json(cli, out);
}

static int print_text(const atr_policy_rows *rows, size_t policy_len,
                      const cost *costs, size_t count)
{
    printf("rows: %zu, policy: %zu bytes\n\n", rows->count, policy_len);
    printf("%-8s %10s %14s %14s %10s %10s\n", "scheme", "capsule",
           "sealed header", "room message", "encap", "decap");
    for (size_t i = 0; i < count; i++) {
        printf("%-8s %8zu B %12zu B %12zu B %7.2f ms %7.2f ms\n",
               costs[i].scheme, costs[i].capsule, costs[i].sealed,
               costs[i].contribution, costs[i].encap_ms, costs[i].decap_ms);
    }
    return ATR_EXIT_DONE;
}

int atr_policy_cost_run(const atr_cli *cli)
{
    const atr_scheme *schemes[] = {&atr_scheme_fabeo, &atr_scheme_w11};
    uint8_t wire[ATR_POLICY_BYTES_MAX];
    atr_builder builder = atr_builder_of(wire, sizeof wire);
    cost costs[2] = {0};
    atr_policy_rows rows;
    atr_policy policy;
    bench *b;
    int code = atr_args_policy(
        &policy, cli, cli->operand_count > 0 ? cli->operands[0] : NULL);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if ((b = calloc(1, sizeof *b)) == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    atr_policy_build(&builder, &policy);
    atr_policy_rows_of(&rows, &policy);
    for (size_t i = 0; i < 2 && code == ATR_EXIT_DONE; i++) {
        atr_err err = measure(&costs[i], b, schemes[i], &policy);

        if (err != ATR_OK) {
            code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                                "cannot measure this policy under %s: %s",
                                schemes[i]->name, atr_err_text(err));
        }
    }
    free(b);
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    return cli->json
               ? print_json(cli, &rows, atr_builder_bytes(&builder).len, costs,
                            2)
               : print_text(&rows, atr_builder_bytes(&builder).len, costs, 2);
}
