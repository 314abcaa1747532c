#include "app/kmsd/registrar.h"

#include "base/bytes.h"

#define BYTES (7 + 1 + 32)

static const uint8_t mark[] = {'A', 'T', 'R', 'R', 'E', 'G', 'I', 1};

atr_err atr_registrar_make(atr_registrar *out, const char *path,
                           atr_bytes passphrase, atr_rng *rng, atr_fault *fault)
{
    uint8_t bytes[BYTES];
    uint8_t *seed = bytes + sizeof mark;
    atr_err err;

    memcpy(bytes, mark, sizeof mark);
    atr_rng_bytes(rng, seed, 32);
    atr_ed25519_keypair(out->vk, out->secret, seed);
    err = atr_locked_file_write(path, ATR_BYTES(bytes), passphrase, rng, fault);
    if (err != ATR_OK) {
        atr_registrar_wipe(out);
    }
    atr_wipe(bytes, sizeof bytes);
    return err;
}

atr_err atr_registrar_is_locked(bool *out, const char *path, atr_fault *fault)
{
    return atr_locked_file_is(out, BYTES, path, fault);
}

atr_err atr_registrar_open(atr_registrar *out, const char *path,
                           atr_bytes passphrase, atr_fault *fault)
{
    uint8_t bytes[BYTES];
    atr_err err =
        atr_locked_file_read(bytes, sizeof bytes, path, passphrase, fault);

    memset(out, 0, sizeof *out);
    if (err == ATR_OK && memcmp(bytes, mark, sizeof mark) != 0) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "not a registrar's key: %s",
                            path);
    }
    if (err == ATR_OK) {
        atr_ed25519_keypair(out->vk, out->secret, bytes + sizeof mark);
    }
    atr_wipe(bytes, sizeof bytes);
    return err;
}

void atr_registrar_wipe(atr_registrar *registrar)
{
    if (registrar) {
        atr_wipe(registrar, sizeof *registrar);
    }
}
