/* w09_parts.h - what the files of W09 share.
 */
#ifndef ATR_W09_PARTS_H
#define ATR_W09_PARTS_H

#include "scheme/attr_points.h"
#include "scheme/w09.h"

/* (2): H(u) of this authority. */
atr_attr_hash atr_w09_hash(const atr_w09 *w09);

#endif
