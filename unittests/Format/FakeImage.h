//===- FakeImage.h - an image without a container ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An ImageFile whose segments, relocations and exports a test gives one by
/// one, or as definitions that are laid out as a linker would.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_UNITTESTS_FORMAT_FAKEIMAGE_H
#define PKGIMG_UNITTESTS_FORMAT_FAKEIMAGE_H

#include "../TestSupport.h"
#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/ImageFile.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace pkgimg {

class FakeImage : public ImageFile {
public:
  FakeImage(unsigned WordSize, bool LittleEndian)
      : ImageFile(ContainerFormat::ELF, "fake.so", llvm::StringRef()) {
    PointerSize = WordSize;
    IsLittleEndian = LittleEndian;
    TheTriple =
        llvm::Triple(WordSize == 8 ? (LittleEndian ? "x86_64" : "powerpc64")
                                   : (LittleEndian ? "i686" : "powerpc"));
    Arch = TheTriple.getArch();
  }

  /// Lays out \p Definitions in an image for \p TheTriple: a segment for each
  /// place, in which they follow each other. What has no definition is
  /// imported.
  static std::unique_ptr<FakeImage>
  create(const std::vector<DataDefinition> &Definitions,
         const llvm::Triple &TheTriple) {
    auto Image = std::make_unique<FakeImage>(TheTriple.isArch64Bit() ? 8 : 4,
                                             TheTriple.isLittleEndian());
    Image->TheTriple = TheTriple;
    Image->Arch = TheTriple.getArch();
    Image->layOut(Definitions);
    return Image;
  }

  /// \name By hand
  /// Segments first, then the rest.
  /// @{
  void addSegment(uint64_t Address, llvm::StringRef Content, bool Writable,
                  bool Executable, uint64_t Zeros = 0) {
    ImageSegment S;
    S.Address = Address;
    S.FileOffset = Storage.size();
    S.FileSize = Content.size();
    S.MemorySize = Content.size() + Zeros;
    S.IsReadable = true;
    S.IsWritable = Writable;
    S.IsExecutable = Executable;
    Storage += Content;
    Bytes = Storage;
    Segments.push_back(S);
  }
  void addExport(llvm::StringRef Name, uint64_t Address) {
    ImageSymbol S;
    S.Name = Names.emplace_back(Name.str());
    S.Address = Address;
    Exports.push_back(S);
    sortTables();
  }
  void addLocal(llvm::StringRef Name, uint64_t Address) {
    ImageSymbol S;
    S.Name = Names.emplace_back(Name.str());
    S.Address = Address;
    Locals.push_back(S);
    sortTables();
  }
  void removeExport(llvm::StringRef Name) {
    llvm::erase_if(Exports,
                   [&](const ImageSymbol &S) { return S.Name == Name; });
  }
  /// Makes the word at \p Address the address \p Target.
  void addPointer(uint64_t Address, uint64_t Target) {
    Relocations[Address] = {ImageWord::Address, Target, ""};
  }
  /// Makes the word at \p Address that of the import \p Symbol.
  void addImport(uint64_t Address, llvm::StringRef Symbol) {
    Relocations[Address] = {ImageWord::Import, 0,
                            Names.emplace_back(Symbol.str())};
  }
  void removeRelocation(uint64_t Address) { Relocations.erase(Address); }
  void sortTables() { orDie(finishTables()); }
  /// @}

  /// \name What create() laid out
  /// @{
  uint64_t addressOf(llvm::StringRef Name) const {
    auto It = Addresses.find(Name);
    EXPECT_NE(It, Addresses.end()) << Name.str();
    return It == Addresses.end() ? 0 : It->second;
  }
  uint64_t addressOf(const SymbolRef &Ref) const {
    return addressOf(Ref.Symbol) + Ref.Offset;
  }
  std::vector<std::string> definedNames() const {
    std::vector<std::string> Result;
    for (const auto &Entry : Addresses)
      Result.push_back(Entry.getKey().str());
    return Result;
  }
  /// @}

