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
} atr_request;

#define ATR_REQUEST_BYTES_MAX                                                  \
    (9 + ATR_ISSUE_NODES_MAX * (5 + ATR_LINK_TEXT_MAX) + 4 +                   \
     ATR_AUTHORITY_BYTES_MAX + 4 + ATR_ENROL_BYTES_MAX)

void atr_request_build(atr_builder *builder, const atr_request *request);
ATR_MUST_USE atr_err atr_request_read(atr_request *out, atr_bytes in);
void atr_request_wipe(atr_request *request);

/* atr_request_load and atr_request_save are these bytes in a file for its
 * owner alone; errors as host/file.h, and of atr_request_read. */
ATR_MUST_USE atr_err atr_request_load(atr_request *out, const char *path,
                                      atr_fault *fault);
ATR_MUST_USE atr_err atr_request_save(const atr_request *request,
                                      const char *path, atr_fault *fault);

#endif
