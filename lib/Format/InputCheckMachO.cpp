//===- InputCheckMachO.cpp - Check Mach-O objects and libraries -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks Mach-O objects, dynamic libraries and universal files: what lld/MachO
/// trusts in its InputFiles.cpp, InputSection.cpp, ExportTrie.cpp,
/// UnwindInfoSection.cpp and Arch. The structures are those of
/// <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h> and <mach-o/fat.h>.
///
//===----------------------------------------------------------------------===//

#include "DWARFUnitName.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <vector>

using namespace llvm;
using namespace llvm::MachO;
using namespace pkgimg;

namespace {

/// What LLD makes of an input section, which decides what may refer to it.
enum class Content {
  None,     ///< It is not linked; a reference to it has no target.
  Regular,  ///< Bytes that are split at symbols.
  Records,  ///< Bytes that are split at a fixed size, or at unwind entries.
  Strings,  ///< Strings, of which a reference means one.
  Literals, ///< Words of one size, of which a reference means one.
};

struct Section {
  StringRef Segment;
  StringRef Name;
  uint64_t HeaderOffset;
  uint64_t Addr;
  uint64_t Size;
  uint32_t Offset;
  uint32_t RelocOffset;
  uint32_t NumRelocs;
  uint32_t Flags;
  Content Kind;
  /// Of Records: the size of one, or 0 for unwind entries.
  uint32_t RecordSize;

  uint32_t type() const { return Flags & SECTION_TYPE; }
  bool isZeroFill() const {
    return type() == S_ZEROFILL || type() == S_GB_ZEROFILL ||
           type() == S_THREAD_LOCAL_ZEROFILL;
  }
};

/// A relocation_info, taken apart.
struct Relocation {
  uint32_t Address;
  uint32_t Symbol; ///< Or the number of a section, or an addend.
  bool IsPCRel;
  unsigned Log2Size;
  bool IsExtern;
  unsigned Type;
};

/// Sizes beyond it make a linker's sums of addresses wrap around.
constexpr uint64_t MaxMemorySize = uint64_t(1) << 47;

/// Of the zero-filled sections and common symbols of an object: LLD crashes
/// where its offsets in the image, of 32 bits, wrap around.
constexpr uint64_t MaxZeroFill = uint64_t(1) << 31;

/// LLD walks an export trie by recursion.
constexpr size_t MaxTrieDepth = 4096;

class MachOChecker : public CheckedFile {
public:
  MachOChecker(StringRef Name, StringRef Bytes, InputSummary &Summary)
      : CheckedFile(Name, Bytes), Summary(Summary) {}

  Error checkObject();
  Error checkDylib();

private:
  /// A load command, of which Size bytes are in the file.
  struct Command {
    uint32_t Kind;
    uint64_t Offset;
    uint32_t Size;
  };

  Error readHeader();
  Error readCommands();
  Error needSize(const Command &C, StringRef What, uint64_t Size) const;
  Error checkRange(const Command &C, StringRef What, uint64_t Field) const;
  Error checkString(const Command &C, StringRef What, uint64_t Minimum) const;
  Error checkCommonCommand(const Command &C) const;

  Error readSegment(const Command &C);
  Error readSection(uint64_t Offset);
  void classify(Section &S) const;
  Error checkSection(const Section &S) const;
  Error readSymtab(const Command &C);
  Error checkDysymtab(const Command &C) const;
  Error checkLinkerOption(const Command &C) const;
  Error checkSymbols();
  Error checkSectionSymbol(uint64_t Index, uint64_t Value, unsigned Number);
  Error checkRelocations(const Section &S);
  Error checkRelocation(const Section &S, uint32_t Index, const Relocation &R,
                        uint64_t PairedAddend);
  Error checkTarget(const Section &S, uint32_t Index, const Relocation &R,
                    uint64_t Addend) const;
  Error checkCompactUnwindTarget(const Section &S, uint32_t Index,
                                 const Relocation &R) const;
  Error splitEhFrame(const Section &S);
  Error checkEhFrame(const Section &S);
  Error checkEhPointer(const Section &S, uint64_t Offset, uint64_t Address,
                       StringRef What) const;
  Error checkOptimizationHints() const;
  Error checkDebugInfo() const;
  Error checkTrie(uint64_t Offset, uint64_t Size) const;

  std::string describe(const Section &S) const {
    return ("section " + S.Segment + "," + S.Name).str();
  }
  std::string describeRelocation(const Section &S, uint32_t Index) const {
    return ("relocation " + Twine(Index) + " of " + describe(S) +
            " at offset " +
            hexString(S.RelocOffset + uint64_t(Index) * RelocationSize))
        .str();
  }
  std::string describeSymbol(uint64_t Index) const {
    return ("symbol " + Twine(Index) + " at offset " +
            hexString(SymbolTable + Index * nlistSize()))
        .str();
  }
  uint64_t nlistSize() const { return Is64 ? 16 : 12; }
  uint64_t wordAt(uint64_t Offset) const {
    return Is64 ? View.u64(Offset) : View.u32(Offset);
  }
  StringRef content(const Section &S) const {
    return S.isZeroFill() ? StringRef() : View.slice(S.Offset, S.Size);
  }
  bool isCompactUnwind(const Section &S) const {
    return S.Segment == "__LD" && S.Name == "__compact_unwind";
  }
  bool isEhFrame(const Section &S) const {
    return S.Segment == "__TEXT" && S.Name == "__eh_frame";
  }
  bool isARM64() const {
    return CPUType == uint32_t(CPU_TYPE_ARM64) ||
           CPUType == uint32_t(CPU_TYPE_ARM64_32);
  }
  bool isX86_64() const { return CPUType == uint32_t(CPU_TYPE_X86_64); }
  /// True for the architectures that LLD's Mach-O linker has.
  bool isLinkable() const { return isARM64() || isX86_64(); }
  bool isSubtractor(unsigned Type) const {
    return isX86_64() ? Type == X86_64_RELOC_SUBTRACTOR
                      : Type == ARM64_RELOC_SUBTRACTOR;
  }
  Relocation readRelocation(const Section &S, uint32_t Index) const;
  const Section *sectionAt(uint64_t Address) const;

  static constexpr uint64_t RelocationSize = 8;

  InputSummary &Summary;
  bool Is64 = false;
  uint32_t CPUType = 0;
  uint32_t FileType = 0;
  std::vector<Command> Commands;
  bool HasSegment = false;
  std::vector<Section> Sections;
  /// Of the sections' data and relocations.
  uint64_t SectionBytes = 0;
  uint64_t SymbolTable = 0;
  uint64_t NumSymbols = 0;
  uint64_t Strings = 0;
  uint64_t StringsSize = 0;
  /// Per symbol: what LLD can take as the target of a relocation.
  enum class SymbolKind : uint8_t { None, Other, Defined };
  std::vector<SymbolKind> SymbolKinds;
  /// The starts of the entries of __eh_frame, and the places of its
  /// relocations, as offsets in it.
  std::vector<uint64_t> EhEntries;
  std::vector<std::pair<uint64_t, uint32_t>> EhRelocations;
};

} // namespace

