#!/usr/bin/env python3
"""Recompute every constant of the eight-way engine in lib/curve/ifma.

Without arguments, compare them with the files there, check the bounds the
engine relies on, and exit with status 1 when something differs. With --write,
write those files. The numbers themselves come from curve_constants.py; here
they are put into Montgomery form for R = 2^416 and into limbs of 52 bits.
"""

import sys

import ifma_hex
from curve_constants import (A1, B1, LIB, P, Z1, Fp, Fp2, beta, check,
                             isogeny_g1, power)

DIR = LIB / "ifma"
BITS, COUNT = 52, 8
R = 1 << BITS * COUNT
SLACK = 1 << 8  # times p: what makes differences positive
SIX_SLACK = 1 << 12  # the same for sums of sixes (six.h)
SIX_NEAR = 63  # times p: how far from 0 a sum of sixes may be
SIX_MARGIN = 1 << 10  # carries into the top digit that are not seen yet
RULE = "/* %s - written by tool/ifma_constants.py, which explains each. */\n"


def limbs(n):
    check(0 <= n < R, "fits eight limbs")
    return [(n >> BITS * i) & (1 << BITS) - 1 for i in range(COUNT)]


def braces(n):
    words = ["0x%013xULL" % w for w in limbs(n)]
    rows = [", ".join(words[i:i + 3]) for i in range(0, COUNT, 3)]
    return "{\n    " + ",\n    ".join(rows) + "}"


def single(name, n):
    return "\nconst uint64_t atr_ifma_%s[8] = %s;\n" % (name, braces(n))


def array(name, items):
    return "\nconst uint64_t atr_ifma_%s[%d][8] = {%s};\n" % (
        name, len(items), ", ".join(braces(n * R % P) for n in items))


