/* Bytes from clients, straight into a hall with a member in the room. The
 * input is a script: kind(1), then what it takes. 0 opens a connection, 1
 * closes it, 2 lets an honest newcomer come, 3 passes what honest members
 * have to say, 4 lets time pass, 5 lets the honest one speak; anything else
 * sends a frame of the fuzzer's own: connection(1) type(1) length(2) body.
 */
#include <stdlib.h>

#include "sim/stage.h"

#define FIRST 50 /* of the fuzzer's connections */

static void own_frame(stage *s, atr_reader *script)
{
    static uint8_t frame[70000];
    uint32_t conn = FIRST + atr_read_u8(script) % 4;
    uint8_t type = atr_read_u8(script);
    atr_bytes body = atr_read_view(script, atr_read_u16(script));
    atr_builder b = atr_builder_of(frame, sizeof frame);

    if (type < 0x41) { /* no length is right */
        (void)!atr_hall_recv(s->hall, conn, body, s->now);
        return;
    }
    atr_build_u32(&b, (uint32_t)(1 + body.len));
    atr_build_u8(&b, type);
    atr_build_bytes(&b, body);
    (void)!atr_hall_recv(s->hall, conn, atr_builder_bytes(&b), s->now);
}

static void step(stage *s, atr_reader *script)
{
    unsigned kind = atr_read_u8(script);

    switch (kind) {
    case 0:
        (void)!atr_hall_opened(s->hall, FIRST + atr_read_u8(script) % 4,
                               s->now);
        break;
    case 1:
        atr_hall_closed(s->hall, FIRST + atr_read_u8(script) % 4, s->now);
        break;
    case 2:
        if (s->people[1].member == NULL) {
            stage_come(s, 1, 1);
        }
        break;
    case 3:
        stage_play(s);
        break;
    case 4:
        stage_wait(s, 100u * atr_read_u8(script));
        break;
    case 5:
        stage_say(s, 0, "hello");
        break;
    default:
        own_frame(s, script);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static stage s;
    atr_reader script = atr_reader_of((atr_bytes){data, len});
    size_t said = 0;

    stage_init(&s, false);
    stage_come(&s, 0, 0);
    stage_play(&s);
    while (script.left != 0 && said < 200) {
        step(&s, &script);
        said++;
    }
    stage_play(&s);
    if (!s.people[0].is_open) {
        abort(); /* the honest one was disturbed */
    }
    stage_free(&s);
    return 0;
}
