//===- PELibraryWriter.cpp - small DLLs -----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes DLLs without a linker. "PE" below is Microsoft's specification "PE
/// Format".
///
/// The sections are .text, .data, .pkgimg (the embedded header), .rdata (what
/// is constant, RelRO, and the directories of exports and imports) and .reloc;
/// those that would be empty are left out. After them comes the symbol table
/// for debuggers, as MinGW's linkers write it.
///
/// PE has no relocation that gives data the address of an import. The loader
/// writes such addresses into import address tables, which may be anywhere: so
/// each run of adjacent pointers to imports is the address table of one import
/// descriptor, and an addend is an error. Until it is loaded, a slot holds what
/// the lookup table does; Windows takes a table that begins with a zero for an
/// empty one.
///
/// A symbol does not say which DLL it comes from. All come from the first of
/// NeededLibraries, or from "runtime.dll" if there are none. The others get a
/// descriptor with an empty table, which loaders accept, but load nothing for.
///
//===----------------------------------------------------------------------===//

#include "InputCheckImpl.h"
#include "LibraryWriterImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace pkgimg;

namespace {
constexpr uint64_t PageSize = 4096;
constexpr uint64_t FileAlignment = 512;
/// Windows maps images at multiples of this, so no greater alignment holds.
constexpr uint64_t MaxAlignment = 65536;
/// PE, "Overview": an image is smaller than 2 GiB.
constexpr uint64_t MaxImageSize = uint64_t(1) << 31;
constexpr uint64_t DOSHeaderSize = 64;
constexpr uint64_t MaxSections = 5;

/// Bytes in the making, with the address of the first.
class Bytes {
public:
  std::string Text;

  void u8(uint8_t Value) { Text += char(Value); }
  void u16(uint16_t Value) { number(Value, 2); }
  void u32(uint32_t Value) { number(Value, 4); }
  void number(uint64_t Value, unsigned Size) {
    for (unsigned I = 0; I != Size; ++I)
      Text += char(Value >> (8 * I));
  }
  void string(StringRef Value) {
    Text += Value;
    Text += '\0';
  }
  void pad(uint64_t Alignment) { Text.resize(alignTo(Text.size(), Alignment)); }
  void set32(uint64_t Offset, uint32_t Value) {
    support::endian::write32le(&Text[Offset], Value);
  }
};

struct OutputSection {
  StringRef Name;
  uint64_t Address;
  uint64_t MemorySize;
  /// Zeros at the end may be left out.
  std::string Content;
  uint32_t Flags;
};

class PEWriter {
public:
  explicit PEWriter(LibraryLayout Layout)
      : L(std::move(Layout)), Spec(L.Spec), WordSize(L.PointerSize) {}

  Expected<std::string> write();

private:
  Error checkSpec();
  Error assignAddresses();
  void writeExports();
  void writeImports();
  void writeRelocations();
  void addSections();
  void writeSymbolTable(std::string &Out) const;
  std::string assemble() const;

  bool is64() const { return WordSize == 8; }
  bool isThumb() const { return Machine == COFF::IMAGE_FILE_MACHINE_ARMNT; }
  bool isI386() const { return Machine == COFF::IMAGE_FILE_MACHINE_I386; }
  uint64_t optionalSize() const { return (is64() ? 112 : 96) + 16 * 8; }
  uint64_t headersSize() const {
    return alignTo(DOSHeaderSize + sizeof(COFF::PEMagic) + COFF::Header16Size +
                       optionalSize() + MaxSections * COFF::SectionSize,
                   FileAlignment);
  }
  uint64_t imageBase() const { return is64() ? 0x180000000 : 0x10000000; }
  uint64_t memorySize(DataDefinition::PlaceType Place) {
    return L.block(Place).MemorySize;
  }

  struct Directory {
    uint64_t Address = 0, Size = 0;
  };

