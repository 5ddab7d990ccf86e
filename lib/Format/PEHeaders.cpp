//===- PEHeaders.cpp - the headers of a PE image --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PEHeaders.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include <algorithm>
#include <tuple>

using namespace llvm;
using namespace pkgimg;

bool PESection::isExecutable() const {
  return Flags & (COFF::IMAGE_SCN_MEM_EXECUTE | COFF::IMAGE_SCN_CNT_CODE);
}

Expected<PEHeaders> PEHeaders::readWithoutSections(const CheckedFile &File) {
  PEHeaders H(File);
  const ByteView &V = File.view();
  const uint64_t Start = uint64_t(V.u32(0x3c)) + sizeof(COFF::PEMagic);
  if (Error E = File.need("the PE header", Start, COFF::Header16Size))
    return std::move(E);
  H.Header = V.view(Start, COFF::Header16Size);
  H.OptionalOffset = Start + COFF::Header16Size;
  const uint64_t OptionalSize = H.Header.u16(16);
  if (Error E =
          File.need("the optional header", H.OptionalOffset, OptionalSize))
    return std::move(E);
  H.Optional = V.view(H.OptionalOffset, OptionalSize);
  const uint16_t Magic = H.Optional.u16(0);
  if (Magic != COFF::PE32Header::PE32 && Magic != COFF::PE32Header::PE32_PLUS)
    return File.damaged("the optional header has the magic number " +
                        hexString(Magic) + ", which is neither PE32 nor PE32+");
  H.Is64 = Magic == COFF::PE32Header::PE32_PLUS;
  return H;
}

Expected<PEHeaders> PEHeaders::read(const CheckedFile &File) {
  Expected<PEHeaders> H = readWithoutSections(File);
  if (!H)
    return H;
  if (Error E = H->readSections(H->OptionalOffset + H->Optional.size(),
                                H->Header.u16(2)))
    return std::move(E);
  return H;
}

Error PEHeaders::checkDirectories() const {
  if (Optional.size() < fixedSize())
    return File.damaged("the optional header has " + Twine(Optional.size()) +
                        " bytes, expected at least " + Twine(fixedSize()));
  const uint64_t Count =
      std::min<uint64_t>(numDirectories(), COFF::NUM_DATA_DIRECTORIES + 1);
  if (!Optional.containsArray(fixedSize(), Count, 8))
    return File.damaged("the optional header of " + Twine(Optional.size()) +
                        " bytes has no room for its " + Twine(Count) +
                        " data directories");
  return Error::success();
}

Error PEHeaders::readSections(uint64_t Offset, uint64_t Count) {
  if (Error E =
          File.needArray("the section table", Offset, Count, COFF::SectionSize))
    return E;
  const ByteView &V = File.view();
  Sections.reserve(Count);
  for (uint64_t I = 0; I != Count; ++I, Offset += COFF::SectionSize) {
    PESection S;
    S.Name = V.slice(Offset, COFF::NameSize);
    S.Name = S.Name.take_front(S.Name.find('\0'));
    S.MemorySize = V.u32(Offset + 8);
    S.Address = V.u32(Offset + 12);
    S.FileSize = V.u32(Offset + 16);
    S.FileOffset = V.u32(Offset + 20);
    S.Flags = V.u32(Offset + 36);
    // Where there are no data, a size may still be given.
    if (S.FileOffset == 0)
      S.FileSize = 0;
    // Also of the sections that are not read: half a DLL is no DLL.
    else if (Error E = File.need("the section number " + Twine(I + 1),
                                 S.FileOffset, S.FileSize))
      return E;
    Sections.push_back(S);
  }
  TableEnd = Offset;
  ByAddress = Sections;
  llvm::sort(ByAddress, [](const PESection &A, const PESection &B) {
    return std::tie(A.Address, A.FileOffset) <
           std::tie(B.Address, B.FileOffset);
  });
  return Error::success();
}

PEDirectory PEHeaders::directory(unsigned Index) const {
  const uint64_t Offset = fixedSize() + uint64_t(Index) * 8;
  if (Index >= numDirectories() || !Optional.contains(Offset, 8))
    return PEDirectory();
  return {Optional.u32(Offset), Optional.u32(Offset + 4)};
}

const PESection *PEHeaders::find(uint32_t Address) const {
  auto I =
      llvm::upper_bound(ByAddress, Address, [](uint32_t A, const PESection &S) {
        return A < S.Address;
      });
  if (I == ByAddress.begin())
    return nullptr;
  --I;
  uint32_t Size = std::max(I->MemorySize, I->FileSize);
  return Address - I->Address < Size ? &*I : nullptr;
}

