/* enrolment.h - a key request and the authority's nodes: asking, looking how
 * it stands, and putting the key together. Attributes and identities alike.
 *
 * Functions return the exit code, after saying what is wrong.
 */
#ifndef ATR_ENROLMENT_H
#define ATR_ENROLMENT_H

#include "app/attrium/request.h"
#include "app/cli.h"

typedef enum {
    ATR_ENROLMENT_WAITING, /* enough nodes issue or have not decided */
    ATR_ENROLMENT_DENIED,
    ATR_ENROLMENT_EXPIRED, /* they wait for approval no more */
    ATR_ENROLMENT_WITHDRAWN,
    ATR_ENROLMENT_APART, /* too few nodes have shares of one generation */
    ATR_ENROLMENT_READY /* enough partial keys are here, and verified */
} atr_enrolment_state;

/* What has been fetched so far. */
typedef struct {
    atr_enrolment_state state;
    char reason[256]; /* of a denial, or whose shares are apart; safe to show */
    size_t count;
    uint8_t node[ATR_ISSUE_NODES_MAX];
    union {
        atr_abe_key attributes;
        atr_bf_key identity;
    } partial[ATR_ISSUE_NODES_MAX]; /* secret; as the request asks */
} atr_enrolment;

void atr_enrolment_wipe(atr_enrolment *enrolment);

/* atr_enrolment_meet asks each node of `request` for the public parameters;
 * all that answer must give the same, else the one that differs is named.
 * Fills in `authority` and the numbers of nodes, and adds the nodes that the
 * parameters list. A node that is down keeps the number 0 unless it is listed.
 */
int atr_enrolment_meet(atr_request *request, const atr_cli *cli);

/* atr_enrolment_hm is what requests to an authority are bound to: the hash of
 * its parameters for attributes. Exit code 4 when its scheme is unknown. */
int atr_enrolment_hm(uint8_t hm[32], const atr_cli *cli,
                     const atr_authority *authority);

/* atr_enrolment_fingerprint is what people compare: of the parameters for
 * attributes, or for identities. Exit code 1 when it gives none of those. */
int atr_enrolment_fingerprint(uint8_t out[32], const atr_cli *cli,
                              const atr_authority *authority,
                              atr_enrol_kind kind);

/* What goes with a request: both may be NULL. `evidence` is an object with the
 * "source" that is to vouch and the "evidence" for it. */
typedef struct {
    const char *note;
    json_t *evidence;
} atr_enclosed;

/* atr_enrolment_post sends the request to each node; as many must take it as
 * issue a key. Exit code 5 when it is there already and has expired, 3 when a
 * source does not vouch for it: it waits for an administrator then. */
int atr_enrolment_post(const atr_cli *cli, const atr_request *request,
                       const atr_enclosed *enclosed);

/* atr_enrolment_expired says that the request has, and what to do. */
int atr_enrolment_expired(const atr_cli *cli);
int atr_enrolment_withdrawn(const atr_cli *cli);

/* atr_enrolment_open opens an answer of `node` and keeps it: ATR_ERR_AUTH when
 * it is not one to this request. */
ATR_MUST_USE atr_err atr_enrolment_open(atr_enrolment *enrolment,
                                        const atr_request *request,
                                        const uint8_t hm[32], uint8_t node,
                                        atr_bytes sealed);

/* atr_enrolment_has tells whether the partial key of `node` is there. */
bool atr_enrolment_has(const atr_enrolment *enrolment, uint8_t node);

/* atr_enrolment_look asks the nodes how the request stands, and opens and
 * verifies partial keys until there are enough. Nodes that are down or cheat
 * are named and others asked; when too few are left, all that was said is.
 * Where the nodes have made new shares, it follows first. */
int atr_enrolment_look(atr_enrolment *out, const atr_cli *cli,
                       atr_request *request);

/* atr_enrolment_look_once is the same by the bundle that is there. */
int atr_enrolment_look_once(atr_enrolment *out, const atr_cli *cli,
                            const atr_request *request);

/* atr_enrolment_follow asks the nodes for their bundle and takes one of newer
 * shares, with its nodes, when as many as issue a key by the one that is known
 * show the same bytes, and nothing but shares and nodes differs. False: there
 * is none. Save the request then. */
bool atr_enrolment_follow(atr_request *request, const atr_cli *cli);

/* atr_enrolment_waits says why there is no key yet; `state` is WAITING or
 * APART. */
int atr_enrolment_waits(const atr_cli *cli, const atr_enrolment *enrolment);

/* atr_enrolment_combine makes the attribute key of a request from its partial
 * keys, verified, naming a node that cheats. */
int atr_enrolment_combine(atr_keyfile *out, const atr_cli *cli,
                          const atr_request *request,
                          const atr_enrolment *enrolment);

/* atr_enrolment_identity does so with an identity key. */
int atr_enrolment_identity(atr_idfile *out, const atr_cli *cli,
                           const atr_request *request,
                           const atr_enrolment *enrolment);

/* atr_enrolment_finish verifies and combines the partial keys, naming a node
 * that cheats, writes the key, the authority's parameters and where its nodes
 * are, and drops the request; where keys have periods it becomes the one to
 * renew with. `path` is where the key is. */
int atr_enrolment_finish(char path[ATR_PATH_BYTES_MAX], const atr_cli *cli,
                         const char *name, const atr_request *request,
                         const atr_enrolment *enrolment);

#endif
