/* Messages of a ceremony from bytes, to node 1 of 2 of 3. The first byte says
 * before which message of a fixed ceremony it comes. The rest is the message,
 * or, where the second byte is odd, its body, which is then signed as it should
 * be. Whatever comes is taken, or the machine is as it was. */
#include "fuzz/fixed.h"
#include "kex/dkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NODES 3
#define TURNS (NODES * 5)

static uint8_t sk[NODES][ATR_ED25519_SECRET_BYTES];
static atr_dkg turn[TURNS]; /* node 1 before message n */
static uint8_t who[TURNS];
static uint8_t what[TURNS];

static void meet(atr_dkg node[NODES])
{
    atr_dkg_params p = {.kind = ATR_DKG_NEW,
                        .nodes = NODES,
                        .threshold = 2,
                        .scheme = ATR_SCHEME_FABEO,
                        .secrets = 2,
                        .group = {ATR_DKG_GT, ATR_DKG_G2}};

    for (uint8_t i = 0; i < NODES; i++) {
        const uint8_t seed[ATR_SEED_BYTES] = {i, 1};

        atr_ed25519_keypair(p.vk[i], sk[i], seed);
    }
    for (uint8_t i = 0; i < NODES; i++) {
        const uint8_t seed[ATR_SEED_BYTES] = {i, 2};

        p.self = (uint8_t)(i + 1);
        p.sk = sk[i];
        must(atr_dkg_init(&node[i], &p, seed) == ATR_OK);
    }
}

static void prepare(void)
{
    static atr_dkg node[NODES];
    static uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX];

    meet(node);
    for (size_t n = 0; n < TURNS; n++) {
        const size_t speaker = (n + 1) % NODES; /* node 1 last in a round */
        atr_builder b = atr_builder_of(bytes, sizeof bytes);
        atr_dkg_round round;

        turn[n] = node[0];
        must(atr_dkg_outgoing(&b, &node[speaker]) == ATR_OK);
        must(atr_dkg_peek(&round, &who[n], atr_builder_bytes(&b)) == ATR_OK);
        what[n] = (uint8_t)round;
        for (size_t i = 0; i < NODES; i++) {
            must(atr_dkg_recv(&node[i], atr_builder_bytes(&b)) == ATR_OK);
        }
    }
}

static size_t sign(uint8_t *out, const atr_dkg *dkg, size_t n, atr_bytes body)
{
    const uint8_t name[2] = {what[n], who[n]};
    uint8_t memory[4 + 13 + 4 + ATR_HASH_BYTES];
    uint8_t digest[ATR_HASH_BYTES];
    atr_builder b = atr_builder_of(out, ATR_DKG_MESSAGE_BYTES_MAX);
    atr_builder s = atr_builder_of(memory, sizeof memory);
    uint8_t *sig;
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/DKG/message"));
    atr_hash_field(&hash, ATR_BYTES(dkg->view[ATR_DKG_HELLO]));
    atr_hash_field(&hash, ATR_BYTES(name));
    atr_hash_field(&hash, ATR_BYTES(dkg->view[what[n]]));
    atr_hash_field(&hash, body);
    atr_hash_final(&hash, digest);
    atr_build_field(&s, ATR_LITERAL("ATR1/DKG/sign"));
    atr_build_field(&s, ATR_BYTES(digest));
    atr_build_u8(&b, 1);
    atr_build_bytes(&b, ATR_BYTES(name));
    atr_build_bytes(&b, ATR_BYTES(dkg->view[what[n]]));
    atr_build_field(&b, body);
    sig = atr_build_space(&b, ATR_ED25519_SIG_BYTES);
    if (sig == NULL) {
        return 0;
    }
    atr_ed25519_sign(sig, sk[who[n] - 1], atr_builder_bytes(&s));
    return b.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX];
    static atr_dkg dkg;
    static bool ready;
    const atr_dkg *before;
    atr_bytes in;
    atr_err err;

    if (!ready) {
        prepare();
        ready = true;
    }
    if (len < 2) {
        return 0;
    }
    in = (atr_bytes){data + 2, len - 2};
    before = &turn[data[0] % TURNS];
    dkg = *before;
    if ((data[1] & 1) != 0) {
        size_t signed_len = sign(bytes, before, data[0] % TURNS, in);

        if (signed_len == 0) {
            return 0;
        }
        in = (atr_bytes){bytes, signed_len};
    }
    err = atr_dkg_recv(&dkg, in);
    if (err == ATR_OK) {
        must(dkg.heard[what[data[0] % TURNS]] != 0);
    } else {
        must(memcmp(&dkg, before, sizeof dkg) == 0);
    }
    atr_dkg_wipe(&dkg);
    return 0;
}