def frobenius():
    """xi^(i (p - 1) / 6), and the same for p^2, where it is in Fp."""
    once = [power(Fp2, (1, 1), i * (P - 1) // 6) for i in range(6)]
    twice = [power(Fp2, (1, 1), i * (P * P - 1) // 6) for i in range(6)]
    check(all(t[1] == 0 for t in twice), "Frobenius twice")
    return [c for pair in once for c in pair], [t[0] for t in twice]


def values():
    xnum, xden, ynum, yden = isogeny_g1()
    once, twice = frobenius()
    plain = {"p": P, "less_p": R - P, "slack": SLACK * P, "plain_one": 1,
             "enter": (1 << 448) % P, "leave": (1 << 384) % P,
             "six_slack": SIX_SLACK * P, "six_near": SIX_NEAR * P}
    mont = {"one": 1, "half": pow(2, -1, P), "four": 4, "z": Z1,
            "beta": beta(), "sswu_a": A1, "sswu_b": B1,
            "sswu_b3": 3 * B1,
            "sswu_root": Fp.sqrt(-Z1 % P)}
    polys = {"xnum": xnum, "xden": xden, "ynum": ynum, "yden": yden,
             "frobenius": once, "frobenius2": twice}
    return plain, mont, polys


def constants(plain, mont, polys):
    out = [RULE % "constants.c", '#include "curve/ifma/constants.h"\n']
    out += [single(name, n) for name, n in plain.items()]
    out += [single(name, n * R % P) for name, n in mont.items()]
    out += [array(name, poly) for name, poly in polys.items()]
    return "".join(out)


HEADER = """#ifndef ATR_IFMA_CONSTANTS_H
#define ATR_IFMA_CONSTANTS_H

#include <stdint.h>

/* -1/p mod 2^52 */
#define ATR_IFMA_INVERSE 0x%013xULL
/* 2^416 / p, rounded down */
#define ATR_IFMA_RECIPROCAL 0x%013xULL

extern const uint64_t atr_ifma_p[8];
extern const uint64_t atr_ifma_less_p[8]; /* 2^416 - p */
extern const uint64_t atr_ifma_slack[8]; /* 2^8 p */
extern const uint64_t atr_ifma_plain_one[8];
extern const uint64_t atr_ifma_enter[8]; /* 2^448: from 2^384 to 2^416 */
extern const uint64_t atr_ifma_leave[8]; /* 2^384: back */

/* In Montgomery form, times 2^416. */
extern const uint64_t atr_ifma_one[8];
extern const uint64_t atr_ifma_half[8]; /* 1 / 2 */
extern const uint64_t atr_ifma_four[8]; /* of the curve equation */
extern const uint64_t atr_ifma_z[8];    /* 11, RFC 9380, 8.8.1 */
extern const uint64_t atr_ifma_beta[8]; /* the endomorphism */
extern const uint64_t atr_ifma_sswu_a[8];
extern const uint64_t atr_ifma_sswu_b[8];
extern const uint64_t atr_ifma_sswu_b3[8]; /* 3 B */
extern const uint64_t atr_ifma_sswu_root[8]; /* sqrt(-Z) */

/* The isogeny of RFC 9380, E.2, lowest coefficient first. */
extern const uint64_t atr_ifma_xnum[12][8];
extern const uint64_t atr_ifma_xden[11][8];
extern const uint64_t atr_ifma_ynum[16][8];
extern const uint64_t atr_ifma_yden[16][8];

/* xi^(i (p - 1) / 6), its parts one after another, and xi^(i (p^2 - 1) / 6). */
extern const uint64_t atr_ifma_frobenius[12][8];
extern const uint64_t atr_ifma_frobenius2[6][8];

/* six.h: 2^12 p; 63 p; the top digit of 64 p and a margin. */
extern const uint64_t atr_ifma_six_slack[8];
extern const uint64_t atr_ifma_six_near[8];
#define ATR_IFMA_SIX_TOP 0x%xULL

#endif
"""


def header():
    inverse = -pow(P, -1, 1 << BITS) % (1 << BITS)
    return RULE % "constants.h" + HEADER % (inverse, R // P, six_top())


def six_top():
    return ((SIX_NEAR + 1) * P >> BITS * (COUNT - 1)) + SIX_MARGIN


def bounds():
    """What fp8.h says: with factors below A p and B p the result of a
    reduction is below A B p^2 / R + p, which is below 2 p."""
    check((1 << 34) * P * P // R + P < 2 * P, "A B = 2^34 reduces below 2 p")
    check((1 << 34) * P < R, "and such factors fit eight limbs")
    check((1 << 34) * P * P // R < P // 2, "and above -p / 2 with a sign")
    check(85 * 3 < SLACK, "what is subtracted is below the slack")
    check(SLACK + 85 * 3 <= 1 << 9, "differences")
    # The quotient of settle_reduced, from h with h < a / 2^364 < h + 3.
    top, inverse = 1 << 364, R // P
    for q in range(1, 1 << 13):
        for a in (q * P, (q + 1) * P - 1):
            for h in range(max(a // top - 2, 0), a // top + 1):
                got = h * inverse >> BITS
                check(0 <= a - got * P < 2 * P, "the quotient by p")
    check((1 << 30) * P // top < 1 << BITS, "its dividend is a digit")
    # Factors in the tower are sums of four elements, and Karatsuba's of two
    # such; a sum of wide numbers has at most 64 products.
    factor = 4 * (1 << 9) * 2
    check(64 * factor ** 2 <= 1 << 34, "wide sums")
    check(64 * factor * (factor + factor // 2) <= 1 << 34, "with squares")
    # Squarings in the cyclotomic subgroup, of which each third one reduces.
    bound = 3
    for since in range(3):
        check(2 * (2 * bound) <= 2 * factor, "factors since a reduction")
        check(2 * bound + 2 < SLACK << 2 * since, "what a step subtracts")
        bound = 3 * 2 + (SLACK << 2 * since) + 2 * bound
    check(bound < 1 << 13, "the third step reduces")
    check(6 * (2 * factor) ** 2 <= 1 << 34, "sums of six such squares")
    # A column: lower and upper halves of a product; what a reduction adds.
    full = (1 << BITS) - 1
    unit = 16 * full
    check(unit < 1 << 56, "the columns of a product")
    check(64 * unit + 16 * full + (1 << 12) < 1 << 63, "columns")
    six_bounds()


def six_bounds():
    """What six.h and six_digit.h say."""
    product = 12 * (2 * SIX_SLACK) ** 2
    check(product * P * P // R + P < 2 * P, "six products reduce below 2 p")
    check(2 * SIX_SLACK * P < R, "a factor fits eight limbs")
    check((12 * 16 + 16) * ((1 << BITS) - 1) + (1 << 12) < 1 << 63,
          "columns of six products")
    # The number t p / 2^364 comes between 63 and 65 in units of p, whatever
    # is missing in the top digit and however the quotient is rounded.
    unit = 1 << BITS * (COUNT - 1)
    check(SIX_MARGIN * unit < P // 100, "the margin is small beside p")
    # cyclotomic.c: the columns of two products and a reduction, twelve times,
    # with two digits and 64 p.
    full = (12 * (2 * 16 + 16) + 2 + 65) * ((1 << BITS) - 1) + (1 << 16)
    check(full < 1 << 62, "sums of columns")
    check(full >> BITS < SIX_MARGIN, "and what the top digit lacks")
    top, part = six_top(), R // P
    for near in (-SIX_NEAR, -1, 0, 1, SIX_NEAR):
        for number in (near * P - 1, near * P, near * P + 1):
            for unseen in (1 - SIX_MARGIN, 0, SIX_MARGIN - 1):
                t = number // unit - unseen
                check(top - t >= 0, "the quotient is not negative")
                q = (top - t) * part >> BITS
                got = number + (q - SIX_NEAR) * P
                check(0 <= got < 2 * P, "a sum of sixes comes below 2 p")


def main():
    bounds()
    files = {"constants.h": header(), "constants.c": constants(*values()),
             "hex_constants.h": ifma_hex.header(RULE),
             "hex_constants.c": ifma_hex.constants(
                 RULE, braces, lambda n: n * R % P)}
    wrong = 0
    print("1..%d" % len(files))
    for number, (name, text) in enumerate(files.items(), 1):
        path = DIR / name
        if "--write" in sys.argv[1:]:
            path.write_text(text)
        same = path.exists() and path.read_text() == text
        wrong += not same
        print("%s %d - lib/curve/ifma/%s is what is computed" %
              ("ok" if same else "not ok", number, name))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
