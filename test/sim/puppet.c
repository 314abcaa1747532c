#include "sim/puppet.h"

#include <stdlib.h>

#include "sym/aead.h"
#include "sym/hash.h"

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void make_room(puppet *p)
{
    static stage s; /* only for its description of the room */
    atr_room_descriptor *room = calloc(1, sizeof *room);
    atr_builder b = atr_builder_of(p->descriptor, sizeof p->descriptor);

    s.cast = *p->cast;
    s.period_s = p->period_s;
    stage_descriptor(room, &s);
    atr_room_build(&b, room);
    must(atr_builder_end(&b) == ATR_OK);
    p->descriptor_len = b.len;
    atr_room_id(p->room, atr_builder_bytes(&b));
    free(room);
}

atr_member *puppet_member(puppet *p, const cast *players, size_t key,
                          uint8_t seed)
{
    atr_member_config config = {
        .kem = &players->kem,
        .secret = p->secret != NULL ? p->secret : players->keys[key],
        .unix_ms = 1000ull * STAGE_UNIX_S + p->now,
    };
    const uint8_t seeds[32] = {seed};

    memcpy(config.room, p->room, 32);
    p->member = atr_member_init(malloc(atr_member_size()), &config, &p->mem,
                                seeds, p->now);
    p->seen.member = p->member;
    atr_member_opened(p->member, p->now);
    return p->member;
}

static void init(puppet *p, const cast *players, size_t key)
{
    const uint8_t own[32] = {10};

    p->cast = players;
    p->now = 1000;
    p->mem = stage_mem();
    atr_rng_init(&p->rng, own);
    atr_rng_bytes(&p->rng, p->nonce, sizeof p->nonce);
    make_room(p);
    memcpy(p->ake.room, p->room, 32);
    p->ake.kem = &players->kem;
    p->ake.policy = p->period_s != 0 ? &p->policy : &players->policy;
    (void)puppet_member(p, players, key, 9);
}

void puppet_init(puppet *p, const cast *players, size_t key)
{
    memset(p, 0, sizeof *p);
    init(p, players, key);
}

void puppet_init_periods(puppet *p, const cast *players,
                         const atr_abe_key *secret, atr_period period)
{
    memset(p, 0, sizeof *p);
    p->secret = secret;
    p->period_s = STAGE_DAY_S;
    p->period = period;
    must(atr_policy_with_period(&p->policy, &players->policy, period) ==
         ATR_OK);
    init(p, players, 0);
}

void puppet_free(puppet *p)
{
    atr_member_wipe(p->member);
    free(p->member);
    must(p->mem.used == 0);
    stage_tape_free(&p->seen.told);
}

atr_err puppet_send(puppet *p, atr_frame_type type, atr_bytes body)
{
    uint8_t *bytes = malloc(5 + body.len);
    atr_builder b = atr_builder_of(bytes, 5 + body.len);
    atr_err err;

    atr_build_u32(&b, (uint32_t)(1 + body.len));
    atr_build_u8(&b, (uint8_t)type);
    atr_build_bytes(&b, body);
    err = atr_member_recv(p->member, atr_builder_bytes(&b), p->now);
    stage_take_events(&p->seen);
    free(bytes);
    return err;
}

atr_err puppet_hello(puppet *p)
{
    atr_builder b = atr_builder_of(p->frame, sizeof p->frame);

    atr_build_u16(&b, ATR_PROTOCOL_VERSION);
    atr_build_bytes(&b, ATR_BYTES(p->nonce));
    return puppet_send(p, ATR_FRAME_HELLO, atr_builder_bytes(&b));
}

atr_err puppet_room(puppet *p, atr_seat seat, uint64_t head, uint64_t acked)
{
    atr_builder b = atr_builder_of(p->frame, sizeof p->frame);

    atr_build_field(&b, (atr_bytes){p->descriptor, p->descriptor_len});
    atr_build_bytes(&b, ATR_BYTES(p->cast->mpk));
    atr_build_u64(&b, p->epoch);
    atr_build_u64(&b, head);
    atr_build_u32(&b, 0);
    atr_build_u8(&b, (uint8_t)seat);
    atr_build_u64(&b, acked);
    atr_build_u64(&b, p->period.number);
    atr_build_u32(&b, p->period.generation);
    return puppet_send(p, ATR_FRAME_ROOM, atr_builder_bytes(&b));
}