  LibraryLayout L;
  const LibrarySpec &Spec;
  const unsigned WordSize;
  uint16_t Machine = 0;
  uint64_t SectionAlignment = PageSize;
  /// Indices into Spec.Definitions, sorted by name.
  std::vector<size_t> Exports;
  /// Addresses of Thumb code, sorted.
  std::vector<uint64_t> Functions;
  /// The end of .rdata, which begins at TablesAddress.
  Bytes Tables;
  uint64_t TablesAddress = 0;
  uint64_t RDataAddress = 0;
  Bytes Relocations;
  Directory Directories[16];
  std::vector<OutputSection> Sections;
};
} // namespace

Error PEWriter::checkSpec() {
  const Triple &T = Spec.TheTriple;
  if (T.isArch64Bit() != is64() || T.isX32())
    return createStringError("PE has no 32-bit pointers for " + T.str());
  switch (T.getArch()) {
  case Triple::x86:
    Machine = COFF::IMAGE_FILE_MACHINE_I386;
    break;
  case Triple::x86_64:
    Machine = COFF::IMAGE_FILE_MACHINE_AMD64;
    break;
  case Triple::arm:
  case Triple::thumb:
    Machine = COFF::IMAGE_FILE_MACHINE_ARMNT;
    break;
  case Triple::aarch64:
    if (T.isWindowsArm64EC())
      return createStringError("this writer makes no ARM64EC images");
    Machine = COFF::IMAGE_FILE_MACHINE_ARM64;
    break;
  default:
    return createStringError("'" + T.str() +
                             "' is for no machine that this writer makes a PE "
                             "image for: i386, x86_64, ARM, ARM64");
  }
  // The tables end names with a NUL.
  auto HasNUL = [](StringRef Name) { return Name.contains('\0'); };
  for (auto [I, D] : enumerate(Spec.Definitions)) {
    if (HasNUL(D.Name))
      return createStringError("the name of definition " + Twine(I) +
                               " has a NUL in it");
    if (D.Alignment > MaxAlignment)
      return createStringError(
          "the alignment of '" + D.Name + "' is " + Twine(D.Alignment) +
          ", and a PE image is placed at multiples of " + Twine(MaxAlignment));
    SectionAlignment = std::max(SectionAlignment, D.Alignment);
    if (D.Linkage == DataDefinition::Exported && !D.Name.empty())
      Exports.push_back(I);
    for (const DataFixup &F : D.Fixups)
      if (F.Kind == DataFixup::Pointer && F.Target.Offset != 0 &&
          std::binary_search(L.Imports.begin(), L.Imports.end(),
                             F.Target.Symbol))
        return createStringError(
            "'" + D.Name + "' has a pointer to the import '" + F.Target.Symbol +
            "' with the addend " + Twine(F.Target.Offset) +
            ", and a PE image has them without one alone");
  }
  for (const std::string &Name : L.Imports)
    if (HasNUL(Name) || Name.empty())
      return createStringError("the name of an import is empty, or has a NUL "
                               "in it");
  for (const std::string &Name : Spec.NeededLibraries)
    if (HasNUL(Name) || Name.empty())
      return createStringError("the name of a needed library is empty, or has "
                               "a NUL in it");
  if (HasNUL(Spec.OutputName))
    return createStringError("the name of the output has a NUL in it");
  if (Exports.size() > UINT16_MAX)
    return createStringError(Twine(Exports.size()) +
                             " symbols are exported; the ordinals of a PE "
                             "image are for " +
                             Twine(UINT16_MAX));
  llvm::sort(Exports, [this](size_t A, size_t B) {
    return Spec.Definitions[A].Name < Spec.Definitions[B].Name;
  });
  return Error::success();
}

