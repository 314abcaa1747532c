/* holders.h - how many people hold each attribute, as a node tells everybody.
 *
 *     holders = 1, total(4) count(2), each: attribute-field, people(4)
 *
 * with the attributes in the order of their bytes, as keys hold them: a number
 * is its prefixes (policy/attr.h). `people` is at most how many hold it, and
 * not 0; an attribute that is not there is held by nobody as far as this node
 * says. `total` is at least how many people there are. Of all policies the
 * same page, so whoever asks does not tell which one it is for.
 */
#ifndef ATR_HOLDERS_H
#define ATR_HOLDERS_H

#include "policy/crowd.h"

#define ATR_HOLDERS_MAX 8192 /* attributes in a page */
#define ATR_HOLDERS_BYTES_MAX                                                  \
    (1 + 4 + 2 + ATR_HOLDERS_MAX * (4 + ATR_ATTR_BYTES_MAX + 4))

/* Borrows from the page. */
typedef struct {
    uint32_t total;
    atr_bytes each;
} atr_holders;

/* What a page is built of. */
typedef struct {
    atr_attr attr;
    uint32_t people;
} atr_holding;

/* atr_holders_build takes `count` of them, at most ATR_HOLDERS_MAX, in order,
 * and leaves out those that nobody holds. */
void atr_holders_build(atr_builder *builder, uint32_t total,
                       const atr_holding *each, size_t count);

/* atr_holders_read checks all of a page: ATR_ERR_INPUT also where more hold an
 * attribute than there are people. */
ATR_MUST_USE atr_err atr_holders_read(atr_holders *out, atr_bytes page);

/* atr_holders_of is how many hold `attr`: an atr_crowd_fn, of atr_holders. */
uint32_t atr_holders_of(void *holders, const atr_attr *attr);

#endif
