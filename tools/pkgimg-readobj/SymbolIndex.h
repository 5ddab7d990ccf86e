//===- SymbolIndex.h - symbols by address -----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_SYMBOLINDEX_H
#define PKGIMG_TOOLS_READOBJ_SYMBOLINDEX_H

#include "pkgimg/Format/ImageFile.h"
#include <cstdint>
#include <vector>

namespace pkgimg {
namespace readobj {

/// The symbols of an image by address: exports, and what its symbol table for
/// debuggers has. Of several at one address, exports come first, then the name
/// decides.
class SymbolIndex {
public:
  /// \p Image must outlive this.
  explicit SymbolIndex(const ImageFile &Image);

  /// Returns the symbol that begins at \p Address, or null.
  const ImageSymbol *find(uint64_t Address) const;

private:
  struct Entry {
    const ImageSymbol *Symbol;
    bool IsLocal;
  };
  std::vector<Entry> Symbols;
};

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_SYMBOLINDEX_H
