/* A pipe that is open, and bytes that arrive in it, in two pieces: the first
 * byte says where they part. Nothing that was not sealed by the peer becomes
 * text; the records of the peer, which are the same in every run, do. */
#include "fuzz/fixed.h"
#include "proto/pipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static atr_pipe a;
static atr_pipe b;

static size_t carry(atr_pipe *to, atr_pipe *from)
{
    size_t taken;

    must(atr_pipe_recv(to, &taken, atr_pipe_outgoing(from)) == ATR_OK);
    atr_pipe_sent(from, taken);
    return taken;
}

static void prepare(void)
{
    static const uint8_t seed[3][ATR_SEED_BYTES] = {{6}, {7}, {8}};
    static const char *const names[2] = {"alice", "bob"};
    static atr_bf bf;
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_bf_key key[2];
    atr_bf_recipient at[2];
    atr_rng rng;
    atr_fr s;

    atr_rng_init(&rng, seed[0]);
    atr_bf_setup(&s, mpk, &rng);
    must(atr_bf_init(&bf, mpk) == ATR_OK);
    for (size_t i = 0; i < 2; i++) {
        const atr_bytes name = {(const uint8_t *)names[i], strlen(names[i])};
        atr_identity id;

        must(atr_identity_of(&id, name, 1) == ATR_OK);
        atr_bf_extract(&key[i], &bf, &s, &id);
        atr_bf_recipient_init(&at[i], &bf, &id);
    }
    must(atr_pipe_init(&a, ATR_IBAKE_INITIATOR, &key[0], &at[1], seed[1]) ==
             ATR_OK &&
         atr_pipe_init(&b, ATR_IBAKE_RESPONDER, &key[1], &at[0], seed[2]) ==
             ATR_OK);
    while (carry(&b, &a) + carry(&a, &b) != 0) {
    }
    must(atr_pipe_is_open(&a) && atr_pipe_is_open(&b));
}

/* Gives all of `in`, fetching what comes out of it. */
static bool give(atr_pipe *pipe, atr_bytes in)
{
    size_t taken;

    do {
        if (atr_pipe_recv(pipe, &taken, in) != ATR_OK) {
            return false;
        }
        must(taken <= in.len);
        in.data += taken;
        in.len -= taken;
        atr_pipe_fetched(pipe, atr_pipe_text(pipe).len);
    } while (in.len != 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_pipe pipe;
    static bool ready;
    bool good;
    size_t cut;

    if (!ready) {
        prepare();
        ready = true;
    }
    if (len == 0) {
        return 0;
    }
    pipe = b;
    len--;
    cut = data[0] < len ? data[0] : len;
    data++;
    good = give(&pipe, (atr_bytes){data, cut}) &&
           give(&pipe, (atr_bytes){data + cut, len - cut});
    if (!good) {
        must(pipe.state == ATR_PIPE_FAILED && atr_pipe_text(&pipe).len == 0);
    }
    must(atr_pipe_lost(&pipe) ==
         (good && pipe.taking.ended ? ATR_OK : ATR_ERR_AUTH));
    return 0;
}
