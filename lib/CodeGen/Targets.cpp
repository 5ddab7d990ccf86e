//===- Targets.cpp - On-demand LLVM backends and their defaults -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/VersionTuple.h"

#include <atomic>
#include <iterator>
#include <mutex>

using namespace llvm;
using namespace pkgimg;

// LLVM's .def files name the backends that it was built with. Each gives one
// table, and the tables are joined by the backend's name: not every backend has
// an assembly printer and a parser.
#define LLVM_TARGET(Name)                                                      \
  extern "C" void LLVMInitialize##Name##TargetInfo();                          \
  extern "C" void LLVMInitialize##Name##TargetMC();                            \
  extern "C" void LLVMInitialize##Name##Target();
#include "llvm/Config/Targets.def"
#define LLVM_ASM_PRINTER(Name)                                                 \
  extern "C" void LLVMInitialize##Name##AsmPrinter();
#include "llvm/Config/AsmPrinters.def"
#define LLVM_ASM_PARSER(Name) extern "C" void LLVMInitialize##Name##AsmParser();
#include "llvm/Config/AsmParsers.def"

namespace {

struct Backend {
  const char *Name;
  void (*InitializeInfo)();
  void (*InitializeMC)();
  void (*InitializeCodeGen)();
};

struct BackendPart {
  const char *Name;
  void (*Initialize)();
};

} // namespace

