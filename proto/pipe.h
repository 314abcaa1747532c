/* pipe.h - an encrypted two-way pipe between two people known by identity:
 * bytes in, bytes out.
 *
 * First the exchange of kex/ibake.h, message after message without any frame,
 * since each has one length. Then records, in both directions:
 *
 *     head(2) AEAD(k, number, ad = head, text)
 *
 * head is the length of the text, 1 to ATR_PIPE_TEXT_BYTES_MAX, or 0x8000 for
 * the last record of its direction, which has no text: so an end that somebody
 * else made is told from one that was meant. The number counts the records of
 * a direction from 0, and each direction has a key of its own,
 *
 *     k_I = KDF("ATR1/PIPE/initiator"; session, sid), k_R likewise
 *
 * The caller owns the connection, and offers what arrived to atr_pipe_recv,
 * which takes what it can; sends atr_pipe_outgoing; and looks for text. One
 * record at a time waits in each direction, so memory is constant, and who
 * does not read makes the other wait. Never go on with a copy of a pipe: the
 * two would use one nonce twice.
 */
#ifndef ATR_PIPE_H
#define ATR_PIPE_H

#include "kex/ibake.h"

#define ATR_PIPE_TEXT_BYTES_MAX 16384
#define ATR_PIPE_RECORD_BYTES_MAX (2 + ATR_PIPE_TEXT_BYTES_MAX + 16)

typedef enum {
    ATR_PIPE_MEETING, /* the exchange is under way */
    ATR_PIPE_OPEN,
    ATR_PIPE_FAILED
} atr_pipe_state;

/* One direction after the exchange. */
typedef struct {
    uint8_t key[32];
    uint64_t number;
    bool ended;
} atr_pipe_way;

typedef struct {
    atr_pipe_state state;
    atr_ibake meeting;
    atr_rng rng;
    uint8_t sid[32];
    atr_pipe_way sending;
    atr_pipe_way taking;
    uint8_t in[ATR_PIPE_RECORD_BYTES_MAX]; /* what is not yet whole */
    size_t in_len;
    uint8_t text[ATR_PIPE_TEXT_BYTES_MAX]; /* of the last record */
    size_t text_from;
    size_t text_len;
    uint8_t out[ATR_PIPE_RECORD_BYTES_MAX];
    size_t out_from;
    size_t out_len;
} atr_pipe;

/* atr_pipe_init begins; `own` and `peer` are lent until the pipe is open.
 * `seed` must be fresh random bytes, used for this pipe alone. ATR_ERR_INPUT
 * when the two are the same person. */
ATR_MUST_USE atr_err atr_pipe_init(atr_pipe *pipe, atr_ibake_role role,
                                   const atr_bf_key *own,
                                   const atr_bf_recipient *peer,
                                   const uint8_t seed[ATR_SEED_BYTES]);
void atr_pipe_wipe(atr_pipe *pipe);

/* atr_pipe_recv takes bytes from the front of `in` and returns through
 * `*taken` how many: all, unless text or an answer waits to be fetched first.
 * ATR_ERR_AUTH for anything that the peer did not send here; then the pipe has
 * failed, everything in it is wiped, and every later call says the same. */
ATR_MUST_USE atr_err atr_pipe_recv(atr_pipe *pipe, size_t *taken, atr_bytes in);

/* atr_pipe_lost says that nothing more will come. ATR_OK when the peer has
 * ended its direction; ATR_ERR_AUTH, and the pipe has failed, when something
 * is missing. Text that waits remains to be fetched only in the first case. */
ATR_MUST_USE atr_err atr_pipe_lost(atr_pipe *pipe);

/* atr_pipe_outgoing borrows the bytes to send next; atr_pipe_sent drops the
 * first `len` of them. */
atr_bytes atr_pipe_outgoing(const atr_pipe *pipe);
void atr_pipe_sent(atr_pipe *pipe, size_t len);

/* atr_pipe_is_open: both have confirmed the key. */
bool atr_pipe_is_open(const atr_pipe *pipe);

/* atr_pipe_text borrows the text that has come, until the next atr_pipe_recv;
 * atr_pipe_fetched drops the first `len` bytes of it. */
atr_bytes atr_pipe_text(const atr_pipe *pipe);
void atr_pipe_fetched(atr_pipe *pipe, size_t len);

/* atr_pipe_has_ended: the peer has said its last word, and it was fetched. */
bool atr_pipe_has_ended(const atr_pipe *pipe);

/* atr_pipe_say seals the front of `text` and returns how many bytes that was:
 * 0 while the pipe is not open, something is still to be sent, or after
 * atr_pipe_end. */
size_t atr_pipe_say(atr_pipe *pipe, atr_bytes text);

/* atr_pipe_end seals the last record of this direction; the other direction
 * goes on. ATR_ERR_STATE where atr_pipe_say would say 0. */
ATR_MUST_USE atr_err atr_pipe_end(atr_pipe *pipe);

#endif
