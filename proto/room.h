/* room.h - the immutable descriptor of a room, and its id.
 *
 * The id is a hash of the descriptor, so no server can change a policy under
 * the same id: a client that has a link checks what it is told.
 *
 *     version(1) kex(1) history(1) listed(1) scheme(1) hm(32) admin vk(32)
 *     nonce(16) [period(4) crowd(4)] name-field policy-field
 *     id = H(enc("ATR1/ROOM/id", descriptor))
 *
 * The length of the room's periods and its minimum crowd are in version 2; a
 * room of version 1 has neither, as one of 0. Without periods it opens by its
 * policy for ever; with them by atr_policy_with_period of it (policy/period.h).
 * Members keep out of a room that fewer could enter than its crowd
 * (member.h); the hall does not care.
 */
#ifndef ATR_ROOM_H
#define ATR_ROOM_H

#include "base/bytes.h"
#include "policy/period.h"

#define ATR_ROOM_NAME_BYTES_MAX 64
#define ATR_ROOM_DESCRIPTOR_BYTES_MAX 32768
#define ATR_ROOM_ID_TEXT_MAX 65 /* 64 hex digits and a zero */

typedef enum { ATR_ROOM_KEX_AKE1 = 1 } atr_room_kex;
typedef enum { ATR_ROOM_HISTORY_NONE = 0 } atr_room_history;

typedef struct {
    uint8_t version; /* 1 or 2 */
    uint8_t kex;
    uint8_t history;
    uint8_t listed; /* 1: shown to anybody who asks the hall for its rooms */
    uint8_t scheme;
    uint8_t hm[32];    /* the authority's fingerprint */
    uint8_t admin[32]; /* the creator's Ed25519 key, for later use */
    uint8_t nonce[16];
    uint32_t period_s;  /* length of a period; 0: none, always in version 1 */
    uint32_t min_crowd; /* people who could be here, at least; 0: any */
    uint8_t name_len;
    uint8_t name[ATR_ROOM_NAME_BYTES_MAX]; /* public; printable UTF-8 */
    atr_policy policy;
} atr_room_descriptor;

/* atr_room_check returns ATR_ERR_INPUT for a version, kex or history that is
 * not known and for a bad name, and ATR_ERR_LIMIT for a policy that is too
 * large, or with periods leaves no room for their label. The scheme is for
 * whoever has a KEM to compare. atr_room_read does so by itself. */
ATR_MUST_USE atr_err atr_room_check(const atr_room_descriptor *room);
ATR_MUST_USE atr_err atr_room_read(atr_room_descriptor *out, atr_bytes in);
void atr_room_build(atr_builder *builder, const atr_room_descriptor *room);
void atr_room_id(uint8_t id[32], atr_bytes descriptor);

/* A room link: attrium://HOST:PORT/ROOM-ID-HEX#PIN-HEX . The pin is the SHA-256
 * of the hall's public key and may be absent. */
#define ATR_LINK_HOST_MAX 255
#define ATR_LINK_TEXT_MAX 512
typedef struct {
    char host[ATR_LINK_HOST_MAX + 1]; /* a name, an IPv4, or [IPv6] */
    uint16_t port;
    uint8_t room[32];
    bool has_room; /* a link to a hall alone has none */
    bool has_pin;
    uint8_t pin[32];
} atr_link;

/* atr_link_parse returns ATR_ERR_INPUT for whatever is not exactly a link;
 * atr_link_format ATR_ERR_INPUT for one that cannot be written, ATR_ERR_LIMIT
 * when it does not fit with its final zero. */
ATR_MUST_USE atr_err atr_link_parse(atr_link *out, atr_bytes text);
ATR_MUST_USE atr_err atr_link_format(char *out, size_t cap,
                                     const atr_link *link);

#endif
