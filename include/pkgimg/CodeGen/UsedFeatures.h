//===- UsedFeatures.h - The CPU features that code uses ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finds, in machine code, which of the features that it was allowed to use it
/// does use: what a host must have to run it.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_USEDFEATURES_H
#define PKGIMG_CODEGEN_USEDFEATURES_H

#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pkgimg {

/// Collects the features that the code of one target uses. Not thread-safe; any
/// number of objects can be used at once.
///
/// How a feature is told from an instruction:
///
///   AArch64, RISC-V  LLVM's disassembler knows which features an encoding
///                    needs. Each opcode is decoded with ever fewer features.
///   x86              LLVM checks no features here. They follow from encoding
///                    (legacy, VEX, EVEX, XOP), mnemonic and vector length, as
///                    in the manuals of Intel and AMD; an instruction that only
///                    this LLVM knows makes the result incomplete.
///   others           The result is incomplete.
///
/// An encoding that older processors take for no operation (AArch64's hints,
/// x86's CET landing pads) needs nothing.
class UsedFeatureFinder {
public:
  /// Makes a finder for code that was made for \p Target, which is a target for
  /// \p T. Fails as getTarget() does, and where this LLVM has no disassembler
  /// for x86, AArch64 or RISC-V code.
  static llvm::Expected<std::unique_ptr<UsedFeatureFinder>>
  create(const llvm::Triple &T, const ResolvedTarget &Target);

  virtual ~UsedFeatureFinder();

  /// Adds the code \p Bytes, which must begin with an instruction, without data
  /// between the instructions. \p Address is where it begins; it matters to
  /// nothing but what depends on alignment.
  void addCode(llvm::ArrayRef<uint8_t> Bytes, uint64_t Address = 0);

  /// Whether all the code was understood. Bytes that are no instruction of the
  /// target, such as those of inline assembly for another processor, make the
  /// result incomplete, and so does any code of an architecture that is not
  /// listed above.
  bool isComplete() const { return Complete; }

  /// Returns the features of the target that the code uses, sorted: those that
  /// the instructions need themselves, not what these imply. If the result is
  /// incomplete, all of the target's features.
  std::vector<std::string> getUsed() const;

protected:
  explicit UsedFeatureFinder(const ResolvedTarget &Target)
      : Target(Target), Used(Target.Features.size()) {}

  /// Decodes the instruction at the beginning of \p Bytes and calls use() or
  /// giveUp(). Returns its size; 0 if there is none.
  virtual uint64_t addInstruction(llvm::ArrayRef<uint8_t> Bytes,
                                  uint64_t Address) = 0;

  /// Says that the code uses \p Feature, if the target has it.
  void use(llvm::StringRef Feature);
  void giveUp() { Complete = false; }

  const ResolvedTarget Target;

private:
  std::vector<bool> Used;
  bool Complete = true;
};

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_USEDFEATURES_H