//===----------------------------------------------------------------------===//
// Header and load commands
//===----------------------------------------------------------------------===//

static Triple::ArchType getArch(uint32_t CPUType, bool IsLittleEndian) {
  switch (CPUType) {
  case CPU_TYPE_X86_64:
    return IsLittleEndian ? Triple::x86_64 : Triple::UnknownArch;
  case CPU_TYPE_I386:
    return IsLittleEndian ? Triple::x86 : Triple::UnknownArch;
  case CPU_TYPE_ARM:
    return IsLittleEndian ? Triple::arm : Triple::UnknownArch;
  case CPU_TYPE_ARM64:
    return IsLittleEndian ? Triple::aarch64 : Triple::UnknownArch;
  case CPU_TYPE_ARM64_32:
    return IsLittleEndian ? Triple::aarch64_32 : Triple::UnknownArch;
  case CPU_TYPE_POWERPC:
    return IsLittleEndian ? Triple::UnknownArch : Triple::ppc;
  case CPU_TYPE_POWERPC64:
    return IsLittleEndian ? Triple::UnknownArch : Triple::ppc64;
  default:
    return Triple::UnknownArch;
  }
}

Error MachOChecker::readHeader() {
  uint32_t Magic = View.u32(0);
  bool IsLE = Magic == MH_MAGIC || Magic == MH_MAGIC_64;
  Is64 = Magic == MH_MAGIC_64 || Magic == MH_CIGAM_64;
  View.setLittleEndian(IsLE);
  if (Error E = need("the Mach-O header", 0, Is64 ? 32 : 28))
    return E;
  CPUType = View.u32(4);
  FileType = View.u32(12);
  setMachine(Summary, getArch(CPUType, IsLE), Is64, IsLE, CPUType);
  // A linker reads the header of the target's width, whatever the file's is.
  if (((CPUType & CPU_ARCH_ABI64) != 0) != Is64)
    return damaged("the header is that of " + Twine(Is64 ? 64 : 32) +
                   " bits, but the CPU type at offset 0x4 is " +
                   hexString(CPUType));
  return readCommands();
}

/// Each command begins with its kind and its size; the header counts them and
/// gives their total size.
Error MachOChecker::readCommands() {
  uint64_t Count = View.u32(16);
  uint64_t Size = View.u32(20);
  uint64_t Offset = Is64 ? 32 : 28;
  if (Error E = need("the table of load commands", Offset, Size))
    return E;
  const uint64_t End = Offset + Size;
  for (uint64_t I = 0; I != Count; ++I) {
    if (End - Offset < 8)
      return damaged("load command " + Twine(I) + " at offset " +
                     hexString(Offset) + " of " + Twine(Count) +
                     " is outside their table, which ends at " +
                     hexString(End));
    Command C = {View.u32(Offset), Offset, View.u32(Offset + 4)};
    if (C.Size < 8 || C.Size % 4 || C.Size > End - Offset)
      return damaged("load command " + Twine(I) + " at offset " +
                     hexString(Offset) + " has the size " + Twine(C.Size) +
                     ", expected a multiple of 4 from 8 to " +
                     Twine(End - Offset));
    Commands.push_back(C);
    Offset += C.Size;
  }
  return Error::success();
}

Error MachOChecker::needSize(const Command &C, StringRef What,
                             uint64_t Size) const {
  if (C.Size >= Size)
    return Error::success();
  return damaged(What + " at offset " + hexString(C.Offset) + " has " +
                 Twine(C.Size) + " bytes, expected " + Twine(Size) +
                 " or more");
}

/// Checks a pair of offset and size in the file at \p Field of a command.
Error MachOChecker::checkRange(const Command &C, StringRef What,
                               uint64_t Field) const {
  if (Error E = needSize(C, What, Field + 8))
    return E;
  return need("the data of " + What, View.u32(C.Offset + Field),
              View.u32(C.Offset + Field + 4));
}

/// Checks the string whose offset in the command is at its third word.
Error MachOChecker::checkString(const Command &C, StringRef What,
                                uint64_t Minimum) const {
  if (Error E = needSize(C, What, Minimum))
    return E;
  uint32_t Start = View.u32(C.Offset + 8);
  if (Start < 12 || Start >= C.Size ||
      !View.view(C.Offset, C.Size).cString(Start))
    return damaged("the name in " + What + " at offset " + hexString(C.Offset) +
                   " is at " + hexString(Start) +
                   ", expected a string that ends inside its " + Twine(C.Size) +
                   " bytes");
  return Error::success();
}

/// Checks what objects and libraries have in common: the platform.
Error MachOChecker::checkCommonCommand(const Command &C) const {
  switch (C.Kind) {
  case LC_BUILD_VERSION:
    if (Error E = needSize(C, "LC_BUILD_VERSION", 24))
      return E;
    // LLD has names for these, and none for others.
    if (View.u32(C.Offset + 8) > PLATFORM_XROS_SIMULATOR)
      return error("LC_BUILD_VERSION at offset " + hexString(C.Offset) +
                   " is for platform " + Twine(View.u32(C.Offset + 8)) +
                   ", expected at most " + Twine(PLATFORM_XROS_SIMULATOR) +
                   "; the linker knows no other");
    return Error::success();
  case LC_VERSION_MIN_MACOSX:
  case LC_VERSION_MIN_IPHONEOS:
  case LC_VERSION_MIN_TVOS:
  case LC_VERSION_MIN_WATCHOS:
    return needSize(C, "LC_VERSION_MIN", 16);
  default:
    return Error::success();
  }
}

//===----------------------------------------------------------------------===//
// Sections of an object
//===----------------------------------------------------------------------===//

Error MachOChecker::readSegment(const Command &C) {
  const uint64_t HeaderSize = Is64 ? 72 : 56;
  const uint64_t EntrySize = Is64 ? 80 : 68;
  if (Error E = needSize(C, "the segment command", HeaderSize))
    return E;
  uint64_t Count = View.u32(C.Offset + HeaderSize - 8);
  if (Count > (C.Size - HeaderSize) / EntrySize)
    return damaged("the segment command at offset " + hexString(C.Offset) +
                   " counts " + Twine(Count) + " sections, but has room for " +
                   Twine((C.Size - HeaderSize) / EntrySize));
  if (HasSegment)
    return damaged("an object has one segment, but there is another at "
                   "offset " +
                   hexString(C.Offset));
  HasSegment = true;
  Sections.reserve(Count);
  for (uint64_t I = 0; I != Count; ++I)
    if (Error E = readSection(C.Offset + HeaderSize + I * EntrySize))
      return E;
  return Error::success();
}