Expected<uint64_t> PEHeaders::getOffset(const Twine &What, uint32_t Address,
                                        uint64_t Size) const {
  const PESection *S = find(Address);
  if (!S)
    return File.damaged(What + " at address " + hexString(Address) +
                        " lies in no section");
  uint64_t Inside = Address - S->Address;
  if (Inside > S->FileSize || Size > S->FileSize - Inside)
    return File.damaged(What + " at address " + hexString(Address) + " needs " +
                        Twine(Size) +
                        " bytes, and goes beyond the data of its section");
  return S->FileOffset + Inside;
}

Expected<StringRef> PEHeaders::getString(const Twine &What,
                                         uint32_t Address) const {
  Expected<uint64_t> Offset = getOffset(What, Address, 1);
  if (!Offset)
    return Offset.takeError();
  const PESection *S = find(Address);
  std::optional<StringRef> Text = File.view()
                                      .view(S->FileOffset, S->FileSize)
                                      .cString(Address - S->Address);
  if (!Text)
    return File.damaged(What + " at offset " + hexString(*Offset) +
                        " does not end in the data of its section");
  return *Text;
}

Expected<PEExportDirectory> PEHeaders::readExports() const {
  PEExportDirectory Out;
  const PEDirectory Table = directory(COFF::EXPORT_TABLE);
  if (Table.Address == 0)
    return Out;
  const ByteView &V = File.view();
  Expected<uint64_t> Directory =
      getOffset("the export directory", Table.Address, 40);
  if (!Directory)
    return Directory.takeError();
  Out.Address = Table.Address;
  ByteView D = V.view(*Directory, 40);
  if (uint32_t Address = D.u32(12)) {
    Expected<StringRef> Name = getString("the DLL's own name", Address);
    if (!Name)
      return Name.takeError();
    Out.NameAddress = Address;
    Out.DLLName = *Name;
  }
  const uint64_t NumAddresses = D.u32(20), NumNames = D.u32(24);
  if (NumAddresses > 65536 || NumNames > 65536)
    return File.damaged("the export directory counts " + Twine(NumAddresses) +
                        " addresses and " + Twine(NumNames) +
                        " names; a DLL has at most 65536");
  if (NumAddresses == 0)
    return Out;
  Expected<uint64_t> Addresses =
      getOffset("the table of exported addresses", D.u32(28), NumAddresses * 4);
  if (!Addresses)
    return Addresses.takeError();
  BitVector Nameless(NumAddresses);
  for (uint64_t I = 0; I != NumAddresses; ++I)
    Nameless[I] = V.u32(*Addresses + I * 4) != 0;
  Out.NumNameless = Nameless.count();
  if (NumNames == 0)
    return Out;
  Expected<uint64_t> Names =
      getOffset("the table of exported names", D.u32(32), NumNames * 4);
  if (!Names)
    return Names.takeError();
  Expected<uint64_t> Ordinals =
      getOffset("the table of ordinals", D.u32(36), NumNames * 2);
  if (!Ordinals)
    return Ordinals.takeError();

  uint64_t NameBytes = 0;
  for (uint64_t I = 0; I != NumNames; ++I) {
    Expected<StringRef> Name =
        getString("an exported name", V.u32(*Names + I * 4));
    if (!Name)
      return Name.takeError();
    // Names that share their bytes could make a small file a huge table.
    NameBytes += Name->size();
    if (NameBytes > File.size())
      return File.damaged("the exported names are longer than the file");
    const uint64_t Index = V.u16(*Ordinals + I * 2);
    if (Index >= NumAddresses)
      return File.damaged("the export '" + *Name + "' has the index " +
                          Twine(Index) + " in a table of " +
                          Twine(NumAddresses) + " addresses");
    Nameless.reset(Index);
    const uint32_t Address = V.u32(*Addresses + Index * 4);
    if (Address == 0 || Name->empty())
      continue;
    Out.Entries.push_back(
        {*Name, Address,
         Address >= Table.Address && Address - Table.Address < Table.Size});
  }
  Out.NumNameless = Nameless.count();
  return Out;
}

bool pkgimg::parseLongSectionName(StringRef Name,
                                  std::optional<uint64_t> &Offset) {
  Offset.reset();
  if (!Name.consume_front("/"))
    return true;
  uint64_t Value = 0;
  if (Name.consume_front("/")) {
    // The most significant digit first; at most six of them, so none is lost.
    for (char C : Name) {
      static constexpr StringLiteral Alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "abcdefghijklmnopqrstuvwxyz"
                                              "0123456789+/");
      size_t Digit = Alphabet.find(C);
      if (Digit == StringRef::npos)
        return false;
      Value = Value * 64 + Digit;
    }
  } else if (Name.getAsInteger(10, Value)) {
    return false;
  }
  Offset = Value;
  return true;
}
