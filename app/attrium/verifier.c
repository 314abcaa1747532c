#include "app/attrium/verifier.h"

#include <stdlib.h>

#include "host/clock.h"
#include "host/entropy.h"

struct atr_verifier {
    const atr_request *request;
    bool ready;
    atr_abe abe;
    atr_bf bf;
};

atr_err atr_verifier_open(atr_verifier **out, const atr_request *request)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return ATR_ERR_LIMIT;
    }
    (*out)->request = request;
    return ATR_OK;
}

void atr_verifier_close(atr_verifier *verifier)
{
    free(verifier); /* public all of it */
}

static atr_err prepare(atr_verifier *v)
{
    const atr_authority *authority = &v->request->authority;
    atr_err err = ATR_OK;

    if (!v->ready) {
        err = v->request->enrol.request.kind == ATR_ENROL_IDENTITY
                  ? atr_bf_init(&v->bf, authority->identities.mpk)
                  : atr_abe_init(&v->abe, &authority->mpk);
        v->ready = err == ATR_OK;
    }
    return err;
}

static bool same_attrs(const atr_attrs *a, const atr_attrs *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++) {
        same = atr_attr_equal(&a->attr[i], &b->attr[i]);
    }
    return same;
}

/* A difference of the attributes would silently give the intersection. Where
 * keys have periods, the first answer says which generation all are of. */
static atr_err check_attributes(atr_verifier *v, uint8_t node,
                                const atr_abe_key *first,
                                const atr_abe_key *key)
{
    const atr_request *request = v->request;
    atr_attrs held;
    atr_rng rng;
    atr_err err;

    if (atr_request_expects(&held, request, first,
                            atr_clock_wall_ms() / 1000) != ATR_OK ||
        !same_attrs(&key->attrs, &held)) {
        return ATR_ERR_AUTH;
    }
    atr_entropy_rng(&rng);
    err = atr_abe_key_check(&v->abe, &request->authority.issue.a[node - 1], key,
                            &rng);
    atr_rng_wipe(&rng);
    return err;
}

static atr_err check_identity(atr_verifier *v, uint8_t node,
                              const atr_bf_key *first, const atr_bf_key *key)
{
    const atr_request *request = v->request;
    atr_identity wanted;

    if (atr_request_expects_identity(&wanted, request, first,
                                     atr_clock_wall_ms() / 1000) != ATR_OK ||
        !atr_identity_equal(&key->id, &wanted)) {
        return ATR_ERR_AUTH;
    }
    return atr_bf_partial_check(
        &v->bf, &request->authority.identities.issue.p[node - 1], key);
}

atr_err atr_verifier_check(atr_verifier *verifier,
                           const atr_enrolment *enrolment, size_t index)
{
    const uint8_t node = enrolment->node[index];
    atr_err err = prepare(verifier);

    if (err != ATR_OK || node == 0 ||
        node > verifier->request->authority.issue.nodes) {
        return ATR_ERR_AUTH;
    }
    return verifier->request->enrol.request.kind == ATR_ENROL_IDENTITY
               ? check_identity(verifier, node, &enrolment->partial[0].identity,
                                &enrolment->partial[index].identity)
               : check_attributes(verifier, node,
                                  &enrolment->partial[0].attributes,
                                  &enrolment->partial[index].attributes);
}