/// Gives each block its address.
Error PEWriter::assignAddresses() {
  // A definition without bytes must lie in its section, too.
  for (const DataDefinition &D : Spec.Definitions)
    if (D.size() == 0) {
      LibraryLayout::Block &B = L.block(D.Place);
      B.MemorySize = SaturatingAdd(B.MemorySize, uint64_t(1));
    }
  // The sum is below 2^34 if each is below 2^31.
  uint64_t Total = 0;
  for (DataDefinition::PlaceType Place :
       {DataDefinition::Text, DataDefinition::Data, DataDefinition::Header,
        DataDefinition::ReadOnly, DataDefinition::RelRO}) {
    Total += std::min(memorySize(Place), MaxImageSize);
    if (Total >= MaxImageSize)
      return createStringError("the definitions need 2 GiB or more, and a PE "
                               "image is smaller");
  }
  uint64_t Next = SectionAlignment;
  for (DataDefinition::PlaceType Place :
       {DataDefinition::Text, DataDefinition::Data, DataDefinition::Header}) {
    L.block(Place).Address = Next;
    Next = alignTo(Next + memorySize(Place), SectionAlignment);
  }
  RDataAddress = Next;
  L.block(DataDefinition::ReadOnly).Address = Next;
  LibraryLayout::Block &RelRO = L.block(DataDefinition::RelRO);
  RelRO.Address =
      alignTo(Next + memorySize(DataDefinition::ReadOnly), RelRO.Alignment);
  TablesAddress = alignTo(RelRO.Address + RelRO.MemorySize, 16);
  if (Error E = L.place())
    return E;
  if (!isThumb())
    return Error::success();
  for (const DataDefinition &D : Spec.Definitions) {
    if (!D.IsFunction || D.Name.empty())
      continue;
    const uint64_t Address = L.addressOf(D.Name);
    if (Address % 2)
      return createStringError("the function '" + D.Name +
                               "' is at the odd address " + hexString(Address) +
                               ", where no Thumb code is");
    Functions.push_back(Address);
  }
  llvm::sort(Functions);
  return Error::success();
}

/// PE, "The .edata Section".
void PEWriter::writeExports() {
  constexpr uint64_t DirectorySize = 40;
  const uint64_t N = Exports.size();
  const uint64_t Start = TablesAddress + Tables.Text.size();
  const uint64_t Addresses = Start + DirectorySize, Names = Addresses + 4 * N,
                 Ordinals = Names + 4 * N, Strings = Ordinals + 2 * N;
  Tables.u32(0); // Characteristics
  Tables.u32(0); // TimeDateStamp
  Tables.u32(0); // version
  Tables.u32(Strings);
  Tables.u32(1); // the first ordinal
  Tables.u32(N);
  Tables.u32(N);
  Tables.u32(Addresses);
  Tables.u32(Names);
  Tables.u32(Ordinals);

  for (size_t I : Exports) {
    const DataDefinition &D = Spec.Definitions[I];
    // GetProcAddress() gives what is here, and a call of it must not leave
    // Thumb.
    Tables.u32(L.addressOf(D.Name) | (isThumb() && D.IsFunction));
  }
  Bytes Text;
  Text.string(Spec.OutputName.empty() ? "image.dll" : Spec.OutputName);
  for (size_t I : Exports) {
    Tables.u32(Strings + Text.Text.size());
    Text.string(Spec.Definitions[I].Name);
  }
  for (uint64_t I = 0; I != N; ++I)
    Tables.u16(I);
  Tables.Text += Text.Text;
  Directories[COFF::EXPORT_TABLE] = {Start, TablesAddress + Tables.Text.size() -
                                                Start};
}

