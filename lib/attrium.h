/* attrium.h - the public face of libattrium: everything a program outside
 * includes.
 *
 *     cc room.c $(pkg-config --cflags --libs libattrium)
 *
 * The library does no input or output, keeps no global state, allocates
 * nothing, and asks neither the clock nor the system for randomness: the
 * caller hands these in. doc/conventions.md says what holds everywhere.
 */
#ifndef ATTRIUM_H
#define ATTRIUM_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/base.h"
#include "base/bytes.h"
#include "base/mask.h"
#include "base/mem.h"
#include "base/rng.h"

#include "sym/aead.h"
#include "sym/ed25519.h"
#include "sym/hash.h"
#include "sym/ristretto.h"
#include "sym/x25519.h"

#include "curve/batch.h"
#include "curve/fr.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/gt.h"
#include "curve/pairing.h"

#include "policy/attr.h"
#include "policy/period.h"
#include "policy/policy.h"
#include "policy/policy_text.h"
#include "policy/policy_wire.h"
#include "policy/shamir.h"
#include "policy/share.h"

#include "scheme/abe.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"
#include "scheme/fame.h"
#include "scheme/identity.h"
#include "scheme/issue.h"
#include "scheme/kem.h"
#include "scheme/kp.h"
#include "scheme/sealed.h"
#include "scheme/w09.h"

#include "kex/ake.h"
#include "kex/dkg.h"
#include "kex/group.h"
#include "kex/ibake.h"

#ifdef __cplusplus
}
#endif

#endif
