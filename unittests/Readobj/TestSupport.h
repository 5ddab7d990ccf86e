//===- TestSupport.h - help for the tests -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_UNITTESTS_READOBJ_TESTSUPPORT_H
#define PKGIMG_UNITTESTS_READOBJ_TESTSUPPORT_H

#include "JSONPrinter.h"
#include "TextPrinter.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace pkgimg {
namespace readobj {

inline std::string toText(const Value &V) {
  std::string S;
  llvm::raw_string_ostream OS(S);
  llvm::ScopedPrinter W(OS);
  printText(V, W);
  return S;
}

inline std::string toJSON(const Value &V) {
  std::string S;
  llvm::raw_string_ostream OS(S);
  llvm::json::OStream J(OS);
  printJSON(V, J);
  return S;
}

/// The value at "Functions.0.Symbol" as text shows it; "(none)" if there is
/// none. Elements of lists by their index.
inline std::string at(const Value &V, llvm::StringRef Path) {
  const Value *Current = &V;
  while (Current && !Path.empty()) {
    llvm::StringRef Name;
    std::tie(Name, Path) = Path.split('.');
    size_t Index;
    if (Current->kind() == Value::List)
      Current =
          !Name.getAsInteger(10, Index) && Index < Current->children().size()
              ? &Current->children()[Index].V
              : nullptr;
    else
      Current = Current->find(Name);
  }
  if (!Current)
    return "(none)";
  if (Current->isScalar())
    return Current->str();
  return toJSON(*Current);
}

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_UNITTESTS_READOBJ_TESTSUPPORT_H
