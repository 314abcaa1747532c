/* request.h - a key request under way, as it is kept until the key is there.
 *
 * It is on the disk, with its secret, before anything is sent, so a crash at
 * any moment loses nothing: asking again sends the same request.
 *
 *     "ATRPEND" version(1) nodes(1) then for each node(1) address-field
 *     authority-field enrol-field       (address: "https://HOST:PORT#PIN")
 */
#ifndef ATR_REQUEST_H
#define ATR_REQUEST_H

#include "app/address.h"
#include "host/file.h"
#include "proto/enrol.h"

typedef struct {
    uint8_t node; /* its number in the authority, from 1; 0: not known yet */
    atr_link address;
} atr_request_node;

typedef struct {
    uint8_t node_count; /* the threshold, at least, and those that were named
                           first; 0: made offline */
    atr_request_node nodes[ATR_ISSUE_NODES_MAX];
    atr_authority authority;
    atr_enrol enrol; /* secret */
    uint64_t period; /* whose key to look for; 0: the present one. Not kept */
    bool follows;    /* `authority` is newer than what was loaded. Not kept */
} atr_request;

#define ATR_REQUEST_BYTES_MAX                                                  \
    (9 + ATR_ISSUE_NODES_MAX * (5 + ATR_LINK_TEXT_MAX) + 4 +                   \
     ATR_AUTHORITY_BYTES_MAX + 4 + ATR_ENROL_BYTES_MAX)

void atr_request_build(atr_builder *builder, const atr_request *request);
ATR_MUST_USE atr_err atr_request_read(atr_request *out, atr_bytes in);
void atr_request_wipe(atr_request *request);

/* atr_request_has_period tells whether it is for keys that have periods;
 * atr_request_period which of them it looks for at `unix_s`. */
bool atr_request_has_period(const atr_request *request);
uint64_t atr_request_period(const atr_request *request, uint64_t unix_s);

/* atr_request_expects gives what a key holds that answers it: what was asked
 * for and, with periods, the label that `partial` has. ATR_ERR_AUTH when that
 * is of none that is looked for, or by the clock could be.
 * atr_request_expects_identity gives the identity whose key answers. */
ATR_MUST_USE atr_err atr_request_expects(atr_attrs *out,
                                         const atr_request *request,
                                         const atr_abe_key *partial,
                                         uint64_t unix_s);

ATR_MUST_USE atr_err atr_request_expects_identity(atr_identity *out,
                                                  const atr_request *request,
                                                  const atr_bf_key *partial,
                                                  uint64_t unix_s);

/* atr_request_load and atr_request_save are these bytes in a file for its
 * owner alone; errors as host/file.h, and of atr_request_read. */
ATR_MUST_USE atr_err atr_request_load(atr_request *out, const char *path,
                                      atr_fault *fault);
ATR_MUST_USE atr_err atr_request_save(const atr_request *request,
                                      const char *path, atr_fault *fault);

#endif
