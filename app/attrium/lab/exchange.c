/* AB-AKE of three, in one round. */
#include <stdio.h>

#include "app/attrium/lab/lab.h"

#define MEMBERS ATR_LAB_KEYS

static const char *const people[MEMBERS] = {"ONE, TWO", "THREE, FOUR",
                                            "ONE, FOUR"};

typedef struct {
    atr_lab_world *world;
    atr_ake_signer signer[MEMBERS];
    atr_ake_part own[MEMBERS];
    atr_ake_keys keys[MEMBERS]; /* as each member derives them */
} scene;

static atr_bytes message_of(const scene *x, size_t i)
{
    return (atr_bytes){x->world->message[i],
                       atr_ake_message_len(&x->world->room)};
}

static void contribute(atr_lab *lab, scene *x, size_t i, uint64_t base)
{
    atr_ake_contribute(x->world->message[i], &x->own[i], &x->world->room, base,
                       &x->signer[i], &lab->rng);
}

/* What member `self` derives from its own part and the others' messages. */
static bool derive(scene *x, size_t self, uint64_t epoch)
{
    atr_ake_part parts[MEMBERS];
    bool good = true;

    for (size_t i = 0; i < MEMBERS; i++) {
        if (i == self) {
            parts[i] = x->own[i];
        } else {
            good &=
                atr_ake_accept(&parts[i], &x->world->room, &x->world->key[self],
                               message_of(x, i)) == ATR_OK;
        }
    }
    good = good && atr_ake_agree(&x->keys[self], &x->world->room, epoch, parts,
                                 MEMBERS) == ATR_OK;
    atr_wipe(parts, sizeof parts);
    return good;
}

static void agree(atr_lab *lab, scene *x, uint64_t epoch)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        char name[64];

        atr_lab_claim(lab, derive(x, i, epoch),
                      "{%s} opens the other contributions", people[i]);
        snprintf(name, sizeof name, "sid at {%s}", people[i]);
        atr_lab_show(lab, name, ATR_BYTES(x->keys[i].sid));
        snprintf(name, sizeof name, "key at {%s}", people[i]);
        atr_lab_mark(lab, name, ATR_BYTES(x->keys[i].session));
    }
    for (size_t i = 1; i < MEMBERS; i++) {
        atr_lab_claim(lab,
                      memcmp(&x->keys[0], &x->keys[i], sizeof x->keys[0]) == 0,
                      "{%s} and {%s} hold the same keys", people[0], people[i]);
    }
}

static void confirm(atr_lab *lab, const scene *x)
{
    uint8_t tag[ATR_AKE_TAG_BYTES];

    atr_lab_say(lab, "Each confirms by a tag that needs the key");
    atr_ake_confirm(tag, &x->keys[0], x->own[0].vk);
    atr_lab_show(lab, "tag of the first", ATR_BYTES(tag));
    atr_lab_claim(
        lab, atr_ake_confirm_check(tag, &x->keys[1], x->own[0].vk) == ATR_OK,
        "the second accepts the tag of the first");
    tag[0] ^= 1;
    atr_lab_claim(lab,
                  atr_ake_confirm_check(tag, &x->keys[1], x->own[0].vk) ==
                      ATR_ERR_AUTH,
                  "and refuses it with one bit changed");
}

static void refresh(atr_lab *lab, scene *x)
{
    atr_ake_keys before = x->keys[0];

    atr_lab_say(lab, "The first contributes afresh: epoch 2");
    contribute(lab, x, 0, 1);
    agree(lab, x, 2);
    atr_lab_claim(lab,
                  memcmp(before.sid, x->keys[0].sid, sizeof before.sid) != 0 &&
                      memcmp(before.session, x->keys[0].session,
                             sizeof before.session) != 0,
                  "the new epoch has another sid and another key");
    atr_ake_keys_wipe(&before);
}

static void outsider(atr_lab *lab, scene *x)
{
    atr_ake_part part;

    atr_lab_say(lab, "{FIVE} reads all the messages");
    if (atr_lab_key(lab, x->world, 0, "FIVE")) {
        atr_lab_claim(
            lab,
            atr_ake_verify(&part, &x->world->room, message_of(x, 1)) == ATR_OK,
            "{FIVE} can check their signatures");
        atr_lab_claim(lab,
                      atr_ake_accept(&part, &x->world->room, &x->world->key[0],
                                     message_of(x, 1)) == ATR_ERR_POLICY,
                      "{FIVE} cannot open a contribution");
    }
}

void atr_lab_exchange(atr_lab *lab)
{
    scene x = {.world = atr_lab_open(lab, ATR_LAB_POLICY)};
    bool good = x.world != NULL;

    if (!good) {
        return;
    }
    atr_lab_say(lab, "The room is for " ATR_LAB_POLICY);
    atr_lab_say(lab, "These keys are thrown away; only their hashes are shown");
    atr_lab_show(lab, "room", ATR_BYTES(x.world->room.room));
    good = message_of(&x, 0).len <= sizeof x.world->message[0];
    for (size_t i = 0; i < MEMBERS && good; i++) {
        good = atr_lab_key(lab, x.world, i, people[i]);
        atr_ake_signer_init(&x.signer[i], &lab->rng);
        contribute(lab, &x, i, 0);
    }
    atr_lab_claim(lab, good, "each of three sends one message of %zu bytes",
                  message_of(&x, 0).len);
    if (good) {
        agree(lab, &x, 1);
        confirm(lab, &x);
        refresh(lab, &x);
        outsider(lab, &x);
    }
    atr_lab_close(x.world);
    atr_wipe(&x, sizeof x);
}