static const Backend Backends[] = {
#define LLVM_TARGET(Name)                                                      \
  {#Name, LLVMInitialize##Name##TargetInfo, LLVMInitialize##Name##TargetMC,    \
   LLVMInitialize##Name##Target},
#include "llvm/Config/Targets.def"
};

static const BackendPart AsmPrinters[] = {
#define LLVM_ASM_PRINTER(Name) {#Name, LLVMInitialize##Name##AsmPrinter},
#include "llvm/Config/AsmPrinters.def"
};

static const BackendPart AsmParsers[] = {
#define LLVM_ASM_PARSER(Name) {#Name, LLVMInitialize##Name##AsmParser},
#include "llvm/Config/AsmParsers.def"
};

/// The directory under llvm/lib/Target that compiles for \p Arch, or nothing.
static StringRef getBackendName(Triple::ArchType Arch) {
  switch (Arch) {
  case Triple::x86:
  case Triple::x86_64:
    return "X86";
  case Triple::arm:
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb:
    return "ARM";
  case Triple::aarch64:
  case Triple::aarch64_be:
  case Triple::aarch64_32:
    return "AArch64";
  case Triple::ppc:
  case Triple::ppcle:
  case Triple::ppc64:
  case Triple::ppc64le:
    return "PowerPC";
  case Triple::riscv32:
  case Triple::riscv64:
    return "RISCV";
  case Triple::loongarch32:
  case Triple::loongarch64:
    return "LoongArch";
  case Triple::wasm32:
  case Triple::wasm64:
    return "WebAssembly";
  case Triple::systemz:
    return "SystemZ";
  case Triple::sparc:
  case Triple::sparcel:
  case Triple::sparcv9:
    return "Sparc";
  default:
    return "";
  }
}

static void initializePart(ArrayRef<BackendPart> Parts, StringRef Name) {
  for (const BackendPart &P : Parts)
    if (P.Name == Name)
      P.Initialize();
}

static std::atomic<void (*)()> CodeGenStarter{nullptr};

void pkgimg::setCodeGenStarter(void (*Start)()) { CodeGenStarter = Start; }

void pkgimg::startCodeGen() {
  if (void (*Start)() = CodeGenStarter)
    Start();
}

Expected<const Target *> pkgimg::getTarget(const Triple &T) {
  startCodeGen();
  StringRef Name = getBackendName(T.getArch());
  if (Name.empty())
    return createStringError(
        std::errc::invalid_argument,
        "unknown target '%s': no code can be generated for architecture '%s'",
        T.str().c_str(), T.getArchName().str().c_str());

  // LLVM's registry is a linked list without a lock, so one mutex serves all
  // the backends, not one each, and covers the look-up as well.
  static std::mutex Mutex;
  static bool Initialized[std::size(Backends)] = {};
  std::lock_guard<std::mutex> Lock(Mutex);

  const Backend *Found =
      find_if(Backends, [&](const Backend &B) { return B.Name == Name; });
  if (Found == std::end(Backends)) {
    std::string Known;
    for (const Backend &B : Backends)
      Known += (Known.empty() ? "" : ", ") + std::string(B.Name);
    return createStringError(
        std::errc::not_supported,
        "cannot compile for '%s': this LLVM was built without its %s backend "
        "(it has: %s)",
        T.str().c_str(), Name.str().c_str(), Known.c_str());
  }

  bool &Done = Initialized[Found - Backends];
  if (!Done) {
    Found->InitializeInfo();
    Found->InitializeMC();
    Found->InitializeCodeGen();
    initializePart(AsmPrinters, Name);
    initializePart(AsmParsers, Name);
    Done = true;
  }

  std::string Message;
  const Target *Result = TargetRegistry::lookupTarget(T.str(), Message);
  if (!Result)
    return createStringError(std::errc::invalid_argument,
                             "unknown target '%s': %s", T.str().c_str(),
                             Message.c_str());
  return Result;
}

static TargetDefaults getX86Defaults(const Triple &T) {
  TargetDefaults D;
  bool Is64Bit = T.getArch() == Triple::x86_64;
  if (T.isOSDarwin()) {
    if (T.getArchName() == "x86_64h")
      D.CPU = "core-avx2";
    else if (T.isMacOSX())
      D.CPU = Is64Bit ? "penryn" : "yonah";
    else
      D.CPU = Is64Bit ? "core2" : "yonah";
  } else if (Is64Bit) {
    D.CPU = "x86-64";
    if (T.isAndroid())
      D.Features = "+sse4.2,+popcnt,+cx16";
  } else if (T.isAndroid()) {
    D.CPU = "i686";
    D.Features = "+ssse3";
  } else if (T.isOSNetBSD()) {
    D.CPU = "i486";
  } else if (T.isOSOpenBSD() || T.isOSHaiku()) {
    D.CPU = "i586";
  } else if (T.isOSFreeBSD()) {
    D.CPU = "i686";
  } else {
    D.CPU = "pentium4";
  }
  return D;
}

static TargetDefaults getARMDefaults(const Triple &T) {
  TargetDefaults D;
  D.CPU = "generic";
  bool HardFloat;
  switch (T.getEnvironment()) {
  case Triple::GNUEABIHF:
  case Triple::GNUEABIHFT64:
  case Triple::MuslEABIHF:
  case Triple::EABIHF:
    HardFloat = true;
    break;
  default:
    HardFloat = T.isOSWindows() || T.isWatchABI();
    break;
  }
  D.FloatABI = HardFloat ? FloatABI::Hard : FloatABI::Soft;
  if (T.isOSBinFormatELF())
    D.ABI = T.isOSLinux() || T.isOSFreeBSD() ? "aapcs-linux" : "aapcs";

  switch (T.getSubArch()) {
  case Triple::ARMSubArch_v7:
    // The triple alone would turn NEON and 32 double registers on.
    if (T.isOSLinux() && !T.isAndroid())
      D.Features = "+vfp3d16,+fp64,-d32,-neon";
    break;
  case Triple::ARMSubArch_v6:
    D.CPU = "arm1136jf-s";
    if (T.isOSLinux())
      D.Features = "+vfp2,+strict-align";
    break;
  default:
    break;
  }
  return D;
}

static TargetDefaults getRISCVDefaults(const Triple &T) {
  TargetDefaults D;
  bool Is64Bit = T.isArch64Bit();
  D.CPU = Is64Bit ? "generic-rv64" : "generic-rv32";
  // rv64gc, as every Linux distribution and the BSDs have. Relaxation is not in
  // the architecture but on in clang, and LLD relies on it for short code.
  D.Features = "+m,+a,+f,+d,+c,+relax";
  D.ABI = Is64Bit ? "lp64d" : "ilp32d";
  return D;
}

TargetDefaults pkgimg::getTargetDefaults(const Triple &T) {
  TargetDefaults D;
  switch (T.getArch()) {
  case Triple::x86:
  case Triple::x86_64:
    return getX86Defaults(T);
  case Triple::arm:
  case Triple::armeb:
  case Triple::thumb:
  case Triple::thumbeb:
    return getARMDefaults(T);
  case Triple::aarch64:
  case Triple::aarch64_be:
  case Triple::aarch64_32:
    if (T.isOSDarwin()) {
      D.CPU = T.isMacOSX() ? "apple-m1" : "apple-a7";
      D.ABI = "darwinpcs";
    } else {
      D.CPU = "generic";
      D.Features = "+v8a,+fp-armv8,+neon";
      D.ABI = "aapcs";
    }
    return D;
  case Triple::ppc:
    D.CPU = "ppc";
    return D;
  case Triple::ppc64:
    D.CPU = "ppc64";
    // The C library decides, not the byte order.
    D.ABI = T.isMusl() || T.isOSOpenBSD() ||
                    (T.isOSFreeBSD() &&
                     (T.getOSVersion().empty() || T.getOSMajorVersion() >= 13))
                ? "elfv2"
                : "elfv1";
    return D;
  case Triple::ppc64le:
    D.CPU = "ppc64le";
    D.ABI = "elfv2";
    return D;
  case Triple::riscv32:
  case Triple::riscv64:
    return getRISCVDefaults(T);
  case Triple::loongarch64:
    D.CPU = "loongarch64";
    D.Features = "+64bit,+f,+d,+lsx,+ual";
    D.ABI = "lp64d";
    return D;
  case Triple::systemz:
    D.CPU = "z196";
    return D;
  case Triple::wasm32:
  case Triple::wasm64:
    D.CPU = "generic";
    D.Features = "+mutable-globals";
    return D;
  default:
    return D;
  }
}
