//===- JSONPrinter.cpp - trees as JSON ------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JSONPrinter.h"

#include <cmath>

using namespace llvm;
using namespace pkgimg::readobj;

void pkgimg::readobj::printJSON(const Value &V, json::OStream &J) {
  switch (V.kind()) {
  case Value::Object:
    J.object([&] {
      for (const Value::Child &M : V.children()) {
        J.attributeBegin(M.Name);
        printJSON(M.V, J);
        J.attributeEnd();
      }
    });
    return;
  case Value::List:
    J.array([&] {
      for (const Value::Child &E : V.children())
        printJSON(E.V, J);
    });
    return;
  case Value::Bool:
    J.value(V.getBool());
    return;
  case Value::Integer:
    J.value(V.getInteger());
    return;
  case Value::Real:
    // JSON has no infinity, and nothing that is not a number.
    if (std::isfinite(V.getReal())) {
      J.value(V.getReal());
      return;
    }
    [[fallthrough]];
  default: {
    std::string S = V.str();
    J.value(json::isUTF8(S) ? std::move(S) : json::fixUTF8(S));
    return;
  }
  }
}
