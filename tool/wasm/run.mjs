// run.mjs - runs a wasm32-wasi test program under node.
//
// usage: node run.mjs PROGRAM.wasm NODE_MODULES
//
// Ends with the program's exit status. Where libsodium.js is not installed
// in NODE_MODULES it prints a TAP skip.

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { sodiumImports } from "./sodium.mjs";

// node says at every start that WASI is experimental
process.removeAllListeners("warning");
process.on("warning", () => {});

const [program, modules] = process.argv.slice(2);

let sodium;
try {
  sodium = createRequire(resolve(modules) + "/")("libsodium-wrappers-sumo");
} catch {
  console.log(`1..0 # SKIP libsodium-wrappers-sumo is not in ${modules}`);
  process.exit(0);
}
await sodium.ready;

const { WASI } = await import("node:wasi");
const wasi = new WASI({ version: "preview1", args: [program] });
let instance;
const imports = {
  wasi_snapshot_preview1: wasi.wasiImport,
  sodium: sodiumImports(sodium.libsodium, () => instance.exports.memory),
};
const module = await WebAssembly.compile(await readFile(program));
instance = await WebAssembly.instantiate(module, imports);
process.exitCode = wasi.start(instance) ?? 0;
