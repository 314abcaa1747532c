#!/usr/bin/env python3
"""Recompute every constant of BLS12-381 that lib/curve carries.

Without arguments, compare the constants with the files in lib/curve and exit
with status 1 when they differ. With --write, write those files.

Nothing is taken on trust but the curve parameter, the two generators, and the
two curves of the simplified SWU maps; all of them are checked here to have
the properties that define them. The isogenies are found by Velu's formulas.
"""

import math
import pathlib
import sys

LIB = pathlib.Path(__file__).resolve().parent.parent / "lib" / "curve"

# ---- parameters ------------------------------------------------------------

X = -0xD201000000010000
R = X**4 - X**2 + 1
P = (X - 1) ** 2 * R // 3 + X
G1X = int(
    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
    "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb", 16)
G1Y = int(
    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af6"
    "00db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1", 16)
G2X = (int("024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02"
           "b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8", 16),
       int("13e02b6052719f607dacd3a088274f65596bd0d09920b61a"
           "b5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e", 16))
G2Y = (int("0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a7"
           "6d429a695160d12c923ac9cc3baca289e193548608b82801", 16),
       int("0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af"
           "267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be", 16))
# RFC 9380, 8.8.1 and 8.8.2: the curves of the maps, and their Z.
A1 = int("144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8"
         "e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d", 16)
B1 = int("12e2908d11688030018b12e8753eee3b2016c1f0f24f4070"
         "a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0", 16)
Z1 = 11
A2 = (0, 240)
B2 = (1012, 1012)
Z2 = (P - 2, P - 1)
# RFC 9380, J.9.2 and J.10.2, empty message: field element and point. They
# only choose among the six isogenies that differ by an automorphism.
U1 = int("156c8a6a2c184569d69a76be144b5cdc5141d2d2ca4fe341"
         "f011e25e3969c55ad9e9b9ce2eb833c81a908e5fa4ac5f03", 16)


def check(truth, what):
    if not truth:
        sys.exit("constant check failed: " + what)


# ---- fields ----------------------------------------------------------------


