/* The session key of the thesis's prototype: the hole, and how it is closed. */
#include "app/attrium/lab/lab.h"
#include "sym/hash.h"

#define PARTS 3                  /* two honest ones, then the attacker's */
#define PREFIX "asdfqqqqqqqqqqq" /* the constant the prototype begins with */

/* The prototype: put the hashes of all keys behind one another, keep the last
 * 16 bytes. (It had SHA-1; any hash has this hole.) */
static void prototype(uint8_t out[16], const atr_ake_part *parts, size_t count)
{
    uint8_t all[sizeof PREFIX + PARTS * ATR_HASH_BYTES];
    atr_builder builder = atr_builder_of(all, sizeof all);
    atr_bytes whole;

    atr_build_bytes(&builder, ATR_LITERAL(PREFIX));
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[ATR_HASH_BYTES];

        atr_hash_of(hash, ATR_BYTES(parts[i].key));
        atr_build_bytes(&builder, ATR_BYTES(hash));
    }
    whole = atr_builder_bytes(&builder);
    memcpy(out, whole.data + whole.len - 16, 16);
}

/* A better try: the xor of a keyed hash of each. */
static void xor_of_all(uint8_t out[32], const atr_ake_part *parts, size_t count)
{
    memset(out, 0, 32);
    for (size_t i = 0; i < count; i++) {
        uint8_t tag[ATR_HASH_BYTES];

        atr_hmac_of(tag, ATR_BYTES(parts[i].key), ATR_LITERAL("session"));
        for (size_t k = 0; k < 32; k++) {
            out[k] ^= tag[k];
        }
    }
}

static void last_one_decides(atr_lab *lab, const atr_ake_part *parts)
{
    uint8_t room[16];
    uint8_t guess[16];

    atr_lab_say(lab, "The prototype joins the hashes, keeps the last 16 bytes");
    prototype(room, parts, PARTS);
    prototype(guess, &parts[PARTS - 1], 1);
    atr_lab_mark(lab, "the prototype's key", ATR_BYTES(room));
    atr_lab_mark(lab, "what Mallory computes", ATR_BYTES(guess));
    atr_lab_claim(lab, memcmp(room, guess, sizeof room) == 0,
                  "the hole: who contributes last alone fixes that key");
}

static void replay_cancels(atr_lab *lab, const atr_ake_part *parts)
{
    const atr_ake_part replayed[] = {parts[0], parts[0], parts[PARTS - 1]};
    uint8_t room[32];
    uint8_t guess[32];

    atr_lab_say(lab, "Now with xor, and an honest contribution replayed");
    xor_of_all(room, replayed, 3);
    xor_of_all(guess, &parts[PARTS - 1], 1);
    atr_lab_mark(lab, "the key by xor", ATR_BYTES(room));
    atr_lab_mark(lab, "what Mallory computes", ATR_BYTES(guess));
    atr_lab_claim(lab, memcmp(room, guess, sizeof room) == 0,
                  "the hole: the honest ones cancel in an xor");
}

static bool same_key(const atr_ake_room *room, const atr_ake_part *parts,
                     const atr_ake_part *others, size_t count)
{
    atr_ake_keys a;
    atr_ake_keys b;
    bool same = atr_ake_agree(&a, room, 1, parts, count) != ATR_OK ||
                atr_ake_agree(&b, room, 1, others, count) != ATR_OK ||
                memcmp(a.session, b.session, sizeof a.session) == 0;

    atr_ake_keys_wipe(&a);
    atr_ake_keys_wipe(&b);
    return same;
}

static void closed(atr_lab *lab, const atr_ake_room *room,
                   const atr_ake_part *parts)
{
    atr_ake_part others[PARTS];
    atr_ake_keys keys;

    atr_lab_say(lab,
                "AB-AKE extracts one key from all, in order of their hash");
    for (size_t i = 0; i < PARTS; i++) {
        memcpy(others, parts, sizeof others);
        others[i].key[0] ^= 1;
        atr_lab_claim(lab, !same_key(room, parts, others, PARTS),
                      "another contribution %zu gives another key", i + 1);
    }
    memcpy(others, parts, sizeof others);
    memset(others[0].key, 0, sizeof others[0].key);
    memset(others[1].key, 0, sizeof others[1].key);
    atr_lab_claim(lab, !same_key(room, parts, others, PARTS),
                  "the last contribution alone does not give the key");
    others[0] = others[1] = parts[0];
    atr_lab_claim(lab,
                  atr_ake_agree(&keys, room, 1, others, PARTS) == ATR_ERR_INPUT,
                  "a replayed contribution is refused");
    atr_wipe(others, sizeof others);
}

/* As if the replayed one had slipped through under another name. */
static void nothing_cancels(atr_lab *lab, const atr_ake_room *room,
                            const atr_ake_part *parts)
{
    atr_ake_part twice[] = {parts[0], parts[0], parts[PARTS - 1]};
    atr_ake_part without[PARTS];

    twice[1].vk[0] ^= 1;
    twice[1].digest[0] ^= 1;
    memcpy(without, twice, sizeof without);
    memset(without[0].key, 0, sizeof without[0].key);
    memset(without[1].key, 0, sizeof without[1].key);
    atr_lab_claim(lab, !same_key(room, twice, without, PARTS),
                  "and would not cancel if it were not");
    atr_wipe(twice, sizeof twice);
    atr_wipe(without, sizeof without);
}

void atr_lab_hole(atr_lab *lab)
{
    atr_lab_world *w = atr_lab_open(lab, ATR_LAB_POLICY);
    atr_ake_part parts[PARTS];

    if (w == NULL) {
        return;
    }
    if (atr_ake_message_len(&w->room) > sizeof w->message[0]) {
        atr_lab_claim(lab, false, "the contribution is small");
        atr_lab_close(w);
        return;
    }
    atr_lab_say(lab, "Three contribute a key to a room for " ATR_LAB_POLICY);
    atr_lab_say(lab, "The last is Mallory, who has no attributes");
    atr_lab_say(lab, "To contribute takes no key: Mallory knows her own part");
    for (size_t i = 0; i < PARTS; i++) {
        atr_ake_signer signer;

        atr_ake_signer_init(&signer, &lab->rng);
        atr_ake_contribute(w->message[i], &parts[i], &w->room, 0, &signer,
                           &lab->rng);
        atr_ake_signer_wipe(&signer);
    }
    last_one_decides(lab, parts);
    replay_cancels(lab, parts);
    closed(lab, &w->room, parts);
    nothing_cancels(lab, &w->room, parts);
    atr_wipe(parts, sizeof parts);
    atr_lab_close(w);
}
