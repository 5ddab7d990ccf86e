//===- TestSupport.h - what all unit tests share ----------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Values out of Expected, and bytes that a sanitizer watches the end of.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_UNITTESTS_TESTSUPPORT_H
#define PKGIMG_UNITTESTS_TESTSUPPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/ErrorHandling.h"
#include "gtest/gtest.h"
#include <cstring>
#include <memory>
#include <string>

/// Ends a test unless the Expected \p X has a value.
#define ASSERT_OK(X) ASSERT_TRUE(bool(X)) << llvm::toString((X).takeError())

namespace pkgimg {

/// The value, or the end of the program with the error's text: cantFail() says
/// nothing of it in a build without assertions.
template <typename T> T orDie(llvm::Expected<T> V) {
  if (!V)
    llvm::report_fatal_error(V.takeError());
  return std::move(*V);
}
inline void orDie(llvm::Error E) {
  if (E)
    llvm::report_fatal_error(std::move(E));
}

/// The value, or a failure of the test with the error's text.
template <typename T> T valueOf(llvm::Expected<T> V) {
  if (V)
    return std::move(*V);
  ADD_FAILURE() << llvm::toString(V.takeError());
  return T();
}

/// The text of the error, which must be there.
template <typename T> std::string errorOf(llvm::Expected<T> V) {
  if (!V)
    return llvm::toString(V.takeError());
  ADD_FAILURE() << "expected an error";
  return std::string();
}
inline std::string errorOf(llvm::Error E) {
  if (E)
    return llvm::toString(std::move(E));
  ADD_FAILURE() << "expected an error";
  return std::string();
}

/// A copy with an allocation of its own of exactly its size, so that a
/// sanitizer sees a read beyond it. Those of std::string have room behind them.
class ExactCopy {
public:
  explicit ExactCopy(llvm::StringRef Bytes)
      : Copy(new char[Bytes.size()]), Size(Bytes.size()) {
    if (Size)
      std::memcpy(Copy.get(), Bytes.data(), Size);
  }
  llvm::StringRef bytes() const { return {Copy.get(), Size}; }

private:
  std::unique_ptr<char[]> Copy;
  size_t Size;
};

} // namespace pkgimg

#endif // PKGIMG_UNITTESTS_TESTSUPPORT_H
