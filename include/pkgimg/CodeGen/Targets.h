//===- Targets.h - On-demand LLVM backends and their defaults ---*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Initialises LLVM's backends one by one, when they are first needed, and says
/// which CPU, features and ABI a target gets when nobody asked for any.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_TARGETS_H
#define PKGIMG_CODEGEN_TARGETS_H

#include "llvm/Support/Error.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <string>

namespace llvm {
class Target;
} // namespace llvm

namespace pkgimg {

/// What code generation assumes of a target unless it is told otherwise.
struct TargetDefaults {
  /// LLVM's name of the processor.
  std::string CPU;
  /// LLVM's feature string: "+m,+a,...", without blanks. May be empty.
  std::string Features;
  /// LLVM's name of the ABI ("lp64d", "elfv2"); empty where there is only one.
  std::string ABI;
  /// Where floating-point arguments are passed; matters on 32-bit ARM alone.
  llvm::FloatABI::ABIType FloatABI = llvm::FloatABI::Default;
};

/// Returns the code generation defaults of \p T: those of clang 19 called with
/// `--target=T -c` and no -march, -mcpu or -mabi:
///
///   target                  CPU          features                     ABI
///   x86_64 (not Apple)      x86-64
///   i386...i686 Linux       pentium4
///   aarch64 (not Apple)     generic      +v8a,+fp-armv8,+neon         aapcs
///   armv7 *eabihf           generic      VFPv3-D16, no NEON aapcs-linux, hard
///   powerpc64le             ppc64le      (= POWER8)                   elfv2
///   riscv64                 generic-rv64 +m,+a,+f,+d,+c,+relax        lp64d
///   x86_64 macOS            penryn
///   arm64 macOS             apple-m1 darwinpcs
///
/// Debian patches two of clang's defaults. For i686 this function follows
/// upstream (`pentium4`; Debian has `i686`), since code without SSE2 computes
/// in x87 precision. For armv7 it follows Debian (VFPv3-D16 without NEON;
/// upstream has NEON), since that is what the armhf ABI promises and NEON
/// traps on the boards that lack it. Outlined atomics (clang's
/// `+outline-atomics`, on where a new enough libgcc is found) are never on: an
/// image has no libgcc to take the helpers from.
///
/// An unknown target gets empty strings, which LLVM takes as "generic".
/// Thread-safe.
TargetDefaults getTargetDefaults(const llvm::Triple &T);

/// Initialises the one LLVM backend that \p T needs (target info, machine code
/// layer, code generator, assembly printer and parser) unless that was done
/// before, and returns LLVM's target for \p T, which lives as long as the
/// process.
///
/// Fails when \p T names an architecture for which this library makes no code,
/// or one that LLVM was built without; the message then lists those that it
/// was built with.
///
/// Thread-safe against itself. LLVM's own InitializeAll...() functions change
/// the same registry without a lock, so a program that uses both must not run
/// them while another thread is in here.
llvm::Expected<const llvm::Target *> getTarget(const llvm::Triple &T);

/// Names a function that makes LLVM's code generators usable, for a program
/// that has put off part of their start-up (the static constructors of their
/// command-line options). It must be idempotent and thread-safe. Called once,
/// before the first use of this library.
void setCodeGenStarter(void (*Start)());

/// Runs what setCodeGenStarter() named, if anything. compileModule() and
/// getTarget() do so themselves.
void startCodeGen();

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_TARGETS_H