class Fp:
    zero, one = 0, 1

    @staticmethod
    def add(a, b):
        return (a + b) % P

    @staticmethod
    def sub(a, b):
        return (a - b) % P

    @staticmethod
    def mul(a, b):
        return a * b % P

    @staticmethod
    def inv(a):
        return pow(a, -1, P)

    @staticmethod
    def small(n):
        return n % P

    @staticmethod
    def sgn(a):
        return a & 1

    @staticmethod
    def sqrt(a):
        root = pow(a, (P + 1) // 4, P)
        return root if root * root % P == a % P else None


class Fp2:
    zero, one = (0, 0), (1, 0)

    @staticmethod
    def add(a, b):
        return ((a[0] + b[0]) % P, (a[1] + b[1]) % P)

    @staticmethod
    def sub(a, b):
        return ((a[0] - b[0]) % P, (a[1] - b[1]) % P)

    @staticmethod
    def mul(a, b):
        return ((a[0] * b[0] - a[1] * b[1]) % P,
                (a[0] * b[1] + a[1] * b[0]) % P)

    @staticmethod
    def inv(a):
        n = pow(a[0] * a[0] + a[1] * a[1], -1, P)
        return (a[0] * n % P, -a[1] * n % P)

    @staticmethod
    def small(n):
        return (n % P, 0)

    @staticmethod
    def sgn(a):
        return (a[0] & 1) | ((a[0] == 0) & (a[1] & 1))

    @staticmethod
    def sqrt(a):
        n = Fp.sqrt(a[0] * a[0] + a[1] * a[1])
        if n is None:
            return None
        half = pow(2, -1, P)
        for s in (n, -n):
            x = Fp.sqrt((a[0] + s) * half % P)
            if x:
                root = (x, a[1] * half * pow(x, -1, P) % P)
                if Fp2.mul(root, root) == a:
                    return root
        x = Fp.sqrt(-a[0] % P)
        return (0, x) if x is not None and a[1] == 0 else None


def power(F, a, n):
    out = F.one
    for bit in bin(n)[2:]:
        out = F.mul(out, out)
        if bit == "1":
            out = F.mul(out, a)
    return out


# ---- curves y^2 = x^3 + ax + b, affine, None is the identity ----------------


def curve_add(F, a, p, q):
    if p is None:
        return q
    if q is None:
        return p
    if p[0] == q[0]:
        if F.add(p[1], q[1]) == F.zero:
            return None
        top = F.add(F.mul(F.small(3), F.mul(p[0], p[0])), a)
        low = F.mul(F.small(2), p[1])
    else:
        top, low = F.sub(q[1], p[1]), F.sub(q[0], p[0])
    m = F.mul(top, F.inv(low))
    x = F.sub(F.sub(F.mul(m, m), p[0]), q[0])
    return (x, F.sub(F.mul(m, F.sub(p[0], x)), p[1]))


def curve_mul(F, a, p, n):
    out = None
    for bit in bin(n)[2:]:
        out = curve_add(F, a, out, out)
        if bit == "1":
            out = curve_add(F, a, out, p)
    return out


def curve_value(F, a, b, x):
    return F.add(F.mul(x, F.add(F.mul(x, x), a)), b)


def some_points(F, a, b):
    x = F.one
    while True:
        y = F.sqrt(curve_value(F, a, b, x))
        if y is not None:
            yield (x, y)
        x = F.add(x, F.one)


# ---- polynomials, lowest coefficient first ----------------------------------


def poly_mul(F, f, g):
    out = [F.zero] * (len(f) + len(g) - 1)
    for i, a in enumerate(f):
        for j, b in enumerate(g):
            out[i + j] = F.add(out[i + j], F.mul(a, b))
    return out


def poly_add(F, f, g):
    n = max(len(f), len(g))
    f, g = (h + [F.zero] * (n - len(h)) for h in (f, g))
    return [F.add(a, b) for a, b in zip(f, g)]


def poly_scale(F, f, c):
    return [F.mul(a, c) for a in f]


def poly_at(F, f, x):
    out = F.zero
    for c in reversed(f):
        out = F.add(F.mul(out, x), c)
    return out


# ---- isogenies: Velu, C. R. Acad. Sci. 273 (1971), odd order -----------------


def velu(F, a, b, xs):
    """The normalized isogeny whose kernel has the x coordinates `xs`:
    (x numerator, h, y numerator, b of the target)."""
    h, sum_v, sum_w = [F.one], F.zero, F.zero
    terms = []
    for x in xs:
        h = poly_mul(F, h, [F.sub(F.zero, x), F.one])
        v = F.mul(F.small(2), F.add(F.mul(F.small(3), F.mul(x, x)), a))
        u = F.mul(F.small(4), curve_value(F, a, b, x))
        terms.append((x, v, u))
        sum_v = F.add(sum_v, v)
        sum_w = F.add(sum_w, F.add(u, F.mul(x, v)))
    if F.sub(a, F.mul(F.small(5), sum_v)) != F.zero:
        return None
    xnum = poly_mul(F, [F.zero, F.one], poly_mul(F, h, h))
    ynum = poly_mul(F, h, poly_mul(F, h, h))
    for x, v, u in terms:
        rest = [F.one]
        for other in xs:
            if other != x:
                rest = poly_mul(F, rest, [F.sub(F.zero, other), F.one])
        line = [F.sub(F.zero, x), F.one]
        rest2 = poly_mul(F, rest, rest)
        rest3 = poly_mul(F, rest2, rest)
        xnum = poly_add(F, xnum, poly_scale(F, poly_mul(F, rest2, line), v))
        xnum = poly_add(F, xnum, poly_scale(F, rest2, u))
        minus_v = F.sub(F.zero, v)
        minus_2u = F.mul(F.small(-2), u)
        ynum = poly_add(F, ynum,
                        poly_scale(F, poly_mul(F, rest3, line), minus_v))
        ynum = poly_add(F, ynum, poly_scale(F, rest3, minus_2u))
    return xnum, h, ynum, F.sub(b, F.mul(F.small(7), sum_w))


def sswu(F, a, b, z, u):
    zu2 = F.mul(z, F.mul(u, u))
    den = F.add(F.mul(zu2, zu2), zu2)
    ba = F.mul(F.sub(F.zero, b), F.inv(a))
    x = F.mul(ba, F.add(F.one, F.inv(den)))
    y = F.sqrt(curve_value(F, a, b, x))
    if y is None:
        x = F.mul(zu2, x)
        y = F.sqrt(curve_value(F, a, b, x))
    return (x, y if F.sgn(y) == F.sgn(u) else F.sub(F.zero, y))


def sixth_roots(F, value, unity):
    """All s with s^6 = value, from square and cube roots."""
    out = []
    root = F.sqrt(value)
    for s in (root, F.sub(F.zero, root)):
        c = cube_root(F, s)
        if c is not None:
            out += [c, F.mul(c, unity), F.mul(c, F.mul(unity, unity))]
    return out


def cube_root(F, a):
    """A cube root when there is one (the field has cube roots of unity)."""
    q = (P if F is Fp else P * P) - 1
    k, m = 0, q
    while m % 3 == 0:
        k, m = k + 1, m // 3
    if power(F, a, q // 3) != F.one:
        return None
    e = pow(3, -1, m)
    root = power(F, a, e)
    n = 2
    while True:
        g = F.small(n) if F is Fp else (n, 1)
        if power(F, g, q // 3) != F.one:
            break
        n += 1
    step = power(F, g, m)
    for _ in range(3**k):
        if F.mul(root, F.mul(root, root)) == a:
            return root
        root = F.mul(root, step)
    return None


def isogeny(F, a, b, xs, target_b, unity, u, z, want):
    found = velu(F, a, b, xs)
    if found is None:
        return None
    xnum, h, ynum, b2 = found
    point = sswu(F, a, b, z, u)
    h2 = poly_mul(F, h, h)
    h3 = poly_mul(F, h2, h)
    for s in sixth_roots(F, F.mul(target_b, F.inv(b2)), unity):
        s2 = F.mul(s, s)
        xn, yn = poly_scale(F, xnum, s2), poly_scale(F, ynum, F.mul(s, s2))
        x = F.mul(poly_at(F, xn, point[0]), F.inv(poly_at(F, h2, point[0])))
        y = F.mul(point[1], F.mul(poly_at(F, yn, point[0]),
                                  F.inv(poly_at(F, h3, point[0]))))
        check(F.mul(y, y) == curve_value(F, F.zero, target_b, x), "isogeny")
        if want(x, y):
            return xn, h2, yn, h3
    return None


def isogeny_g1():
    # #E' = #E = p + 1 - t with t = X + 1; 121 divides it once.
    order = P - X
    a, b = A1, B1
    seen = 0
    for p in some_points(Fp, a, b):
        check(curve_mul(Fp, a, p, order) is None, "order of the 11-isogenous")
        q = curve_mul(Fp, a, p, order // 121)
        while q is not None and curve_mul(Fp, a, q, 11) is not None:
            q = curve_mul(Fp, a, q, 11)
        seen += 1
        check(seen < 50, "kernel of the 11-isogeny")
        if q is None:
            continue
        xs, n = [], q
        for _ in range(5):
            xs.append(n[0])
            n = curve_add(Fp, a, n, q)
        unity = cube_root_of_unity()
        # The wanted sign and automorphism: those of RFC 9380, J.9.2.
        want = int("11398d3b324810a1b093f8e35aa8571cced95858207e7f49"
                   "c4fd74656096d61d8a2f9a23cdb18a4dd11cd1d66f41f709", 16)
        want_y = int("19316b6fb2ba7717355d5d66a361899057e1e84a6823039e"
                     "fc7beccefe09d023fb2713b1c415fcf278eb0c39a89b4f72", 16)
        found = isogeny(Fp, a, b, xs, 4, unity, U1, Z1,
                        lambda x, y: x == want and y == want_y)
        if found is not None:
            return found
    return None


def isogeny_g2():
    # The kernel: the root -6 + 6u of the 3-division polynomial.
    F, a, b, x = Fp2, A2, B2, (P - 6, 6)
    x2 = F.mul(x, x)
    division = F.mul(F.small(3), F.mul(x2, x2))
    division = F.add(division, F.mul(F.small(6), F.mul(a, x2)))
    division = F.add(division, F.mul(F.small(12), F.mul(b, x)))
    check(F.sub(division, F.mul(a, a)) == F.zero, "3-division polynomial")
    u = (int("07355d25caf6e7f2f0cb2812ca0e513bd026ed09dda65b17"
             "7500fa31714e09ea0ded3a078b526bed3307f804d4b93b04", 16),
         int("02829ce3c021339ccb5caf3e187f6370e1e2a311dec9b753"
             "63117063ab2015603ff52c3d3b98f19c2f65575e99e8b78c", 16))
    want = (int("18ed3794ad43c781816c523776188deafba67ab773189b8f"
                "18c49bc7aa841cd81525171f7a5203b2a340579192403bef", 16),
            int("0727d90785d179e7b5732c8a34b660335fed03b913710b60"
                "903cf4954b651ed3466dc3728e21855ae822d4a0f1d06587", 16))
    want_y0 = int("00764a5cf6c5f61c52c838523460eb2168b5a5b43705e19c"
                  "b612e006f29b717897facfd15dd1c8874c915f6d53d0342d", 16)
    unity = (cube_root_of_unity(), 0)
    return isogeny(F, a, b, [x], (4, 4), unity, u, Z2,
                   lambda x, y: x == want and y[0] == want_y0)


def cube_root_of_unity():
    g = 2
    while pow(g, (P - 1) // 3, P) == 1:
        g += 1
    return pow(g, (P - 1) // 3, P)


# ---- Fp12 = Fp[w]/(w^12 - 2 w^6 + 2), u = w^6 - 1: for e(g1, g2) -------------


def f12_mul(a, b):
    t = [0] * 23
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                t[i + j] += x * y
    for i in range(22, 11, -1):
        t[i - 6] += 2 * t[i]
        t[i - 12] -= 2 * t[i]
    return [c % P for c in t[:12]]


def f12_pow(a, n):
    out = [1] + [0] * 11
    for bit in bin(n)[2:]:
        out = f12_mul(out, out)
        if bit == "1":
            out = f12_mul(out, a)
    return out


def f12_put(a, k):
    """The element a w^k, k < 6."""
    out = [0] * 12
    out[k] = (a[0] - a[1]) % P
    out[k + 6] = a[1]
    return out


def f12_add(*many):
    return [sum(c) % P for c in zip(*many)]


def pairing_of_generators():
    """f_{|x|,Q}(P) with lines times w^3, then the power 3(p^12-1)/r, of the
    inverse since x is negative."""
    F = Fp2

    def line(t, q):
        if t == q:
            m = F.mul(F.small(3), F.mul(t[0], t[0]))
            m = F.mul(m, F.inv(F.mul(F.small(2), t[1])))
        else:
            m = F.mul(F.sub(q[1], t[1]), F.inv(F.sub(q[0], t[0])))
        c = F.sub(F.mul(m, t[0]), t[1])
        return f12_add(f12_put(c, 0),
                       f12_put(F.mul(m, ((-G1X) % P, 0)), 2),
                       f12_put((G1Y, 0), 3))

    q = (G2X, G2Y)
    t, f = q, [1] + [0] * 11
    for bit in bin(-X)[3:]:
        f = f12_mul(f12_mul(f, f), line(t, t))
        t = curve_add(F, F.zero, t, t)
        if bit == "1":
            f = f12_mul(f, line(t, q))
            t = curve_add(F, F.zero, t, q)
    power = -3 * (P**12 - 1) // R % (P**12 - 1)
    e = f12_pow(f, power)
    check(f12_pow(e, R) == [1] + [0] * 11 and e[1:] != [0] * 11, "pairing")
    return e


def f12_natural(e):
    """The twelve coordinates in the order of gt.h."""
    out = []
    for k in (0, 2, 4, 1, 3, 5):
        out += [(e[k] + e[k + 6]) % P, e[k + 6]]
    return out


# ---- output ----------------------------------------------------------------


class Words:
    """Six limbs of 64 bits."""
    bits, count, mont = 64, 6, 2**384 % P
    text, line = "0x%016xULL", 3


class Limbs30:
    """Thirteen limbs of 30 bits: lib/curve/wasm30/add.h."""
    bits, count, mont = 30, 13, 2**390 % P
    text, line = "0x%08xU", 5


FORM = Words  # of the numbers that are written
RULE = ("/* %s - written by tool/curve_constants.py, which explains each. */\n"
        "/* clang-format off */\n")


def limbs(n, count, bits=64):
    return [(n >> (bits * i)) & (2**bits - 1) for i in range(count)]


def braces(n, indent):
    """`n` as it is, in limbs of FORM."""
    pad = " " * indent
    words = [FORM.text % w for w in limbs(n, FORM.count, FORM.bits)]
    out = [pad + ", ".join(words[i:i + FORM.line])
           for i in range(0, len(words), FORM.line)]
    return "{\n" + ",\n".join(out) + "}"


def fp_text(n, indent=8):
    return "{" + braces(n * FORM.mont % P, indent) + "}"


def fp2_text(a, indent=8):
    return "{" + fp_text(a[0], indent) + ",\n" + " " * (indent - 1) + \
        fp_text(a[1], indent) + "}"


def macro(name, n):
    return "#define %s 0x%016xULL\n" % (name, n)


def header():
    out = [RULE % "constants.h"]
    out.append("#ifndef ATR_CONSTANTS_H\n#define ATR_CONSTANTS_H\n\n")
    out.append('#include "curve/fp2.h"\n#include "curve/gt.h"\n\n')
    for name, what in (
            ("fp atr_fp_beta", "the endomorphism of G1 is x -> beta x"),
            ("fp2 atr_fp2_psi_x", "psi(x, y) = (conj(x) psi_x,"),
            ("fp2 atr_fp2_psi_y", "            conj(y) psi_y)"),
            ("fp2 atr_fp2_frobenius[6]", "(1+u)^(i(p-1)/6)"),
            ("fp atr_fp_frobenius2[6]", "(1+u)^(i(p^2-1)/6)"),
            ("fp atr_sswu1_a", "RFC 9380, 8.8.1"),
            ("fp atr_sswu1_b", ""),
            ("fp atr_sswu1_root", "sqrt(-Z)"),
            ("fp2 atr_sswu2_a", "RFC 9380, 8.8.2"),
            ("fp2 atr_sswu2_b", ""),
            ("fp2 atr_sswu2_ba", "-B/A"),
            ("fp2 atr_sswu2_exception", "B/(Z A)"),
            ("fp2 atr_sswu2_z", ""),
            ("fp atr_sswu2_root", "sqrt(-norm(Z))")):
        out.append("extern const atr_%s;%s\n" % (
            name, " /* %s */" % what if what else ""))
    out.append("\n/* The isogenies of RFC 9380, E.2 and E.3, lowest "
               "coefficient first. */\n")
    for name, n in (("fp atr_iso1_xnum", 12), ("fp atr_iso1_xden", 11),
                    ("fp atr_iso1_ynum", 16), ("fp atr_iso1_yden", 16),
                    ("fp2 atr_iso2_xnum", 4), ("fp2 atr_iso2_xden", 3),
                    ("fp2 atr_iso2_ynum", 4), ("fp2 atr_iso2_yden", 4)):
        out.append("extern const atr_%s[%d];\n" % (name, n))
    out.append("\n#endif\n")
    return "".join(out)


def modulus():
    out = [RULE % "modulus.h"]
    out.append("#ifndef ATR_MODULUS_H\n#define ATR_MODULUS_H\n\n")
    out.append("/* The parameter x is minus this; p and r follow from it. */\n")
    out.append(macro("ATR_CURVE_X", -X))
    out.append("/* floor((2^128 - 1) / x) - 2^64, for division by it. */\n")
    out.append(macro("ATR_CURVE_X_RECIPROCAL", (2**128 - 1) // -X - 2**64))
    for name, n, count in (("FP", P, 6), ("FR", R, 4)):
        top = 2 ** (64 * count)
        out.append("\n/* The modulus, lowest limb first; -1/modulus mod 2^64; "
                   "and in\n * Montgomery form 1, 2^%d and 2^%d. */\n"
                   % (64 * count, 128 * count))
        for what, value in (("MODULUS", n), ("ONE", top % n),
                            ("R2", top**2 % n), ("R3", top**3 % n)):
            for i, w in enumerate(limbs(value, count)):
                out.append(macro("ATR_%s_%s%d" % (name, what, i), w))
        out.append(macro("ATR_%s_INVERSE" % name, -pow(n, -1, 2**64) % 2**64))
    out.append("\n/* (p - 1) / 2 */\n")
    for i, w in enumerate(limbs((P - 1) // 2, 6)):
        out.append(macro("ATR_FP_HALF%d" % i, w))
    out.append("\n/* (p - 1) / 3 */\n")
    for i, w in enumerate(limbs((P - 1) // 3, 6)):
        out.append(macro("ATR_FP_THIRD%d" % i, w))
    out.append("\n#endif\n")
    return "".join(out)


def modulus30():
    """The numbers of the field that the 30-bit limbs have of their own."""
    top = Limbs30.mont
    check(sum(limbs(P, 13, 30)) < 6.76 * 2**30, "columns of m p, fp_mul.c")
    check(630 * P < 2**390 and 2 * 24 < 630, "sums of products, add.h")
    out = [RULE % "modulus.h"]
    out.append("#ifndef ATR_WASM30_MODULUS_H\n"
               "#define ATR_WASM30_MODULUS_H\n\n")
    out.append("/* p in 30-bit limbs, lowest first; R, R^2, R^3 and 2^384 R^2 "
               "mod p for\n * R = 2^390; and -1/p mod 2^30. */\n")
    for name, n, text in (("LIMBS", P, "%s"), ("ONE", top, "{%s}"),
                          ("R2", top**2 % P, "{%s}"),
                          ("R3", top**3 % P, "{%s}"),
                          ("HIGH", 2**384 * top**2 % P, "{%s}")):
        lines = (text % braces(n, 4)).replace("\n", " \\\n")
        out.append("#define ATR_FP_%s \\\n    %s\n" % (name, lines))
    out.append("#define ATR_FP_INVERSE30 0x%08xU\n"
               % (-pow(P, -1, 2**30) % 2**30))
    out.append("\n#endif\n")
    return "".join(out)


def beta():
    """The cube root of unity with (beta x, y) = [-x^2](x, y) on G1."""
    b = cube_root_of_unity()
    for b in (b, b * b % P):
        if curve_mul(Fp, 0, (G1X, G1Y), X * X) == (b * G1X % P, P - G1Y):
            return b
    return sys.exit("constant check failed: beta")


def psi():
    xi = (1, 1)
    cx = Fp2.inv(power(Fp2, xi, (P - 1) // 3))
    cy = Fp2.inv(power(Fp2, xi, (P - 1) // 2))
    got = (Fp2.mul((G2X[0], -G2X[1] % P), cx),
           Fp2.mul((G2Y[0], -G2Y[1] % P), cy))
    want = curve_mul(Fp2, (0, 0), (G2X, G2Y), -X)
    check(got == (want[0], Fp2.sub((0, 0), want[1])), "psi = [x]")
    return cx, cy


def definition(kind, name, text):
    return "\nconst atr_%s %s = %s;\n" % (kind, name, text)


def array(kind, name, items, show):
    return "\nconst atr_%s %s[%d] = {\n    %s};\n" % (
        kind, name, len(items), ",\n    ".join(show(i) for i in items))


def constants():
    xi = (1, 1)
    cx, cy = psi()
    out = [RULE % "constants.c", '#include "curve/constants.h"\n\n'
           '#include "curve/g1.h"\n#include "curve/g2.h"\n', guard()]
    out.append("\nconst atr_g1_affine atr_g1_generator = {\n    %s,\n    %s};\n"
               % (fp_text(G1X), fp_text(G1Y)))
    out.append("\nconst atr_g2_affine atr_g2_generator = {\n    %s,\n    %s};\n"
               % (fp2_text(G2X), fp2_text(G2Y)))
    e = f12_natural(pairing_of_generators())
    twos = [fp2_text((e[2 * i], e[2 * i + 1])) for i in range(6)]
    out.append("\nconst atr_gt atr_gt_generator = {{\n    {%s},\n    {%s\n    }}};\n"
               % (",\n     ".join(twos[:3]), ",\n     ".join(twos[3:])))
    out.append(definition("fp", "atr_fp_beta", fp_text(beta())))
    out.append(definition("fp2", "atr_fp2_psi_x", fp2_text(cx)))
    out.append(definition("fp2", "atr_fp2_psi_y", fp2_text(cy)))
    out.append(array("fp2", "atr_fp2_frobenius",
                     [power(Fp2, xi, i * (P - 1) // 6) for i in range(6)],
                     fp2_text))
    twice = [power(Fp2, xi, i * (P * P - 1) // 6) for i in range(6)]
    check(all(t[1] == 0 for t in twice), "Frobenius twice")
    out.append(array("fp", "atr_fp_frobenius2", [t[0] for t in twice],
                     fp_text))
    root = Fp.sqrt(-Z1 % P)
    out.append(definition("fp", "atr_sswu1_a", fp_text(A1)))
    out.append(definition("fp", "atr_sswu1_b", fp_text(B1)))
    out.append(definition("fp", "atr_sswu1_root", fp_text(root)))
    norm = (Z2[0] * Z2[0] + Z2[1] * Z2[1]) % P
    ba = Fp2.mul(Fp2.sub((0, 0), B2), Fp2.inv(A2))
    out.append(definition("fp2", "atr_sswu2_a", fp2_text(A2)))
    out.append(definition("fp2", "atr_sswu2_b", fp2_text(B2)))
    out.append(definition("fp2", "atr_sswu2_ba", fp2_text(ba)))
    out.append(definition("fp2", "atr_sswu2_exception", fp2_text(
        Fp2.mul(B2, Fp2.inv(Fp2.mul(Z2, A2))))))
    out.append(definition("fp2", "atr_sswu2_z", fp2_text(Z2)))
    out.append(definition("fp", "atr_sswu2_root",
                          fp_text(Fp.sqrt(-norm % P))))
    return "".join(out) + "\n#endif\n"


def guard():
    return "\n#if%sdef ATR_ENGINE_WASM30\n" % ("n" if FORM is Words else "")


def iso():
    out = [RULE % "iso.c", '#include "curve/constants.h"\n', guard()]
    parts = ("xnum", "xden", "ynum", "yden")
    for n, kind, show, found in ((1, "fp", fp_text, isogeny_g1()),
                                 (2, "fp2", fp2_text, isogeny_g2())):
        check(found is not None, "isogeny %d" % n)
        for part, poly in zip(parts, found):
            name = "atr_iso%d_%s" % (n, part)
            out.append(array(kind, name, poly, show))
    return "".join(out) + "\n#endif\n"


def order_g2():
    """The order of the twist over Fp2: that of its two sextic candidates
    which r divides and which kills a point."""
    t2 = (X + 1) ** 2 - 2 * P
    f2 = (4 * P * P - t2 * t2) // 3
    f = int_sqrt(f2)
    for trace in ((t2 + 3 * f) // 2, (t2 - 3 * f) // 2):
        order = P * P + 1 - trace
        if order % R == 0:
            point = next(some_points(Fp2, (0, 0), (4, 4)))
            check(curve_mul(Fp2, (0, 0), point, order) is None, "order of G2")
            return order
    return sys.exit("constant check failed: order of the twist")


def int_sqrt(n):
    root = math.isqrt(n)
    check(root * root == n, "a square")
    return root


def properties():
    """What the code relies on, beyond the values themselves."""
    check((P * P - P) % R == (X * X - X) % R and P % R == X % R, "p = x mod r")
    check(R.bit_length() == 255 and P.bit_length() == 381, "sizes")
    check(P % 4 == 3, "p mod 4")
    h1 = (P - X) // R
    check((P - X) % R == 0 and h1 == (X - 1) ** 2 // 3, "cofactor of G1")
    # GT: p - x is a multiple of r with nothing else in common with the
    # order of the cyclotomic group, so f^p = f^x there means f^r = 1.
    phi = P**4 - P**2 + 1
    check(phi % R == 0 and math.gcd(phi, P - X) == R, "test of GT")
    # The hard part of the final exponentiation.
    check(3 * phi // R == (X - 1) ** 2 * (X + P) * (X * X + P * P - 1) + 3,
          "final exponentiation")
    # Division by d = |x| with the reciprocal v of B = 2^64: the remainder r
    # after the first correction of Moller and Granlund is below d, since
    # B r = u1 k + u0 (B - d) + q0 d - B d for u1 < d and u0, q0 < B.
    b, d = 2**64, -X
    k = b * b - ((b * b - 1) // d) * d
    check((d - 1) * k + (b - 1) * (b - d) + (b - 1) * d < 2 * b * d,
          "division by x")
    # No points of order 2: the formulas of g1.c and g2.c are complete.
    check((P - X) % 2 == 1 and order_g2() % 2 == 1, "odd orders")
    # G1: #E is r h1 and phi^2 + phi + 1 = 0, so phi = -x^2 gives
    # [x^4 - x^2 + 1] P = [r] P = 0.
    check(X**4 - X**2 + 1 == R, "test of G1")


def main():
    global FORM
    properties()
    files = {"modulus.h": modulus(), "constants.h": header(),
             "constants.c": constants(), "iso.c": iso()}
    FORM = Limbs30
    files.update({"wasm30/modulus.h": modulus30(),
                  "wasm30/constants.c": constants(), "wasm30/iso.c": iso()})
    wrong = 0
    print("1..%d" % len(files))
    for number, (name, text) in enumerate(files.items(), 1):
        path = LIB / name
        if "--write" in sys.argv[1:]:
            path.write_text(text)
        same = path.exists() and path.read_text() == text
        wrong += not same
        print("%s %d - lib/curve/%s is what is computed" %
              ("ok" if same else "not ok", number, name))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
