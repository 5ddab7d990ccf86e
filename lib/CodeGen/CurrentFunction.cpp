//===- CurrentFunction.cpp - What a thread is compiling -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/CurrentFunction.h"

#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace pkgimg;

namespace {

/// A copy of a name. Without constructor and destructor, so that access to the
/// thread's own costs nothing.
template <size_t N> struct FixedName {
  char Text[N];
  size_t Length; ///< Of the whole name, which may be longer than the text.

  void set(StringRef Name) {
    Length = Name.size();
    if (!Name.empty())
      std::memcpy(Text, Name.data(), std::min(N, Length));
  }

  bool empty() const { return Length == 0; }

  StringRef kept() const { return {Text, std::min(N, Length)}; }

  std::string str() const {
    std::string Result(Text, std::min(N, Length));
    return Length > N ? Result + "..." : Result;
  }
};

} // namespace

static thread_local FixedName<1000> CurrentFunction;
static thread_local FixedName<100> CurrentPass;

void pkgimg::setCurrentFunction(StringRef Function, StringRef Pass) {
  CurrentFunction.set(Function);
  CurrentPass.set(Pass);
}

void pkgimg::clearCurrentFunction() { setCurrentFunction("", ""); }

StringRef pkgimg::getCurrentFunctionName() { return CurrentFunction.kept(); }

std::string pkgimg::describeCurrentFunction() {
  std::string Result;
  if (!CurrentPass.empty())
    Result = "pass '" + CurrentPass.str() + "'";
  if (!CurrentFunction.empty())
    Result += (Result.empty() ? "function '" : " on function '") +
              CurrentFunction.str() + "'";
  return Result;
}