/// PE, "The .idata Section".
void PEWriter::writeImports() {
  constexpr uint64_t DescriptorSize = 20;
  /// Adjacent slots, as indices into L.Pointers.
  struct Run {
    size_t Begin, End;
  };
  std::vector<Run> Runs;
  uint64_t NumSlots = 0;
  for (auto [I, P] : enumerate(L.Pointers)) {
    if (P.Import < 0)
      continue;
    ++NumSlots;
    if (!Runs.empty() && Runs.back().End == I &&
        L.Pointers[I - 1].Address + WordSize == P.Address)
      Runs.back().End = I + 1;
    else
      Runs.push_back({I, I + 1});
  }
  std::vector<std::string> Libraries = Spec.NeededLibraries;
  if (Libraries.empty() && !Runs.empty())
    Libraries.push_back("runtime.dll");
  if (Libraries.empty())
    return;

  // Descriptors, lookup tables with a zero after each, names with their hints,
  // and the DLLs'. All lookup tables that are empty are the first zero.
  Tables.pad(WordSize);
  const uint64_t Start = TablesAddress + Tables.Text.size();
  const uint64_t NumDescriptors =
      std::max<uint64_t>(Runs.size(), 1) + (Libraries.size() - 1) + 1;
  const uint64_t EmptyTable =
      alignTo(Start + NumDescriptors * DescriptorSize, WordSize);
  const uint64_t Lookups = EmptyTable + WordSize;
  const uint64_t Strings = Lookups + (NumSlots + Runs.size()) * WordSize;
  Bytes Text;
  std::vector<uint64_t> SymbolNames, LibraryNames;
  for (const std::string &Name : L.Imports) {
    Text.pad(2);
    SymbolNames.push_back(Strings + Text.Text.size());
    Text.u16(0); // hint
    Text.string(Name);
  }
  for (const std::string &Name : Libraries) {
    LibraryNames.push_back(Strings + Text.Text.size());
    Text.string(Name);
  }

  auto Describe = [this](uint64_t Lookup, uint64_t Name, uint64_t Slots) {
    Tables.u32(Lookup);
    Tables.u32(0); // TimeDateStamp
    Tables.u32(0); // ForwarderChain
    Tables.u32(Name);
    Tables.u32(Slots);
  };
  uint64_t Lookup = Lookups;
  for (const Run &R : Runs) {
    Describe(Lookup, LibraryNames[0], L.Pointers[R.Begin].Address);
    Lookup += (R.End - R.Begin + 1) * WordSize;
  }
  for (size_t I = Runs.empty() ? 0 : 1; I != Libraries.size(); ++I)
    Describe(EmptyTable, LibraryNames[I], EmptyTable);
  Describe(0, 0, 0);
  Directories[COFF::IMPORT_TABLE] = {Start, NumDescriptors * DescriptorSize};

  Tables.pad(WordSize);
  Tables.number(0, WordSize);
  for (const Run &R : Runs) {
    for (size_t I = R.Begin; I != R.End; ++I) {
      const uint64_t Name = SymbolNames[L.Pointers[I].Import];
      Tables.number(Name, WordSize);
      L.storeWord(L.Pointers[I].Address, Name);
    }
    Tables.number(0, WordSize);
  }
  Tables.Text += Text.Text;

  // What the loader makes writable while it fills the slots: those of .rdata,
  // if there are any, since .data is writable.
  if (Runs.empty())
    return;
  auto InRData = [&](const Run &R) {
    return L.Pointers[R.Begin].Address >= RDataAddress;
  };
  auto First = llvm::find_if(Runs, InRData);
  if (First == Runs.end())
    First = Runs.begin();
  const uint64_t Begin = L.Pointers[First->Begin].Address;
  const uint64_t End = L.Pointers[Runs.back().End - 1].Address + WordSize;
  Directories[COFF::IAT] = {Begin, End - Begin};
}

/// PE, "The .reloc Section".
void PEWriter::writeRelocations() {
  const uint16_t Type =
      is64() ? COFF::IMAGE_REL_BASED_DIR64 : COFF::IMAGE_REL_BASED_HIGHLOW;
  std::optional<uint64_t> Page;
  uint64_t Block = 0;
  auto EndBlock = [&] {
    if (!Page)
      return;
    // Blocks begin at multiples of four; a zero is a relocation of nothing.
    Relocations.pad(4);
    Relocations.set32(Block + 4, Relocations.Text.size() - Block);
  };
  for (const PlacedPointer &P : L.Pointers) {
    if (P.Import >= 0)
      continue;
    const bool IsThumbCode =
        std::binary_search(Functions.begin(), Functions.end(), P.Value);
    L.storeWord(P.Address, (imageBase() + P.Value) | IsThumbCode);
    if (!Page || P.Address / PageSize != *Page) {
      EndBlock();
      Page = P.Address / PageSize;
      Block = Relocations.Text.size();
      Relocations.u32(*Page * PageSize);
      Relocations.u32(0);
    }
    Relocations.u16(Type << 12 | P.Address % PageSize);
  }
  EndBlock();
}