Error MachOChecker::readSection(uint64_t Offset) {
  auto Name = [&](uint64_t At) {
    return View.slice(At, 16).take_until([](char C) { return C == 0; });
  };
  Section S = {};
  S.HeaderOffset = Offset;
  S.Name = Name(Offset);
  S.Segment = Name(Offset + 16);
  S.Addr = wordAt(Offset + 32);
  S.Size = wordAt(Offset + (Is64 ? 40 : 36));
  uint64_t P = Offset + (Is64 ? 48 : 40);
  S.Offset = View.u32(P);
  uint32_t Align = View.u32(P + 4);
  S.RelocOffset = View.u32(P + 8);
  S.NumRelocs = View.u32(P + 12);
  S.Flags = View.u32(P + 16);
  if (Align >= 32)
    return damaged(describe(S) + " has the alignment 2^" + Twine(Align) +
                   " at offset " + hexString(P + 4) +
                   ", expected at most 2^31");
  if (S.Addr > MaxMemorySize || S.Size > MaxMemorySize)
    return damaged(describe(S) + " has " + hexString(S.Size) +
                   " bytes at the address " + hexString(S.Addr) +
                   ", more than any target has");
  if (!S.isZeroFill() && S.Size && !View.contains(S.Offset, S.Size))
    return truncated(describe(S), S.Offset, S.Size);
  if (S.NumRelocs)
    if (Error E =
            needArray(Twine(S.NumRelocs) + " relocations of " + describe(S),
                      S.RelocOffset, S.NumRelocs, RelocationSize))
      return E;
  // Sections that claim the same bytes again and again could make a check, and
  // a link, take time and space without bound. Each is at most the file's size,
  // so no sum overflows.
  SectionBytes +=
      (S.isZeroFill() ? 0 : S.Size) + uint64_t(S.NumRelocs) * RelocationSize;
  if (SectionBytes > size())
    return damaged("the data and relocations of its sections up to " +
                   describe(S) + " have " + hexString(SectionBytes) +
                   " bytes together, but the file has " + hexString(size()) +
                   ": they overlap");
  classify(S);
  Sections.push_back(S);
  return Error::success();
}

void MachOChecker::classify(Section &S) const {
  S.Kind = Content::Regular;
  if (S.type() == S_CSTRING_LITERALS) {
    S.Kind = Content::Strings;
  } else if (S.type() == S_4BYTE_LITERALS || S.type() == S_8BYTE_LITERALS ||
             S.type() == S_16BYTE_LITERALS) {
    S.Kind = Content::Literals;
    S.RecordSize = S.type() == S_4BYTE_LITERALS   ? 4
                   : S.type() == S_8BYTE_LITERALS ? 8
                                                  : 16;
  } else if (isCompactUnwind(S)) {
    S.Kind = Content::Records;
    S.RecordSize = Is64 ? 32 : 20;
  } else if (S.Segment == "__DATA" && S.Name == "__cfstring") {
    S.Kind = Content::Records;
    S.RecordSize = Is64 ? 32 : 16;
  } else if (isEhFrame(S)) {
    S.Kind = Content::Records;
  } else if (S.Segment == "__LLVM" ||
             (S.Segment == "__DATA" && S.Name == "__objc_imageinfo") ||
             (S.Segment == "__DWARF" &&
              (S.Flags & SECTION_ATTRIBUTES_USR) == S_ATTR_DEBUG)) {
    S.Kind = Content::None;
  }
  if (S.Kind == Content::Records && S.Size == 0)
    S.Kind = Content::None;
}

