#include "policy/policy_wire.h"

#include "policy/tree.h"

#define LEAF 1
#define GATE 2

void atr_policy_build(atr_builder *builder, const atr_policy *policy)
{
    atr_tree tree;

    atr_tree_of(&tree, policy);
    for (size_t i = 0; i < tree.count; i++) {
        const atr_policy_step *s = &policy->steps[tree.order[i]];

        if (s->of == 0) {
            atr_build_u8(builder, LEAF);
            atr_build_u8(builder, s->attr.len);
            atr_build_bytes(builder, (atr_bytes){s->attr.bytes, s->attr.len});
        } else {
            atr_build_u8(builder, GATE);
            atr_build_u8(builder, s->need);
            atr_build_u8(builder, s->of);
        }
    }
}

size_t atr_policy_bytes(const atr_policy *policy)
{
    size_t len = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *s = &policy->steps[i];

        len += s->of == 0 ? 2 + (size_t)s->attr.len : 3;
    }
    return len;
}

/* A gate that waits for more children. */
typedef struct {
    uint8_t need;
    uint8_t of;
    uint8_t left;
} waiting;

typedef struct {
    atr_reader in;
    atr_policy *out;
    waiting gate[ATR_POLICY_DEPTH_MAX];
    size_t top;
    size_t rows;
} wire;

static atr_err read_gate(wire *w)
{
    uint8_t need = atr_read_u8(&w->in);
    uint8_t of = atr_read_u8(&w->in);

    if (of < 2 || need == 0 || need > of) {
        return ATR_ERR_INPUT;
    }
    if (of > ATR_POLICY_CHILDREN_MAX || w->top == ATR_POLICY_DEPTH_MAX) {
        return ATR_ERR_LIMIT;
    }
    w->gate[w->top++] = (waiting){need, of, of};
    return ATR_OK;
}

/* Writes the gates that are complete once one more result is there. */
static void complete(wire *w)
{
    while (w->top > 0 && --w->gate[w->top - 1].left == 0) {
        atr_policy_step *s = &w->out->steps[w->out->count++];

        w->top--;
        s->need = w->gate[w->top].need;
        s->of = w->gate[w->top].of;
    }
}

static atr_err read_leaf(wire *w)
{
    atr_attr attr = {.len = atr_read_u8(&w->in)};

    if (attr.len > ATR_ATTR_BYTES_MAX) {
        return ATR_ERR_INPUT;
    }
    atr_read_copy(&w->in, attr.bytes, attr.len);
    if (atr_attr_check(&attr) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    if (w->rows++ == ATR_POLICY_ROWS_MAX) {
        return ATR_ERR_LIMIT;
    }
    w->out->steps[w->out->count++].attr = attr;
    complete(w);
    return ATR_OK;
}

atr_err atr_policy_read(atr_policy *out, atr_bytes in)
{
    wire w = {.in = atr_reader_of(in), .out = out};
    atr_err err;

    memset(out, 0, sizeof *out);
    do {
        switch (atr_read_u8(&w.in)) {
        case LEAF:
            err = read_leaf(&w);
            break;
        case GATE:
            err = read_gate(&w);
            break;
        default:
            err = ATR_ERR_INPUT;
        }
    } while (err == ATR_OK && w.top > 0);
    if (err == ATR_OK) {
        err = atr_reader_end(&w.in);
    }
    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}
