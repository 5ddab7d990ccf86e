//===- LibraryWriter.cpp - small shared libraries -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/LibraryWriter.h"
#include "LibraryWriterImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <set>

using namespace llvm;
using namespace pkgimg;

LibraryLayout::LibraryLayout(const LibrarySpec &Spec)
    : Spec(Spec), PointerSize(Spec.TheTriple.isArch64Bit() ? 8 : 4),
      IsLittleEndian(Spec.TheTriple.isLittleEndian()) {}

Expected<LibraryLayout> LibraryLayout::create(const LibrarySpec &Spec) {
  LibraryLayout L(Spec);
  for (auto [I, D] : enumerate(Spec.Definitions)) {
    if (D.Name.empty() && D.Place != DataDefinition::Header)
      return createStringError("definition " + Twine(I) + " has no name");
    if (!D.Name.empty() && !L.Index.try_emplace(D.Name, I).second)
      return createStringError("the symbol '" + D.Name + "' is defined twice");
    if (!isPowerOf2_64(D.Alignment))
      return createStringError("the alignment of '" + D.Name + "' is " +
                               Twine(D.Alignment) +
                               ", expected a power of two");
    Block &B = L.Blocks[D.Place];
    B.Alignment = std::max(B.Alignment, D.Alignment);
    uint64_t Offset = alignTo(B.MemorySize, D.Alignment);
    L.Offsets.push_back(Offset);
    // Zeros at the end of what is writable need not be in the file.
    bool InFile = D.Place != DataDefinition::Data || !D.Bytes.empty();
    if (InFile) {
      B.Bytes.resize(Offset);
      B.Bytes += D.Bytes;
      if (D.Place != DataDefinition::Data)
        B.Bytes.append(D.ZeroFill, '\0');
    }
    B.MemorySize = Offset + D.size();
    uint64_t End = 0;
    for (const DataFixup &F : D.Fixups) {
      uint64_t Size =
          F.Kind == DataFixup::Pointer ? L.PointerSize : sizeof(uint32_t);
      if (F.Offset < End || F.Offset > D.Bytes.size() ||
          Size > D.Bytes.size() - F.Offset)
        return createStringError("the fixup at offset " + Twine(F.Offset) +
                                 " of '" + D.Name +
                                 "' overlaps another, or leaves its " +
                                 Twine(D.Bytes.size()) + " bytes");
      if (F.Kind == DataFixup::Pointer && D.Place != DataDefinition::RelRO &&
          D.Place != DataDefinition::Data)
        return createStringError("'" + D.Name +
                                 "' has a pointer, and is not in a place that "
                                 "the loader may write");
      End = F.Offset + Size;
    }
  }
  std::set<std::string> Imports;
  for (const DataDefinition &D : Spec.Definitions)
    for (const DataFixup &F : D.Fixups) {
      if (F.Kind == DataFixup::Pointer) {
        if (!L.Index.count(F.Target.Symbol))
          Imports.insert(F.Target.Symbol);
        continue;
      }
      for (const SymbolRef *S : {&F.Target, &F.Minus})
        if (!L.Index.count(S->Symbol))
          return createStringError("'" + D.Name + "' has a distance to '" +
                                   S->Symbol + "', which is not defined");
    }
  L.Imports.assign(Imports.begin(), Imports.end());
  return L;
}

uint64_t LibraryLayout::addressOf(StringRef Symbol) const {
  size_t I = Index.find(Symbol)->second;
  return Blocks[Spec.Definitions[I].Place].Address + Offsets[I];
}

Error LibraryLayout::place() {
  for (auto [I, D] : enumerate(Spec.Definitions)) {
    Block &B = Blocks[D.Place];
    for (const DataFixup &F : D.Fixups) {
      uint64_t Offset = Offsets[I] + F.Offset;
      if (F.Kind == DataFixup::Difference32) {
        int64_t Value = addressOf(F.Target.Symbol) + F.Target.Offset -
                        addressOf(F.Minus.Symbol) - F.Minus.Offset;
        if (!isInt<32>(Value))
          return createStringError("the distance from '" + F.Minus.Symbol +
                                   "' to '" + F.Target.Symbol +
                                   "' does not fit 32 bits");
        support::endian::write<uint32_t>(&B.Bytes[Offset], uint32_t(Value),
                                         IsLittleEndian ? endianness::little
                                                        : endianness::big);
        continue;
      }
      PlacedPointer P;
      P.Address = B.Address + Offset;
      auto It = llvm::lower_bound(Imports, F.Target.Symbol);
      if (It != Imports.end() && *It == F.Target.Symbol) {
        P.Import = It - Imports.begin();
        P.Value = F.Target.Offset;
      } else {
        P.Value = addressOf(F.Target.Symbol) + F.Target.Offset;
      }
      Pointers.push_back(P);
    }
  }
  llvm::sort(Pointers, [](const PlacedPointer &A, const PlacedPointer &B) {
    return A.Address < B.Address;
  });
  return Error::success();
}

void LibraryLayout::storeWord(uint64_t Address, uint64_t Value) {
  for (Block &B : Blocks) {
    if (Address < B.Address || Address - B.Address >= B.Bytes.size())
      continue;
    char *To = &B.Bytes[Address - B.Address];
    endianness E = IsLittleEndian ? endianness::little : endianness::big;
    if (PointerSize == 8)
      support::endian::write<uint64_t>(To, Value, E);
    else
      support::endian::write<uint32_t>(To, uint32_t(Value), E);
    return;
  }
}

Expected<std::string> pkgimg::writeLibrary(const LibrarySpec &Spec) {
  Expected<LibraryLayout> Layout = LibraryLayout::create(Spec);
  if (!Layout)
    return Layout.takeError();
  switch (Spec.Format) {
  case ContainerFormat::ELF:
    return writeELFLibrary(std::move(*Layout));
  case ContainerFormat::MachO:
    return writeMachOLibrary(std::move(*Layout));
  case ContainerFormat::PE:
    return writePELibrary(std::move(*Layout));
  }
  llvm_unreachable("unknown container");
}
