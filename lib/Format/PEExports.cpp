//===- PEExports.cpp - What DLLs and COFF objects export ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/PEExports.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/BinaryFormat/COFF.h"

#include <tuple>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// Export tables
//===----------------------------------------------------------------------===//

namespace {
/// Finds in the file what has an address in the loaded image.
class ImageMap {
public:
  struct Section {
    uint32_t Address, MemorySize, FileOffset, FileSize, Flags;
  };

  explicit ImageMap(const CheckedFile &File) : File(File) {}

  Error readSections(uint64_t Offset, uint64_t Count) {
    if (Error E = File.needArray("the section table", Offset, Count,
                                 COFF::SectionSize))
      return E;
    const ByteView &V = File.view();
    for (uint64_t I = 0; I != Count; ++I, Offset += COFF::SectionSize) {
      Section S = {V.u32(Offset + 12), V.u32(Offset + 8), V.u32(Offset + 20),
                   V.u32(Offset + 16), V.u32(Offset + 36)};
      // Where there are no data, a size may still be given.
      if (S.FileOffset == 0)
        S.FileSize = 0;
      // Also of the sections that are not read here: half a DLL is no DLL.
      else if (Error E = File.need("the section number " + Twine(I + 1),
                                   S.FileOffset, S.FileSize))
        return E;
      Sections.push_back(S);
    }
    llvm::sort(Sections, [](const Section &A, const Section &B) {
      return std::tie(A.Address, A.FileOffset) <
             std::tie(B.Address, B.FileOffset);
    });
    return Error::success();
  }

  const Section *find(uint32_t Address) const {
    auto I =
        llvm::upper_bound(Sections, Address, [](uint32_t A, const Section &S) {
          return A < S.Address;
        });
    if (I == Sections.begin())
      return nullptr;
    --I;
    // Linkers have left the size in memory zero.
    uint32_t Size = std::max(I->MemorySize, I->FileSize);
    return Address - I->Address < Size ? &*I : nullptr;
  }

  /// Returns the file offset of \p Size bytes at \p Address.
  Expected<uint64_t> getOffset(const Twine &What, uint32_t Address,
                               uint64_t Size) const {
    const Section *S = find(Address);
    if (!S)
      return File.damaged(What + " at address " + hexString(Address) +
                          " lies in no section");
    uint64_t Inside = Address - S->Address;
    if (Inside > S->FileSize || Size > S->FileSize - Inside)
      return File.damaged(What + " at address " + hexString(Address) +
                          " needs " + Twine(Size) +
                          " bytes, and goes beyond the data of its section");
    uint64_t Offset = S->FileOffset + Inside;
    if (Error E = File.need(What, Offset, Size))
      return std::move(E);
    return Offset;
  }

  Expected<StringRef> getString(const Twine &What, uint32_t Address) const {
    Expected<uint64_t> Offset = getOffset(What, Address, 1);
    if (!Offset)
      return Offset.takeError();
    std::optional<StringRef> Text = File.view().cString(*Offset);
    if (!Text)
      return File.damaged(What + " at offset " + hexString(*Offset) +
                          " has no end");
    return *Text;
  }

private:
  const CheckedFile &File;
  SmallVector<Section, 16> Sections;
};
} // namespace

