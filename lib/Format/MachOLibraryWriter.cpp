//===- MachOLibraryWriter.cpp - write small Mach-O libraries --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes dylibs. In the file as in memory they are: the header with the load
/// commands and room for a longer name of the library, `__TEXT`,
/// `__DATA_CONST`, `__DATA`, and `__LINKEDIT` with the tables for the loader,
/// those for debuggers, and the signature. Places without definitions have
/// neither a segment nor a section.
///
/// No library is known to define an import, so all of them are looked up in the
/// flat name space.
///
//===----------------------------------------------------------------------===//

#include "InputCheckImpl.h"
#include "LibraryWriterImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/VersionTuple.h"
#include "llvm/Support/raw_ostream.h"
#include <array>
#include <map>

using namespace llvm;
using namespace llvm::MachO;
using namespace pkgimg;

namespace {

/// The longest path of Darwin (PATH_MAX): a library's name up to it does not
/// move what follows the load commands.
constexpr uint64_t MaxNameSize = 1024;

/// Of one place.
constexpr uint64_t MaxMemorySize = uint64_t(1) << 47;

/// Appends numbers and bytes in the byte order of the target.
class Output {
public:
  explicit Output(bool IsLittleEndian)
      : Order(IsLittleEndian ? endianness::little : endianness::big) {}

  void u8(uint8_t V) { Bytes += char(V); }
  void u16(uint16_t V) { number(V); }
  void u32(uint32_t V) { number(V); }
  void u64(uint64_t V) { number(V); }
  void word(uint64_t V, unsigned Size) {
    if (Size == 8)
      u64(V);
    else
      u32(V);
  }
  /// \p S and NULs up to \p Size.
  void field(StringRef S, size_t Size) {
    Bytes += S;
    Bytes.append(Size - S.size(), '\0');
  }
  void string(StringRef S) {
    Bytes += S;
    Bytes += '\0';
  }
  void align(uint64_t To) { Bytes.resize(alignTo(Bytes.size(), To)); }
  void uleb(uint64_t V) {
    raw_string_ostream OS(Bytes);
    encodeULEB128(V, OS);
  }
  void sleb(int64_t V) {
    raw_string_ostream OS(Bytes);
    encodeSLEB128(V, OS);
  }

  std::string Bytes;

private:
  template <typename T> void number(T V) {
    char Buffer[sizeof(T)];
    support::endian::write<T>(Buffer, V, Order);
    Bytes.append(Buffer, sizeof(T));
  }

  endianness Order;
};

struct Section {
  StringRef Name;
  uint64_t Address;
  uint64_t Size;
  uint64_t Alignment;
  uint32_t Flags;
  /// Null for zeros.
  const std::string *Bytes;
};

struct Segment {
  StringRef Name;
  uint64_t Address = 0;
  uint64_t MemorySize = 0;
  uint64_t FileSize = 0;
  uint32_t Protection = VM_PROT_READ;
  uint32_t Flags = 0;
  std::vector<Section> Sections;
};

struct Export {
  std::string Name; ///< With its underscore.
  uint64_t Address;
};

/// A range of the file, for a load command.
struct Extent {
  uint64_t Offset = 0;
  uint64_t Size = 0;
};

class MachOWriter {
public:
  explicit MachOWriter(LibraryLayout &&Layout)
      : Layout(std::move(Layout)), Spec(this->Layout.Spec),
        WordSize(this->Layout.PointerSize),
        IsLittleEndian(this->Layout.IsLittleEndian), LinkEdit(IsLittleEndian) {}

  Expected<std::string> write();

private:
  Error setTarget();
  Error setPlatform();
  Error placeBlocks();
  void makeExports();
  uint64_t maxCommandsSize() const;
  void addTable(Extent &To, StringRef Bytes, uint64_t Alignment);

  std::string makeRebases() const;
  std::string makeBinds() const;
  Expected<std::string> makeChains();
  Error chainSegment(const Segment &S, size_t First, size_t Last,
                     Output &Starts);
  std::string makeTrie() const;
  void makeSymbols();
  std::string makeSignature(StringRef File) const;
  std::string makeCommands(const std::array<uint8_t, 16> &UUID) const;
  std::string makeFile(const std::array<uint8_t, 16> &UUID) const;

  bool isChained() const {
    return Spec.Relocations == RelocationStyle::Chained ||
           (Spec.Relocations == RelocationStyle::Default && IsSigned);
  }
  StringRef identifier() const {
    return Spec.OutputName.empty() ? StringRef("image") : Spec.OutputName;
  }
  size_t segmentOf(uint64_t Address) const {
    size_t I = 0;
    while (Address - Segments[I].Address >= Segments[I].MemorySize)
      ++I;
    return I;
  }
  uint64_t signatureSize() const {
    return alignTo(SignatureHeaderSize + identifier().size() + 1 +
                       divideCeil(SignatureOffset, SignaturePageSize) *
                           CS_SHA256_LEN,
                   16);
  }

  /// The super blob, its one entry, and the code directory.
  static constexpr uint64_t SignatureHeaderSize = 12 + 8 + 88;
  static constexpr uint64_t SignaturePageSize = 4096;

