//===--- ClangCompileOptions.td - clang's compile-only options -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE.TXT for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//  The spellings of those options of clang 19 that do nothing when it only
//  links a shared library. An option that a platform's link does use is defined
//  in Options.td, and left out here.
//
//===----------------------------------------------------------------------===//

// -f and -fno-
foreach N = [
  "aapcs-bitfield-width", "access-control", "addrsig", "align-functions",
  "align-jumps", "align-labels", "align-loops", "aligned-allocation",
  "aligned-new", "allow-editor-placeholders", "altivec", "apinotes",
  "apinotes-modules", "approx-func", "asm", "asm-blocks", "associative-math",
  "assume-nothrow-exception-dtor", "assume-sane-operator-new",
  "assume-unique-vtables", "assumptions", "async-exceptions",
  "auto-profile", "auto-profile-accurate",
  "autolink", "basic-block-address-map", "blocks", "borland-extensions",
  "branch-count-reg", "builtin", "c++-static-destructors", "caller-saves",
  "caret-diagnostics", "char8_t", "clangir", "common",
  "complete-member-pointers", "constant-cfstrings", "convergent-functions",
  "coro-aligned-allocation", "coroutines", "coverage-mapping", "coverage-mcdc",
  "crash-diagnostics", "cxx-exceptions", "cxx-modules",
  "debug-info-for-profiling", "debug-macro", "debug-ranges-base-address",
  "debug-types-section", "declspec", "default-inline", "defer-pop",
  "define-target-os-macros", "delayed-template-parsing",
  "delete-null-pointer-checks", "devirtualize", "devirtualize-speculatively",
  "diagnostics-color", "diagnostics-fixit-info",
  "diagnostics-show-line-numbers", "diagnostics-show-note-include-stack",
  "diagnostics-show-option", "digraphs", "direct-access-external-data",
  "directives-only", "disable-block-signature-string", "discard-value-names",
  "dollars-in-identifiers", "double-square-bracket-attributes",
  "dwarf-directory-asm", "dwarf2-cfi-asm", "elide-constructors",
  "eliminate-unused-debug-symbols", "eliminate-unused-debug-types",
  "emit-compact-unwind-non-canonical", "escaping-block-tail-calls",
  "expensive-optimizations", "experimental-late-parse-attributes",
  "experimental-relative-c++-abi-vtables", "extended-identifiers", "fast-math",
  "file-reproducible", "fine-grained-bitfield-accesses", "finite-loops",
  "finite-math-only", "fixed-point", "float-store", "for-scope",
  "force-dwarf-frame", "force-emit-vtables", "force-enable-int128",
  "friend-injection", "function-attribute-list", "gcse", "gcse-after-reload",
  "gcse-las", "gcse-sm", "gnu", "gnu-inline-asm", "gnu-keywords",
  "gnu89-inline", "honor-infinites", "honor-infinities", "honor-nans", "ident",
  "implement-inlines", "implicit-module-maps", "implicit-modules",
  "implicit-templates", "inline", "inline-functions",
  "inline-functions-called-once", "inline-limit", "inline-small-functions",
  "integrated-cc1", "integrated-objemitter", "ipa-cp", "ivopts", "jump-tables",
  "keep-inline-functions", "keep-persistent-storage-variables",
  "keep-static-consts", "keep-system-includes", "lax-vector-conversions",
  "limit-debug-info", "math-errno", "merge-all-constants", "merge-constants",
  "minimize-whitespace", "module-file-deps", "module-maps", "modules",
  "modules-decluse", "modules-search-all", "modules-validate-system-headers",
  "modulo-sched", "modulo-sched-allow-regmoves", "ms-compatibility",
  "ms-extensions", "ms-volatile", "new-infallible", "non-call-exceptions",
  "objc-avoid-heapify-local-blocks", "objc-convert-messages-to-runtime-calls",
  "objc-encode-cxx-class-template-spec", "objc-exceptions",
  "objc-infer-related-result-type", "objc-legacy-dispatch",
  "objc-nonfragile-abi", "objc-weak", 
  "openmp-assume-teams-oversubscription",
  "openmp-assume-threads-oversubscription", "openmp-cuda-mode",
  "openmp-extensions", "openmp-simd", "openmp-target-debug",
  "openmp-target-jit", "openmp-target-new-runtime", "operator-names",
  "optimize-sibling-calls", "pack-struct", "pascal-strings", "pch-codegen",
  "pch-debuginfo", "pch-instantiate-templates", "peel-loops", "permissive",
  "pic", "plt", "pointer-tbaa", "prebuilt-implicit-modules",
  "prefetch-loop-arrays", "preserve-as-comments", "printf", "profile",
  "profile-correction", "profile-generate-sampling", "profile-reusedist",
  "profile-sample-accurate", "profile-values", "protect-parens",
  "pseudo-probe-for-profiling", "ptrauth-auth-traps", "ptrauth-calls",
  "ptrauth-function-pointer-type-discrimination", "ptrauth-indirect-gotos",
  "ptrauth-init-fini", "ptrauth-intrinsics", "ptrauth-returns",
  "ptrauth-type-info-vtable-pointer-discrimination",
  "ptrauth-vtable-pointer-address-discrimination",
  "ptrauth-vtable-pointer-type-discrimination", "raw-string-literals",
  "reciprocal-math", "record-command-line", "record-gcc-switches",
  "register-global-dtors-with-atexit", "regs-graph",
  "relaxed-template-template-args", "rename-registers", "reorder-blocks",
  "ripa", "ropi", "rounding-math", "rtlib-defaultlib", "rtti-data", "rwpi",
  "safe-buffer-usage-suggestions", "sanitize-address-globals-dead-stripping",
  "sanitize-address-outline-instrumentation",
  "sanitize-address-poison-custom-array-cookie",
  "sanitize-address-use-after-scope", "sanitize-address-use-odr-indicator",
  "sanitize-cfi-canonical-jump-tables", "sanitize-memory-param-retval",
  "sanitize-memory-track-origins", "sanitize-memory-use-after-dtor",
  "sanitize-recover", "sanitize-stable-abi", "sanitize-thread-atomics",
  "sanitize-thread-func-entry-exit", "sanitize-thread-memory-access",
  "schedule-insns", "schedule-insns2", "see", "semantic-interposition",
  "separate-named-sections", "short-enums", "short-wchar", "show-column",
  "show-source-location", "signaling-math", "signaling-nans", "signed-char",
  "signed-zeros", "single-precision-constant", "sized-deallocation",
  "skip-odr-check-in-gmf", "slp-vectorize", "slp-vectorize-aggressive",
  "spec-constr-count", "spell-checking", "split-dwarf-inlining",
  "split-lto-unit", "stack-check", "stack-clash-protection",
  "standalone-debug", "strength-reduce", "strict-aliasing", "strict-enums",
  "strict-float-cast-overflow", "strict-return", "strict-vtable-pointers",
  "struct-path-tbaa", "sycl", "test-coverage", "threadsafe-statics",
  "tls-model", "tracer", "trapping-math", "tree-dce", "tree-salias",
  "tree-slp-vectorize", "tree-ter", "tree-vectorize",
  "tree-vectorizer-verbose", "tree-vrp", "trigraphs",
  "unique-basic-block-section-names", "unique-internal-linkage-names",
  "unique-section-names", "unit-at-a-time", "unroll-all-loops", "unroll-loops",
  "unsafe-loop-optimizations", "unsafe-math-optimizations", "unswitch-loops",
  "use-cxa-atexit", "use-init-array", "use-line-directives",
  "variable-expansion-in-unroller", "vect-cost-model", "vectorize",
  "verbose-asm", "verify-intermediate-code", "virtual-function-elimination",
  "visibility-from-dllstorageclass", "visibility-inlines-hidden",
  "visibility-inlines-hidden-static-local-var", "web", "whole-program",
  "whole-program-vtables", "xl-pragma-pack", "xray-always-emit-customevents",
  "xray-always-emit-typedevents", "xray-function-index", "xray-ignore-loops",
  "xray-instrument", "xray-link-deps", "zero-initialized-in-bss", "zvector"
] in {
def : Flag<["-"], "f" # N>;
def : Flag<["-"], "fno-" # N>;
}