Expected<PEExportTable> pkgimg::readPEExports(MemoryBufferRef Buffer) {
  CheckedFile File(Buffer.getBufferIdentifier(), Buffer.getBuffer());
  const ByteView &V = File.view();
  FileKind Kind = identifyFile(Buffer.getBuffer());
  if (Kind != FileKind::PEImage) {
    // A file that ends inside its first headers is not recognised as an image.
    if (Buffer.getBuffer().starts_with("MZ"))
      return File.error("expected a DLL, and the file begins as one, but has "
                        "no PE header; it is truncated or damaged: make or "
                        "install it again");
    return File.error("expected a DLL, found " + getFileKindName(Kind));
  }

  PEExportTable Table;
  const uint64_t Header = uint64_t(V.u32(0x3c)) + sizeof(COFF::PEMagic);
  if (Error E = File.need("the PE header", Header, COFF::Header16Size))
    return std::move(E);
  Table.Machine = V.u16(Header);
  const uint64_t NumSections = V.u16(Header + 2);
  const uint64_t OptionalSize = V.u16(Header + 16);
  const uint64_t Optional = Header + COFF::Header16Size;
  if (Error E = File.need("the optional header", Optional, OptionalSize))
    return std::move(E);
  ByteView O = V.view(Optional, OptionalSize);
  uint64_t Directories;
  switch (O.u16(0)) {
  case COFF::PE32Header::PE32:
    Directories = 96;
    break;
  case COFF::PE32Header::PE32_PLUS:
    Directories = 112;
    break;
  default:
    return File.damaged("the optional header has the magic number " +
                        hexString(O.u16(0)) +
                        ", which is neither PE32 nor PE32+");
  }
  ImageMap Map(File);
  if (Error E = Map.readSections(Optional + OptionalSize, NumSections))
    return std::move(E);

  // The number of directories precedes them; the first is the export table.
  if (O.u32(Directories - 4) == 0 || !O.contains(Directories, 8))
    return Table;
  const uint32_t TableAddress = O.u32(Directories);
  const uint32_t TableSize = O.u32(Directories + 4);
  if (TableAddress == 0)
    return Table;
  Expected<uint64_t> Directory =
      Map.getOffset("the export directory", TableAddress, 40);
  if (!Directory)
    return Directory.takeError();
  ByteView D = V.view(*Directory, 40);
  if (uint32_t Address = D.u32(12)) {
    Expected<StringRef> Name = Map.getString("the DLL's own name", Address);
    if (!Name)
      return Name.takeError();
    Table.DLLName = *Name;
  }
  const uint64_t NumAddresses = D.u32(20), NumNames = D.u32(24);
  if (NumAddresses > 65536 || NumNames > 65536)
    return File.damaged("the export directory counts " + Twine(NumAddresses) +
                        " addresses and " + Twine(NumNames) +
                        " names; a DLL has at most 65536");
  if (NumAddresses == 0)
    return Table;
  Expected<uint64_t> Addresses = Map.getOffset(
      "the table of exported addresses", D.u32(28), NumAddresses * 4);
  if (!Addresses)
    return Addresses.takeError();
  BitVector Nameless(NumAddresses);
  for (uint64_t I = 0; I != NumAddresses; ++I)
    Nameless[I] = V.u32(*Addresses + I * 4) != 0;
  Table.NumNameless = Nameless.count();
  if (NumNames == 0)
    return Table;
  Expected<uint64_t> Names =
      Map.getOffset("the table of exported names", D.u32(32), NumNames * 4);
  if (!Names)
    return Names.takeError();
  Expected<uint64_t> Ordinals =
      Map.getOffset("the table of ordinals", D.u32(36), NumNames * 2);
  if (!Ordinals)
    return Ordinals.takeError();

  uint64_t NameBytes = 0;
  for (uint64_t I = 0; I != NumNames; ++I) {
    Expected<StringRef> Name =
        Map.getString("an exported name", V.u32(*Names + I * 4));
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
    PEExport Export;
    Export.Name = *Name;
    if (Address >= TableAddress && Address - TableAddress < TableSize) {
      Export.IsForwarder = true;
    } else {
      const ImageMap::Section *S = Map.find(Address);
      if (!S)
        return File.damaged("the export '" + *Name + "' at address " +
                            hexString(Address) + " lies in no section");
      Export.IsData = !(
          S->Flags & (COFF::IMAGE_SCN_MEM_EXECUTE | COFF::IMAGE_SCN_CNT_CODE));
    }
    Table.Exports.push_back(Export);
  }
  Table.NumNameless = Nameless.count();
  return Table;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// Adds the names in the export directives of \p Text, a `.drectve` section:
/// words between blanks, in which quotes protect blanks.
static void addDirectives(StringRef Text, std::vector<std::string> &Names) {
  while (true) {
    Text = Text.ltrim(StringRef(" \t\r\n\0", 5));
    if (Text.empty())
      return;
    std::string Word;
    bool Quoted = false;
    size_t I = 0;
    for (; I != Text.size(); ++I) {
      char C = Text[I];
      if (C == '"')
        Quoted = !Quoted;
      else if (!Quoted &&
               (C == ' ' || C == '\t' || C == '\r' || C == '\n' || C == '\0'))
        break;
      else
        Word += C;
    }
    Text = Text.drop_front(I);
    StringRef W = Word;
    if (!W.consume_front("-") && !W.consume_front("/"))
      continue;
    if (!W.consume_front_insensitive("export:"))
      continue;
    // NAME[=INTERNAL][,@ORDINAL][,DATA]...
    Names.push_back(W.take_front(W.find_first_of("=,")).str());
  }
}

static Error readObject(StringRef Name, StringRef Bytes, bool WantSymbols,
                        COFFExportInfo &Info) {
  CheckedFile File(Name, Bytes);
  const ByteView &V = File.view();
  // A bigobj has a longer header, and symbols with wider section numbers.
  const bool Big = V.u16(0) == 0 && V.u16(2) == 0xffff;
  const uint64_t HeaderSize = Big ? COFF::Header32Size : COFF::Header16Size;
  if (Error E = File.need("the COFF header", 0, HeaderSize))
    return E;
  const uint64_t NumSections = Big ? V.u32(44) : V.u16(2);
  const uint64_t Symbols = V.u32(Big ? 48 : 8);
  const uint64_t NumSymbols = V.u32(Big ? 52 : 12);
  const uint64_t SymbolSize = Big ? COFF::Symbol32Size : COFF::Symbol16Size;
  const uint64_t Sections = HeaderSize + (Big ? 0 : V.u16(16));
  if (Error E = File.needArray("the section table", Sections, NumSections,
                               COFF::SectionSize))
    return E;
  for (uint64_t I = 0; I != NumSections; ++I) {
    const uint64_t S = Sections + I * COFF::SectionSize;
    if (V.slice(S, COFF::NameSize) != ".drectve")
      continue;
    const uint64_t Offset = V.u32(S + 20), Size = V.u32(S + 16);
    if (Error E = File.need("the section '.drectve'", Offset, Size))
      return E;
    addDirectives(V.slice(Offset, Size), Info.Directives);
  }
  if (!WantSymbols || Symbols == 0)
    return Error::success();

  if (Error E =
          File.needArray("the symbol table", Symbols, NumSymbols, SymbolSize))
    return E;
  const uint64_t Strings = Symbols + NumSymbols * SymbolSize;
  ByteView Table = V.view(Strings, V.contains(Strings, 4) ? V.u32(Strings) : 0);
  for (uint64_t I = 0; I < NumSymbols; ++I) {
    const uint64_t S = Symbols + I * SymbolSize;
    const int32_t Section =
        Big ? int32_t(V.u32(S + 12)) : int16_t(V.u16(S + 12));
    const uint64_t Class = S + (Big ? 18 : 16);
    I += V.u8(Class + 1);
    if (V.u8(Class) != COFF::IMAGE_SYM_CLASS_EXTERNAL || Section < 0)
      continue;
    StringRef Symbol;
    if (V.u32(S) == 0) {
      std::optional<StringRef> Long = Table.cString(V.u32(S + 4));
      if (!Long)
        return File.damaged("the symbol " + Twine(I) +
                            " has its name outside the table of strings");
      Symbol = *Long;
    } else {
      Symbol = V.slice(S, COFF::NameSize);
      Symbol = Symbol.take_front(Symbol.find('\0'));
    }
    // A symbol of no section with a value is a common one, of that size.
    if (Section > 0 || V.u32(S + 8)) {
      Info.Defined.push_back(Symbol);
      // Section numbers begin with 1; one that is too large is the linker's
      // to report.
      uint32_t Flags =
          Section > 0 && uint64_t(Section) <= NumSections
              ? V.u32(Sections + (Section - 1) * COFF::SectionSize + 36)
              : 0;
      if (!(Flags & COFF::IMAGE_SCN_MEM_EXECUTE))
        Info.DefinedData.push_back(Symbol);
    } else {
      Info.Undefined.push_back(Symbol);
    }
  }
  return Error::success();
}

Expected<COFFExportInfo> pkgimg::readCOFFExportInfo(MemoryBufferRef Buffer,
                                                    bool WantSymbols) {
  COFFExportInfo Info;
  FileKind Kind = identifyFile(Buffer.getBuffer());
  if (Kind == FileKind::COFFObject) {
    if (Error E = readObject(Buffer.getBufferIdentifier(), Buffer.getBuffer(),
                             WantSymbols, Info))
      return std::move(E);
  } else if (Kind == FileKind::Archive) {
    auto Visit = [&](const ArchiveMember &Member) -> Error {
      if (identifyFile(Member.Bytes) != FileKind::COFFObject)
        return Error::success();
      std::string Name =
          (Buffer.getBufferIdentifier() + "(" + Member.Name + ")").str();
      return readObject(Name, Member.Bytes, WantSymbols, Info);
    };
    if (Error E = forEachArchiveMember(Buffer, Visit))
      return std::move(E);
  }
  return Info;
}