static void own_vk(uint8_t vk[32], puppet *p)
{
    atr_bytes open = puppet_take(p, ATR_FRAME_OPEN);

    must(open.len == 32 + 32 + 8 + 64);
    memcpy(vk, open.data + 32, 32);
}

atr_err puppet_challenge(puppet *p, const atr_policy *policy, uint8_t key[32])
{
    atr_builder b = atr_builder_of(p->frame, sizeof p->frame);
    size_t len = atr_kem_capsule_len(&p->cast->kem, policy);
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t vk[32];
    atr_join join = {p->room, p->nonce, vk};

    own_vk(vk, p);
    atr_join_ad(ad, &join);
    atr_build_u32(&b, (uint32_t)len);
    atr_kem_encap(atr_build_space(&b, len), key, &p->cast->kem, policy,
                  ATR_BYTES(ad), &p->rng);
    return puppet_send(p, ATR_FRAME_CHALLENGE, atr_builder_bytes(&b));
}

atr_err puppet_admit(puppet *p, uint32_t parts)
{
    atr_builder b = atr_builder_of(p->frame, sizeof p->frame);

    atr_build_u64(&b, p->epoch);
    atr_build_u64(&b, p->seq);
    atr_build_u32(&b, parts);
    return puppet_send(p, ATR_FRAME_ADMITTED, atr_builder_bytes(&b));
}

atr_err puppet_event(puppet *p, uint64_t seq, const atr_record *record)
{
    static uint8_t bytes[40000];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    atr_build_u64(&b, seq);
    atr_record_build(&b, record);
    must(atr_builder_end(&b) == ATR_OK);
    return puppet_send(p, ATR_FRAME_EVENT, atr_builder_bytes(&b));
}

atr_bytes puppet_take(puppet *p, atr_frame_type type)
{
    atr_bytes out = atr_member_outgoing(p->member);
    stage_tape *told = &p->seen.told;
    atr_bytes found = {NULL, 0};
    size_t at = 0;

    stage_tape_add(told, out);
    if (out.len != 0) {
        atr_member_sent(p->member, out.len);
    }
    while (at + 5 <= told->len) {
        atr_reader r = atr_reader_of((atr_bytes){told->data + at, 4});
        size_t len = atr_read_u32(&r);

        if (told->data[at + 4] == type) {
            found = (atr_bytes){told->data + at + 5, len - 1};
        }
        at += 4 + len;
    }
    return found;
}

void puppet_friend_make(puppet_friend *f, puppet *p, uint64_t base)
{
    if (f->message_len == 0) {
        atr_ake_signer_init(&f->signer, &p->rng);
    }
    f->message_len = atr_ake_message_len(&p->ake);
    must(f->message_len <= sizeof f->message);
    atr_ake_contribute(f->message, &f->part, &p->ake, base, &f->signer,
                       &p->rng);
}

atr_err puppet_contribution(puppet *p, const puppet_friend *f)
{
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION,
                         .epoch = p->epoch + 1,
                         .message = {f->message, f->message_len}};
    atr_err err = puppet_event(p, p->seq + 1, &record);

    if (err == ATR_OK) {
        p->epoch++;
        p->seq++;
    }
    return err;
}

void puppet_keys(atr_ake_keys *keys, puppet *p, const atr_ake_part *parts,
                 size_t count)
{
    must(atr_ake_agree(keys, &p->ake, p->epoch, parts, count) == ATR_OK);
}

atr_err puppet_confirm(puppet *p, const puppet_friend *f,
                       const atr_ake_keys *keys)
{
    atr_record record = {.kind = ATR_RECORD_CONFIRM, .epoch = p->epoch};
    atr_err err;

    memcpy(record.vk, f->signer.vk, 32);
    atr_ake_confirm(record.tag, keys, f->signer.vk);
    err = puppet_event(p, p->seq + 1, &record);
    p->seq += err == ATR_OK;
    return err;
}