// -m and -mno-
foreach N = [
  "80387", "abicalls", "adx", "aes", "altivec", "amdgpu-ieee",
  "amdgpu-precise-memory-op", "amx-bf16", "amx-complex", "amx-fp16",
  "amx-int8", "amx-tile", "apxf", "atomics", "avx", "avx10.1", "avx10.1-256",
  "avx10.1-512", "avx2", "avx512bf16", "avx512bitalg", "avx512bw", "avx512cd",
  "avx512dq", "avx512f", "avx512fp16", "avx512ifma", "avx512vbmi",
  "avx512vbmi2", "avx512vl", "avx512vnni", "avx512vp2intersect",
  "avx512vpopcntdq", "avxifma", "avxneconvert", "avxvnni", "avxvnniint16",
  "avxvnniint8", "backchain", "bmi", "bmi2", "branch-likely", "bulk-memory",
  "check-zero-division", "cldemote", "clflushopt", "clwb", "clzero", "cmpb",
  "cmpccxadd", "constant-cfstrings", "crbits", "crc", "crc32", "crypto",
  "cumode", "cx16", "direct-move", "dsp", "dspr2", "embedded-data", "enqcmd",
  "evex512", "exception-handling", "execute-only", "extended-const",
  "extern-sdata", "f16c", "fix-cmse-cve-2021-35465", "fix-cortex-a53-835769",
  "fix-cortex-a57-aes-1742098", "fix-cortex-a72-aes-1655431", "float128",
  "fma", "fma4", "forced-sw-shadow-stack", "fprnd", "fpu", "fsgsbase",
  "fsmuld", "fxsr", "gfni", "ginv", "global-merge", "gpopt", "half-precision",
  "hreset", "htm", "iamcu", "implicit-float", "inline-all-stringops",
  "invariant-function-descriptors", "invpcid", "isel", "kl", "lasx",
  "ldc1-sdc1", "local-sdata", "long-calls", "longcall", "lsx", "lvi-cfi",
  "lvi-hardening", "lwp", "lzcnt", "madd4", "memops", "mfcrf", "mfocrf",
  "micromips", "mma", "mmx", "movbe", "movdir64b", "movdiri", "mpx",
  "ms-bitfields", "msa", "mt", "multimemory", "multivalue", "mutable-globals",
  "mwaitx", "nontrapping-fptoint", "nvj", "nvs", "odd-spreg",
  "outline-atomics", "packed-stack", "packets",
  "paired-vector-memops", "pascal-strings", "pclmul", "pconfig", "pcrel",
  "pic-data-is-text-relative", "pku", "popc", "popcnt", "popcntd",
  "power10-vector", "power8-vector", "power9-vector", "prefetchi", "prefixed",
  "prfchw", "ptwrite", "pure-code", "raoint", "rdpid", "rdpru", "rdrnd",
  "rdseed", "red-zone", "reference-types", "regnames", "relax-all",
  "relax-pic-calls", "relaxed-simd", "restrict-it", "retpoline",
  "retpoline-external-thunk", "rtd", "rtm", "sahf", "save-restore",
  "scalar-strict-align", "serialize", "seses", "sgx", "sha", "sha512", "shstk",
  "sign-ext", "simd128", "skip-rax-setup", "sm3", "sm4", "spe",
  "speculative-load-hardening", "sse", "sse2", "sse3", "sse4", "sse4.1",
  "sse4.2", "sse4a", "ssse3", "stack-arg-probe", "stackrealign",
  "strict-align", "tail-call", "tbm", "tgsplit", "tls-direct-seg-refs",
  "tocdata", "tsxldtrk", "uintr", "unaligned-access", "unaligned-symbols",
  "unsafe-fp-atomics", "usermsr", "vaes", "vector-strict-align", "vevpu",
  "virt", "vis", "vis2", "vis3", "vpclmulqdq", "vsx", "vx", "vzeroupper",
  "waitpkg", "warn-nonportable-cfstrings", "wavefrontsize64", "wbnoinvd",
  "widekl", "x87", "xcoff-roptr", "xgot", "xop", "xsave", "xsavec", "xsaveopt",
  "xsaves", "zvector"
] in {
def : Flag<["-"], "m" # N>;
def : Flag<["-"], "mno-" # N>;
}