  LibraryLayout Layout;
  const LibrarySpec &Spec;
  unsigned WordSize;
  bool IsLittleEndian;
  uint32_t CPUType = 0, CPUSubtype = 0;
  uint32_t Platform = 0, MinVersion = 0;
  uint64_t PageSize = 0;
  bool IsSigned = false;

  std::vector<Segment> Segments;
  std::vector<Export> Exports;
  Output LinkEdit;
  uint64_t LinkEditOffset = 0;
  Extent Rebases, Binds, Trie, Chains, Symbols, Strings;
  uint32_t NumLocals = 0;
  /// Where the signature begins, and the file ends without one.
  uint64_t SignatureOffset = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Target and layout
//===----------------------------------------------------------------------===//

Error MachOWriter::setTarget() {
  const Triple &T = Spec.TheTriple;
  PageSize = 0x1000;
  switch (T.getArch()) {
  case Triple::x86_64:
    CPUType = CPU_TYPE_X86_64;
    CPUSubtype = CPU_SUBTYPE_X86_64_ALL;
    break;
  case Triple::x86:
    CPUType = CPU_TYPE_I386;
    CPUSubtype = CPU_SUBTYPE_I386_ALL;
    break;
  case Triple::aarch64:
    if (T.isArm64e())
      return createStringError("the Mach-O writer does not sign pointers, "
                               "which arm64e has; use arm64");
    CPUType = CPU_TYPE_ARM64;
    CPUSubtype = CPU_SUBTYPE_ARM64_ALL;
    PageSize = 0x4000;
    // Its kernel runs no code without.
    IsSigned = true;
    break;
  case Triple::ppc:
    CPUType = CPU_TYPE_POWERPC;
    CPUSubtype = CPU_SUBTYPE_POWERPC_ALL;
    break;
  case Triple::ppc64:
    CPUType = CPU_TYPE_POWERPC64;
    CPUSubtype = CPU_SUBTYPE_POWERPC_ALL;
    break;
  default:
    return createStringError("the Mach-O writer does not know the machine "
                             "of '" +
                             T.str() +
                             "', expected x86_64, i386, arm64 or powerpc");
  }
  switch (Spec.Relocations) {
  case RelocationStyle::Default:
  case RelocationStyle::Opcodes:
    break;
  case RelocationStyle::Chained:
    if (!IsLittleEndian)
      return createStringError("chained fixups are for little-endian targets, "
                               "which '" +
                               T.str() + "' is not");
    break;
  default:
    return createStringError("the relocations are in a style of ELF, expected "
                             "opcodes or chained fixups for Mach-O");
  }
  return setPlatform();
}

Error MachOWriter::setPlatform() {
  const Triple &T = Spec.TheTriple;
  bool IsSimulator = T.isSimulatorEnvironment();
  VersionTuple Version = T.getOSVersion();
  switch (T.getOS()) {
  case Triple::Darwin:
  case Triple::MacOSX:
    Platform = PLATFORM_MACOS;
    T.getMacOSXVersion(Version);
    break;
  case Triple::IOS:
    Platform = T.isMacCatalystEnvironment() ? PLATFORM_MACCATALYST
               : IsSimulator                ? PLATFORM_IOSSIMULATOR
                                            : PLATFORM_IOS;
    break;
  case Triple::TvOS:
    Platform = IsSimulator ? PLATFORM_TVOSSIMULATOR : PLATFORM_TVOS;
    break;
  case Triple::WatchOS:
    Platform = IsSimulator ? PLATFORM_WATCHOSSIMULATOR : PLATFORM_WATCHOS;
    break;
  case Triple::XROS:
    Platform = IsSimulator ? PLATFORM_XROS_SIMULATOR : PLATFORM_XROS;
    break;
  case Triple::DriverKit:
    Platform = PLATFORM_DRIVERKIT;
    break;
  default:
    return createStringError("the Mach-O writer does not know the system of '" +
                             T.str() + "', expected one of Apple's");
  }
  Version = std::max(Version, T.getMinimumSupportedOSVersion());
  uint64_t Minor = Version.getMinor().value_or(0);
  uint64_t Patch = Version.getSubminor().value_or(0);
  if (Version.getMajor() > 0xffff || Minor > 0xff || Patch > 0xff)
    return createStringError("the version " + Version.getAsString() +
                             " of the system does not fit LC_BUILD_VERSION");
  MinVersion = Version.getMajor() << 16 | Minor << 8 | Patch;
  return Error::success();
}

static uint64_t nameCommandSize(size_t NameSize) {
  return alignTo(24 + NameSize + 1, 8);
}

/// An upper bound: every place has a segment and sections, and the library's
/// name is as long as any.
uint64_t MachOWriter::maxCommandsSize() const {
  const uint64_t SegmentSize = WordSize == 8 ? 72 : 56;
  const uint64_t SectionSize = WordSize == 8 ? 80 : 68;
  uint64_t Size = 4 * SegmentSize + 6 * SectionSize;
  Size +=
      nameCommandSize(std::max<size_t>(Spec.OutputName.size(), MaxNameSize));
  for (const std::string &Name : Spec.NeededLibraries)
    Size += nameCommandSize(Name.size());
  // LC_DYLD_INFO, _SYMTAB, _DYSYMTAB, _UUID, _BUILD_VERSION, _CODE_SIGNATURE.
  return Size + 48 + 24 + 80 + 24 + 24 + 16;
}

Error MachOWriter::placeBlocks() {
  // Symbols are in sections.
  for (const DataDefinition &D : Spec.Definitions)
    if (!D.Name.empty() && Layout.block(D.Place).MemorySize == 0)
      return createStringError("'" + D.Name +
                               "' has no bytes, nor has another definition in "
                               "its place, so that it is in no section");
  struct Place {
    DataDefinition::PlaceType Type;
    StringRef Name;
    uint32_t Flags;
  };
  struct SegmentPlaces {
    StringRef Name;
    uint32_t Protection;
    uint32_t Flags;
    std::vector<Place> Places;
  };
  const SegmentPlaces All[] = {
      {"__TEXT",
       VM_PROT_READ | VM_PROT_EXECUTE,
       0,
       {{DataDefinition::Text, "__text",
         S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS},
        {DataDefinition::ReadOnly, "__const", S_REGULAR},
        {DataDefinition::Header, "__pkgimg", S_REGULAR}}},
      {"__DATA_CONST",
       VM_PROT_READ | VM_PROT_WRITE,
       SG_READ_ONLY,
       {{DataDefinition::RelRO, "__const", S_REGULAR}}},
      {"__DATA",
       VM_PROT_READ | VM_PROT_WRITE,
       0,
       {{DataDefinition::Data, "__data", S_REGULAR}}},
  };
  uint64_t Address =
      alignTo((WordSize == 8 ? 32 : 28) + maxCommandsSize(), PageSize);
  for (const SegmentPlaces &P : All) {
    const bool IsText = Segments.empty();
    Segment S;
    S.Name = P.Name;
    S.Address = IsText ? 0 : Address;
    S.Protection = P.Protection;
    S.Flags = P.Flags;
    uint64_t FileEnd = Address;
    for (const Place &Where : P.Places) {
      LibraryLayout::Block &B = Layout.block(Where.Type);
      if (B.Alignment > PageSize)
        return createStringError(
            "a definition is aligned to " + Twine(B.Alignment) +
            " bytes, more than a page of " + Twine(PageSize));
      // Far from where sums of addresses wrap around.
      if (B.MemorySize > MaxMemorySize)
        return createStringError("the definitions have " +
                                 hexString(B.MemorySize) +
                                 " bytes, more than a library can have");
      Address = alignTo(Address, B.Alignment);
      B.Address = Address;
      if (uint64_t Size = B.Bytes.size()) {
        S.Sections.push_back(
            {Where.Name, Address, Size, B.Alignment, Where.Flags, &B.Bytes});
        FileEnd = Address + Size;
      }
      if (uint64_t Size = B.MemorySize - B.Bytes.size())
        S.Sections.push_back(
            {"__bss", Address + B.Bytes.size(), Size, 1, S_ZEROFILL, nullptr});
      Address += B.MemorySize;
    }
    if (!IsText && S.Sections.empty())
      continue;
    Address = alignTo(Address, PageSize);
    S.MemorySize = Address - S.Address;
    S.FileSize = alignTo(FileEnd, PageSize) - S.Address;
    Segments.push_back(std::move(S));
  }
  LinkEditOffset = Segments.back().Address + Segments.back().FileSize;
  if (LinkEditOffset > UINT32_MAX || (WordSize == 4 && Address > UINT32_MAX))
    return createStringError("the definitions have " + hexString(Address) +
                             " bytes, more than the offsets of Mach-O hold");
  return Layout.place();
}

/// Appends a table to __LINKEDIT.
void MachOWriter::addTable(Extent &To, StringRef Bytes, uint64_t Alignment) {
  LinkEdit.align(Alignment);
  To = {LinkEditOffset + LinkEdit.Bytes.size(), Bytes.size()};
  LinkEdit.Bytes += Bytes;
}

//===----------------------------------------------------------------------===//
// Fixups: opcodes
//===----------------------------------------------------------------------===//

std::string MachOWriter::makeRebases() const {
  Output Out(IsLittleEndian);
  size_t CurrentSegment = SIZE_MAX;
  uint64_t At = 0;
  std::vector<uint64_t> Addresses;
  for (const PlacedPointer &P : Layout.Pointers)
    if (P.Import < 0)
      Addresses.push_back(P.Address);
  if (Addresses.empty())
    return std::string();
  Out.u8(REBASE_OPCODE_SET_TYPE_IMM | REBASE_TYPE_POINTER);
  for (size_t I = 0; I != Addresses.size();) {
    size_t Count = 1;
    while (I + Count != Addresses.size() &&
           Addresses[I + Count] == Addresses[I] + Count * WordSize)
      ++Count;
    size_t Number = segmentOf(Addresses[I]);
    if (Number != CurrentSegment) {
      Out.u8(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | Number);
      Out.uleb(Addresses[I] - Segments[Number].Address);
    } else if (uint64_t Skip = Addresses[I] - At) {
      if (Skip % WordSize == 0 && Skip / WordSize <= REBASE_IMMEDIATE_MASK) {
        Out.u8(REBASE_OPCODE_ADD_ADDR_IMM_SCALED | Skip / WordSize);
      } else {
        Out.u8(REBASE_OPCODE_ADD_ADDR_ULEB);
        Out.uleb(Skip);
      }
    }
    if (Count <= REBASE_IMMEDIATE_MASK) {
      Out.u8(REBASE_OPCODE_DO_REBASE_IMM_TIMES | Count);
    } else {
      Out.u8(REBASE_OPCODE_DO_REBASE_ULEB_TIMES);
      Out.uleb(Count);
    }
    CurrentSegment = Number;
    At = Addresses[I] + Count * WordSize;
    I += Count;
  }
  Out.u8(REBASE_OPCODE_DONE);
  return std::move(Out.Bytes);
}

std::string MachOWriter::makeBinds() const {
  Output Out(IsLittleEndian);
  std::vector<PlacedPointer> Sorted;
  for (const PlacedPointer &P : Layout.Pointers)
    if (P.Import >= 0)
      Sorted.push_back(P);
  if (Sorted.empty())
    return std::string();
  llvm::sort(Sorted, [](const PlacedPointer &A, const PlacedPointer &B) {
    return std::tie(A.Import, A.Address) < std::tie(B.Import, B.Address);
  });
  Out.u8(BIND_OPCODE_SET_DYLIB_SPECIAL_IMM |
         (BIND_SPECIAL_DYLIB_FLAT_LOOKUP & BIND_IMMEDIATE_MASK));
  Out.u8(BIND_OPCODE_SET_TYPE_IMM | BIND_TYPE_POINTER);
  int CurrentImport = -1;
  uint64_t Addend = 0;
  for (const PlacedPointer &P : Sorted) {
    if (P.Import != CurrentImport) {
      Out.u8(BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM);
      Out.string("_" + Layout.Imports[P.Import]);
      CurrentImport = P.Import;
    }
    if (P.Value != Addend) {
      Out.u8(BIND_OPCODE_SET_ADDEND_SLEB);
      Out.sleb(int64_t(P.Value));
      Addend = P.Value;
    }
    size_t Number = segmentOf(P.Address);
    Out.u8(BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | Number);
    Out.uleb(P.Address - Segments[Number].Address);
    Out.u8(BIND_OPCODE_DO_BIND);
  }
  Out.u8(BIND_OPCODE_DONE);
  return std::move(Out.Bytes);
}

//===----------------------------------------------------------------------===//
// Fixups: chains
//===----------------------------------------------------------------------===//

/// Writes the payload of LC_DYLD_CHAINED_FIXUPS, and the words of the chains.
Expected<std::string> MachOWriter::makeChains() {
  // What does not fit a word is an addend of the import.
  const uint64_t MaxInline = WordSize == 8 ? 255 : 63;
  const uint64_t MaxOrdinal = WordSize == 8 ? 0xffffff : 0xfffff;
  std::map<std::pair<int, int64_t>, uint64_t> Numbers;
  bool HasAddends = false, IsWide = false;
  for (const PlacedPointer &P : Layout.Pointers) {
    if (P.Import < 0)
      continue;
    int64_t Addend = P.Value <= MaxInline ? 0 : int64_t(P.Value);
    HasAddends |= Addend != 0;
    IsWide |= !isInt<32>(Addend);
    Numbers.insert({{P.Import, Addend}, 0});
  }
  uint64_t Count = 0;
  for (auto &Entry : Numbers)
    Entry.second = Count++;
  if (Count > MaxOrdinal)
    return createStringError("the library has " + Twine(Count) +
                             " imports, more than chained fixups hold");

  Output Names(true);
  Names.u8(0);
  std::vector<uint64_t> NameOffsets;
  for (const std::string &Import : Layout.Imports) {
    NameOffsets.push_back(Names.Bytes.size());
    Names.string("_" + Import);
  }
  // Of 32 bits, 23 are for the offset of the name.
  IsWide |= Names.Bytes.size() > maskTrailingOnes<uint32_t>(23);
  unsigned Format = IsWide       ? DYLD_CHAINED_IMPORT_ADDEND64
                    : HasAddends ? DYLD_CHAINED_IMPORT_ADDEND
                                 : DYLD_CHAINED_IMPORT;
  Output Imports(true);
  for (const auto &[Key, Number] : Numbers) {
    uint64_t Name = NameOffsets[Key.first];
    if (Format == DYLD_CHAINED_IMPORT_ADDEND64) {
      Imports.u64(Name << 32 | uint16_t(BIND_SPECIAL_DYLIB_FLAT_LOOKUP));
      Imports.u64(uint64_t(Key.second));
      continue;
    }
    Imports.u32(Name << 9 | uint8_t(BIND_SPECIAL_DYLIB_FLAT_LOOKUP));
    if (Format == DYLD_CHAINED_IMPORT_ADDEND)
      Imports.u32(uint32_t(Key.second));
  }

  // The values of the words, without the distance to the next one.
  const uint64_t End = Segments.back().Address + Segments.back().MemorySize;
  for (PlacedPointer &P : Layout.Pointers) {
    if (P.Address % 4 || P.Address % PageSize > PageSize - WordSize)
      return createStringError("a pointer is at " + hexString(P.Address) +
                               ", where chained fixups do not reach: it is "
                               "not aligned to 4 bytes, or in two pages");
    if (P.Import >= 0) {
      bool IsInline = P.Value <= MaxInline;
      uint64_t Number = Numbers[{P.Import, IsInline ? 0 : int64_t(P.Value)}];
      uint64_t Inline = IsInline ? P.Value : 0;
      P.Value = WordSize == 8 ? uint64_t(1) << 63 | Inline << 24 | Number
                              : uint64_t(1) << 31 | Inline << 20 | Number;
      continue;
    }
    if (P.Value > End || !isUIntN(WordSize == 8 ? 36 : 26, P.Value))
      return createStringError("the pointer at " + hexString(P.Address) +
                               " is to " + hexString(P.Value) +
                               ", which is too far for chained fixups, or "
                               "outside the library");
  }

  Output Starts(true);
  // The number of segments, then the offset of each one's starts.
  const size_t NumSegments = Segments.size() + 1;
  Starts.u32(NumSegments);
  Starts.Bytes.append(NumSegments * 4, '\0');
  for (size_t First = 0; First != Layout.Pointers.size();) {
    size_t Number = segmentOf(Layout.Pointers[First].Address);
    size_t Last = First;
    while (Last != Layout.Pointers.size() &&
           segmentOf(Layout.Pointers[Last].Address) == Number)
      ++Last;
    Starts.align(8);
    support::endian::write32le(&Starts.Bytes[4 + Number * 4],
                               Starts.Bytes.size());
    if (Error E = chainSegment(Segments[Number], First, Last, Starts))
      return std::move(E);
    First = Last;
  }
  Starts.align(8);

  Output Out(true);
  const uint64_t StartsOffset = 32;
  const uint64_t ImportsOffset = StartsOffset + Starts.Bytes.size();
  Out.u32(0); // The version.
  Out.u32(StartsOffset);
  Out.u32(ImportsOffset);
  Out.u32(ImportsOffset + Imports.Bytes.size());
  Out.u32(Count);
  Out.u32(Format);
  Out.u32(DYLD_CHAINED_SYMBOL_UNCOMPRESSED);
  Out.align(StartsOffset);
  Out.Bytes += Starts.Bytes;
  Out.Bytes += Imports.Bytes;
  Out.Bytes += Names.Bytes;
  return std::move(Out.Bytes);
}

/// Links the words [\p First, \p Last) of Pointers, all of \p S, and appends
/// its dyld_chained_starts_in_segment.
Error MachOWriter::chainSegment(const Segment &S, size_t First, size_t Last,
                                Output &Starts) {
  constexpr uint64_t Stride = 4;
  const unsigned NextShift = WordSize == 8 ? 51 : 26;
  const uint64_t MaxNext = (WordSize == 8 ? 0xfff : 0x1f) * Stride;
  std::vector<uint16_t> Pages, Lists;
  auto PageOf = [&](size_t I) {
    return (Layout.Pointers[I].Address - S.Address) / PageSize;
  };
  auto InPage = [&](size_t I) {
    return uint16_t((Layout.Pointers[I].Address - S.Address) % PageSize);
  };
  const uint64_t NumPages = PageOf(Last - 1) + 1;
  if (NumPages > UINT16_MAX)
    return createStringError("the segment '" + S.Name +
                             "' has pointers in more than 65535 pages");
  Pages.assign(NumPages, DYLD_CHAINED_PTR_START_NONE);
  for (size_t I = First; I != Last;) {
    // Chains of a page: where the next word is too far, another one begins.
    std::vector<uint16_t> OfPage;
    const uint64_t Page = PageOf(I);
    for (bool IsStart = true; I != Last && PageOf(I) == Page; ++I) {
      if (IsStart)
        OfPage.push_back(InPage(I));
      const PlacedPointer &P = Layout.Pointers[I];
      uint64_t Next = I + 1 != Last && PageOf(I + 1) == Page
                          ? Layout.Pointers[I + 1].Address - P.Address
                          : 0;
      IsStart = Next > MaxNext;
      if (IsStart)
        Next = 0;
      Layout.storeWord(P.Address, P.Value | Next / Stride << NextShift);
    }
    if (OfPage.size() == 1) {
      Pages[Page] = OfPage.front();
      continue;
    }
    OfPage.back() |= DYLD_CHAINED_PTR_START_LAST;
    uint64_t Index = NumPages + Lists.size();
    if (Index + OfPage.size() > DYLD_CHAINED_PTR_START_MULTI)
      return createStringError("the segment '" + S.Name +
                               "' has more chains than chained fixups hold");
    Pages[Page] = DYLD_CHAINED_PTR_START_MULTI | Index;
    Lists.insert(Lists.end(), OfPage.begin(), OfPage.end());
  }
  Starts.u32(22 + (Pages.size() + Lists.size()) * 2);
  Starts.u16(PageSize);
  Starts.u16(WordSize == 8 ? DYLD_CHAINED_PTR_64_OFFSET : DYLD_CHAINED_PTR_32);
  Starts.u64(S.Address);
  // Larger numbers are no pointers in 32 bits.
  Starts.u32(
      WordSize == 8 ? 0 : Segments.back().Address + Segments.back().MemorySize);
  Starts.u16(Pages.size());
  for (uint16_t V : Pages)
    Starts.u16(V);
  for (uint16_t V : Lists)
    Starts.u16(V);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Exports and symbols
//===----------------------------------------------------------------------===//

/// A node has its symbol, then an edge for each child: a string and the child's
/// offset, whose size depends on the sizes of the nodes before it.
std::string MachOWriter::makeTrie() const {
  if (Exports.empty())
    return std::string();
  struct Node {
    std::vector<std::pair<std::string, size_t>> Edges;
    const Export *Symbol = nullptr;
    uint64_t Offset = 0;
  };
  std::vector<Node> Nodes(1);
  for (const Export &E : Exports) {
    StringRef Rest = E.Name;
    size_t At = 0;
    while (!Rest.empty()) {
      auto &Edges = Nodes[At].Edges;
      // Names are sorted, so that one can only share the last edge.
      size_t Common = 0;
      if (!Edges.empty()) {
        StringRef Last = Edges.back().first;
        while (Common != Last.size() && Common != Rest.size() &&
               Last[Common] == Rest[Common])
          ++Common;
      }
      if (Common == 0) {
        Edges.push_back({Rest.str(), Nodes.size()});
        At = Nodes.size();
        Nodes.emplace_back();
        break;
      }
      if (Common != Edges.back().first.size()) {
        // A node in the middle of the edge.
        Node Middle;
        Middle.Edges.push_back(
            {Edges.back().first.substr(Common), Edges.back().second});
        Edges.back().first.resize(Common);
        Edges.back().second = Nodes.size();
        Nodes.push_back(std::move(Middle));
      }
      At = Nodes[At].Edges.back().second;
      Rest = Rest.drop_front(Common);
    }
    Nodes[At].Symbol = &E;
  }

  auto Info = [&](const Node &N) {
    Output Out(true);
    if (N.Symbol) {
      Out.uleb(EXPORT_SYMBOL_FLAGS_KIND_REGULAR);
      Out.uleb(N.Symbol->Address);
    }
    return std::move(Out.Bytes);
  };
  // Sizes only grow with offsets, and so come to rest.
  for (bool IsChanged = true; IsChanged;) {
    IsChanged = false;
    uint64_t Offset = 0;
    for (Node &N : Nodes) {
      IsChanged |= N.Offset != Offset;
      N.Offset = Offset;
      uint64_t InfoSize = Info(N).size();
      Offset += getULEB128Size(InfoSize) + InfoSize + 1;
      for (const auto &[Text, Child] : N.Edges)
        Offset += Text.size() + 1 + getULEB128Size(Nodes[Child].Offset);
    }
  }
  Output Out(true);
  for (const Node &N : Nodes) {
    std::string Symbol = Info(N);
    Out.uleb(Symbol.size());
    Out.Bytes += Symbol;
    Out.u8(N.Edges.size());
    for (const auto &[Text, Child] : N.Edges) {
      Out.string(Text);
      Out.uleb(Nodes[Child].Offset);
    }
  }
  return std::move(Out.Bytes);
}

void MachOWriter::makeExports() {
  for (const DataDefinition &D : Spec.Definitions)
    if (!D.Name.empty() && D.Linkage == DataDefinition::Exported)
      Exports.push_back({"_" + D.Name, Layout.addressOf(D.Name)});
  llvm::sort(Exports,
             [](const Export &A, const Export &B) { return A.Name < B.Name; });
}

void MachOWriter::makeSymbols() {
  // A symbol without bytes may be where its section ends.
  auto SectionOf = [&](uint64_t Address) {
    uint8_t Number = 0, Found = 1;
    for (const Segment &S : Segments)
      for (const Section &C : S.Sections) {
        ++Number;
        if (C.Address <= Address)
          Found = Number;
      }
    return Found;
  };
  Output Table(IsLittleEndian), Text(IsLittleEndian);
  Text.u8(0);
  auto Add = [&](const std::string &Name, uint8_t Type, uint8_t Section,
                 uint16_t Description, uint64_t Value) {
    Table.u32(Text.Bytes.size());
    Text.string(Name);
    Table.u8(Type);
    Table.u8(Section);
    Table.u16(Description);
    Table.word(Value, WordSize);
  };
  if (Spec.LocalSymbols)
    for (const DataDefinition &D : Spec.Definitions) {
      if (D.Name.empty() || D.Linkage == DataDefinition::Exported)
        continue;
      uint64_t Address = Layout.addressOf(D.Name);
      uint8_t Type = N_SECT;
      if (D.Linkage == DataDefinition::Hidden)
        Type |= N_PEXT;
      Add("_" + D.Name, Type, SectionOf(Address), 0, Address);
      ++NumLocals;
    }
  for (const Export &E : Exports)
    Add(E.Name, N_SECT | N_EXT, SectionOf(E.Address), 0, E.Address);
  for (const std::string &Name : Layout.Imports)
    Add("_" + Name, N_UNDF | N_EXT, 0, DYNAMIC_LOOKUP_ORDINAL << 8, 0);
  addTable(Symbols, Table.Bytes, 8);
  Text.align(8);
  addTable(Strings, Text.Bytes, 8);
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

std::string
MachOWriter::makeCommands(const std::array<uint8_t, 16> &UUID) const {
  Output Out(IsLittleEndian);
  auto Word = [&](uint64_t V) { Out.word(V, WordSize); };
  uint32_t Count = 0;
  auto Begin = [&](uint32_t Kind, uint32_t Size) {
    ++Count;
    Out.u32(Kind);
    Out.u32(Size);
  };

  const uint64_t End = Segments.back().Address + Segments.back().MemorySize;
  const uint64_t LinkEditSize =
      SignatureOffset - LinkEditOffset + (IsSigned ? signatureSize() : 0);
  auto AddSegment = [&](StringRef Name, uint64_t Address, uint64_t MemorySize,
                        uint64_t FileOffset, uint64_t FileSize,
                        uint32_t Protection, uint32_t Flags,
                        ArrayRef<Section> Sections) {
    Begin(WordSize == 8 ? LC_SEGMENT_64 : LC_SEGMENT,
          (WordSize == 8 ? 72 : 56) +
              Sections.size() * (WordSize == 8 ? 80 : 68));
    Out.field(Name, 16);
    Word(Address);
    Word(MemorySize);
    Word(FileOffset);
    Word(FileSize);
    Out.u32(Protection);
    Out.u32(Protection);
    Out.u32(Sections.size());
    Out.u32(Flags);
    for (const Section &C : Sections) {
      Out.field(C.Name, 16);
      Out.field(Name, 16);
      Word(C.Address);
      Word(C.Size);
      Out.u32(C.Bytes ? FileOffset + (C.Address - Address) : 0);
      Out.u32(Log2_64(C.Alignment));
      Out.u32(0); // Relocations, of objects alone.
      Out.u32(0);
      Out.u32(C.Flags);
      Out.u32(0);
      Out.u32(0);
      if (WordSize == 8)
        Out.u32(0);
    }
  };
  // The file has the same distances, since zeros only come last.
  for (const Segment &S : Segments)
    AddSegment(S.Name, S.Address, S.MemorySize, S.Address, S.FileSize,
               S.Protection, S.Flags, S.Sections);
  AddSegment("__LINKEDIT", End, alignTo(LinkEditSize, PageSize), LinkEditOffset,
             LinkEditSize, VM_PROT_READ, 0, {});

  auto AddLibrary = [&](uint32_t Kind, StringRef Name) {
    uint64_t Size = nameCommandSize(Name.size());
    Begin(Kind, Size);
    Out.u32(24);      // Where the name is.
    Out.u32(1);       // The time, which linkers set to this.
    Out.u32(0x10000); // The version and the oldest compatible one: 1.0.
    Out.u32(0x10000);
    Out.field(Name, Size - 24);
  };
  AddLibrary(LC_ID_DYLIB, Spec.OutputName);

  auto AddExtent = [&](const Extent &E) {
    Out.u32(E.Size ? E.Offset : 0);
    Out.u32(E.Size);
  };
  if (isChained()) {
    Begin(LC_DYLD_CHAINED_FIXUPS, 16);
    AddExtent(Chains);
    Begin(LC_DYLD_EXPORTS_TRIE, 16);
    AddExtent(Trie);
  } else {
    Begin(LC_DYLD_INFO_ONLY, 48);
    AddExtent(Rebases);
    AddExtent(Binds);
    AddExtent({}); // Weak.
    AddExtent({}); // Lazy.
    AddExtent(Trie);
  }

  Begin(LC_SYMTAB, 24);
  Out.u32(Symbols.Offset);
  Out.u32(Symbols.Size / (WordSize == 8 ? 16 : 12));
  Out.u32(Strings.Offset);
  Out.u32(Strings.Size);
  Begin(LC_DYSYMTAB, 80);
  uint32_t First = 0;
  for (uint32_t N :
       {NumLocals, uint32_t(Exports.size()), uint32_t(Layout.Imports.size())}) {
    Out.u32(First);
    Out.u32(N);
    First += N;
  }
  Out.field("", 80 - 8 - 24);

  Begin(LC_UUID, 24);
  Out.field(StringRef(reinterpret_cast<const char *>(UUID.data()), 16), 16);
  Begin(LC_BUILD_VERSION, 24);
  Out.u32(Platform);
  Out.u32(MinVersion);
  Out.u32(MinVersion); // Of the SDK.
  Out.u32(0);          // No tools.
  for (const std::string &Name : Spec.NeededLibraries)
    AddLibrary(LC_LOAD_DYLIB, Name);
  if (IsSigned) {
    Begin(LC_CODE_SIGNATURE, 16);
    Out.u32(SignatureOffset);
    Out.u32(signatureSize());
  }

  Output Header(IsLittleEndian);
  Header.u32(WordSize == 8 ? MH_MAGIC_64 : MH_MAGIC);
  Header.u32(CPUType);
  Header.u32(CPUSubtype);
  Header.u32(MH_DYLIB);
  Header.u32(Count);
  Header.u32(Out.Bytes.size());
  Header.u32(MH_DYLDLINK | MH_TWOLEVEL | MH_NO_REEXPORTED_DYLIBS);
  if (WordSize == 8)
    Header.u32(0);
  return Header.Bytes + Out.Bytes;
}

/// The file up to the signature.
std::string MachOWriter::makeFile(const std::array<uint8_t, 16> &UUID) const {
  std::string File = makeCommands(UUID);
  for (const Segment &S : Segments)
    for (const Section &C : S.Sections)
      if (C.Bytes) {
        File.resize(C.Address);
        File += *C.Bytes;
      }
  File.resize(LinkEditOffset);
  File += LinkEdit.Bytes;
  return File;
}

/// The signature as linkers make it: of no one, over the pages of \p File.
std::string MachOWriter::makeSignature(StringRef File) const {
  const uint64_t NumPages = divideCeil(File.size(), SignaturePageSize);
  const uint64_t HashOffset = 88 + identifier().size() + 1;
  Output Out(/*IsLittleEndian=*/false);
  Out.u32(CSMAGIC_EMBEDDED_SIGNATURE);
  Out.u32(signatureSize());
  Out.u32(1);
  Out.u32(CSSLOT_CODEDIRECTORY);
  Out.u32(20);
  Out.u32(CSMAGIC_CODEDIRECTORY);
  Out.u32(HashOffset + NumPages * CS_SHA256_LEN);
  Out.u32(CS_SUPPORTSEXECSEG);
  Out.u32(CS_ADHOC | CS_LINKER_SIGNED);
  Out.u32(HashOffset);
  Out.u32(88); // The identifier.
  Out.u32(0);  // Special slots.
  Out.u32(NumPages);
  Out.u32(File.size());
  Out.u8(CS_SHA256_LEN);
  Out.u8(CS_HASHTYPE_SHA256);
  Out.u8(0); // Platform.
  Out.u8(Log2_64(SignaturePageSize));
  Out.field("", 24); // No scattered pages, team, or limit of 64 bits.
  Out.u64(Segments.front().Address);
  Out.u64(Segments.front().FileSize);
  Out.u64(0);
  Out.string(identifier());
  for (uint64_t I = 0; I != NumPages; ++I) {
    std::array<uint8_t, 32> Hash = SHA256::hash(arrayRefFromStringRef(
        File.substr(I * SignaturePageSize, SignaturePageSize)));
    Out.field(StringRef(reinterpret_cast<const char *>(Hash.data()), 32), 32);
  }
  Out.Bytes.resize(signatureSize());
  return std::move(Out.Bytes);
}

Expected<std::string> MachOWriter::write() {
  if (Error E = setTarget())
    return std::move(E);
  if (Error E = placeBlocks())
    return std::move(E);
  std::string RebaseBytes, BindBytes, ChainBytes;
  if (isChained()) {
    Expected<std::string> Bytes = makeChains();
    if (!Bytes)
      return Bytes.takeError();
    ChainBytes = std::move(*Bytes);
  } else {
    RebaseBytes = makeRebases();
    BindBytes = makeBinds();
    for (const PlacedPointer &P : Layout.Pointers)
      if (P.Import < 0)
        Layout.storeWord(P.Address, P.Value);
  }
  addTable(Rebases, RebaseBytes, 8);
  addTable(Binds, BindBytes, 8);
  addTable(Chains, ChainBytes, 8);
  makeExports();
  addTable(Trie, makeTrie(), 8);
  makeSymbols();
  LinkEdit.align(16);
  SignatureOffset = LinkEditOffset + LinkEdit.Bytes.size();
  if (SignatureOffset > UINT32_MAX - signatureSize())
    return createStringError("the library has " + hexString(SignatureOffset) +
                             " bytes, more than the offsets of Mach-O hold");

  // The UUID is a hash of all else, marked as one (RFC 9562, section 5.8).
  std::array<uint8_t, 16> UUID = {};
  std::array<uint8_t, 32> Hash =
      SHA256::hash(arrayRefFromStringRef(makeFile(UUID)));
  std::copy_n(Hash.begin(), UUID.size(), UUID.begin());
  UUID[6] = (UUID[6] & 0x0f) | 0x80;
  UUID[8] = (UUID[8] & 0x3f) | 0x80;
  std::string File = makeFile(UUID);
  if (IsSigned)
    File += makeSignature(File);
  return File;
}

Expected<std::string> pkgimg::writeMachOLibrary(LibraryLayout Layout) {
  return MachOWriter(std::move(Layout)).write();
}
