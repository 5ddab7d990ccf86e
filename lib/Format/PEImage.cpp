//===- PEImage.cpp - a DLL, read without loading --------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads DLLs. "PE" below is Microsoft's specification "PE Format".
///
/// Names on i386: C names have an underscore before them in objects, and
/// linkers take it off when they write the export table (lld/COFF/Driver.cpp;
/// GNU ld by default), while "_f@4" of stdcall keeps it with Microsoft's. An
/// export table in which every name without '@' and '?' begins with an
/// underscore was written by a linker that leaves it; there alone it is taken
/// off here. The symbol table for debuggers has the objects' names always.
///
//===----------------------------------------------------------------------===//

#include "ImageFileImpl.h"
#include "PEHeaders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/StringSaver.h"
#include <algorithm>

using namespace llvm;
using namespace pkgimg;

namespace {
/// The page of the loader, which section headers count on as well.
constexpr uint32_t PageSize = 4096;
/// Windows reads a section's data from PointerToRawData rounded down to this.
constexpr uint32_t SectorSize = 512;
/// Addresses at which Windows maps images are multiples of this.
constexpr uint32_t AllocationGranularity = 65536;

class PEImage final : public ImageFile {
public:
  explicit PEImage(MemoryBufferRef Buffer)
      : ImageFile(ContainerFormat::PE, Buffer.getBufferIdentifier(),
                  Buffer.getBuffer()),
        File(Name, Bytes), Saver(Alloc) {}

  Error open();
  CanonicalContent canonicalContent() const override;

protected:
  Expected<ImageWord> relocate(uint64_t Address,
                               uint64_t Stored) const override;

private:
  /// A word that the loader (or the code of a delayed import) makes the address
  /// of an import.
  struct ImportSlot {
    uint32_t Address;
    /// Index into Imports.
    uint32_t Import;
  };
  /// One import descriptor.
  struct ImportTable {
    StringRef Library;
    bool IsDelayed;
    uint32_t FirstImport;
    uint32_t NumImports;
  };
  struct ZeroRange {
    uint64_t Address;
    uint64_t Size;
  };

  Error readMachine();
  Error readLayout();
  Error readStringTable();
  Error readSections();
  Error readExports();
  Error readSymbols();
  Error readImports();
  Error readDelayedImports();
  Error readThunks(ImportTable Table, uint32_t Names, uint32_t Slots);
  Error finishImports();
  Error readRelocations();
  Error finishRelocations();
  void countRelocations();
  void setTriple();

  /// The string at \p Address, which ends in its segment. Adds its size to
  /// \p Budget, which may not exceed the file's.
  Expected<StringRef> readString(uint64_t Address, const Twine &What,
                                 uint64_t &Budget) const;
  /// True if what strip(1) may take away, or a linker names anew, is all that
  /// the section \p Index has.
  bool isDebugSection(size_t Index) const;
  std::vector<ZeroRange> findZeroRanges() const;