void puppet_join(puppet *p, puppet_friend *f, puppet_friend *own)
{
    uint8_t key[32];
    atr_bytes message;
    atr_record record = {.kind = ATR_RECORD_CONTRIBUTION};
    atr_ake_part parts[2];
    atr_ake_keys keys;

    puppet_friend_make(f, p, 0);
    p->epoch = 1;
    p->seq = 1;
    must(puppet_hello(p) == ATR_OK);
    must(puppet_room(p, ATR_SEAT_NEW, 1, 0) == ATR_OK);
    must(puppet_challenge(p, p->ake.policy, key) == ATR_OK);
    must(puppet_admit(p, 1) == ATR_OK);
    record.epoch = 1;
    record.message = (atr_bytes){f->message, f->message_len};
    must(puppet_event(p, 1, &record) == ATR_OK);
    message = puppet_take(p, ATR_FRAME_CONTRIBUTE);
    must(message.len != 0 && message.len <= sizeof own->message);
    memcpy(own->message, message.data, message.len);
    own->message_len = message.len;
    must(atr_ake_accept(&own->part, &p->ake,
                        p->secret != NULL ? p->secret : p->cast->keys[0],
                        message) == ATR_OK);
    memcpy(own->signer.vk, own->part.vk, 32);
    must(puppet_contribution(p, own) == ATR_OK);
    parts[0] = f->part;
    parts[1] = own->part;
    puppet_keys(&keys, p, parts, 2);
    must(puppet_confirm(p, f, &keys) == ATR_OK);
}

void puppet_text(atr_record *record, puppet *p, const puppet_friend *f,
                 const atr_ake_keys *keys, uint64_t number, const char *text)
{
    const atr_text said = {.kind = ATR_TEXT_SAID,
                           .text = {(const uint8_t *)text, strlen(text)}};
    atr_text_place place = {.room = p->room,
                            .vk = f->signer.vk,
                            .keys = keys,
                            .epoch = p->epoch,
                            .number = number};
    size_t len = atr_text_plain_len(&said) + ATR_TEXT_OVER_BYTES;

    *record = (atr_record){.kind = ATR_RECORD_TEXT,
                           .epoch = p->epoch,
                           .number = number,
                           .sealed = {p->frame, len}};
    memcpy(record->vk, f->signer.vk, 32);
    atr_text_seal(p->frame, &said, &place, &p->rng);
    atr_text_sign(record->sig, &place, record->sealed, f->signer.sk);
}

void puppet_mark(uint8_t mark[32], const atr_ake_keys *keys)
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/ROOM/mark"));
    atr_hash_field(&hash, ATR_BYTES(keys->session));
    atr_hash_final(&hash, mark);
}

void puppet_sealed(atr_record *record, puppet *p, const puppet_friend *f,
                   const atr_ake_keys *keys, uint64_t number, atr_bytes plain)
{
    atr_text_place place = {.room = p->room,
                            .vk = f->signer.vk,
                            .keys = keys,
                            .epoch = p->epoch,
                            .number = number};
    uint8_t bytes[256];
    atr_builder ad = atr_builder_of(bytes, sizeof bytes);
    uint8_t key[32];

    atr_build_field(&ad, ATR_LITERAL("ATR1/ROOM/text"));
    atr_build_field(&ad, ATR_BYTES(p->room));
    atr_build_u64(&ad, p->epoch);
    atr_build_field(&ad, ATR_BYTES(keys->sid));
    atr_build_field(&ad, ATR_BYTES(f->signer.vk));
    atr_build_u64(&ad, number);
    atr_rng_bytes(&p->rng, p->frame, 24);
    atr_ake_sender_key(key, keys, f->signer.vk);
    atr_aead_seal(p->frame + 24, key, p->frame, atr_builder_bytes(&ad), plain);
    *record = (atr_record){.kind = ATR_RECORD_TEXT,
                           .epoch = p->epoch,
                           .number = number,
                           .sealed = {p->frame, plain.len + 40}};
    memcpy(record->vk, f->signer.vk, 32);
    atr_text_sign(record->sig, &place, record->sealed, f->signer.sk);
}