// -g and -gno-
foreach N = [
  "column-info", "embed-source", "gnu-pubnames", "inline-line-tables",
  "modules", "omit-unreferenced-methods", "pubnames", "record-command-line",
  "record-gcc-switches", "simple-template-names", "strict-dwarf",
  "template-alias"
] in {
def : Flag<["-"], "g" # N>;
def : Flag<["-"], "gno-" # N>;
}

// Other flags
foreach N = [
  "C", "CC", "H", "I-", "M", "MD", "MG", "MM", "MMD", "MP", "MV",
  "P", "Qn", "Qy", "canonical-prefixes", "cl-denorms-are-zero",
  "cl-fast-relaxed-math", "cl-finite-math-only",
  "cl-fp32-correctly-rounded-divide-sqrt", "cl-kernel-arg-info",
  "cl-mad-enable", "cl-no-signed-zeros", "cl-no-stdinc", "cl-opt-disable",
  "cl-single-precision-constant", "cl-strict-aliasing",
  "cl-uniform-work-group-size", "cl-unsafe-math-optimizations", "cpp-precomp",
  "dA", "dD", "dI", "dM", "faapcs-bitfield-load", "fallow-unsupported",
  "fansi-escape-codes", "fast", "fastcp", "fastf", "fbuiltin-module-map",
  "fcall-saved-x10", "fcall-saved-x11", "fcall-saved-x12", "fcall-saved-x13",
  "fcall-saved-x14", "fcall-saved-x15", "fcall-saved-x18", "fcall-saved-x8",
  "fcall-saved-x9", "fcf-protection", "fdebug-pass-arguments",
  "fdebug-pass-structure", "fdiagnostics-absolute-paths",
  "fdiagnostics-parseable-fixits", "fdiagnostics-print-source-range-info",
  "fdiagnostics-show-template-tree", "fdwarf-exceptions", "fembed-bitcode",
  "fembed-bitcode-marker", "fexperimental-modules-reduced-bmi",
  "fexperimental-new-constant-interpreter",
  "fexperimental-strict-floating-point", "ffixed-a0", "ffixed-a1", "ffixed-a2",
  "ffixed-a3", "ffixed-a4", "ffixed-a5", "ffixed-a6", "ffixed-d0", "ffixed-d1",
  "ffixed-d2", "ffixed-d3", "ffixed-d4", "ffixed-d5", "ffixed-d6", "ffixed-d7",
  "ffixed-g1", "ffixed-g2", "ffixed-g3", "ffixed-g4", "ffixed-g5", "ffixed-g6",
  "ffixed-g7", "ffixed-i0", "ffixed-i1", "ffixed-i2", "ffixed-i3", "ffixed-i4",
  "ffixed-i5", "ffixed-l0", "ffixed-l1", "ffixed-l2", "ffixed-l3", "ffixed-l4",
  "ffixed-l5", "ffixed-l6", "ffixed-l7", "ffixed-o0", "ffixed-o1", "ffixed-o2",
  "ffixed-o3", "ffixed-o4", "ffixed-o5", "ffixed-r19", "ffixed-r9",
  "ffixed-x1", "ffixed-x10", "ffixed-x11", "ffixed-x12", "ffixed-x13",
  "ffixed-x14", "ffixed-x15", "ffixed-x16", "ffixed-x17", "ffixed-x18",
  "ffixed-x19", "ffixed-x2", "ffixed-x20", "ffixed-x21", "ffixed-x22",
  "ffixed-x23", "ffixed-x24", "ffixed-x25", "ffixed-x26", "ffixed-x27",
  "ffixed-x28", "ffixed-x29", "ffixed-x3", "ffixed-x30", "ffixed-x31",
  "ffixed-x4", "ffixed-x5", "ffixed-x6", "ffixed-x7", "ffixed-x8", "ffixed-x9",
  "fforce-check-cxx20-modules-input-files", "ffreestanding", "fhosted",
  "fignore-exceptions", "fincremental-extensions", "findirect-virtual-calls",
  "finline-hint-functions", "finstrument-function-entry-bare",
  "finstrument-functions", "finstrument-functions-after-inlining",
  "fmodule-header", "fmodules-disable-diagnostic-validation",
  "fmodules-strict-decluse", "fmodules-validate-input-files-content",
  "fmodules-validate-once-per-build-session", "fmudflap", "fmudflapth",
  "fnested-functions", "fno-PIC", "fno-apple-pragma-pack",
  "fno-cuda-approx-transcendentals", "fno-cuda-flush-denormals-to-zero",
  "fno-cuda-rdc", "fno-cuda-short-ptr", "fno-elide-type",
  "fno-experimental-library", "fno-gpu-allow-device-init",
  "fno-gpu-approx-transcendentals", "fno-gpu-defer-diag",
  "fno-gpu-exclude-wrong-side-overloads", "fno-gpu-flush-denormals-to-zero",
  "fno-gpu-rdc", "fno-gpu-sanitize", "fno-hip-emit-relocatable",
  "fno-hip-fp32-correctly-rounded-divide-sqrt", "fno-hip-kernel-arg-name",
  "fno-hip-new-launch-api", "fno-knr-functions", "fno-max-type-align",
  "fno-modules-validate-textual-header-includes",
  "fno-offload-implicit-host-device-templates", "fno-offload-lto",
  "fno-offload-uniform-block", "fno-rewrite-imports", "fno-rewrite-includes",
  "fno-sanitize-blacklist", "fno-sanitize-ignorelist",
  "fno-strict-modules-decluse", "fno-temp-file", "fno-use-linker-plugin",
  "fno-var-tracking", "fno-working-directory",
  "fno_modules-validate-input-files-content",
  "fno_pch-validate-input-files-content", "fnoopenmp-relocatable-target",
  "fnoopenmp-use-tls", "fobjc-atdefs", "fobjc-call-cxx-cdtors",
  "fobjc-disable-direct-methods-for-testing", "fobjc-new-property",
  "fobjc-sender-dependent-dispatch", "fopenmp-assume-no-nested-parallelism",
  "fopenmp-assume-no-thread-state", "fopenmp-enable-irbuilder",
  "fopenmp-force-usm", "fopenmp-offload-mandatory",
  "fopenmp-optimistic-collapse", "fopenmp-relocatable-target",
  "fopenmp-use-tls", "fparse-all-comments", "fpcc-struct-return",
  "fpch-preprocess", "fpch-validate-input-files-content",
  "fprofile-sample-use", "freg-struct-return",
  "fretain-comments-from-system-headers", "fsample-profile-use-profi",
  "fsanitize-cfi-icall-experimental-normalize-integers",
  "fsanitize-cfi-icall-generalize-pointers", "fsched-interblock",
  "fseh-exceptions", "fsigned-bitfields", "fsjlj-exceptions", "fstack-usage",
  "fterminated-vtables", "ftrapv", "funsigned-bitfields", "funsigned-char",
  "fvalidate-ast-input-files-content", "fvisibility-global-new-delete-hidden",
  "fvisibility-ms-compat", "fwasm-exceptions", "fwritable-strings", 
  "gdwarf", "gdwarf-2", "gdwarf-3", "gdwarf-4", "gdwarf-5", "gdwarf32",
  "gdwarf64", "gfull", "gline-directives-only", "gline-tables-only", "gmlt",
  "gtoggle", "gused", "ibuiltininc", "index-header-map", "m16", "m68000",
  "m68010", "m68020", "m68030", "m68040", "m68060", "m68881",
  "mabi=quadword-atomics", "maix-shared-lib-tls-model-opt",
  "maix-small-local-dynamic-tls", "maix-small-local-exec-tls",
  "maix-struct-return", "maix32", "maix64", "malign-double",
  "mapx-inline-asm-use-gpr32", "mcabac", "mcmse", "mdouble-float", "mefpu2",
  "menable-experimental-extensions", "mfancy-math-387", "mfentry",
  "mfix-and-continue", "mfix4300", "mfp32", "mfp64", "mfpxx",
  "mgeneral-regs-only", "mglibc", "mhard-quad-float", "mieee-fp",
  "mieee-rnd-near", "mignore-xcoff-visibility", "mindirect-branch-cs-prefix",
  "mips1", "mips16", "mips2", "mips3", "mips32", "mips32r2", "mips32r3",
  "mips32r5", "mips32r6", "mips4", "mips5", "mips64", "mips64r2", "mips64r3",
  "mips64r5", "mips64r6", "mlong-double-128", "mlong-double-64",
  "mlong-double-80", "mlr-for-calls-only", "mmark-bti-property",
  "mno-bti-at-return-twice", "mno-fmv", "mno-fp-ret-in-387", "mno-gather",
  "mno-hvx", "mno-hvx-ieee-fp", "mno-hvx-qfloat", "mno-mips16", "mno-movt",
  "mno-neg-immediates", "mno-scatter", "mno-soft-float", "mnocrc",
  "mnop-mcount", "mprivileged", "mqdsp6-compat", "mrecip", "mrecord-mcount",
  "mrop-protect", "msecure-plt", "msim", "msingle-float", "msoft-quad-float",
  "msse2avx", "msvr4-struct-return", "muclibc", "mv5", "no-canonical-prefixes",
  "no-cpp-precomp", "no-hip-rt", "no-integrated-cpp", "no-pedantic",
  "no-pthread", "nobuiltininc", "nocudainc", "nogpuinc", "nohipwrapperinc",
  "p", "pedantic", "pedantic-errors", "pipe", "print-supported-cpus",
  "regcall4", "relocatable-pch", "remap", "traditional", "traditional-cpp",
  "trigraphs", "undef", "via-file-asm"
] in {
def : Flag<["-"], N>;
}

