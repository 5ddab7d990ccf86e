// Loads a module of WebAssembly's dynamic linking as a runtime would, gives it
// the memory, the table and the symbols that it wants, and calls its functions.
"use strict";
const fs = require("fs");

const image = new WebAssembly.Module(fs.readFileSync(process.argv[2]));

// What the "dylink.0" section says of memory and table: its first subsection.
const sections = WebAssembly.Module.customSections(image, "dylink.0");
const section = new Uint8Array(sections[0]);
let at = 0;
function leb() {
  let value = 0, shift = 0, byte;
  do {
    byte = section[at++];
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  return value;
}
if (leb() !== 1) throw new Error("no memory info in dylink.0");
leb(); // The subsection's size.
leb(); // The size of its data: the memory below has room for more.
const memoryAlign = 1 << leb();
const tableSize = leb();

const i32 = (value, mutable) =>
  new WebAssembly.Global({ value: "i32", mutable }, value);
// A second argument asks for a memory that threads share.
const shared = process.argv[3] === "shared";
const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared });
const hostData = 16; // Where the runtime's own variable lies.
new Int32Array(memory.buffer)[hostData / 4] = 7;
const memoryBase = Math.ceil(1024 / memoryAlign) * memoryAlign;
const tableBase = 1;
const table = new WebAssembly.Table({
  element: "anyfunc",
  initial: tableBase + tableSize,
});

const env = {
  memory,
  __indirect_function_table: table,
  __memory_base: i32(memoryBase, false),
  __table_base: i32(tableBase, false),
  __stack_pointer: i32(4 * 65536, true),
  host_add: (a, b) => (a + b) | 0,
};
const got = { "GOT.mem": {}, "GOT.func": {} };
for (const { module: from, name } of WebAssembly.Module.imports(image))
  if (got[from]) got[from][name] = i32(0, true);

const instance = new WebAssembly.Instance(image, { env, ...got });
const symbols = instance.exports;
for (const [name, slot] of Object.entries(got["GOT.mem"]))
  slot.value = name === "host_data" ? hostData
                                    : symbols[name].value + memoryBase;
for (const [name, slot] of Object.entries(got["GOT.func"])) {
  slot.value = table.grow(1);
  table.set(slot.value, symbols[name]);
}
if (symbols.__wasm_apply_data_relocs) symbols.__wasm_apply_data_relocs();
if (symbols.__wasm_call_ctors) symbols.__wasm_call_ctors();

console.log("package_sum(6) = %d", symbols.package_sum(6));
console.log("package_call(6) = %d", symbols.package_call(6));
console.log("helper is %s", typeof symbols.helper);