  /// The byte of the file at \p Address, to be changed.
  char *at(uint64_t Address) {
    const ImageSegment *S = findSegment(Address);
    if (!S || Address - S->Address >= S->FileSize) {
      ADD_FAILURE() << "no byte at " << Address;
      return nullptr;
    }
    return &Storage[S->FileOffset + (Address - S->Address)];
  }
  void put32(uint64_t Address, uint32_t Value) {
    if (char *To = at(Address))
      llvm::support::endian::write(To, Value, endian());
  }
  uint32_t get32(uint64_t Address) {
    char *From = at(Address);
    return From ? llvm::support::endian::read<uint32_t>(From, endian()) : 0;
  }
  void putWord(uint64_t Address, uint64_t Value) {
    if (PointerSize == 4)
      return put32(Address, uint32_t(Value));
    if (char *To = at(Address))
      llvm::support::endian::write(To, Value, endian());
  }
  std::vector<ImageSegment> &mutableSegments() { return Segments; }
  std::string &mutableBytes() { return Storage; }

  CanonicalContent canonicalContent() const override {
    return CanonicalContent();
  }

protected:
  llvm::Expected<ImageWord> relocate(uint64_t Address,
                                     uint64_t Stored) const override {
    auto It = Relocations.find(Address);
    if (It != Relocations.end())
      return It->second;
    return ImageWord{ImageWord::Constant, Stored, ""};
  }

private:
  llvm::endianness endian() const {
    return IsLittleEndian ? llvm::endianness::little : llvm::endianness::big;
  }

  void layOut(const std::vector<DataDefinition> &Definitions) {
    static constexpr DataDefinition::PlaceType Places[] = {
        DataDefinition::Text, DataDefinition::ReadOnly, DataDefinition::RelRO,
        DataDefinition::Data, DataDefinition::Header};
    uint64_t Next = 0x10000;
    std::vector<uint64_t> Starts(Definitions.size());
    for (DataDefinition::PlaceType Place : Places) {
      std::string Content;
      uint64_t Size = 0, Begin = Next;
      for (size_t I = 0; I < Definitions.size(); ++I) {
        const DataDefinition &D = Definitions[I];
        if (D.Place != Place)
          continue;
        Size = llvm::alignTo(Size, D.Alignment);
        Starts[I] = Begin + Size;
        if (!D.Name.empty())
          EXPECT_TRUE(Addresses.try_emplace(D.Name, Starts[I]).second)
              << D.Name << " is defined twice";
        if (!D.Bytes.empty() || Place != DataDefinition::Data) {
          Content.resize(Size);
          Content += D.Bytes;
        }
        Size += D.size();
        // Only zeros at the end of the data need not be in the file.
        if (Place != DataDefinition::Data)
          Content.resize(Size);
        if (Place == DataDefinition::Header)
          EmbeddedAt = {Begin, D.Bytes.size()};
      }
      if (!Size)
        continue;
      addSegment(Begin, Content,
                 Place == DataDefinition::RelRO ||
                     Place == DataDefinition::Data,
                 Place == DataDefinition::Text, Size - Content.size());
      Next = llvm::alignTo(Begin + Size, 0x10000);
    }
    sortTables();
    for (size_t I = 0; I < Definitions.size(); ++I) {
      const DataDefinition &D = Definitions[I];
      if (D.Linkage == DataDefinition::Exported)
        addExport(D.Name, Starts[I]);
      else if (!D.Name.empty())
        addLocal(D.Name, Starts[I]);
      for (const DataFixup &F : D.Fixups) {
        uint64_t At = Starts[I] + F.Offset;
        if (F.Kind == DataFixup::Difference32)
          put32(At, addressOf(F.Target) - addressOf(F.Minus));
        else if (Addresses.count(F.Target.Symbol))
          addPointer(At, addressOf(F.Target));
        else
          addImport(At, F.Target.Symbol);
      }
    }
    if (EmbeddedAt.second)
      EmbeddedHeader = llvm::StringRef(at(EmbeddedAt.first), EmbeddedAt.second);
  }

  std::string Storage;
  std::deque<std::string> Names;
  std::map<uint64_t, ImageWord> Relocations;
  llvm::StringMap<uint64_t> Addresses;
  std::pair<uint64_t, uint64_t> EmbeddedAt;
};

} // namespace pkgimg

#endif // PKGIMG_UNITTESTS_FORMAT_FAKEIMAGE_H
