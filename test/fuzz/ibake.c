/* Messages of IBAKE from bytes. The first byte chooses whose turn it is: R
 * before M1, I before M2, R before M3, I before M4, in an exchange that is the
 * same in every run. The message of that exchange is taken; everything else
 * ends it, with nothing left. */
#include "fuzz/fixed.h"
#include "kex/ibake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static atr_bf bf;
static atr_bf_key key[2];
static atr_bf_recipient at[2];
static atr_ibake turn[4]; /* who takes message n, before it */
static uint8_t message[4][ATR_IBAKE_MESSAGE_BYTES_MAX];
static size_t message_len[4];

static void meet(atr_rng *rng)
{
    static const char *const names[2] = {"alice", "bob"};
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_fr s;

    atr_bf_setup(&s, mpk, rng);
    must(atr_bf_init(&bf, mpk) == ATR_OK);
    for (size_t i = 0; i < 2; i++) {
        const atr_bytes name = {(const uint8_t *)names[i], strlen(names[i])};
        atr_identity id;

        must(atr_identity_of(&id, name, 1) == ATR_OK);
        atr_bf_extract(&key[i], &bf, &s, &id);
        atr_bf_recipient_init(&at[i], &bf, &id);
    }
}

static void prepare(void)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {6};
    atr_ibake side[2];
    atr_bytes in = {NULL, 0};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    meet(&rng);
    must(atr_ibake_init(&side[0], ATR_IBAKE_INITIATOR, &key[0], &at[1]) ==
             ATR_OK &&
         atr_ibake_init(&side[1], ATR_IBAKE_RESPONDER, &key[1], &at[0]) ==
             ATR_OK);
    for (size_t n = 0; n < 4; n++) {
        must(atr_ibake_step(&side[n % 2], message[n], &message_len[n], in,
                            &rng) == ATR_OK);
        in = (atr_bytes){message[n], message_len[n]};
        turn[n] = side[(n + 1) % 2];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {7};
    static const atr_ibake zero;
    static bool ready;
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    atr_ibake side;
    size_t out_len;
    atr_rng rng;
    atr_err err;

    if (!ready) {
        prepare();
        ready = true;
    }
    if (len == 0) {
        return 0;
    }
    side = turn[data[0] % 4];
    atr_rng_init(&rng, seed);
    err = atr_ibake_step(&side, out, &out_len, (atr_bytes){data + 1, len - 1},
                         &rng);
    must(err == ATR_OK || err == ATR_ERR_AUTH);
    if (err != ATR_OK) {
        must(out_len == 0 && side.state == ATR_IBAKE_FAILED);
        side.state = ATR_IBAKE_START; /* which is 0 */
        must(memcmp(&side, &zero, sizeof side) == 0);
    }
    return 0;
}