// Other flags, with two dashes
foreach N = [
  "all-warnings", "comments", "comments-in-macros", "cuda-compile-host-device",
  "cuda-device-only", "cuda-host-only", "cuda-noopt-device-debug",
  "cuda-path-ignore-env", "debug", "dependencies", "end-no-unused-arguments",
  "extra-warnings", "gpu-bundle-output", "gpu-use-aux-triple-only", "hip-link",
  "hipstdpar", "hipstdpar-interpose-alloc", "include-barrier",
  "no-cuda-noopt-device-debug", "no-cuda-version-check", "no-default-config",
  "no-gpu-bundle-output", "no-integrated-cpp", "no-line-commands",
  "no-offload-compress", "no-offload-new-driver", "no-pedantic",
  "no-standard-includes", "no-wasm-opt", "offload-compress",
  "offload-device-only", "offload-host-device", "offload-host-only",
  "offload-new-driver", "optimize", "pedantic", "pedantic-errors", "pipe",
  "print-missing-file-dependencies", "print-supported-cpus", "relocatable-pch",
  "signed-char", "trace-includes", "traditional", "traditional-cpp",
  "trigraphs", "unsigned-char", "user-dependencies", "wasm-opt",
  "write-dependencies", "write-user-dependencies"
] in {
def : Flag<["--"], N>;
}

