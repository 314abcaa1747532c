"""The digits of lib/curve/ifma/hex.h: constants, and the check of what is said
there. ifma_constants.py writes them to hex_constants.{c,h}.

A digit is an element A + B theta of Z[theta], theta^2 = theta - 1, and there is
one for each of the 64 classes mod 8. Up to the six rotations theta^j they are
eleven rows and 0.
"""

import itertools

from curve_constants import P, R, X, Fp2, beta, check, psi

SIZE = 8  # the base
ROWS = 11
M = -X  # |x|
# Row i + 1 is row i, rotated by theta^j, plus 1; row 0 is 1.
TURNS = [1, 0, 0, 0, 2, 1, 0, 4, 0, 0]


def mul(a, b):
    return (a[0] * b[0] - a[1] * b[1],
            a[0] * b[1] + a[1] * b[0] + a[1] * b[1])


def theta(j):
    out = (1, 0)
    for _ in range(j):
        out = mul(out, (0, 1))
    return out


def rows():
    out = [(1, 0)]
    for j in TURNS:
        before = mul(out[-1], theta(j))
        # Sums of points over one denominator must not meet equal ones.
        check(len(out) == 1 or before not in ((1, 0), (-1, 0)), "no exception")
        out.append((before[0] + 1, before[1]))
    check(len(out) == ROWS, "rows")
    return out


def classes():
    """(row, rotation, digit) of each class mod 8."""
    out = {(0, 0): (0, 0, (0, 0))}
    for (i, row), j in itertools.product(enumerate(rows(), 1), range(6)):
        digit = mul(row, theta(j))
        out.setdefault((digit[0] % SIZE, digit[1] % SIZE), (i, j, digit))
    check(len(out) == SIZE * SIZE, "every class has a digit")
    return out


def words():
    table = classes()
    out = []
    for b, a in itertools.product(range(SIZE), repeat=2):
        row, j, digit = table[a, b]
        check(max(map(abs, digit)) <= 5, "parts of digits")
        # The carry is 1 where the digit is negative, and never more.
        check(digit[0] in (a, a - SIZE) and digit[1] in (b, b - SIZE),
              "carries")
        out.append(row | j % 3 << 4 | j % 2 << 6 |
                   (digit[0] < 0) << 7 | (digit[1] < 0) << 8)
    return out


def last_digit(count, half):
    """No carry leaves the last window: what is there is the digit itself."""
    top = SIZE ** (count - 1)
    low, high = -half // top, (half - 1) // top + 1
    table = classes()
    for a, b in itertools.product(range(low, high + 1), repeat=2):
        check(table[a % SIZE, b % SIZE][2] == (a, b), "the last digit")


def recode(a, b, count):
    """As atr_hex_recode, to see that the value comes out."""
    table = classes()
    total = (0, 0)
    for i in range(count):
        digit = table[a % SIZE, b % SIZE][2]
        a, b = (a - digit[0]) // SIZE, (b - digit[1]) // SIZE
        total = (total[0] + digit[0] * SIZE**i, total[1] + digit[1] * SIZE**i)
    return total


def exceptions():
    """The argument of hex.h: parts up to half the base and 12 more make less
    than r, and parts below the base that make 0 are 0."""
    for base, count in ((M * M, 2), (M, 4)):
        part = base // 2 + 12
        check(part < base and base % 2 == 0, "parts below the base")
        check(sum(part * base**i for i in range(count)) < R, "below r")


