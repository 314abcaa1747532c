/* lab.h - the laboratory: the thesis's chapters, computed while one watches.
 *
 * A chapter says sentences, shows values and makes claims, in order; each claim
 * is checked where it is made. As text they are lines, as JSON steps of one
 * document. All keys here are thrown away at the end of their chapter.
 */
#ifndef ATR_LAB_H
#define ATR_LAB_H

#include <jansson.h>

#include "kex/ake.h"

typedef struct {
    bool is_text;
    json_t *steps; /* of this chapter */
    size_t claims, failed;
    char failure[128]; /* the first claim that does not hold */
    atr_rng rng;
} atr_lab;

typedef struct {
    const char *name;
    const char *title;
    void (*run)(atr_lab *lab);
} atr_lab_chapter;

/* Sentences and claims end without a stop in the texts that are given. */
void atr_lab_say(atr_lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void atr_lab_claim(atr_lab *lab, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A value: in text its first eight bytes, in JSON all of it. atr_lab_mark shows
 * SHA-256 of a secret in its place. */
void atr_lab_show(atr_lab *lab, const char *name, atr_bytes value);
void atr_lab_mark(atr_lab *lab, const char *name, atr_bytes secret);
void atr_lab_scalar(atr_lab *lab, const char *name, const atr_fr *value);
void atr_lab_gt(atr_lab *lab, const char *name, const atr_gt *value);

/* atr_lab_policy and atr_lab_attrs read a constant text; a false one, or the
 * lack of memory, is a claim that failed: the chapter then ends. */
bool atr_lab_policy(atr_lab *lab, atr_policy *out, const char *text);
bool atr_lab_attrs(atr_lab *lab, atr_attrs *out, const char *text);

#define ATR_LAB_POLICY "(ONE or THREE) and (TWO or FOUR)" /* the thesis's */
#define ATR_LAB_KEYS 3
#define ATR_LAB_MESSAGE_BYTES_MAX 4096

/* An authority under FABEO, its room, and the keys of a few people: large. */
typedef struct {
    atr_fr alpha;
    atr_abe abe;
    atr_kem kem;
    atr_policy policy;
    atr_ake_room room;
    atr_abe_key key[ATR_LAB_KEYS];
    uint8_t message[ATR_LAB_KEYS][ATR_LAB_MESSAGE_BYTES_MAX];
} atr_lab_world;

/* atr_lab_open makes an authority and a policy for a chapter, or returns NULL
 * after a failed claim. atr_lab_close wipes. */
atr_lab_world *atr_lab_open(atr_lab *lab, const char *policy);
void atr_lab_close(atr_lab_world *world);

/* atr_lab_key issues key `i` for the attributes of `attrs`. */
bool atr_lab_key(atr_lab *lab, atr_lab_world *world, size_t i,
                 const char *attrs);

void atr_lab_sharing(atr_lab *lab);
void atr_lab_matrix(atr_lab *lab);
void atr_lab_pairing(atr_lab *lab);
void atr_lab_ibe(atr_lab *lab);
void atr_lab_abe(atr_lab *lab);
void atr_lab_collusion(atr_lab *lab);
void atr_lab_hole(atr_lab *lab);
void atr_lab_exchange(atr_lab *lab);

#endif
