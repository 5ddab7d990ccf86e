//===- Fuzzing.h - What the fuzzers share -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The entry points of libFuzzer, and the check that all fuzzers use.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_PKGIMG_FUZZERS_FUZZING_H
#define PKGIMG_TOOLS_PKGIMG_FUZZERS_FUZZING_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Runs one input. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

/// Fuzzers with a mutator of their own: changes the \p Size bytes at \p Data,
/// and returns their new number, at most \p MaxSize.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *Data, size_t Size,
                                          size_t MaxSize, unsigned Seed);

/// libFuzzer's own mutator.
extern "C" size_t LLVMFuzzerMutate(uint8_t *Data, size_t Size, size_t MaxSize);

namespace pkgimg {

/// What the functions under test must never do. The input is a bug's.
[[noreturn]] inline void reportFuzzFailure(llvm::StringRef What,
                                           const llvm::Twine &Detail = "") {
  llvm::errs() << "fuzzer: not so: " << What << '\n' << Detail << '\n';
  std::abort();
}

#define FUZZ_CHECK(CONDITION)                                                  \
  do {                                                                         \
    if (!(CONDITION))                                                          \
      pkgimg::reportFuzzFailure(#CONDITION);                                   \
  } while (false)

/// Returns the value of \p E, which must have one.
template <typename T>
T checkSuccess(llvm::Expected<T> E, llvm::StringRef What) {
  if (!E)
    reportFuzzFailure(What, llvm::toString(E.takeError()));
  return std::move(*E);
}

/// Returns true if \p E has a value. Otherwise its message must not be empty.
template <typename T> bool checkError(llvm::Expected<T> &E) {
  if (E)
    return true;
  FUZZ_CHECK(!llvm::toString(E.takeError()).empty());
  return false;
}

} // namespace pkgimg

#endif // PKGIMG_TOOLS_PKGIMG_FUZZERS_FUZZING_H