void PEWriter::addSections() {
  constexpr uint32_t Read = COFF::IMAGE_SCN_MEM_READ,
                     Initialized = COFF::IMAGE_SCN_CNT_INITIALIZED_DATA;
  auto Add = [this](StringRef Name, DataDefinition::PlaceType Place,
                    uint32_t Flags) {
    LibraryLayout::Block &B = L.block(Place);
    if (B.MemorySize)
      Sections.push_back(
          {Name, B.Address, B.MemorySize, std::move(B.Bytes), Flags});
  };
  Add(".text", DataDefinition::Text,
      COFF::IMAGE_SCN_CNT_CODE | COFF::IMAGE_SCN_MEM_EXECUTE | Read);
  Add(".data", DataDefinition::Data,
      Initialized | COFF::IMAGE_SCN_MEM_WRITE | Read);
  Add(".pkgimg", DataDefinition::Header, Initialized | Read);

  std::string RData = std::move(L.block(DataDefinition::ReadOnly).Bytes);
  RData.resize(L.block(DataDefinition::RelRO).Address - RDataAddress);
  RData += L.block(DataDefinition::RelRO).Bytes;
  RData.resize(TablesAddress - RDataAddress);
  RData += Tables.Text;
  const uint64_t Size = RData.size();
  Sections.push_back(
      {".rdata", RDataAddress, Size, std::move(RData), Initialized | Read});

  if (!Relocations.Text.empty()) {
    const uint64_t Address = alignTo(RDataAddress + Size, SectionAlignment);
    const uint64_t RelocSize = Relocations.Text.size();
    Directories[COFF::BASE_RELOCATION_TABLE] = {Address, RelocSize};
    Sections.push_back({".reloc", Address, RelocSize,
                        std::move(Relocations.Text),
                        Initialized | COFF::IMAGE_SCN_MEM_DISCARDABLE | Read});
  }
}

/// PE, "COFF Symbol Table" and "COFF String Table".
void PEWriter::writeSymbolTable(std::string &Out) const {
  Bytes Table, Strings;
  Strings.u32(0);
  for (const DataDefinition &D : Spec.Definitions) {
    if (D.Name.empty())
      continue;
    std::string Name = (isI386() ? "_" : "") + D.Name;
    if (Name.size() <= COFF::NameSize) {
      Table.Text += Name;
      Table.Text.append(COFF::NameSize - Name.size(), '\0');
    } else {
      Table.u32(0);
      Table.u32(Strings.Text.size());
      Strings.string(Name);
    }
    const uint64_t Address = L.addressOf(D.Name);
    auto S = llvm::find_if(Sections, [Address](const OutputSection &S) {
      return Address >= S.Address && Address - S.Address < S.MemorySize;
    });
    Table.u32(Address - S->Address);
    Table.u16(S - Sections.begin() + 1);
    Table.u16(D.IsFunction ? COFF::IMAGE_SYM_DTYPE_FUNCTION
                                 << COFF::SCT_COMPLEX_TYPE_SHIFT
                           : 0);
    Table.u8(D.Linkage == DataDefinition::Internal
                 ? COFF::IMAGE_SYM_CLASS_STATIC
                 : COFF::IMAGE_SYM_CLASS_EXTERNAL);
    Table.u8(0);
  }
  Strings.set32(0, Strings.Text.size());
  Out += Table.Text;
  Out += Strings.Text;
}

