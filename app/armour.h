/* armour.h - bytes as text: hexadecimal, base64, fingerprints, armoured files.
 *
 *     -----BEGIN ATTRIUM AUTHORITY-----
 *     QVRSQVVUSAEAAAAH...
 *     -----END ATTRIUM AUTHORITY-----
 *
 * Readers take exactly what the writers make, and for files also the plain
 * bytes. Nothing here is constant time towards cache timing except hex.
 */
#ifndef ATR_ARMOUR_H
#define ATR_ARMOUR_H

#include "base/base.h"

/* atr_hex_write writes 2 * bytes.len digits and a zero. */
void atr_hex_write(char *out, atr_bytes bytes);

/* atr_hex_read reads exactly 2 * len digits, which is all of `text`. */
ATR_MUST_USE atr_err atr_hex_read(uint8_t *out, size_t len, const char *text);

/* Base64 of RFC 4648 section 4, with padding, without line breaks. */
#define ATR_BASE64_TEXT_MAX(len) (((len) + 2) / 3 * 4 + 1)
void atr_base64_write(char *out, atr_bytes bytes);

/* atr_base64_read reads all of `text` into at most `cap` bytes. ATR_ERR_INPUT,
 * or ATR_ERR_LIMIT when it does not fit. */
ATR_MUST_USE atr_err atr_base64_read(uint8_t *out, size_t *len, size_t cap,
                                     const char *text);

/* A fingerprint for people: 16 groups of four hex digits, with blanks.
 * Reading ignores blanks, ":" and letter case. */
#define ATR_FINGERPRINT_TEXT_MAX 80
void atr_fingerprint_write(char out[ATR_FINGERPRINT_TEXT_MAX],
                           const uint8_t hash[32]);
ATR_MUST_USE atr_err atr_fingerprint_read(uint8_t hash[32], const char *text);

#define ATR_ARMOUR_AUTHORITY "ATTRIUM AUTHORITY"   /* atr_authority_build */
#define ATR_ARMOUR_REQUEST "ATTRIUM REQUEST"       /* atr_enrol_request_build */
#define ATR_ARMOUR_PARTIAL "ATTRIUM PARTIAL KEY"   /* atr_enrol_seal */
#define ATR_ARMOUR_KEY "ATTRIUM KEY"               /* atr_keyfile_build */
#define ATR_ARMOUR_IDENTITY "ATTRIUM IDENTITY KEY" /* atr_idfile_build */
#define ATR_ARMOUR_HEADS "ATTRIUM HEADS"           /* atr_heads_build */
#define ATR_ARMOUR_SEALED "ATTRIUM SEALED FILE"

/* atr_armour_len is how many characters armouring `len` bytes takes, with the
 * final zero; atr_armour_write writes them, lines of 64. */
size_t atr_armour_len(const char *label, size_t len);
void atr_armour_write(char *out, const char *label, atr_bytes bytes);

/* atr_armour_is tells whether `in` begins as any armoured file does. */
bool atr_armour_is(atr_bytes in);

/* atr_armour_is_of tells whether it begins as one with this label does. */
bool atr_armour_is_of(atr_bytes in, const char *label);

/* atr_armour_read gives the bytes of a file: of the armour when it is
 * armoured with `label`, else `in` as it is. Blanks around it are ignored.
 * Returns ATR_ERR_INPUT for broken or other armour, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_armour_read(uint8_t *out, size_t *len, size_t cap,
                                     const char *label, atr_bytes in);

#endif
