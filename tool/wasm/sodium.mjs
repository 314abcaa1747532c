// sodium.mjs - the module "sodium" that lib/ imports in wasm32 builds (see
// sodium.h beside it), made of the raw functions of libsodium.js.
//
// The two modules have a memory each, so what a pointer points to is copied:
// there before the call, back after it.

const HASH = 104; // bytes of crypto_hash_sha256_state
const HMAC = 208; // bytes of crypto_auth_hmacsha256_state

// One letter an argument: i(n) the callee reads, o(n) it writes, b(n) both,
// l a 64-bit length, z a pointer that is always NULL. A text in place of n
// names the earlier or later argument that holds the length.
const i = (size) => ({ kind: "in", size });
const o = (size) => ({ kind: "out", size });
const b = (size) => ({ kind: "both", size });
const l = { kind: "length" };
const n = { kind: "size" }; // a size_t: 32 bits on both sides
const z = { kind: "null" };
const of = (index, more = 0) => (args) => args[index] + more;

const signatures = {
  crypto_hash_sha256_init: [b(HASH)],
  crypto_hash_sha256_update: [b(HASH), i(of(2)), l],
  crypto_hash_sha256_final: [b(HASH), o(32)],
  crypto_auth_hmacsha256_init: [b(HMAC), i(of(2)), n],
  crypto_auth_hmacsha256_update: [b(HMAC), i(of(2)), l],
  crypto_auth_hmacsha256_final: [b(HMAC), o(32)],
  crypto_aead_xchacha20poly1305_ietf_encrypt: [
    o(of(3, 16)), z, i(of(3)), l, i(of(5)), l, z, i(24), i(32),
  ],
  crypto_aead_xchacha20poly1305_ietf_decrypt: [
    o(of(4, -16)), z, z, i(of(4)), l, i(of(6)), l, i(24), i(32),
  ],
  crypto_stream_chacha20_ietf: [o(of(1)), l, i(12), i(32)],
  crypto_scalarmult_curve25519_base: [o(32), i(32)],
  crypto_scalarmult_curve25519: [o(32), i(32), i(32)],
  crypto_sign_seed_keypair: [o(32), o(64), i(32)],
  crypto_sign_detached: [o(64), z, i(of(3)), l, i(64)],
  crypto_sign_verify_detached: [i(64), i(of(2)), l, i(32)],
  crypto_core_ristretto255_is_valid_point: [i(32)],
  crypto_core_ristretto255_add: [o(32), i(32), i(32)],
  crypto_core_ristretto255_sub: [o(32), i(32), i(32)],
  crypto_core_ristretto255_scalar_invert: [o(32), i(32)],
  crypto_core_ristretto255_scalar_reduce: [o(32), i(64)],
  crypto_core_ristretto255_scalar_mul: [o(32), i(32), i(32)],
  crypto_scalarmult_ristretto255: [o(32), i(32), i(32)],
};

// sodiumImports makes the import object. `library` is libsodium.js's raw
// module; `memory` returns the other side's memory once it exists.
export function sodiumImports(library, memory) {
  const imports = {};
  for (const [name, signature] of Object.entries(signatures)) {
    const target = library["_" + name];
    if (typeof target !== "function") {
      throw new Error(`libsodium.js has no ${name}`);
    }
    imports[name] = (...args) => call(library, memory(), target, signature, args);
  }
  return imports;
}

function call(library, memory, target, signature, args) {
  const blocks = []; // what was copied: {kind, at, theirs, size}
  const passed = [];
  signature.forEach((argument, index) => {
    const value = args[index] >>> 0;
    if (argument.kind === "length") {
      passed.push(value, 0); // low and high half
    } else if (argument.kind === "size") {
      passed.push(value);
    } else if (argument.kind === "null") {
      if (value !== 0) throw new Error("an argument must be NULL");
      passed.push(0);
    } else {
      const sized = typeof argument.size === "function";
      const size = Math.max(0, sized ? argument.size(args.map((x) => x >>> 0)) : argument.size);
      const theirs = library._malloc(size || 1);
      if (argument.kind !== "out") {
        library.HEAPU8.set(new Uint8Array(memory.buffer, value, size), theirs);
      }
      blocks.push({ kind: argument.kind, at: value, theirs, size });
      passed.push(theirs);
    }
  });
  const result = target(...passed);
  for (const { kind, at, theirs, size } of blocks) {
    const bytes = library.HEAPU8.subarray(theirs, theirs + size);
    if (kind !== "in") {
      new Uint8Array(memory.buffer, at, size).set(bytes);
    }
    bytes.fill(0); // it may have been a key
    library._free(theirs);
  }
  return result;
}