std::string PEWriter::assemble() const {
  uint64_t FileEnd = headersSize(), CodeSize = 0, DataSize = 0;
  for (const OutputSection &S : Sections) {
    const uint64_t Size = alignTo(S.Content.size(), FileAlignment);
    FileEnd += Size;
    (S.Flags & COFF::IMAGE_SCN_CNT_CODE ? CodeSize : DataSize) += Size;
  }
  const uint64_t NumSymbols = Spec.LocalSymbols
                                  ? llvm::count_if(Spec.Definitions,
                                                   [](const DataDefinition &D) {
                                                     return !D.Name.empty();
                                                   })
                                  : 0;

  Bytes H;
  H.Text = "MZ";
  H.Text.resize(DOSHeaderSize);
  H.set32(0x3c, DOSHeaderSize);
  H.Text.append(COFF::PEMagic, sizeof(COFF::PEMagic));
  H.u16(Machine);
  H.u16(Sections.size());
  H.u32(0); // TimeDateStamp
  H.u32(NumSymbols ? FileEnd : 0);
  H.u32(NumSymbols);
  H.u16(optionalSize());
  H.u16(COFF::IMAGE_FILE_EXECUTABLE_IMAGE | COFF::IMAGE_FILE_DLL |
        (is64() ? COFF::IMAGE_FILE_LARGE_ADDRESS_AWARE
                : COFF::IMAGE_FILE_32BIT_MACHINE));

  H.u16(is64() ? COFF::PE32Header::PE32_PLUS : COFF::PE32Header::PE32);
  H.u16(0); // the linker's version
  H.u32(CodeSize);
  H.u32(DataSize);
  H.u32(0); // SizeOfUninitializedData
  H.u32(0); // AddressOfEntryPoint: a DLL need not have one
  H.u32(CodeSize ? Sections[0].Address : 0);
  if (!is64())
    H.u32(0); // BaseOfData
  H.number(imageBase(), WordSize);
  H.u32(SectionAlignment);
  H.u32(FileAlignment);
  // Windows for ARM begins with 6.2.
  const uint16_t Minor =
      isThumb() || Machine == COFF::IMAGE_FILE_MACHINE_ARM64 ? 2 : 0;
  H.u16(6); // the operating system's version
  H.u16(Minor);
  H.u32(0); // the image's version
  H.u16(6); // the subsystem's version
  H.u16(Minor);
  H.u32(0); // Win32VersionValue
  H.u32(alignTo(Sections.back().Address + Sections.back().MemorySize,
                SectionAlignment));
  H.u32(headersSize());
  H.u32(0); // CheckSum
  H.u16(COFF::IMAGE_SUBSYSTEM_WINDOWS_GUI);
  H.u16(COFF::IMAGE_DLL_CHARACTERISTICS_DYNAMIC_BASE |
        COFF::IMAGE_DLL_CHARACTERISTICS_NX_COMPAT |
        (is64() ? COFF::IMAGE_DLL_CHARACTERISTICS_HIGH_ENTROPY_VA : 0));
  // Reserved and committed sizes of the stack and the heap, which an EXE's
  // count for.
  for (uint64_t Size : {0x100000, 0x1000, 0x100000, 0x1000})
    H.number(Size, WordSize);
  H.u32(0); // LoaderFlags
  H.u32(std::size(Directories));
  for (const Directory &D : Directories) {
    H.u32(D.Address);
    H.u32(D.Size);
  }

  uint64_t Offset = headersSize();
  for (const OutputSection &S : Sections) {
    const uint64_t Size = alignTo(S.Content.size(), FileAlignment);
    H.Text += S.Name;
    H.Text.append(COFF::NameSize - S.Name.size(), '\0');
    H.u32(S.MemorySize);
    H.u32(S.Address);
    H.u32(Size);
    H.u32(Size ? Offset : 0);
    H.u32(0); // relocations
    H.u32(0); // line numbers
    H.u32(0); // numbers of both
    H.u32(S.Flags);
    Offset += Size;
  }
  H.Text.resize(headersSize());
  for (const OutputSection &S : Sections) {
    H.Text += S.Content;
    H.pad(FileAlignment);
  }
  if (NumSymbols)
    writeSymbolTable(H.Text);
  return std::move(H.Text);
}

Expected<std::string> PEWriter::write() {
  if (Error E = checkSpec())
    return std::move(E);
  if (Error E = assignAddresses())
    return std::move(E);
  writeExports();
  writeImports();
  writeRelocations();
  addSections();
  const OutputSection &Last = Sections.back();
  if (Last.Address + Last.MemorySize > MaxImageSize - SectionAlignment)
    return createStringError("the image needs " +
                             hexString(Last.Address + Last.MemorySize) +
                             " bytes, and a PE image is smaller than 2 GiB");
  return assemble();
}

Expected<std::string> pkgimg::writePELibrary(LibraryLayout Layout) {
  return PEWriter(std::move(Layout)).write();
}
