//===- SymbolIndex.cpp - symbols by address -------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolIndex.h"
#include "llvm/ADT/STLExtras.h"

#include <tuple>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

SymbolIndex::SymbolIndex(const ImageFile &Image) {
  Symbols.reserve(Image.exports().size() + Image.localSymbols().size());
  for (const ImageSymbol &S : Image.exports())
    Symbols.push_back({&S, /*IsLocal=*/false});
  for (const ImageSymbol &S : Image.localSymbols())
    Symbols.push_back({&S, /*IsLocal=*/true});
  llvm::sort(Symbols, [](const Entry &A, const Entry &B) {
    return std::tie(A.Symbol->Address, A.IsLocal, A.Symbol->Name) <
           std::tie(B.Symbol->Address, B.IsLocal, B.Symbol->Name);
  });
}

const ImageSymbol *SymbolIndex::find(uint64_t Address) const {
  auto It = llvm::lower_bound(Symbols, Address, [](const Entry &E, uint64_t A) {
    return E.Symbol->Address < A;
  });
  return It != Symbols.end() && It->Symbol->Address == Address ? It->Symbol
                                                               : nullptr;
}