// Options with a value behind them
foreach N = [
  "A-", "d", "R", "W", "Xclang=", "cl-std=", "cuid=", "falign-functions=",
  "falign-jumps=", "falign-labels=", "falign-loops=", "faltivec-src-compat=",
  "fapinotes-swift-version=", "fbasic-block-sections=", "fbinutils-version=",
  "fbootclasspath=", "fbracket-depth=", "fbuild-session-file=",
  "fbuild-session-timestamp=", "fcaret-diagnostics-max-lines=",
  "fcf-protection=", "fcf-runtime-abi=", "fclang-abi-compat=", "fclasspath=",
  "fcompile-resource=", "fcomplex-arithmetic=", "fconstant-string-class=",
  "fconstexpr-backtrace-limit=", "fconstexpr-depth=", "fconstexpr-steps=",
  "fcoverage-compilation-dir=", "fcoverage-prefix-map=", "fcrash-diagnostics=",
  "fdebug-compilation-dir=", "fdebug-default-version=", "fdebug-prefix-map=",
  "fdenormal-fp-math=", "fdepfile-entry=", "fdiagnostics-color=",
  "fdiagnostics-format=", "fdiagnostics-misexpect-tolerance=",
  "fdiagnostics-show-category=", "fdiagnostics-show-location=",
  "fembed-bitcode=", "fembed-offload-object=", "femit-dwarf-unwind=",
  "fencoding=", "ferror-limit=", "fexcess-precision=", "fexec-charset=",
  "fexperimental-openacc-macro-override=",
  "fexperimental-sanitize-metadata-ignorelist=", "fextdirs=",
  "fextend-arguments=", "ffile-compilation-dir=", "ffile-prefix-map=",
  "fforce-addr", "ffp-contract=", "ffp-eval-method=",
  "ffp-exception-behavior=", "ffp-model=", "ffuchsia-api-level=",
  "fgnuc-version=", "finline-limit=", "finline-max-stacksize=",
  "finput-charset=", "flax-vector-conversions=", "flimited-precision=",
  "fmacro-backtrace-limit=", "fmacro-prefix-map=", "fmax-errors=",
  "fmax-tokens=", "fmax-type-align=", "fmemory-profile-use=",
  "fmessage-length=", "fmodule-file=", "fmodule-header=", "fmodule-map-file=",
  "fmodule-name=", "fmodules-cache-path=", "fmodules-ignore-macro=",
  "fmodules-prune-after=", "fmodules-prune-interval=",
  "fms-compatibility-version=", "fmsc-version=", "fnew-alignment=",
  "fno-builtin-", "fno-modules-check-relocated", "fobjc-abi-version=",
  "fobjc-nonfragile-abi-version=", "fopenmp-cuda-blocks-per-sm=",
  "fopenmp-cuda-number-of-sm=", "fopenmp-cuda-teams-reduction-recs-num=",
  "fopenmp-target-debug=", "fopenmp-version=", "foperator-arrow-depth=",
  "foutput-class-dir=", "fpack-struct=", "fpatchable-function-entry=",
  "fprebuilt-module-path=", "fproc-stat-report", "fproc-stat-report=",
  "fprofile-dir=", "fprofile-exclude-files=", "fprofile-filter-files=",
  "fprofile-function-groups=", "fprofile-list=", "fprofile-remapping-file=",
  "fprofile-selected-function-group=", "fprofile-update=", "frandom-seed=",
  "frandomize-layout-seed-file=", "frandomize-layout-seed=",
  "fsanitize-address-destructor=", "fsanitize-address-field-padding=",
  "fsanitize-address-use-after-return=", "fsanitize-blacklist=",
  "fsanitize-coverage-allowlist=", "fsanitize-coverage-ignorelist=",
  "fsanitize-hwaddress-abi=", "fsanitize-ignorelist=",
  "fsanitize-memory-track-origins=",
  "fsanitize-undefined-strip-path-components=", "fshow-overloads=",
  "fspell-checking-limit=", "fstrict-flex-arrays=", "fswift-async-fp=",
  "fsymbol-partition=", "ftabstop=", "ftemplate-backtrace-limit=",
  "ftemplate-depth-", "ftemplate-depth=", "fthin-link-bitcode=",
  "fthinlto-index=", "ftime-report=", "ftime-trace-granularity=",
  "ftime-trace-verbose", "ftls-model=", "ftrap-function=", "ftrapv-handler=",
  "ftrivial-auto-var-init-max-size=", "ftrivial-auto-var-init-stop-after=",
  "ftrivial-auto-var-init=", "fvisibility-dllexport=",
  "fvisibility-externs-dllimport=", "fvisibility-externs-nodllstorageclass=",
  "fvisibility-global-new-delete=", "fvisibility-nodllstorageclass=",
  "fvisibility=", "fxray-always-instrument=", "fxray-attr-list=",
  "fxray-function-groups=", "fxray-instruction-threshold=",
  "fxray-instrumentation-bundle=", "fxray-modes=", "fxray-never-instrument=",
  "fxray-selected-function-group=", "fzero-call-used-regs=", "gcoff",
  "gen-reproducer=", "gstabs", "gvms", "gxcoff", "inline-asm=", "mabs=",
  "malign-functions=", "malign-jumps=", "malign-loops=", "marm64x", "masm=",
  "mbranch-protection=", "mcmodel=", "mcode-object-version=",
  "mcompact-branches=", "mdefault-build-attributes",
  "mdefault-visibility-export-mapping=", "mdouble=", "mdynamic-no-pic",
  "mfpmath=", "mframe-chain=", "mfunction-return=", "mharden-sls=", "mhwdiv=",
  "mhwmult=", "mimplicit-it=", "mindirect-jump=", "mlarge-data-threshold=",
  "mmcu=", "mnan=", "mno-default-build-attributes", "mprefer-vector-width=",
  "mprintf-kind=", "mregparm=", "mrvv-vector-bits=", "msign-return-address=",
  "msimd=", "msmall-data-limit=", "msmall-data-threshold=",
  "mstack-alignment=", "mstack-probe-size=", "mstack-protector-guard-offset=",
  "mstack-protector-guard-reg=", "mstack-protector-guard-symbol=",
  "mstack-protector-guard=", "msve-vector-bits=", "mtls-size=", "mtp=",
  "mtune=", "sycl-std=", "working-directory="
] in {
def : Joined<["-"], N>;
}

