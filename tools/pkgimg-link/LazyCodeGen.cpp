//===- LazyCodeGen.cpp - Start the code generators on demand --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A link of objects is over before the code generators, which it never uses,
/// have set themselves up: some 500 static constructors, most of them for
/// command-line options, and the registration of every target, which LLD's
/// drivers ask for at entry. Here both wait until bitcode, IR or an option of
/// LLVM's is seen. docs/Architecture.rst has what that saves.
///
/// LazyCodeGen.ld collects the constructors of LLVM's libraries for code
/// generation and optimization in an array of their own. What LLD uses of LLVM
/// for objects (Support, Core, Object, MC, LTO's front) is not among them. The
/// ways from LLD to the others are the functions in LazyCodeGen.gates.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/Targets.h"
#include "llvm/LTO/LTO.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"

#include <mutex>

using namespace llvm;

// llvm/Support/TargetSelect.h must not be included: it defines, inline, the
// functions that this file replaces.
#define LLVM_TARGET(T)                                                         \
  extern "C" void LLVMInitialize##T##TargetInfo();                             \
  extern "C" void LLVMInitialize##T##Target();                                 \
  extern "C" void LLVMInitialize##T##TargetMC();
#include "llvm/Config/Targets.def"
#define LLVM_ASM_PRINTER(T) extern "C" void LLVMInitialize##T##AsmPrinter();
#include "llvm/Config/AsmPrinters.def"
#define LLVM_ASM_PARSER(T) extern "C" void LLVMInitialize##T##AsmParser();
#include "llvm/Config/AsmParsers.def"

using Constructor = void (*)(int, char **, char **);
extern "C" {
// The bounds of the array in LazyCodeGen.ld.
extern const Constructor __pkgimg_lazy_init_begin[]
    __attribute__((visibility("hidden")));
extern const Constructor __pkgimg_lazy_init_end[]
    __attribute__((visibility("hidden")));
}

static void startCodeGenerators() {
  static std::once_flag Once;
  std::call_once(Once, [] {
    for (const Constructor *C = __pkgimg_lazy_init_begin;
         C != __pkgimg_lazy_init_end; ++C)
      (*C)(0, nullptr, nullptr);
#define LLVM_TARGET(T)                                                         \
  LLVMInitialize##T##TargetInfo();                                             \
  LLVMInitialize##T##Target();                                                 \
  LLVMInitialize##T##TargetMC();
#include "llvm/Config/Targets.def"
#define LLVM_ASM_PRINTER(T) LLVMInitialize##T##AsmPrinter();
#include "llvm/Config/AsmPrinters.def"
#define LLVM_ASM_PARSER(T) LLVMInitialize##T##AsmParser();
#include "llvm/Config/AsmParsers.def"
  });
}

// Our own way to the code generators needs no gate.
static const bool Installed = [] {
  pkgimg::setCodeGenStarter(startCodeGenerators);
  return true;
}();

// What LLD's drivers call at entry. LLVM has these as inline functions, weak in
// LLD's archives, so that these take their place.
namespace llvm {
__attribute__((used)) void InitializeAllTargetInfos() {}
__attribute__((used)) void InitializeAllTargets() {}
__attribute__((used)) void InitializeAllTargetMCs() {}
__attribute__((used)) void InitializeAllAsmPrinters() {}
__attribute__((used)) void InitializeAllAsmParsers() {}
} // namespace llvm

// A gate: RESULT NAME(PARAMETERS), reached in the place of SYMBOL.
#define GATE(RESULT, NAME, SYMBOL, ...)                                        \
  RESULT real##NAME(__VA_ARGS__) __asm__("__real_" SYMBOL);                    \
  RESULT gate##NAME(__VA_ARGS__) __asm__("__wrap_" SYMBOL);                    \
  __attribute__((used)) RESULT gate##NAME(__VA_ARGS__)

GATE(Expected<std::unique_ptr<lto::InputFile>>, CreateInputFile,
     "_ZN4llvm3lto9InputFile6createENS_15MemoryBufferRefE",
     MemoryBufferRef Buffer) {
  startCodeGenerators();
  return realCreateInputFile(Buffer);
}

GATE(bool, ParseCommandLineOptions,
     "_ZN4llvm2cl23ParseCommandLineOptionsEiPKPKcNS_9StringRefEPNS_11raw_"
     "ostreamES2_b",
     int Argc, const char *const *Argv, StringRef Overview, raw_ostream *Errs,
     const char *EnvVar, bool LongOptionsUseDoubleDash) {
  // Some of LLD's drivers parse the empty list as well.
  if (Argc > 1)
    startCodeGenerators();
  return realParseCommandLineOptions(Argc, Argv, Overview, Errs, EnvVar,
                                     LongOptionsUseDoubleDash);
}

GATE(const Target *, LookupTargetByTriple,
     "_ZN4llvm14TargetRegistry12lookupTargetENS_9StringRefERNSt7__cxx1112basic_"
     "stringIcSt11char_traitsIcESaIcEEE",
     StringRef Triple, std::string &Error) {
  startCodeGenerators();
  return realLookupTargetByTriple(Triple, Error);
}

GATE(const Target *, LookupTargetByArch,
     "_ZN4llvm14TargetRegistry12lookupTargetENS_9StringRefERNS_6TripleERNSt7__"
     "cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
     StringRef Arch, Triple &TheTriple, std::string &Error) {
  startCodeGenerators();
  return realLookupTargetByArch(Arch, TheTriple, Error);
}
