/* ceremony_status.h - what a ceremony's log tells to who looks at it: whose
 * cards were given, and how far it has come.
 */
#ifndef ATR_CEREMONY_STATUS_H
#define ATR_CEREMONY_STATUS_H

#include "app/cli.h"
#include "app/peers.h"
#include "host/file.h"

/* atr_ceremony_dir names the log of the ceremony that made generation
 * `generation` of the shares, in the directory of the node: `ceremony`, or
 * `ceremony-1` for the first refresh. ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_ceremony_dir(char out[ATR_PATH_BYTES_MAX],
                                      const char *dir, uint32_t generation);

/* atr_ceremony_keep_cards notes in a log who takes part: a line each, by
 * number. atr_ceremony_cards reads them; none: `out->count` is 0. */
ATR_MUST_USE atr_err atr_ceremony_keep_cards(const char *log,
                                             const atr_peers *peers,
                                             atr_fault *fault);
void atr_ceremony_cards(atr_peers *out, const char *log);

typedef struct {
    size_t nodes;      /* 0: there is no ceremony */
    const char *round; /* "meeting", "hello", .. "done" */
    uint16_t heard;    /* who has spoken in it; node j is bit j - 1 */
} atr_ceremony_state;

atr_ceremony_state atr_ceremony_state_of(const char *log);

/* atr_ceremony_state_json and .._print are that for `status`. */
json_t *atr_ceremony_state_json(const atr_ceremony_state *state);
void atr_ceremony_state_print(const atr_ceremony_state *state);

#endif
