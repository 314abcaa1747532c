#include "proto/member_state.h"

/* Events wait as their struct, the vk, the nick and the text. */
typedef struct {
    atr_event event;
    uint8_t vk[32];
    bool has_vk;
} kept;

#define EVENT_BYTES (sizeof(kept) + ATR_NICK_BYTES_MAX)

atr_err atr_member_reserve(atr_member *m, size_t count, size_t text_len)
{
    size_t need = (count + 1) * EVENT_BYTES + text_len;

    return atr_queue_space(&m->events, m->mem, need) != NULL ? ATR_OK
                                                             : ATR_ERR_LIMIT;
}

atr_err atr_member_tell(atr_member *m, const atr_event *event,
                        const uint8_t *vk)
{
    size_t len = sizeof(kept) + event->nick.len + event->text.len;
    uint8_t *space = atr_queue_space(&m->events, m->mem, len);
    atr_builder builder = atr_builder_of(space, space != NULL ? len : 0);
    kept head = {.event = *event, .has_vk = vk != NULL};

    if (space == NULL) {
        return ATR_ERR_LIMIT;
    }
    if (vk != NULL) {
        memcpy(head.vk, vk, sizeof head.vk);
    }
    atr_build_bytes(&builder, (atr_bytes){(const uint8_t *)&head, sizeof head});
    atr_build_bytes(&builder, event->nick);
    atr_build_bytes(&builder, event->text);
    atr_queue_added(&m->events, len);
    return ATR_OK;
}

static void show(atr_member *m, atr_event *out, atr_reader *reader)
{
    const uint8_t *from = reader->at;
    kept head;

    atr_read_copy(reader, &head, sizeof head);
    *out = head.event;
    out->nick = atr_read_view(reader, head.event.nick.len);
    out->text = atr_read_view(reader, head.event.text.len);
    if (head.has_vk) {
        memcpy(m->shown_vk, head.vk, sizeof m->shown_vk);
        out->vk = m->shown_vk;
    }
    m->shown = (size_t)(reader->at - from);
}

/* What the end looks like needs no memory, so it can always be told. */
static bool show_end(atr_member *m, atr_event *out)
{
    if (m->was_refused) {
        m->was_refused = false;
        out->kind = ATR_EVENT_REFUSED;
    } else if (m->is_over && !m->told_over) {
        m->told_over = true;
        out->kind = ATR_EVENT_CLOSED;
    } else {
        return false;
    }
    out->why = m->why;
    out->refusal = m->refusal;
    out->epoch = m->epoch;
    return true;
}

bool atr_member_next(atr_member *m, atr_event *out)
{
    atr_reader reader;

    *out = (atr_event){0};
    if (m->shown != 0) {
        atr_queue_take(&m->events, m->mem, m->shown);
        m->shown = 0;
    }
    reader = atr_reader_of(atr_queue_bytes(&m->events));
    if (reader.left == 0) {
        return show_end(m, out);
    }
    show(m, out, &reader);
    return true;
}