  CheckedFile File;
  BumpPtrAllocator Alloc;
  StringSaver Saver;
  std::optional<PEHeaders> Headers;
  uint16_t Machine = 0;
  uint64_t ImageBase = 0;
  ByteView Strings;
  PEExportDirectory ExportDirectory;
  std::vector<ImportTable> Tables;
  /// Those of delayed imports at the end; each part sorted by address once
  /// finishImports() was called.
  std::vector<ImportSlot> Slots;
  /// Sorted: words with a base relocation.
  std::vector<uint32_t> Words;
  /// Sorted: pairs of Thumb instructions, of eight bytes, with one.
  std::vector<uint32_t> Instructions;
  uint64_t NumStaticSlots = 0;
  uint64_t ImportNameBytes = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Headers and sections
//===----------------------------------------------------------------------===//

Error PEImage::readMachine() {
  Machine = Headers->machine();
  bool Wants64 = false;
  switch (Machine) {
  case COFF::IMAGE_FILE_MACHINE_I386:
    Arch = Triple::x86;
    break;
  case COFF::IMAGE_FILE_MACHINE_ARMNT:
    Arch = Triple::thumb;
    break;
  case COFF::IMAGE_FILE_MACHINE_AMD64:
    Arch = Triple::x86_64;
    Wants64 = true;
    break;
  case COFF::IMAGE_FILE_MACHINE_ARM64:
  case COFF::IMAGE_FILE_MACHINE_ARM64EC:
  case COFF::IMAGE_FILE_MACHINE_ARM64X:
    Arch = Triple::aarch64;
    Wants64 = true;
    break;
  default:
    return createStringError(
        Name +
        ": expected a DLL for i386, x86_64, ARM or ARM64, found one for "
        "the machine " +
        hexString(Machine));
  }
  if (Wants64 != Headers->is64())
    return damaged("the machine " + hexString(Machine) + " needs a header of " +
                   (Wants64 ? "PE32+" : "PE32") + ", found one of " +
                   (Wants64 ? "PE32" : "PE32+"));
  PointerSize = Wants64 ? 8 : 4;
  const uint16_t Flags = Headers->characteristics();
  if (!(Flags & COFF::IMAGE_FILE_DLL))
    return createStringError(Name +
                             ": expected a DLL, found a PE image of another "
                             "kind (an executable): link it as a shared "
                             "library");
  if (!(Flags & COFF::IMAGE_FILE_EXECUTABLE_IMAGE))
    return damaged("the header's characteristics " + hexString(Flags) +
                   " say that the link had errors");
  return Error::success();
}

Error PEImage::readLayout() {
  const ByteView &O = Headers->optional();
  if (Error E = Headers->checkDirectories())
    return E;
  ImageBase = Headers->is64() ? O.u64(24) : O.u32(28);
  if (ImageBase % AllocationGranularity)
    return damaged("the image base " + hexString(ImageBase) +
                   " is no multiple of " + hexString(AllocationGranularity));
  const uint32_t SectionAlignment = O.u32(32);
  if (!isPowerOf2_32(SectionAlignment))
    return damaged("the alignment of sections is " +
                   hexString(SectionAlignment) + ", expected a power of two");
  const uint32_t SizeOfHeaders = O.u32(60);
  if (SizeOfHeaders < Headers->tableEnd() || SizeOfHeaders > Bytes.size())
    return damaged("the headers have " + hexString(SizeOfHeaders) +
                   " bytes, expected at least " +
                   hexString(Headers->tableEnd()) + ", and the file has " +
                   hexString(Bytes.size()));
  return Error::success();
}

/// PE, "COFF String Table": it follows the symbols, and begins with its size,
/// which counts the size field.
Error PEImage::readStringTable() {
  const uint64_t Symbols = Headers->symbolTable();
  if (Symbols == 0)
    return Error::success();
  const uint64_t NumSymbols = Headers->numSymbols();
  const ByteView &V = File.view();
  if (!V.containsArray(Symbols, NumSymbols, COFF::Symbol16Size))
    return damaged("the symbol table of " + Twine(NumSymbols) +
                   " entries at offset " + hexString(Symbols) +
                   " ends after the end of the file at " + hexString(V.size()));
  const uint64_t Offset = Symbols + NumSymbols * COFF::Symbol16Size;
  // Without symbols, some tools leave it out.
  if (NumSymbols == 0 && !V.contains(Offset, 4))
    return Error::success();
  const uint64_t Size = V.u32(Offset);
  if (!V.contains(Offset, std::max<uint64_t>(Size, 4)))
    return damaged("the string table at offset " + hexString(Offset) +
                   " needs " + hexString(Size) +
                   " bytes, but the file ends at " + hexString(V.size()));
  Strings = V.view(Offset, Size);
  return Error::success();
}

Error PEImage::readSections() {
  const ByteView &O = Headers->optional();
  const uint32_t SectionAlignment = O.u32(32);
  const uint64_t SizeOfImage = O.u32(56);
  const uint32_t SizeOfHeaders = O.u32(60);

  ImageSegment Header;
  Header.Name = "headers";
  Header.MemorySize = Header.FileSize = SizeOfHeaders;
  Header.IsReadable = true;
  Segments.push_back(Header);

  // What lies in the file twice would count twice in the digest: a small file
  // could have gigabytes of content.
  std::vector<std::pair<uint32_t, uint32_t>> Extents;
  uint64_t NameBytes = 0;
  for (auto [I, S] : enumerate(Headers->sections())) {
    ImageSection Section;
    std::optional<uint64_t> LongName;
    if (!parseLongSectionName(S.Name, LongName))
      LongName.reset();
    StringRef SectionName = S.Name;
    // A file without a table has lost the name.
    if (LongName && Strings.size()) {
      std::optional<StringRef> Text =
          *LongName < 4 ? std::nullopt : Strings.cString(*LongName);
      if (!Text)
        return damaged("the name of section " + Twine(I + 1) + " is at " +
                       hexString(*LongName) + " of a string table of " +
                       hexString(Strings.size()) +
                       " bytes, and does not end there");
      SectionName = *Text;
      // Names that share their bytes could make a small file's table huge.
      NameBytes += SectionName.size();
      if (NameBytes > Bytes.size())
        return damaged("the names of the sections are longer than the file");
    }

    ImageSegment Segment;
    Segment.Name = SectionName;
    Segment.Address = S.Address;
    Segment.MemorySize = S.MemorySize ? S.MemorySize : S.FileSize;
    Segment.FileOffset = S.FileOffset;
    Segment.FileSize = std::min<uint64_t>(S.FileSize, Segment.MemorySize);
    Segment.IsReadable = S.Flags & COFF::IMAGE_SCN_MEM_READ;
    Segment.IsWritable = S.Flags & COFF::IMAGE_SCN_MEM_WRITE;
    Segment.IsExecutable = S.Flags & COFF::IMAGE_SCN_MEM_EXECUTE;
    if (Segment.Address > SizeOfImage ||
        Segment.MemorySize > SizeOfImage - Segment.Address)
      return damaged(
          "section " + Twine(I + 1) + " at address " + hexString(S.Address) +
          " has " + hexString(Segment.MemorySize) +
          " bytes, and goes beyond the image's " + hexString(SizeOfImage));
    if (S.FileSize) {
      // What the loader does with other offsets is nothing that a reader of
      // the file would do.
      if (SectionAlignment < PageSize ? S.FileOffset != S.Address
                                      : S.FileOffset % SectorSize != 0)
        return damaged("section " + Twine(I + 1) + " has its data at offset " +
                       hexString(S.FileOffset) + ", expected " +
                       (SectionAlignment < PageSize
                            ? "its address " + hexString(S.Address)
                            : "a multiple of " + hexString(SectorSize)));
      Extents.push_back({S.FileOffset, S.FileSize});
    }

    if (SectionName == HeaderPESection && Segment.FileSize) {
      if (EmbeddedHeader)
        return damaged("two sections have the name '" + Twine(HeaderPESection) +
                       "'");
      EmbeddedHeader = Bytes.substr(Segment.FileOffset, Segment.FileSize);
    }
    Section.Name = SectionName.str();
    Section.Address = Segment.Address;
    Section.Size = Segment.MemorySize;
    Section.FileOffset = Segment.FileOffset;
    Section.FileSize = Segment.FileSize;
    Sections.push_back(std::move(Section));
    if (Segment.MemorySize)
      Segments.push_back(Segment);
  }
  llvm::sort(Extents);
  uint64_t End = SizeOfHeaders;
  for (auto [Offset, Size] : Extents) {
    if (Offset < End)
      return damaged("the data of a section at offset " + hexString(Offset) +
                     " overlap those of another, or the headers");
    End = uint64_t(Offset) + Size;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

Error PEImage::readExports() {
  Expected<PEExportDirectory> Directory = Headers->readExports();
  if (!Directory)
    return Directory.takeError();
  ExportDirectory = std::move(*Directory);
  OutputName = ExportDirectory.DLLName;

  auto IsCdecl = [](StringRef Name) {
    return !Name.contains('@') && !Name.starts_with("?");
  };
  bool HasUnderscores = Machine == COFF::IMAGE_FILE_MACHINE_I386;
  for (const PEExportDirectory::Entry &Entry : ExportDirectory.Entries)
    if (IsCdecl(Entry.Name) &&
        (!Entry.Name.starts_with("_") || Entry.Name.size() == 1))
      HasUnderscores = false;
  const uint64_t SizeOfImage = Headers->optional().u32(56);
  for (const PEExportDirectory::Entry &Entry : ExportDirectory.Entries) {
    if (Entry.IsForwarder)
      continue;
    // The end of a section has a name, too, in some DLLs.
    if (Entry.Address > SizeOfImage)
      return damaged("the export '" + Entry.Name + "' at address " +
                     hexString(Entry.Address) + " lies beyond the image's " +
                     hexString(SizeOfImage));
    ImageSymbol Symbol;
    Symbol.Name = Entry.Name;
    if (HasUnderscores && IsCdecl(Symbol.Name))
      Symbol.Name = Symbol.Name.drop_front();
    Symbol.Address = Entry.Address;
    const PESection *S = Headers->find(Entry.Address);
    Symbol.IsFunction = S && S->isExecutable();
    Exports.push_back(Symbol);
  }
  return Error::success();
}

/// PE, "COFF Symbol Table". Images have one from MinGW's linkers alone.
Error PEImage::readSymbols() {
  if (Headers->symbolTable() == 0)
    return Error::success();
  const ByteView &V = File.view();
  const std::vector<PESection> &HeaderSections = Headers->sections();
  const uint64_t NumSymbols = Headers->numSymbols();
  uint64_t NameBytes = 0;
  for (uint64_t I = 0; I < NumSymbols; ++I) {
    const uint64_t At =
        Headers->symbolTable() + uint64_t(I) * COFF::Symbol16Size;
    const uint64_t Index = I;
    const unsigned NumAux = V.u8(At + 17);
    if (NumAux > NumSymbols - I - 1)
      return damaged("the symbol " + Twine(I) + " at offset " + hexString(At) +
                     " has " + Twine(NumAux) +
                     " auxiliary records, more than the table");
    I += NumAux;
    const int16_t Number = V.u16(At + 12);
    const uint8_t Class = V.u8(At + 16);
    // A static symbol with an auxiliary record defines a section.
    if (Number <= 0 || (Class != COFF::IMAGE_SYM_CLASS_EXTERNAL &&
                        (Class != COFF::IMAGE_SYM_CLASS_STATIC || NumAux)))
      continue;
    if (size_t(Number) > HeaderSections.size())
      return damaged("the symbol " + Twine(Index) + " at offset " +
                     hexString(At) + " is of section " + Twine(Number) +
                     ", and the image has " + Twine(HeaderSections.size()));
    ImageSymbol Symbol;
    if (V.u32(At) == 0) {
      std::optional<StringRef> Long = Strings.cString(V.u32(At + 4));
      if (!Long)
        return damaged("the symbol " + Twine(Index) + " at offset " +
                       hexString(At) +
                       " has its name outside the table of strings");
      Symbol.Name = *Long;
    } else {
      Symbol.Name = V.slice(At, COFF::NameSize);
      Symbol.Name = Symbol.Name.take_front(Symbol.Name.find('\0'));
    }
    // Names that share their bytes could take quadratic time.
    NameBytes += Symbol.Name.size();
    if (NameBytes > Bytes.size())
      return damaged("the names of the symbol table are longer than the file");
    const PESection &S = HeaderSections[Number - 1];
    const uint64_t Value = V.u32(At + 8);
    if (Symbol.Name.empty() || (Value == 0 && Symbol.Name == S.Name))
      continue;
    if (Machine == COFF::IMAGE_FILE_MACHINE_I386)
      Symbol.Name.consume_front("_");
    Symbol.Address = S.Address + Value;
    Symbol.IsFunction = S.isExecutable();
    Locals.push_back(Symbol);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Imports
//===----------------------------------------------------------------------===//

Expected<StringRef> PEImage::readString(uint64_t Address, const Twine &What,
                                        uint64_t &Budget) const {
  const ImageSegment *S = findSegment(Address);
  std::optional<StringRef> Text;
  if (S) {
    ByteView View(Bytes.substr(S->FileOffset, S->FileSize));
    Text = View.cString(Address - S->Address);
  }
  if (!Text)
    return damaged(What + " at address " + hexString(Address) +
                   " is not in the file, or does not end there");
  Budget += Text->size();
  if (Budget > Bytes.size())
    return damaged("the names of the imports are longer than the file");
  return *Text;
}

/// Reads the import lookup table at \p Names, whose words the slots at
/// \p Slots correspond to (PE, "Import Lookup Table").
Error PEImage::readThunks(ImportTable Table, uint32_t NamesAddress,
                          uint32_t SlotsAddress) {
  const uint64_t OrdinalFlag = uint64_t(1) << (PointerSize * 8 - 1);
  Table.FirstImport = Imports.size();
  for (uint64_t Offset = 0;; Offset += PointerSize) {
    Expected<StringRef> Bits =
        read(NamesAddress + Offset, PointerSize,
             "an entry of the import table of '" + Table.Library + "'");
    if (!Bits)
      return Bits.takeError();
    const uint64_t Entry = ByteView(*Bits).uN(0, PointerSize);
    if (Entry == 0)
      break;
    if (!isMapped(SlotsAddress + Offset, PointerSize))
      return damaged("the slot of an import from '" + Table.Library +
                     "' at address " + hexString(SlotsAddress + Offset) +
                     " is in no segment");
    // Tables that share their entries could make a small file a huge list.
    if (Slots.size() >= Bytes.size() / PointerSize)
      return damaged("the import tables are longer than the file");
    ImageSymbol Symbol;
    if (Entry & OrdinalFlag) {
      if ((Entry ^ OrdinalFlag) > UINT16_MAX)
        return damaged("an import from '" + Table.Library +
                       "' has the ordinal " + hexString(Entry ^ OrdinalFlag) +
                       ", which has more than 16 bits");
      Symbol.Name = Saver.save("#" + Twine(Entry ^ OrdinalFlag));
    } else {
      if (Entry > INT32_MAX)
        return damaged("an import from '" + Table.Library +
                       "' has its name at the address " + hexString(Entry) +
                       ", which has more than 31 bits");
      // Two bytes with a hint come first.
      Expected<StringRef> Text = readString(
          Entry + 2, "the name of an import from '" + Table.Library + "'",
          ImportNameBytes);
      if (!Text)
        return Text.takeError();
      Symbol.Name = *Text;
    }
    Symbol.IsUndefined = true;
    Slots.push_back(
        {uint32_t(SlotsAddress + Offset), uint32_t(Imports.size())});
    Imports.push_back(Symbol);
  }
  Table.NumImports = Imports.size() - Table.FirstImport;
  Tables.push_back(Table);
  return Error::success();
}

/// PE, "Import Directory Table". The loader goes by its last entry, and not by
/// its size.
Error PEImage::readImports() {
  constexpr uint64_t EntrySize = 20;
  const PEDirectory Directory = Headers->directory(COFF::IMPORT_TABLE);
  if (Directory.Address == 0)
    return Error::success();
  StringSet<> Seen;
  for (uint64_t Address = Directory.Address;; Address += EntrySize) {
    Expected<StringRef> Bits =
        read(Address, EntrySize, "an entry of the import directory");
    if (!Bits)
      return Bits.takeError();
    ByteView Entry(*Bits);
    const uint32_t Lookup = Entry.u32(0), NameAddress = Entry.u32(12),
                   SlotsAddress = Entry.u32(16);
    if (NameAddress == 0 || SlotsAddress == 0)
      break;
    ImportTable Table = {};
    Expected<StringRef> Library = readString(
        NameAddress, "the name of a DLL to import from", ImportNameBytes);
    if (!Library)
      return Library.takeError();
    Table.Library = *Library;
    if (Seen.insert(Table.Library).second)
      Needed.push_back(Table.Library);
    // Without a lookup table, the slots have the names before they are bound.
    if (Error E =
            readThunks(Table, Lookup ? Lookup : SlotsAddress, SlotsAddress))
      return E;
  }
  return Error::success();
}

/// PE, "Delay-Load Import Tables". The slots are not the loader's: they hold
/// the address of code that looks the import up when it is first called.
Error PEImage::readDelayedImports() {
  constexpr uint64_t EntrySize = 32;
  NumStaticSlots = Slots.size();
  const PEDirectory Directory =
      Headers->directory(COFF::DELAY_IMPORT_DESCRIPTOR);
  if (Directory.Address == 0)
    return Error::success();
  for (uint64_t Address = Directory.Address;; Address += EntrySize) {
    Expected<StringRef> Bits =
        read(Address, EntrySize, "an entry of the delayed import directory");
    if (!Bits)
      return Bits.takeError();
    ByteView Entry(*Bits);
    const uint32_t Attributes = Entry.u32(0), NameAddress = Entry.u32(4),
                   SlotsAddress = Entry.u32(12), Lookup = Entry.u32(16);
    if (NameAddress == 0)
      break;
    if (!(Attributes & 1))
      return damaged("the entry of the delayed import directory at address " +
                     hexString(Address) + " has the attributes " +
                     hexString(Attributes) +
                     ", expected 1 (addresses relative to the image)");
    ImportTable Table = {};
    Expected<StringRef> Library = readString(
        NameAddress, "the name of a DLL to import from", ImportNameBytes);
    if (!Library)
      return Library.takeError();
    Table.Library = *Library;
    Table.IsDelayed = true;
    if (Error E = readThunks(Table, Lookup, SlotsAddress))
      return E;
  }
  return Error::success();
}

/// Sorts the slots, and checks that no two share a byte.
Error PEImage::finishImports() {
  auto Less = [](const ImportSlot &A, const ImportSlot &B) {
    return A.Address < B.Address;
  };
  auto Middle = Slots.begin() + NumStaticSlots;
  llvm::sort(Slots.begin(), Middle, Less);
  llvm::sort(Middle, Slots.end(), Less);
  // The two parts one after the other, as if they were merged.
  auto A = Slots.begin(), B = Middle;
  std::optional<uint32_t> Last;
  while (A != Middle || B != Slots.end()) {
    auto &Next =
        B == Slots.end() || (A != Middle && A->Address < B->Address) ? A : B;
    if (Last && Next->Address - *Last < PointerSize)
      return damaged("two imports share the slot at address " +
                     hexString(Next->Address));
    Last = Next->Address;
    ++Next;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

/// PE, "The .reloc Section".
Error PEImage::readRelocations() {
  const PEDirectory Directory = Headers->directory(COFF::BASE_RELOCATION_TABLE);
  if (Directory.Address == 0 || Directory.Size == 0)
    return Error::success();
  if (Headers->characteristics() & COFF::IMAGE_FILE_RELOCS_STRIPPED)
    return damaged("the header says that there are no base relocations, and "
                   "there are " +
                   Twine(Directory.Size) + " bytes of them");
  Expected<StringRef> Table =
      read(Directory.Address, Directory.Size, "the table of base relocations");
  if (!Table)
    return Table.takeError();
  const unsigned WordType = PointerSize == 8 ? COFF::IMAGE_REL_BASED_DIR64
                                             : COFF::IMAGE_REL_BASED_HIGHLOW;
  ByteView V(*Table);
  for (uint64_t Offset = 0; Offset != V.size();) {
    const uint64_t Where = Directory.Address + Offset;
    const uint32_t Page = V.u32(Offset), Size = V.u32(Offset + 4);
    if (!V.contains(Offset, 8) || Size < 8 || Size % 2 ||
        !V.contains(Offset, Size))
      return damaged("the block of base relocations at address " +
                     hexString(Where) + " has " + hexString(Size) +
                     " bytes, expected an even number from 8 to " +
                     hexString(V.size() - Offset));
    for (uint64_t I = Offset + 8; I != Offset + Size; I += 2) {
      const unsigned Type = V.u16(I) >> 12;
      const uint64_t Address = uint64_t(Page) + (V.u16(I) & 0xfff);
      if (Type == COFF::IMAGE_REL_BASED_ABSOLUTE)
        continue;
      const bool IsInstruction = Type == COFF::IMAGE_REL_BASED_ARM_MOV32T &&
                                 Machine == COFF::IMAGE_FILE_MACHINE_ARMNT;
      if (Type != WordType && !IsInstruction)
        return damaged("the base relocation of the address " +
                       hexString(Address) + " has the type " + Twine(Type) +
                       ", which has no meaning for the machine " +
                       hexString(Machine));
      const unsigned Bytes = IsInstruction ? 8 : PointerSize;
      const ImageSegment *S = findSegment(Address);
      const uint64_t Inside = S ? Address - S->Address : 0;
      // The first segment is the headers.
      if (!S || S == &Segments.front() || S->FileSize < Bytes ||
          Inside > S->FileSize - Bytes)
        return damaged("a base relocation is of the address " +
                       hexString(Address) + ", where no section has " +
                       Twine(Bytes) + " bytes in the file");
      (IsInstruction ? Instructions : Words).push_back(Address);
    }
    Offset += Size;
  }
  return finishRelocations();
}

/// Sorts what is relocated, and checks that no two share a byte.
Error PEImage::finishRelocations() {
  // Linkers write them in order.
  for (std::vector<uint32_t> *List : {&Words, &Instructions})
    if (!llvm::is_sorted(*List))
      llvm::sort(*List);
  auto Twice = [this](uint32_t Address) {
    return damaged("the word at address " + hexString(Address) +
                   " is relocated twice, wholly or in part");
  };
  for (size_t I = 1; I < Words.size(); ++I)
    if (Words[I] - Words[I - 1] < PointerSize)
      return Twice(Words[I]);
  for (size_t I = 1; I < Instructions.size(); ++I)
    if (Instructions[I] - Instructions[I - 1] < 8)
      return Twice(Instructions[I]);
  // Only ARM has both; its words have four bytes.
  for (uint32_t I : Instructions) {
    auto It = llvm::lower_bound(Words, I < 3 ? 0 : I - 3);
    if (It != Words.end() && *It < uint64_t(I) + 8)
      return Twice(*It);
  }
  // A delayed import's slot has a relocation; one that the loader fills may
  // not, nor may any be met in part.
  for (auto [I, Slot] : enumerate(Slots)) {
    const uint32_t First =
        Slot.Address < PointerSize ? 0 : Slot.Address - (PointerSize - 1);
    for (auto It = llvm::lower_bound(Words, First);
         It != Words.end() && *It < uint64_t(Slot.Address) + PointerSize; ++It)
      if (I < NumStaticSlots || *It != Slot.Address)
        return Twice(Slot.Address);
    auto It = llvm::lower_bound(Instructions,
                                Slot.Address < 7 ? 0 : Slot.Address - 7);
    if (It != Instructions.end() && *It < uint64_t(Slot.Address) + PointerSize)
      return Twice(Slot.Address);
  }
  return Error::success();
}

void PEImage::countRelocations() {
  NumRelocations = Words.size() + Instructions.size() + NumStaticSlots;
  std::vector<uint32_t> Pages;
  auto Add = [&Pages](uint32_t Address, unsigned Size) {
    for (uint32_t Page : {Address / PageSize,
                          uint32_t((uint64_t(Address) + Size - 1) / PageSize)})
      if (Pages.empty() || Pages.back() != Page)
        Pages.push_back(Page);
  };
  for (uint32_t Address : Words)
    Add(Address, PointerSize);
  for (uint32_t Address : Instructions)
    Add(Address, 8);
  for (const ImportSlot &Slot : ArrayRef(Slots).take_front(NumStaticSlots))
    Add(Slot.Address, PointerSize);
  llvm::sort(Pages);
  NumRelocatedPages = std::unique(Pages.begin(), Pages.end()) - Pages.begin();
}

Expected<ImageWord> PEImage::relocate(uint64_t Address, uint64_t Stored) const {
  ImageWord Word;
  // Compared without sums: no two of a list are nearer than a word, so one
  // that shares a byte with this word is next to where it would be.
  auto Overlaps = [Address](uint64_t Other, unsigned Size, unsigned WordSize) {
    return Other <= Address ? Address - Other < Size
                            : Other - Address < WordSize;
  };
  auto Partly = [&]() -> Error {
    return damaged("the word at address " + hexString(Address) +
                   " is relocated in part");
  };

  ArrayRef<ImportSlot> Parts[] = {ArrayRef(Slots).take_front(NumStaticSlots),
                                  ArrayRef(Slots).drop_front(NumStaticSlots)};
  for (ArrayRef<ImportSlot> Part : Parts) {
    auto It =
        llvm::lower_bound(Part, Address, [](const ImportSlot &S, uint64_t A) {
          return S.Address < A;
        });
    if (It != Part.end() && It->Address == Address) {
      Word.Kind = ImageWord::Import;
      Word.Symbol = Imports[It->Import].Name;
      return Word;
    }
    if ((It != Part.end() && Overlaps(It->Address, PointerSize, PointerSize)) ||
        (It != Part.begin() &&
         Overlaps(std::prev(It)->Address, PointerSize, PointerSize)))
      return Partly();
  }
  auto It = llvm::lower_bound(Words, Address);
  if (It != Words.end() && *It == Address) {
    Word.Kind = ImageWord::Address;
    Word.Value = Stored - ImageBase;
    if (PointerSize == 4)
      Word.Value = uint32_t(Word.Value);
    return Word;
  }
  if ((It != Words.end() && Overlaps(*It, PointerSize, PointerSize)) ||
      (It != Words.begin() &&
       Overlaps(*std::prev(It), PointerSize, PointerSize)))
    return Partly();
  It = llvm::lower_bound(Instructions, Address);
  if ((It != Instructions.end() && Overlaps(*It, 8, PointerSize)) ||
      (It != Instructions.begin() && Overlaps(*std::prev(It), 8, PointerSize)))
    return Partly();
  Word.Value = Stored;
  return Word;
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

/// A PE file has no field for its environment. The C library that it imports
/// tells most; link.exe and GNU ld give their own versions, while LLD says 14.0
/// for either.
void PEImage::setTriple() {
  StringRef Environment;
  for (StringRef Library : Needed) {
    std::string Lower = Library.lower();
    StringRef L = Lower;
    if (L.starts_with("libgcc_s") || L.starts_with("libstdc++") ||
        L.starts_with("libwinpthread") || L.starts_with("libc++") ||
        L.starts_with("libunwind") || L == "msvcrt.dll") {
      Environment = "gnu";
      break;
    }
    if (L.starts_with("vcruntime") || L.starts_with("msvcp") ||
        L.starts_with("msvcr")) {
      Environment = "msvc";
      break;
    }
  }
  const ByteView &O = Headers->optional();
  const unsigned Major = O.u8(2), Minor = O.u8(3);
  if (Environment.empty() && Major == 2)
    Environment = "gnu";
  else if (Environment.empty() && Major >= 6 && Major <= 14 && Minor != 0)
    Environment = "msvc";

  StringRef ArchName = Triple::getArchTypeName(Arch);
  if (Machine == COFF::IMAGE_FILE_MACHINE_I386)
    ArchName = "i686";
  else if (Machine == COFF::IMAGE_FILE_MACHINE_ARMNT)
    ArchName = "thumbv7";
  else if (Machine == COFF::IMAGE_FILE_MACHINE_ARM64EC)
    ArchName = "arm64ec";
  TheTriple = Environment.empty()
                  ? Triple(ArchName, "unknown", "windows")
                  : Triple(ArchName, "unknown", "windows", Environment);
}

Error PEImage::open() {
  Expected<PEHeaders> H = PEHeaders::read(File);
  if (!H)
    return H.takeError();
  Headers = std::move(*H);
  if (Error E = readMachine())
    return E;
  if (Error E = readLayout())
    return E;
  if (Error E = readStringTable())
    return E;
  if (Error E = readSections())
    return E;
  if (Error E = readExports())
    return E;
  if (Error E = readSymbols())
    return E;
  if (Error E = finishTables())
    return E;
  // An address of Thumb code has bit 0 set in the export table alone.
  const uint64_t IgnoredBit = Machine == COFF::IMAGE_FILE_MACHINE_ARMNT;
  llvm::erase_if(Locals, [&](const ImageSymbol &S) {
    const ImageSymbol *E = findExport(S.Name);
    return E && (E->Address | IgnoredBit) == (S.Address | IgnoredBit);
  });
  if (Error E = readImports())
    return E;
  if (Error E = readDelayedImports())
    return E;
  if (Error E = finishImports())
    return E;
  if (Error E = readRelocations())
    return E;
  countRelocations();
  setTriple();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Canonical content
//===----------------------------------------------------------------------===//

bool PEImage::isDebugSection(size_t Index) const {
  // Nothing that runs, or that a program may change, is for debuggers alone,
  // whatever its name.
  const uint32_t Flags = Headers->sections()[Index].Flags;
  if (Flags & (COFF::IMAGE_SCN_MEM_EXECUTE | COFF::IMAGE_SCN_CNT_CODE |
               COFF::IMAGE_SCN_MEM_WRITE))
    return false;
  StringRef SectionName = Sections[Index].Name;
  return SectionName.starts_with(".debug") || SectionName == ".buildid" ||
         ((Flags & COFF::IMAGE_SCN_MEM_DISCARDABLE) && SectionName != ".reloc");
}

/// Returns what does not count, sorted, without overlaps.
std::vector<PEImage::ZeroRange> PEImage::findZeroRanges() const {
  std::vector<ZeroRange> Ranges;
  auto Add = [&Ranges](uint64_t Address, uint64_t Size) {
    if (Size)
      Ranges.push_back({Address, Size});
  };
  if (ExportDirectory.Address)
    Add(uint64_t(ExportDirectory.Address) + 4, 4); // TimeDateStamp
  if (ExportDirectory.NameAddress)
    Add(ExportDirectory.NameAddress, ExportDirectory.DLLName.size());
  if (EmbeddedHeader)
    for (const ImageSection &S : Sections)
      if (S.Name == HeaderPESection)
        Add(S.Address, S.FileSize);
  // PE, "Debug Directory". A loader has no use for it, and a tool that removes
  // sections need not mend it, so one that is not there is no error.
  constexpr uint64_t EntrySize = 28;
  const PEDirectory Debug = Headers->directory(COFF::DEBUG_DIRECTORY);
  const ImageSegment *Segment =
      Debug.Address ? findSegment(Debug.Address) : nullptr;
  if (Segment) {
    ByteView V(Bytes.substr(Segment->FileOffset, Segment->FileSize));
    V = V.view(Debug.Address - Segment->Address, Debug.Size);
    for (uint64_t I = 0; V.contains(I, EntrySize); I += EntrySize) {
      Add(Debug.Address + I, EntrySize);
      // This one is no record for debuggers: it has flags for the loader.
      if (V.u32(I + 12) != COFF::IMAGE_DEBUG_TYPE_EX_DLLCHARACTERISTICS &&
          V.u32(I + 20))
        Add(V.u32(I + 20), V.u32(I + 16));
    }
  }
  llvm::sort(Ranges, [](const ZeroRange &A, const ZeroRange &B) {
    return A.Address < B.Address;
  });
  // Addresses and sizes have 32 bits, so the sums do not wrap around.
  std::vector<ZeroRange> Merged;
  for (const ZeroRange &R : Ranges) {
    if (!Merged.empty() &&
        R.Address <= Merged.back().Address + Merged.back().Size)
      Merged.back().Size = std::max(Merged.back().Size,
                                    R.Address + R.Size - Merged.back().Address);
    else
      Merged.push_back(R);
  }
  return Merged;
}

CanonicalContent PEImage::canonicalContent() const {
  CanonicalContent Content;
  SummaryWriter W;
  const ByteView &O = Headers->optional();
  W.string("PE");
  W.number(Machine);
  W.number(O.u16(0));
  // strip(1) sets the three that say what it has taken away.
  W.number(Headers->characteristics() & ~(COFF::IMAGE_FILE_LINE_NUMS_STRIPPED |
                                          COFF::IMAGE_FILE_LOCAL_SYMS_STRIPPED |
                                          COFF::IMAGE_FILE_DEBUG_STRIPPED));
  W.number(ImageBase);
  W.number(O.u16(68)); // Subsystem
  W.number(O.u16(70)); // DllCharacteristics
  W.number(O.u32(16)); // AddressOfEntryPoint

  std::vector<const ImageSection *> Counted;
  for (size_t I = 0; I != Sections.size(); ++I)
    if (!isDebugSection(I))
      Counted.push_back(&Sections[I]);
  W.number(Counted.size());
  for (const ImageSection *S : Counted) {
    W.string(S->Name);
    W.number(S->Address);
    W.number(S->Size);
    W.number(S->FileSize);
    W.number(Headers->sections()[S - Sections.data()].Flags);
  }

  W.number(Tables.size());
  for (const ImportTable &T : Tables) {
    W.string(T.Library);
    W.number(T.IsDelayed);
    W.number(T.NumImports);
    for (const ImageSymbol &S :
         ArrayRef(Imports).slice(T.FirstImport, T.NumImports))
      W.string(S.Name);
  }
  W.number(Exports.size());
  for (const ImageSymbol &S : Exports) {
    W.string(S.Name);
    W.number(S.Address);
  }
  for (unsigned I = 0; I <= COFF::NUM_DATA_DIRECTORIES; ++I) {
    PEDirectory D;
    if (I != COFF::CERTIFICATE_TABLE && I != COFF::DEBUG_DIRECTORY)
      D = Headers->directory(I);
    W.number(D.Address);
    W.number(D.Size);
  }

  // Which bytes do not count, counts: otherwise zeros of the data could be
  // declared to be a debug record, and changed.
  llvm::sort(Counted, [](const ImageSection *A, const ImageSection *B) {
    return A->Address < B->Address;
  });
  std::vector<ZeroRange> Zeros = findZeroRanges();
  size_t Z = 0;
  for (const ImageSection *S : Counted) {
    uint64_t At = 0;
    auto Advance = [&](uint64_t To, bool IsZero) {
      if (To != At)
        Content.Ranges.push_back({S->FileOffset + At, To - At, IsZero});
      At = To;
    };
    const uint64_t End = S->Address + S->FileSize;
    while (Z != Zeros.size() && Zeros[Z].Address + Zeros[Z].Size <= S->Address)
      ++Z;
    for (; Z != Zeros.size() && Zeros[Z].Address < End; ++Z) {
      const uint64_t From = std::max(Zeros[Z].Address, S->Address);
      const uint64_t To = std::min(Zeros[Z].Address + Zeros[Z].Size, End);
      Advance(From - S->Address, /*IsZero=*/false);
      Advance(To - S->Address, /*IsZero=*/true);
      W.number(From);
      W.number(To - From);
      // What is left of it may reach into the next section.
      if (Zeros[Z].Address + Zeros[Z].Size > End)
        break;
    }
    Advance(S->FileSize, /*IsZero=*/false);
  }
  Content.Summary = W.take();
  return Content;
}

Expected<std::unique_ptr<ImageFile>>
pkgimg::createPEImage(MemoryBufferRef Buffer) {
  auto Image = std::make_unique<PEImage>(Buffer);
  if (Error E = Image->open())
    return std::move(E);
  return Image;
}
