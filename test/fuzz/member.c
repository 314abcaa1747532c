/* Bytes from a hall, straight into a member. The input is a script of frames:
 * kind(1), then what that kind takes. 0 to 5 say the honest next thing at the
 * door; 6 an accomplice's contribution, 7 its confirmation, 8 its text; 9 a
 * frame of the fuzzer's own: type(1) length(1) body; 10 a new connection; the
 * rest lets time pass.
 */
#include <stdlib.h>

#include "sim/puppet.h"

static cast players;
static bool is_cast;

typedef struct {
    puppet p;
    puppet_friend friend;
    puppet_friend own;
    atr_ake_keys keys;
    bool has_own;
    uint64_t number;
} scene;

static void note_own(scene *s)
{
    atr_bytes message = puppet_take(&s->p, ATR_FRAME_CONTRIBUTE);

    if (message.len != 0 && message.len <= sizeof s->own.message) {
        memcpy(s->own.message, message.data, message.len);
        s->own.message_len = message.len;
        s->has_own = atr_ake_accept(&s->own.part, &s->p.ake, players.keys[0],
                                    message) == ATR_OK;
    }
}

static void agree(scene *s)
{
    atr_ake_part parts[2] = {s->friend.part, s->own.part};
    size_t count = s->has_own ? 2 : 1;

    if (s->friend.message_len == 0 ||
        atr_ake_agree(&s->keys, &s->p.ake, s->p.epoch, parts, count) !=
            ATR_OK) {
        memset(&s->keys, 0, sizeof s->keys);
    }
}

static atr_err own_frame(scene *s, atr_reader *script)
{
    uint8_t type = atr_read_u8(script);
    atr_bytes body = atr_read_view(script, atr_read_u8(script));

    return puppet_send(&s->p, type, body);
}

static atr_err text(scene *s)
{
    atr_record record;

    agree(s);
    puppet_text(&record, &s->p, &s->friend, &s->keys, ++s->number, "text");
    return puppet_event(&s->p, ++s->p.seq, &record);
}

static atr_err step(scene *s, unsigned kind, atr_reader *script)
{
    puppet *p = &s->p;
    uint8_t key[32];

    switch (kind) {
    case 0:
        return puppet_hello(p);
    case 1:
        return puppet_room(p, atr_read_u8(script) % 3, p->seq, 0);
    case 2:
        return puppet_take(p, ATR_FRAME_OPEN).len == 0
                   ? ATR_ERR_STATE
                   : puppet_challenge(p, &players.policy, key);
    case 3:
        return puppet_admit(p, atr_read_u8(script) % 3);
    case 4:
        note_own(s);
        return s->own.message_len == 0 ? ATR_ERR_STATE
                                       : puppet_contribution(p, &s->own);
    case 5:
        puppet_friend_make(&s->friend, p, p->epoch);
        return ATR_OK;
    case 6:
        return s->friend.message_len == 0 ? ATR_ERR_STATE
                                          : puppet_contribution(p, &s->friend);
    case 7:
        agree(s);
        return puppet_confirm(p, &s->friend, &s->keys);
    case 8:
        return s->friend.message_len == 0 ? ATR_ERR_STATE : text(s);
    case 9:
        return own_frame(s, script);
    case 10:
        return ATR_ERR_STATE;
    default:
        p->now += (uint64_t)kind * 100;
        atr_member_tick(p->member, p->now);
        return ATR_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static scene s;
    atr_reader script = atr_reader_of((atr_bytes){data, len});
    uint64_t number;

    if (!is_cast) {
        cast_init(&players, false, 1);
        is_cast = true;
    }
    memset(&s, 0, sizeof s);
    puppet_init(&s.p, &players, 0);
    (void)!atr_member_say(s.p.member, ATR_LITERAL("waiting"), &number, 1000);
    while (script.left != 0) {
        if (step(&s, atr_read_u8(&script), &script) != ATR_OK) {
            atr_member_closed(s.p.member, s.p.now);
            atr_member_opened(s.p.member, s.p.now);
        }
        stage_take_events(&s.p.seen);
        (void)puppet_take(&s.p, ATR_FRAME_TEXT);
    }
    puppet_free(&s.p); /* aborts when memory is left */
    return 0;
}
