/* registrars.h - who may approve requests, and how many of them it takes.
 *
 * A registrar is an Ed25519 key in an administrator's hands. Its number, from
 * 1, is its place in the authority's list.
 *
 *     registrars = approvals(1) count(1) vk(32)..
 */
#ifndef ATR_REGISTRARS_H
#define ATR_REGISTRARS_H

#include "base/bytes.h"
#include "sym/ed25519.h"

#define ATR_REGISTRARS_MAX 15
#define ATR_REGISTRARS_BYTES_MAX                                               \
    (2 + ATR_REGISTRARS_MAX * ATR_ED25519_PUBLIC_BYTES)

typedef struct {
    uint8_t
        approvals; /* 1 to count; 0 when there are none: nothing is granted */
    uint8_t count;
    uint8_t vk[ATR_REGISTRARS_MAX][ATR_ED25519_PUBLIC_BYTES];
} atr_registrars;

/* Reading refuses a number that cannot be reached, and a key that stands
 * twice: one person would count as two. It fails the reader, and `out` is
 * zero. */
void atr_registrars_build(atr_builder *builder,
                          const atr_registrars *registrars);
void atr_registrars_read(atr_registrars *out, atr_reader *reader);

/* atr_registrars_find returns the number of a key, or 0. */
uint8_t atr_registrars_find(const atr_registrars *registrars,
                            const uint8_t vk[ATR_ED25519_PUBLIC_BYTES]);

#endif
