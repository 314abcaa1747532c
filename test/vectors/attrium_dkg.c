/* A ceremony that must come out the same for ever: 2 of 3, one secret opened in
 * GT and one in G2, keys and seeds of kit_rng(2024), node 3's share to node 1
 * spoilt so that every kind of message is there. SHA-256 of the messages in
 * the order in which they are said, then shares and result. */
#include "kit/dkg.h"

static const char *const messages[] = {
    "ad9cc885639dbb27107b4a536a533b725849f445a8c509101fc1abd332850370",
    "e3ca93a75769465bbd97b7733e2dc7963fcc7e452e11568d6158a4e6aaf12e7b",
    "1544456e4ebbb9fe4ac04de193b257dbbcfc9518a54277d18ce3a277781abebe",
    "cc63ae595ffb71962ccd4068a44104eb156bb00b7ed67e4335435a0807ed2bc7",
    "5d04283ebf70ea5bfcf6b7b681690d485e0efe6773b4771e896136b208f796fa",
    "297e828faf02f1a1db75027a11b08fc47bd88728fa68d3ac5e0966e35c4b3c45",
    "137b2875c55fcc310d1e5597ebab9ca9d104d64b10718cc8f9d18b8f093427ab",
    "2483a9507dab778b4b5e78d76cd6ed4864fd9c3396bc5f63a71bdaa4d60e7e2b",
    "f9b51c1c09b476bc15367f228b87a0cde6fa7ff7a3fdc051ab543a84cae1720d",
    "4bf1e01bdec7872d26054fdf0254aa79cf61a8156b4beb31089e8a7a80415548",
    "68b6b9532acfd2de0c8f4a9dca065387e9722800998e1516bc43dd08300f7c2d",
    "bbd394c639e63b34125eeaa276f01e5004ff9cf60f0991e95eed879f60dbdce0",
    "04c62bdfbff58ca9ec309131c3d9d1d58c53ec46bf80ff57dab5cd91d8b1c3b7",
    "9aebc9688ba25e65d6fa8c6c99de67c094a57708447ae3e0522fa81393dbaaf9",
    "40cccabb128dde43ff300f4918529d13c9762e87a3de1f8cc6cf1b655b17ac39",
    "394d9f611c4762291147b2f427707df36b77da1eac238019c59dd4364c0098ca",
};

static const char *const shares[3][2] = {
    {"5eee29a9e9bf05f2ccd0dd777330cb9e6618201bbaea7505a9dc6565302e9241",
     "398da46395b6fe414eb1cfde05444fd8fc1ec7d629460205ff136ac9cb1181bd"},
    {"091899c18cfcf25d050fbf91a3252df28f27ca682656ea2be857b9cbe0932898",
     "09f9c7b40471868e62965aab11605c8eecfe05b778fa3e6a72d6c8dbf63df416"},
    {"2730b12c59d85c0f708879b3dcbb684c0bf518b791c1bb5126d30e3190f7bef0",
     "4e5392579cc98c23a9b4bd80271e414a319ae79bc8acd6cde69a26ed216a6670"},
};

static const char result[] =
    "9e52c9bcb88d53048fdc518f8409587d7a6823c16e915ffa990944dcba16343e";

static bool spoil(ceremony *c, spoken *m)
{
    const size_t commitments = (size_t)2 * 2 * ATR_GT_BYTES;

    if (m->round == ATR_DKG_DEAL && m->node == 3) {
        body_of(m)[commitments] ^= 1;
        sign_again(c, m, &c->node[2], body_len(m));
    }
    return true;
}

static void the_ceremony_is_as_it_was(void **state)
{
    static ceremony c;

    (void)state;
    ceremony_new(&c, 3, 2, 2, 2024);
    ceremony_run(&c, spoil, ATR_DKG_DONE);
    check_result(&c, 7);
    assert_int_equal(c.count, sizeof messages / sizeof *messages);
    for (size_t i = 0; i < c.count; i++) {
        uint8_t digest[ATR_HASH_BYTES];

        atr_hash_of(digest, spoken_bytes(&c.log[i]));
        assert_hex(digest, sizeof digest, messages[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t s = 0; s < 2; s++) {
            uint8_t bytes[ATR_FR_BYTES];

            atr_fr_write(bytes, &c.node[i].share[s]);
            assert_hex(bytes, sizeof bytes, shares[i][s]);
        }
    }
    assert_hex(c.node[0].hash, ATR_HASH_BYTES, result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ceremony_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