// Options with a value behind them, with two dashes
foreach N = [
  "CLASSPATH=", "amdgpu-arch-tool=", "bootclasspath=", "classpath=",
  "config-system-dir=", "config-user-dir=", "cuda-feature=", "cuda-gpu-arch=",
  "cuda-include-ptx=", "cuda-path=", "debug=", "define-macro=", "embed-dir=",
  "encoding=", "extdirs=", "gpu-instrument-lib=", "gpu-max-threads-per-block=",
  "hip-device-lib-path=", "hip-device-lib=", "hip-path=", "hip-version=",
  "hipspv-pass-plugin=", "hipstdpar-path=", "hipstdpar-prim-path=",
  "hipstdpar-thrust-path=", "imacros=", "include-directory-after=",
  "include-directory=", "include-prefix=", "include-with-prefix-after=",
  "include-with-prefix-before=", "include-with-prefix=", "include=",
  "libomptarget-amdgcn-bc-path=", "libomptarget-amdgpu-bc-path=",
  "libomptarget-nvptx-bc-path=", "mhwdiv=", "no-cuda-gpu-arch=",
  "no-cuda-include-ptx=", "no-offload-arch=", "no-system-header-prefix=",
  "nvptx-arch-tool=", "offload-arch=", "offload-compression-level=",
  "optimize=", "output-class-directory=", "param=", "ptxas-path=", "resource=",
  "rocm-device-lib-path=", "rsp-quoting=", "system-header-prefix=",
  "undefine-macro=", "warn-", "warn-="
] in {
def : Joined<["--"], N>;
}

