/* What the chapters are written with: sentences, values, claims, and a small
 * authority. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/lab/lab.h"
#include "policy/policy_text.h"
#include "sym/hash.h"

#define HEX_SHOWN 16 /* digits of a value in text */
#define VALUE_BYTES_MAX ATR_GT_BYTES

void atr_lab_say(atr_lab *lab, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (lab->is_text) {
        printf("  %s.\n", text);
    }
    json_array_append_new(lab->steps, json_pack("{s:s}", "say", text));
}

void atr_lab_claim(atr_lab *lab, bool holds, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lab->claims++;
    if (!holds && lab->failed++ == 0) {
        snprintf(lab->failure, sizeof lab->failure, "%s", text);
    }
    if (lab->is_text) {
        printf("  %s: %s.\n", holds ? "ok" : "NOT OK", text);
    }
    json_array_append_new(
        lab->steps, json_pack("{s:s,s:b}", "claim", text, "ok", (int)holds));
}

void atr_lab_show(atr_lab *lab, const char *name, atr_bytes value)
{
    char hex[2 * VALUE_BYTES_MAX + 1] = "";

    for (size_t i = 0; i < value.len && i < VALUE_BYTES_MAX; i++) {
        snprintf(hex + 2 * i, 3, "%02x", value.data[i]);
    }
    if (lab->is_text) {
        printf("    %-30s %.*s%s\n", name, HEX_SHOWN, hex,
               2 * value.len > HEX_SHOWN ? ".." : "");
    }
    json_array_append_new(lab->steps,
                          json_pack("{s:s,s:s}", "name", name, "value", hex));
}

void atr_lab_mark(atr_lab *lab, const char *name, atr_bytes secret)
{
    uint8_t hash[ATR_HASH_BYTES];
    char text[64];

    atr_hash_of(hash, secret);
    snprintf(text, sizeof text, "hash of %s", name);
    atr_lab_show(lab, text, ATR_BYTES(hash));
}

void atr_lab_scalar(atr_lab *lab, const char *name, const atr_fr *value)
{
    uint8_t bytes[ATR_FR_BYTES];

    atr_fr_write(bytes, value);
    atr_lab_show(lab, name, ATR_BYTES(bytes));
}

void atr_lab_gt(atr_lab *lab, const char *name, const atr_gt *value)
{
    uint8_t bytes[ATR_GT_BYTES];

    atr_gt_write(bytes, value);
    atr_lab_show(lab, name, ATR_BYTES(bytes));
}

static atr_bytes bytes_of(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

bool atr_lab_policy(atr_lab *lab, atr_policy *out, const char *text)
{
    bool good = atr_policy_parse(out, bytes_of(text), NULL) == ATR_OK;

    if (!good) {
        atr_lab_claim(lab, false, "%s is a policy", text);
    }
    return good;
}

bool atr_lab_attrs(atr_lab *lab, atr_attrs *out, const char *text)
{
    bool good = atr_attrs_parse(out, bytes_of(text), NULL) == ATR_OK;

    if (!good) {
        atr_lab_claim(lab, false, "%s are attributes", text);
    }
    return good;
}

atr_lab_world *atr_lab_open(atr_lab *lab, const char *policy)
{
    atr_lab_world *world = calloc(1, sizeof *world);
    atr_mpk mpk;

    if (world == NULL) {
        atr_lab_claim(lab, false, "there is memory for an authority");
        return NULL;
    }
    atr_abe_setup(&world->alpha, &mpk, ATR_SCHEME_FABEO, &lab->rng);
    if (!atr_lab_policy(lab, &world->policy, policy) ||
        atr_abe_init(&world->abe, &mpk) != ATR_OK) {
        atr_lab_claim(lab, false, "an authority can be made");
        atr_lab_close(world);
        return NULL;
    }
    world->kem = atr_kem_of(&world->abe);
    world->room.kem = &world->kem;
    world->room.policy = &world->policy;
    atr_rng_bytes(&lab->rng, world->room.room, sizeof world->room.room);
    atr_lab_say(lab, "An authority draws a master secret and publishes A");
    atr_lab_gt(lab, "A = e(g1, g2)^alpha", &mpk.a);
    return world;
}

void atr_lab_close(atr_lab_world *world)
{
    atr_wipe(world, sizeof *world);
    free(world);
}

bool atr_lab_key(atr_lab *lab, atr_lab_world *world, size_t i,
                 const char *attrs)
{
    atr_attrs set;

    if (!atr_lab_attrs(lab, &set, attrs)) {
        return false;
    }
    atr_abe_keygen(&world->key[i], &world->abe, &world->alpha, &set, &lab->rng);
    return true;
}