def weights():
    """What curve/weight.h says of its sixteen digits and 32 places."""
    digits = [(0, 0)]
    for n in range(1, 16):
        a, b = theta((n - 1) % 6)
        digits.append((a << (n - 1) // 6, b << (n - 1) // 6))
    check(len({(a % 8, b % 8) for a, b in digits}) == 16, "different mod 8")
    most = 4 * (8**32 - 1) // 7
    check(all(a * a + a * b + b * b <= 16 for a, b in digits), "digits")
    check(most < 2**96 and (2 * most)**2 < R, "different mod r")
    # curve/weighing.h: no two are the same on a point of order 11 or more
    norms = [(a - c)**2 + (a - c) * (b - d) + (b - d)**2
             for a, b in digits for c, d in digits]
    check(max(norms) == 48 < 11**2 and 11 % 3 == 2, "digits on the curve")
    check((X - 1)**2 // 3 == 3 * (11 * 10177 * 859267 * 52437899)**2,
          "cofactor")


def centre(base, count):
    return sum(base // 2 * base**i for i in range(count))


def fr(n):
    n = n * 2**256 % R
    return [(n >> 64 * i) & 2**64 - 1 for i in range(4)]


def numbers(words_, width, row):
    text = ["0x%0*x%s" % (width, w, "ULL" if width > 4 else "")
            for w in words_]
    rows_ = [", ".join(text[i:i + row]) for i in range(0, len(text), row)]
    return "{\n    " + ",\n    ".join(rows_) + "}"


def constants(rule, braces, mont):
    for count, half in ((43, M * M // 2), (22, M // 2)):
        last_digit(count, half)
        for a, b in itertools.product((-half, -1, 0, 1, half - 1), repeat=2):
            check(recode(a, b, count) == (a, b), "recoding")
    exceptions()
    weights()
    cx, cy = psi()
    turn = Fp2.mul(cx, (cx[0], -cx[1] % P))
    check(turn == (beta() ** 2 % P, 0), "psi^2 takes x to beta^2 x")
    check(Fp2.mul(cy, (cy[0], -cy[1] % P)) == (P - 1, 0), "and y to -y")
    out = [rule % "hex_constants.c", '#include "curve/ifma/hex_constants.h"\n']
    out.append("\nconst uint16_t atr_ifma_hex[64] = %s;\n" %
               numbers(words(), 3, 8))
    out.append("\nconst uint8_t atr_ifma_hex_turn[%d] = {%s};\n" %
               (ROWS - 1, ", ".join(map(str, TURNS))))
    half = M * M // 2
    out.append("\nconst uint64_t atr_ifma_half_g1[2] = %s;\n" %
               numbers([half & 2**64 - 1, half >> 64], 16, 3))
    for name, n in (("g1", centre(M * M, 2)), ("g2", centre(M, 4))):
        out.append("\nconst uint64_t atr_ifma_centre_%s[4] = %s;\n" %
                   (name, numbers(fr(n), 16, 3)))
    out.append("\nconst uint64_t atr_ifma_beta2[8] = %s;\n" %
               braces(mont(beta() ** 2)))
    for name, c in (("psi_x", cx), ("psi_y", cy)):
        out.append("\nconst uint64_t atr_ifma_%s[2][8] = {%s};\n" %
                   (name, ", ".join(braces(mont(part)) for part in c)))
    return "".join(out)


HEADER = """#ifndef ATR_IFMA_HEX_CONSTANTS_H
#define ATR_IFMA_HEX_CONSTANTS_H

#include <stdint.h>

/* Class 8 b + a of a + b theta: the row, bits 0 to 3; the power of beta, bits
 * 4 and 5; the sign of y, bit 6; whether the parts of the digit are negative,
 * bits 7 and 8. */
extern const uint16_t atr_ifma_hex[64];
/* Row i + 1 is theta^turn[i] times row i, plus the point. */
extern const uint8_t atr_ifma_hex_turn[10];
extern const uint64_t atr_ifma_half_g1[2]; /* x^2 / 2 */
/* What centres a scalar, in the form of an atr_fr: x^2 / 2 (1 + x^2), and
 * |x| / 2 (1 + |x| + x^2 + |x|^3). */
extern const uint64_t atr_ifma_centre_g1[4];
extern const uint64_t atr_ifma_centre_g2[4];

/* In Montgomery form, times 2^416. */
extern const uint64_t atr_ifma_beta2[8];
/* psi(x, y) = (conj(x) psi_x, conj(y) psi_y) */
extern const uint64_t atr_ifma_psi_x[2][8];
extern const uint64_t atr_ifma_psi_y[2][8];

#endif
"""


def header(rule):
    return rule % "hex_constants.h" + HEADER
