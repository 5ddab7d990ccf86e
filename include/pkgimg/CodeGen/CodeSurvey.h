//===- CodeSurvey.h - What the code of an object is -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Looks at the machine code of an object that was just made: how much of it is
/// for which CPU target, and which CPU features it uses.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_CODESURVEY_H
#define PKGIMG_CODEGEN_CODESURVEY_H

#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {

/// The code for one CPU target.
struct TargetSurvey {
  /// The features that it uses, by LLVM's names, sorted. All of the target's,
  /// if some code was not understood.
  std::vector<std::string> Used;
  uint64_t NumFunctions = 0;
  /// Bytes of code, without what is between functions.
  uint64_t CodeSize = 0;

  /// Adds what \p Other found in another object.
  void add(const TargetSurvey &Other);
};

/// Surveys the code of \p Object, which this compiler made for \p T. A function
/// is for target 0 unless \p TargetOf has another one for its symbol, as the
/// object spells it. Returns an element for each of \p Targets. Thread-safe.
llvm::Expected<std::vector<TargetSurvey>>
surveyCode(llvm::MemoryBufferRef Object, const llvm::Triple &T,
           llvm::ArrayRef<ResolvedTarget> Targets,
           const llvm::StringMap<unsigned> &TargetOf);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_CODESURVEY_H