Error MachOChecker::checkSection(const Section &S) const {
  StringRef Bytes = content(S);
  const bool IsLiteral =
      S.Kind == Content::Strings || S.Kind == Content::Literals;
  if ((IsLiteral || S.isZeroFill()) && S.NumRelocs)
    return damaged(describe(S) + " has " + Twine(S.NumRelocs) +
                   " relocations, but is " +
                   (IsLiteral ? "of literals" : "zero-filled"));
  if (S.isZeroFill() &&
      (S.Kind == Content::Records || S.Name == "__llvm_addrsig"))
    return damaged(describe(S) + " is zero-filled, expected records in it");
  if (S.Kind == Content::Strings && !Bytes.empty() && Bytes.back() != '\0')
    return damaged("the last string of " + describe(S) + " at offset " +
                   hexString(S.Offset) + " does not end in a NUL");
  if (S.RecordSize && S.Size % S.RecordSize)
    return damaged(describe(S) + " has " + hexString(S.Size) +
                   " bytes, expected a multiple of " + Twine(S.RecordSize));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

Error MachOChecker::readSymtab(const Command &C) {
  if (Error E = needSize(C, "LC_SYMTAB", 24))
    return E;
  SymbolTable = View.u32(C.Offset + 8);
  NumSymbols = View.u32(C.Offset + 12);
  Strings = View.u32(C.Offset + 16);
  StringsSize = View.u32(C.Offset + 20);
  if (Error E =
          needArray("the symbol table of " + Twine(NumSymbols) + " entries",
                    SymbolTable, NumSymbols, nlistSize()))
    return E;
  return need("the string table", Strings, StringsSize);
}

Error MachOChecker::checkDysymtab(const Command &C) const {
  if (Error E = needSize(C, "LC_DYSYMTAB", 80))
    return E;
  static constexpr StringLiteral Groups[] = {"local", "defined external",
                                             "undefined"};
  for (unsigned I = 0; I != 3; ++I) {
    uint64_t First = View.u32(C.Offset + 8 + I * 8);
    uint64_t Count = View.u32(C.Offset + 12 + I * 8);
    if (Count && (First > NumSymbols || Count > NumSymbols - First))
      return damaged("LC_DYSYMTAB at offset " + hexString(C.Offset) + " has " +
                     Twine(Count) + " " + Groups[I] + " symbols from " +
                     Twine(First) + ", but there are " + Twine(NumSymbols));
  }
  return needArray("the table of indirect symbols", View.u32(C.Offset + 56),
                   View.u32(C.Offset + 60), 4);
}

Error MachOChecker::checkLinkerOption(const Command &C) const {
  if (Error E = needSize(C, "LC_LINKER_OPTION", 12))
    return E;
  uint64_t Count = View.u32(C.Offset + 8);
  ByteCursor Cursor(View.view(C.Offset + 12, C.Size - 12));
  StringRef First, Second;
  uint64_t I = 0;
  for (; I != Count && !Cursor.atEnd(); ++I) {
    StringRef S = Cursor.cString();
    if (I < 2)
      (I ? Second : First) = S;
  }
  // A linker takes the first string without counting, and the second after
  // "-framework".
  if (Cursor.failed() || I != Count || Count == 0 ||
      (First == "-framework" && Count < 2))
    return damaged("LC_LINKER_OPTION at offset " + hexString(C.Offset) +
                   " counts " + Twine(Count) +
                   " strings, but has no such number that end in a NUL");
  return Error::success();
}

/// A symbol in a section: N_SECT.
Error MachOChecker::checkSectionSymbol(uint64_t Index, uint64_t Value,
                                       unsigned Number) {
  if (Number == 0 || Number > Sections.size())
    return damaged(describeSymbol(Index) + " is in section " + Twine(Number) +
                   ", but there are " + Twine(Sections.size()));
  const Section &S = Sections[Number - 1];
  uint64_t Offset = Value - S.Addr;
  bool IsInside = Value >= S.Addr && Offset <= S.Size;
  if (S.Kind == Content::None) {
    if (!IsInside)
      return damaged(describeSymbol(Index) + " is at the address " +
                     hexString(Value) + ", outside " + describe(S) +
                     ", which has " + hexString(S.Size) + " bytes at " +
                     hexString(S.Addr));
    return Error::success();
  }
  // A literal at the end of its section is none.
  if (S.Kind == Content::Literals)
    IsInside &= Offset < S.Size;
  if (!IsInside)
    return damaged(describeSymbol(Index) + " is at the address " +
                   hexString(Value) + ", outside " + describe(S) +
                   ", which has " + hexString(S.Size) + " bytes at " +
                   hexString(S.Addr));
  if (S.Kind == Content::Records) {
    bool IsStart = S.RecordSize ? Offset < S.Size && Offset % S.RecordSize == 0
                                : std::binary_search(EhEntries.begin(),
                                                     EhEntries.end(), Offset);
    if (!IsStart)
      return damaged(describeSymbol(Index) + " is at " + hexString(Offset) +
                     " of " + describe(S) + ", where no record begins");
  }
  SymbolKinds[Index] = SymbolKind::Defined;
  return Error::success();
}

Error MachOChecker::checkSymbols() {
  SymbolKinds.assign(NumSymbols, SymbolKind::None);
  // A name that begins before the last NUL ends at one.
  StringRef Table = View.slice(Strings, StringsSize);
  size_t LastNul = Table.rfind('\0');
  uint64_t NamesEnd = LastNul == StringRef::npos ? 0 : LastNul + 1;
  uint64_t ZeroFill = 0;
  for (const Section &S : Sections)
    if (S.isZeroFill())
      ZeroFill += S.Size;
  for (uint64_t I = 0; I != NumSymbols; ++I) {
    uint64_t P = SymbolTable + I * nlistSize();
    uint32_t NameOffset = View.u32(P);
    unsigned Type = View.u8(P + 4);
    uint64_t Value = wordAt(P + 8);
    if (Type & N_STAB)
      continue;
    if (NameOffset >= NamesEnd)
      return damaged("the name of " + describeSymbol(I) + " is at " +
                     hexString(NameOffset) + " of a string table of " +
                     hexString(StringsSize) + " bytes, and does not end in it");
    switch (Type & N_TYPE) {
    case N_SECT:
      if (Error E = checkSectionSymbol(I, Value, View.u8(P + 5)))
        return E;
      // Unwind entries are not in the image, so a symbol in them must be one
      // that is not, either: LLD has no section to put it in.
      if (isCompactUnwind(Sections[View.u8(P + 5) - 1]) &&
          ((Type & N_EXT) ||
           (Table[NameOffset] != 'l' && Table[NameOffset] != 'L')))
        return damaged(describeSymbol(I) +
                       " is in __LD,__compact_unwind, expected a local symbol "
                       "whose name begins with 'l' or 'L'");
      break;
    case N_UNDF:
      // The value of a common symbol is its size.
      if (Value > MaxZeroFill)
        return damaged(describeSymbol(I) + " is a common symbol of " +
                       hexString(Value) + " bytes, expected at most " +
                       hexString(MaxZeroFill));
      ZeroFill += Value;
      SymbolKinds[I] = SymbolKind::Other;
      break;
    case N_ABS:
      SymbolKinds[I] = SymbolKind::Other;
      break;
    case N_INDR:
      if (Value >= NamesEnd)
        return damaged(describeSymbol(I) + " is an alias of a name at " +
                       hexString(Value) + " of a string table of " +
                       hexString(StringsSize) + " bytes");
      if (Type & N_EXT)
        SymbolKinds[I] = SymbolKind::Other;
      break;
    case N_PBUD:
      break;
    default:
      return damaged(describeSymbol(I) + " has the type " +
                     hexString(Type & N_TYPE) +
                     ", expected one of 0x0, 0x2, 0xa, 0xc, 0xe");
    }
  }
  if (ZeroFill > MaxZeroFill)
    return damaged("its zero-filled sections and common symbols need " +
                   hexString(ZeroFill) + " bytes of memory, expected at most " +
                   hexString(MaxZeroFill));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

Relocation MachOChecker::readRelocation(const Section &S,
                                        uint32_t Index) const {
  uint64_t P = S.RelocOffset + uint64_t(Index) * RelocationSize;
  uint32_t Info = View.u32(P + 4);
  Relocation R;
  R.Address = View.u32(P);
  if (View.isLittleEndian()) {
    R.Symbol = Info & 0xffffff;
    R.IsPCRel = Info >> 24 & 1;
    R.Log2Size = Info >> 25 & 3;
    R.IsExtern = Info >> 27 & 1;
    R.Type = Info >> 28;
  } else {
    R.Symbol = Info >> 8;
    R.IsPCRel = Info >> 7 & 1;
    R.Log2Size = Info >> 5 & 3;
    R.IsExtern = Info >> 4 & 1;
    R.Type = Info & 0xf;
  }
  return R;
}

/// Checks what \p R refers to.
Error MachOChecker::checkTarget(const Section &S, uint32_t Index,
                                const Relocation &R, uint64_t Addend) const {
  if (R.IsExtern) {
    if (R.Symbol >= NumSymbols)
      return damaged(describeRelocation(S, Index) + " refers to symbol " +
                     Twine(R.Symbol) + ", but there are " + Twine(NumSymbols));
    if (SymbolKinds[R.Symbol] == SymbolKind::None)
      return damaged(describeRelocation(S, Index) + " refers to symbol " +
                     Twine(R.Symbol) +
                     ", which is a debug symbol or in a section that is not "
                     "linked");
    return Error::success();
  }
  if (R.Symbol == 0 || R.Symbol > Sections.size())
    return damaged(describeRelocation(S, Index) + " refers to section " +
                   Twine(R.Symbol) + ", but there are " +
                   Twine(Sections.size()));
  const Section &T = Sections[R.Symbol - 1];
  if (T.Kind == Content::None)
    return damaged(describeRelocation(S, Index) + " refers to " + describe(T) +
                   ", which is not linked");
  // References into literals mean one of them.
  if (T.Kind == Content::Strings || T.Kind == Content::Literals) {
    uint64_t Offset =
        Addend - T.Addr + (R.IsPCRel ? S.Addr + R.Address + 4 : 0);
    if (Offset >= T.Size)
      return damaged(describeRelocation(S, Index) + " refers to " +
                     hexString(Offset) + " of " + describe(T) + " of " +
                     hexString(T.Size) + " bytes");
  }
  return Error::success();
}

/// The address of a function in an unwind entry: LLD looks for the symbol
/// there, in a section that is split at symbols.
Error MachOChecker::checkCompactUnwindTarget(const Section &S, uint32_t Index,
                                             const Relocation &R) const {
  if (R.Address % S.RecordSize != 0)
    return Error::success();
  unsigned Number = R.Symbol;
  if (R.IsExtern) {
    if (SymbolKinds[R.Symbol] != SymbolKind::Defined)
      return damaged(describeRelocation(S, Index) +
                     " has a function that this object does not define as its "
                     "target");
    Number = View.u8(SymbolTable + R.Symbol * nlistSize() + 5);
  }
  const Section &T = Sections[Number - 1];
  if (T.Kind != Content::Regular && T.Kind != Content::Records)
    return damaged(describeRelocation(S, Index) + " has a function in " +
                   describe(T) + ", which cannot have any");
  return Error::success();
}

Error MachOChecker::checkRelocation(const Section &S, uint32_t Index,
                                    const Relocation &R,
                                    uint64_t PairedAddend) {
  if (R.Address & R_SCATTERED)
    return damaged(describeRelocation(S, Index) +
                   " is scattered, which this architecture does not have");
  uint64_t Extent = uint64_t(1) << R.Log2Size;
  if (R.Address > S.Size || Extent > S.Size - R.Address)
    return damaged(describeRelocation(S, Index) + " changes " + Twine(Extent) +
                   " bytes at " + hexString(R.Address) + " of a section of " +
                   hexString(S.Size) + " bytes");
  if (R.Type >
      (isX86_64() ? unsigned(X86_64_RELOC_TLV) : unsigned(ARM64_RELOC_ADDEND)))
    return damaged(describeRelocation(S, Index) + " has the type " +
                   Twine(R.Type) + ", which this architecture does not have");
  // What the linker reads at the place; only whole words and double words are
  // addends.
  uint64_t Addend = PairedAddend;
  uint64_t Place = S.Offset + uint64_t(R.Address);
  if (isX86_64() || R.Type == ARM64_RELOC_UNSIGNED ||
      R.Type == ARM64_RELOC_SUBTRACTOR) {
    if (R.Log2Size == 3)
      Addend += View.u64(Place);
    else if (R.Log2Size == 2)
      Addend += int64_t(int32_t(View.u32(Place)));
  }
  if (isX86_64() && R.Type >= X86_64_RELOC_SIGNED_1 &&
      R.Type <= X86_64_RELOC_SIGNED_4)
    Addend += 1 << (R.Type - X86_64_RELOC_SIGNED_1);
  if (Error E = checkTarget(S, Index, R, Addend))
    return E;
  if (isCompactUnwind(S)) {
    unsigned Unsigned =
        isX86_64() ? unsigned(X86_64_RELOC_UNSIGNED) : ARM64_RELOC_UNSIGNED;
    if (R.Type != Unsigned)
      return damaged(describeRelocation(S, Index) + " has the type " +
                     Twine(R.Type) + ", expected " + Twine(Unsigned) +
                     " in unwind entries");
    return checkCompactUnwindTarget(S, Index, R);
  }
  return Error::success();
}

Error MachOChecker::checkRelocations(const Section &S) {
  const bool IsEh = isEhFrame(S);
  // The other architectures have kinds of their own, and no linker here.
  if (!isLinkable())
    return Error::success();
  for (uint32_t I = 0; I != S.NumRelocs; ++I) {
    Relocation R = readRelocation(S, I);
    // Nothing reads those of sections that are not linked.
    if (S.Kind == Content::None) {
      if (R.Address > S.Size)
        return damaged(describeRelocation(S, I) + " is at " +
                       hexString(R.Address) + " of a section of " +
                       hexString(S.Size) + " bytes");
      continue;
    }
    // Two kinds need the one that follows.
    bool IsAddend = !isX86_64() && R.Type == ARM64_RELOC_ADDEND;
    bool IsPair = isSubtractor(R.Type);
    if ((IsAddend || IsPair) && I + 1 == S.NumRelocs)
      return damaged(describeRelocation(S, I) +
                     " is the first of a pair, but the last of the section");
    uint64_t Addend = 0;
    if (IsAddend) {
      Addend = SignExtend64<24>(R.Symbol);
      R = readRelocation(S, ++I);
      if (R.Type != ARM64_RELOC_BRANCH26 && R.Type != ARM64_RELOC_PAGE21 &&
          R.Type != ARM64_RELOC_PAGEOFF12)
        return damaged(describeRelocation(S, I) + " has the type " +
                       Twine(R.Type) + " after an ADDEND, expected 2, 3 or 4");
    }
    if (IsPair && !R.IsExtern)
      return damaged(describeRelocation(S, I) +
                     " subtracts a section, expected a symbol");
    if (Error E = checkRelocation(S, I, R, Addend))
      return E;
    if (IsEh)
      EhRelocations.push_back({R.Address, I});
    if (IsPair) {
      Relocation Minuend = readRelocation(S, ++I);
      // UNSIGNED is 0 everywhere.
      if (Minuend.Type != 0 || Minuend.Address != R.Address ||
          Minuend.Log2Size != R.Log2Size)
        return damaged(describeRelocation(S, I) +
                       " is no UNSIGNED at the place of the SUBTRACTOR before "
                       "it");
      if (Error E = checkRelocation(S, I, Minuend, 0))
        return E;
      if (IsEh &&
          (SymbolKinds[R.Symbol] != SymbolKind::Defined || !Minuend.IsExtern ||
           SymbolKinds[Minuend.Symbol] != SymbolKind::Defined))
        return damaged(describeRelocation(S, I) +
                       " is not the distance of two symbols of this object");
    }
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Unwind entries and other tables of an object
//===----------------------------------------------------------------------===//

/// Finds the section of an address as LLD does: the last of those that begin
/// at or before it.
const Section *MachOChecker::sectionAt(uint64_t Address) const {
  auto It =
      llvm::upper_bound(Sections, Address, [](uint64_t A, const Section &S) {
        return A < S.Addr;
      });
  return It == Sections.begin() ? nullptr : &*--It;
}

/// Finds where the entries of __eh_frame begin. System V ABI, "DWARF
/// extensions": a length of 4 bytes, or of 8 after 0xffffffff; 0 ends them.
Error MachOChecker::splitEhFrame(const Section &S) {
  ByteView V = View.view(S.Offset, S.Size);
  for (uint64_t Offset = 0; Offset != V.size();) {
    uint64_t Start = Offset;
    uint64_t Length = V.u32(Offset);
    bool HasLength = V.contains(Offset, 4);
    Offset += 4;
    if (HasLength && Length == dwarf::DW_LENGTH_DWARF64) {
      Length = V.u64(Offset);
      HasLength = V.contains(Offset, 8);
      Offset += 8;
    }
    if (!HasLength || !V.contains(Offset, Length))
      return damaged("the entry at " + hexString(Start) + " of " + describe(S) +
                     " has " + hexString(Length) +
                     " bytes, but the section has " + hexString(V.size()));
    if (Length == 0)
      break;
    if (Length < 4)
      return damaged("the entry at " + hexString(Start) + " of " + describe(S) +
                     " has " + Twine(Length) +
                     " bytes, which have no room for its identifier");
    EhEntries.push_back(Start);
    Offset += Length;
  }
  return Error::success();
}

/// Checks a pointer of an unwind entry that no relocation changes.
Error MachOChecker::checkEhPointer(const Section &S, uint64_t Offset,
                                   uint64_t Address, StringRef What) const {
  // Compilers put zero-filled sections between others in the table, so what
  // LLD finds may be another section; it must only be of the right kind.
  const Section *T = sectionAt(Address);
  if (T && (T->Kind == Content::Regular || T->Kind == Content::Records))
    return Error::success();
  return damaged(What + " of the unwind entry at " + hexString(Offset) +
                 " of " + describe(S) + " is at the address " +
                 hexString(Address) + ", where there is no " +
                 (T ? "linked section" : "section"));
}

/// Returns the size of a pointer that LLD can read, or 0.
static unsigned getPointerSize(unsigned Encoding, bool Is64) {
  switch (Encoding & 0xf) {
  case dwarf::DW_EH_PE_absptr:
    return Is64 ? 8 : 4;
  case dwarf::DW_EH_PE_sdata4:
    return 4;
  case dwarf::DW_EH_PE_sdata8:
    return 8;
  default:
    return 0;
  }
}

Error MachOChecker::checkEhFrame(const Section &S) {
  struct CIE {
    bool HasAugmentation = false;
    unsigned LSDASize = 0;
    unsigned PointerSize = 0;
  };
  std::vector<std::pair<uint64_t, CIE>> CIEs;
  llvm::sort(EhRelocations); // By place, then in file order.
  auto FindRelocation = [&](uint64_t Offset) -> const uint32_t * {
    auto It =
        llvm::lower_bound(EhRelocations, Offset, [](const auto &R, uint64_t O) {
          return R.first < O;
        });
    return It != EhRelocations.end() && It->first == Offset ? &It->second
                                                            : nullptr;
  };
  // LLD expects a pair at a place with a relocation.
  auto CheckPair = [&](uint64_t Offset, bool &HasRelocation) -> Error {
    const uint32_t *Index = FindRelocation(Offset);
    HasRelocation = Index != nullptr;
    if (Index && !isSubtractor(readRelocation(S, *Index).Type))
      return damaged(describeRelocation(S, *Index) +
                     " is no SUBTRACTOR, as a pointer of an unwind entry "
                     "needs");
    return Error::success();
  };

  ByteView V = View.view(S.Offset, S.Size);
  for (uint64_t Start : EhEntries) {
    uint64_t Header = V.u32(Start) == dwarf::DW_LENGTH_DWARF64 ? 12 : 4;
    uint64_t Length = Header == 12 ? V.u64(Start + 4) : V.u32(Start);
    const uint64_t Body = Start + Header;
    ByteCursor C(V.view(Body, Length));
    auto Ended = [&](StringRef What) {
      return damaged("the unwind entry at " + hexString(Start) + " of " +
                     describe(S) + " ends inside its " + What);
    };
    bool HasRelocation;
    if (Error E = CheckPair(Body, HasRelocation))
      return E;
    uint32_t Distance = C.u32();
    if (Distance == 0 && !HasRelocation) {
      CIE Entry;
      unsigned Version = C.u8();
      if (Version != 1 && Version != 3)
        return damaged("the unwind entry at " + hexString(Start) + " of " +
                       describe(S) + " has the version " + Twine(Version) +
                       ", expected 1 or 3");
      StringRef Augmentation = C.cString();
      for (unsigned I = 0; I != 4; ++I) {
        // Code and data alignment, return register, size of what follows.
        uint8_t Byte;
        do
          Byte = C.u8();
        while (Byte & 0x80);
      }
      for (char A : Augmentation) {
        if (A == 'z') {
          Entry.HasAugmentation = true;
        } else if (A == 'P') {
          C.u8();
          if (const uint32_t *R = FindRelocation(Body + C.tell()))
            if (!readRelocation(S, *R).IsExtern)
              return damaged(describeRelocation(S, *R) +
                             " has no symbol for the personality");
          C.skip(4);
        } else if (A == 'L') {
          Entry.LSDASize = getPointerSize(C.u8(), Is64);
        } else if (A == 'R') {
          Entry.PointerSize = getPointerSize(C.u8(), Is64);
        }
      }
      if (C.failed())
        return Ended("augmentation");
      CIEs.push_back({Start, Entry});
      continue;
    }

    CIE Entry;
    if (HasRelocation) {
      // The distance of two symbols of this object, checked before; what is
      // subtracted is the CIE.
      uint32_t Index = *FindRelocation(Body);
      Relocation Subtrahend = readRelocation(S, Index);
      uint64_t Target =
          wordAt(SymbolTable + Subtrahend.Symbol * nlistSize() + 8) - S.Addr;
      auto It = llvm::lower_bound(
          CIEs, Target, [](const auto &P, uint64_t O) { return P.first < O; });
      if (It == CIEs.end() || It->first != Target)
        return damaged(describeRelocation(S, Index) +
                       " has no earlier CIE as its target");
      Entry = It->second;
    } else {
      auto It = llvm::lower_bound(
          CIEs, Body - Distance,
          [](const auto &P, uint64_t O) { return P.first < O; });
      if (It == CIEs.end() || It->first != Body - Distance)
        return damaged("the unwind entry at " + hexString(Start) + " of " +
                       describe(S) + " has its CIE at " +
                       hexString(Body - Distance) +
                       ", where there is none before it");
      Entry = It->second;
    }
    if (Entry.PointerSize == 0)
      return damaged("the unwind entry at " + hexString(Start) + " of " +
                     describe(S) +
                     " has pointers in an encoding that is not supported");

    auto ReadPointer = [&](unsigned Size) {
      return Size == 8 ? C.u64() : C.u32();
    };
    uint64_t Place = Body + C.tell();
    uint64_t Function = ReadPointer(Entry.PointerSize) + S.Addr + Place;
    ReadPointer(Entry.PointerSize); // The length of the function.
    if (C.failed())
      return Ended("address range");
    if (Error E = CheckPair(Place, HasRelocation))
      return E;
    if (!HasRelocation)
      if (Error E = checkEhPointer(S, Start, Function, "the function"))
        return E;
    if (!Entry.HasAugmentation)
      continue;
    uint8_t Byte;
    do
      Byte = C.u8();
    while (Byte & 0x80);
    Place = Body + C.tell();
    uint64_t LSDA = Entry.LSDASize ? ReadPointer(Entry.LSDASize) : 0;
    if (C.failed())
      return Ended("augmentation");
    if (LSDA == 0)
      continue;
    if (Error E = CheckPair(Place, HasRelocation))
      return E;
    if (!HasRelocation)
      if (Error E = checkEhPointer(S, Start, LSDA + S.Addr + Place, "the LSDA"))
        return E;
  }
  return Error::success();
}

/// LLVM's "Linker Optimization Hints": kind, number of addresses, addresses,
/// all ULEB128; a kind of 0 ends them.
Error MachOChecker::checkOptimizationHints() const {
  for (const Command &Cmd : Commands) {
    if (Cmd.Kind != LC_LINKER_OPTIMIZATION_HINT)
      continue;
    uint64_t Start = View.u32(Cmd.Offset + 8);
    ByteCursor C(View.view(Start, View.u32(Cmd.Offset + 12)));
    while (!C.atEnd()) {
      uint64_t Offset = Start + C.tell();
      uint64_t Kind = C.uleb();
      if (Kind == 0 && !C.failed())
        break;
      uint64_t Count = C.uleb();
      if (!C.failed() && Count > C.remaining())
        C.skip(UINT64_MAX);
      // 3 to 6 take three addresses, and the rest two.
      uint64_t Expected = Kind >= 3 && Kind <= 6 ? 3 : 2;
      if (!C.failed() && Kind <= 8 && Count != Expected)
        return damaged("the optimization hint " + Twine(Kind) + " at offset " +
                       hexString(Offset) + " has " + Twine(Count) +
                       " addresses, expected " + Twine(Expected));
      for (uint64_t I = 0; I != Count && !C.failed(); ++I) {
        uint64_t Address = C.uleb();
        if (C.failed() || Kind > 8)
          continue;
        const Section *S = sectionAt(Address);
        if (!S || S->isZeroFill() || S->Size < 4 ||
            Address - S->Addr > S->Size - 4)
          return damaged("the optimization hint at offset " +
                         hexString(Offset) + " has an instruction at " +
                         hexString(Address) + ", where there is none");
      }
      if (C.failed())
        return damaged("the optimization hint at offset " + hexString(Offset) +
                       " does not end inside LC_LINKER_OPTIMIZATION_HINT's "
                       "data");
    }
  }
  return Error::success();
}

/// The name of the first unit, of which LLD makes the debug map.
Error MachOChecker::checkDebugInfo() const {
  DWARFSections D;
  uint64_t Offset = 0;
  for (const Section &S : Sections) {
    if (S.Kind != Content::None || S.Segment != "__DWARF")
      continue;
    ByteView V(content(S), View.isLittleEndian());
    if (S.Name == "__debug_info") {
      D.Info = V;
      Offset = S.Offset;
    } else if (S.Name == "__debug_abbrev") {
      D.Abbrev = V;
    } else if (S.Name == "__debug_str") {
      D.Strings = V;
    } else if (S.Name == "__debug_str_offs") {
      D.StringOffsets = V;
    }
  }
  if (D.Info.size() == 0)
    return Error::success();
  std::string Problem = findUnitNameProblem(D);
  if (Problem.empty())
    return Error::success();
  return damaged("the unit of __DWARF,__debug_info at offset " +
                 hexString(Offset) + " " + Problem);
}

Error MachOChecker::checkObject() {
  if (Error E = readHeader())
    return E;
  const Command *Symtab = nullptr;
  for (const Command &C : Commands) {
    if (Error E = checkCommonCommand(C))
      return E;
    switch (C.Kind) {
    case LC_SEGMENT:
    case LC_SEGMENT_64:
      if ((C.Kind == LC_SEGMENT_64) != Is64)
        return damaged("the segment command at offset " + hexString(C.Offset) +
                       " is that of " + Twine(Is64 ? 32 : 64) +
                       " bits, expected one of " + Twine(Is64 ? 64 : 32));
      if (Error E = readSegment(C))
        return E;
      break;
    case LC_SYMTAB:
      if (Symtab)
        return damaged("there is a second LC_SYMTAB at offset " +
                       hexString(C.Offset));
      Symtab = &C;
      if (Error E = readSymtab(C))
        return E;
      break;
    case LC_DATA_IN_CODE:
      if (Error E = checkRange(C, "LC_DATA_IN_CODE", 8))
        return E;
      if (View.u32(C.Offset + 12) % 8)
        return damaged("LC_DATA_IN_CODE at offset " + hexString(C.Offset) +
                       " has " + Twine(View.u32(C.Offset + 12)) +
                       " bytes, expected entries of 8");
      break;
    case LC_LINKER_OPTIMIZATION_HINT:
      if (Error E = checkRange(C, "LC_LINKER_OPTIMIZATION_HINT", 8))
        return E;
      break;
    case LC_LINKER_OPTION:
      if (Error E = checkLinkerOption(C))
        return E;
      break;
    default:
      break;
    }
  }
  for (const Command &C : Commands)
    if (C.Kind == LC_DYSYMTAB)
      if (Error E = checkDysymtab(C))
        return E;

  for (const Section &S : Sections) {
    if (Error E = checkSection(S))
      return E;
    if (isEhFrame(S) && S.Kind != Content::None) {
      if (!EhEntries.empty())
        return damaged("there is a second " + describe(S));
      if (Error E = splitEhFrame(S))
        return E;
    }
  }
  // Entries that are all behind an end mark are none.
  for (Section &S : Sections)
    if (isEhFrame(S) && EhEntries.empty())
      S.Kind = Content::None;
  if (Error E = checkSymbols())
    return E;
  for (const Section &S : Sections)
    if (Error E = checkRelocations(S))
      return E;
  if (!isLinkable())
    return Error::success();
  if (Error E = checkDebugInfo())
    return E;
  for (const Section &S : Sections)
    if (isEhFrame(S) && S.Kind != Content::None)
      if (Error E = checkEhFrame(S))
        return E;
  return isARM64() ? checkOptimizationHints() : Error::success();
}

//===----------------------------------------------------------------------===//
// Dynamic libraries
//===----------------------------------------------------------------------===//

/// Walks the export trie: a node has its own information, then its edges, each
/// a string and the offset of a node. Every node must have one edge to it.
Error MachOChecker::checkTrie(uint64_t Start, uint64_t Size) const {
  if (Size == 0)
    return Error::success();
  ByteView V = View.view(Start, Size);
  BitVector Seen(Size);
  std::vector<std::pair<uint64_t, uint32_t>> Work = {{0, 0}};
  while (!Work.empty()) {
    auto [Node, Depth] = Work.back();
    Work.pop_back();
    auto Damaged = [&, Node = Node](StringRef What) {
      return damaged("the node at offset " + hexString(Start + Node) +
                     " of the export trie " + What);
    };
    if (Node >= Size)
      return Damaged("is outside it");
    if (Seen[Node])
      return Damaged("has two edges to it");
    Seen.set(Node);
    if (Depth > MaxTrieDepth)
      return Damaged("is more than " + std::to_string(MaxTrieDepth) +
                     " edges deep");
    ByteCursor C(V.view(Node, Size - Node));
    uint64_t InfoSize = C.uleb();
    if (InfoSize) {
      ByteCursor Info = C;
      Info.uleb(); // The flags.
      if (Info.failed() || Info.tell() - C.tell() > InfoSize)
        return Damaged("ends inside its flags");
    }
    C.skip(InfoSize);
    unsigned NumEdges = C.u8();
    for (unsigned I = 0; I != NumEdges && !C.failed(); ++I) {
      C.cString();
      uint64_t Child = C.uleb();
      if (!C.failed())
        Work.push_back({Child, Depth + 1});
    }
    if (C.failed())
      return Damaged("ends inside its edges");
  }
  return Error::success();
}

Error MachOChecker::checkDylib() {
  if (Error E = readHeader())
    return E;
  bool HasName = false;
  for (const Command &C : Commands) {
    if (Error E = checkCommonCommand(C))
      return E;
    switch (C.Kind) {
    case LC_ID_DYLIB:
    case LC_LOAD_DYLIB:
    case LC_LOAD_WEAK_DYLIB:
    case LC_REEXPORT_DYLIB:
    case LC_LOAD_UPWARD_DYLIB:
    case LC_LAZY_LOAD_DYLIB:
      if (Error E = checkString(C, "the library command", 24))
        return E;
      HasName |= C.Kind == LC_ID_DYLIB;
      break;
    case LC_RPATH:
      if (Error E = checkString(C, "LC_RPATH", 12))
        return E;
      break;
    case LC_DYLD_INFO:
    case LC_DYLD_INFO_ONLY:
      if (Error E = needSize(C, "LC_DYLD_INFO", 48))
        return E;
      // rebase, bind, weak bind, lazy bind, exports.
      for (unsigned Field = 8; Field != 48; Field += 8)
        if (Error E = checkRange(C, "LC_DYLD_INFO", Field))
          return E;
      if (C.Kind == LC_DYLD_INFO_ONLY)
        if (Error E =
                checkTrie(View.u32(C.Offset + 40), View.u32(C.Offset + 44)))
          return E;
      break;
    case LC_DYLD_EXPORTS_TRIE:
      if (Error E = checkRange(C, "LC_DYLD_EXPORTS_TRIE", 8))
        return E;
      if (Error E = checkTrie(View.u32(C.Offset + 8), View.u32(C.Offset + 12)))
        return E;
      break;
    default:
      break;
    }
  }
  if (!HasName && FileType != MH_BUNDLE)
    return damaged("the dynamic library has no LC_ID_DYLIB, which gives its "
                   "name");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Universal files
//===----------------------------------------------------------------------===//

/// The header and its entries are big-endian: CPU type, CPU subtype, offset,
/// size, alignment.
Error pkgimg::checkUniversal(MemoryBufferRef Buffer,
                             const InputCheckOptions &Options,
                             InputSummary &Summary) {
  constexpr uint64_t HeaderSize = 8, EntrySize = 20;
  StringRef Name = Buffer.getBufferIdentifier();
  CheckedFile File(Name, Buffer.getBuffer(), /*IsLittleEndian=*/false);
  const ByteView &View = File.view();
  if (View.u32(0) == FAT_MAGIC_64)
    return File.error("the universal file has offsets of 64 bits, which the "
                      "linker does not read; take the slice of one "
                      "architecture out of it (lipo -thin)");
  if (Error E = File.need("the universal header", 0, HeaderSize))
    return E;
  uint64_t Count = View.u32(4);
  if (Error E =
          File.needArray("the table of slices", HeaderSize, Count, EntrySize))
    return E;

  struct Slice {
    uint32_t CPUType;
    uint64_t Offset;
    uint64_t Size;
  };
  std::vector<Slice> Slices;
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t P = HeaderSize + I * EntrySize;
    Slice S = {View.u32(P), View.u32(P + 8), View.u32(P + 12)};
    if (Error E = File.need("slice " + Twine(I) + " of the universal file",
                            S.Offset, S.Size))
      return E;
    Slices.push_back(S);
  }
  // Bytes are of one slice, or the check would not be linear.
  std::vector<Slice> Sorted = Slices;
  llvm::sort(Sorted, [](const Slice &A, const Slice &B) {
    return A.Offset < B.Offset;
  });
  for (size_t I = 1; I < Sorted.size(); ++I)
    if (Sorted[I].Offset - Sorted[I - 1].Offset < Sorted[I - 1].Size)
      return File.damaged("the slices of the universal file at offsets " +
                          hexString(Sorted[I - 1].Offset) + " and " +
                          hexString(Sorted[I].Offset) + " overlap");

  for (const Slice &S : Slices) {
    StringRef Bytes = View.slice(S.Offset, S.Size);
    Triple::ArchType Arch = getArch(S.CPUType, /*IsLittleEndian=*/true);
    std::string SliceName =
        (Name + "(" +
         (Arch == Triple::UnknownArch ? "CPU type " + hexString(S.CPUType)
                                      : Triple::getArchTypeName(Arch).str()) +
         ")")
            .str();
    InputSummary Own;
    Own.Kind = identifyFile(Bytes);
    if (Own.Kind == FileKind::MachOUniversal)
      return File.damaged("the slice at offset " + hexString(S.Offset) +
                          " is a universal file again");
    Error E =
        isArchive(Own.Kind)
            ? checkArchive(MemoryBufferRef(Bytes, SliceName), Options, Own)
            : checkSimpleInput(SliceName, Bytes, Own);
    if (E)
      return E;
    if (!Own.MachineName.empty() && Own.Arch != Arch)
      return File.damaged("the slice at offset " + hexString(S.Offset) +
                          " is for " + Own.MachineName +
                          ", but its entry has the CPU type " +
                          hexString(S.CPUType));
    Summary.SliceArchs.push_back(Arch);
  }
  return Error::success();
}

Error pkgimg::checkMachOObject(StringRef Name, StringRef Bytes,
                               InputSummary &Summary) {
  return MachOChecker(Name, Bytes, Summary).checkObject();
}

Error pkgimg::checkMachODylib(StringRef Name, StringRef Bytes,
                              InputSummary &Summary) {
  return MachOChecker(Name, Bytes, Summary).checkDylib();
}