// Options with a list behind them
foreach N = [
  "Wa,", "Wp,", "Wundef-prefix=", "cl-ext=", "fcomment-block-commands=",
  "fexperimental-sanitize-metadata=", "fno-experimental-sanitize-metadata=",
  "fno-sanitize-recover=", "fsanitize-recover=", "mapx-features=",
  "mno-apx-features=", "mno-tocdata=", "mrecip=", "mtocdata="
] in {
def : CommaJoined<["-"], N>;
}

// Options with a value as the next argument
foreach N = [
  "Xanalyzer", "Xassembler", "Xclang", "Xopenmp-target", "Xpreprocessor",
  "dependency-file", "fdebug-compilation-dir",
  "fexperimental-openacc-macro-override", "fmodule-implementation-of",
  "fmodules-user-build-path", "fnew-alignment", "ftrapv-handler",
  "include-pch", "meabi", "mthread-model", "serialize-diagnostics",
  "working-directory"
] in {
def : Separate<["-"], N>;
}

// Options with a value as the next argument, with two dashes
foreach N = [
  "CLASSPATH", "bootclasspath", "classpath", "define-macro", "encoding",
  "extdirs", "include-directory", "include-directory-after", "include-prefix",
  "include-with-prefix", "include-with-prefix-after",
  "include-with-prefix-before", "no-system-header-prefix",
  "output-class-directory", "param", "resource", "serialize-diagnostics",
  "system-header-prefix", "undefine-macro"
] in {
def : Separate<["--"], N>;
}

// Options with a value in either place
foreach N = [
  "A", "D", "I", "MF", "MJ", "MQ", "MT", "U", "cxx-isystem",
  "iapinotes-modules", "idirafter", "imacros", "include", "iprefix", "iquote",
  "isystem", "isystem-after", "ivfsoverlay", "iwithprefix",
  "iwithprefixbefore", "iwithsysroot", "stdlib++-isystem", "vfsoverlay"
] in {
def : JoinedOrSeparate<["-"], N>;
}

// Options with a value in either place, with two dashes
foreach N = [
  "imacros", "include", "vfsoverlay"
] in {
def : JoinedOrSeparate<["--"], N>;
}
