//===- MachOImage.cpp - read images in Mach-O files -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads dylibs and bundles as dyld does. The structures are those of
/// <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h>, <mach-o/fat.h> and
/// <mach-o/fixup-chains.h>; what they leave open is as in dyld's own readers
/// (mach_o/RebaseOpcodes.cpp, BindOpcodes.cpp, ChainedFixups.cpp and, for files
/// from before LC_DYLD_INFO, dyld3/MachOAnalyzer.cpp).
///
/// Addresses are as in the file. That is relative to where the image is loaded,
/// since linkers place dylibs at 0; where one was placed elsewhere, its header
/// has that address and not 0.
///
/// The loader changes a word in up to three ways, one after the other: it adds
/// the slide (rebase), stores the address of a symbol (bind), and replaces that
/// by the definition that all images share (weak bind). What a word holds is
/// what the last of them leaves.
///
//===----------------------------------------------------------------------===//

#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/StringSaver.h"
#include <algorithm>
#include <tuple>

using namespace llvm;
using namespace llvm::MachO;
using namespace pkgimg;

namespace {

constexpr StringLiteral LinkEditName("__LINKEDIT");

/// Strings that end in NUL, where many may be asked for that share one end: a
/// search for each would not be linear.
class StringTable {
public:
  explicit StringTable(StringRef Bytes) : Bytes(Bytes) {
    // Each block knows the first NUL at or behind its start.
    FirstNul.resize(divideCeil(Bytes.size(), BlockSize));
    uint32_t Next = None;
    for (size_t B = FirstNul.size(); B-- > 0;) {
      size_t At = Bytes.substr(B * BlockSize, BlockSize).find('\0');
      if (At != StringRef::npos)
        Next = B * BlockSize + At;
      FirstNul[B] = Next;
    }
  }

  /// Returns the string at \p Offset, or nullopt if none ends there.
  std::optional<StringRef> get(uint64_t Offset) const {
    if (Offset >= Bytes.size())
      return std::nullopt;
    size_t Block = Offset / BlockSize;
    size_t End = Bytes.slice(Offset, (Block + 1) * BlockSize).find('\0');
    if (End != StringRef::npos)
      return Bytes.substr(Offset, End);
    if (Block + 1 == FirstNul.size() || FirstNul[Block + 1] == None)
      return std::nullopt;
    return Bytes.slice(Offset, FirstNul[Block + 1]);
  }

private:
  static constexpr uint64_t BlockSize = 64;
  /// Tables have less than 4 GiB.
  static constexpr uint32_t None = UINT32_MAX;

  StringRef Bytes;
  std::vector<uint32_t> FirstNul;
};

/// A range of the file that a load command gives.
struct DataRange {
  uint64_t Offset = 0;
  uint64_t Size = 0;
  bool IsPresent = false;
};

class MachOImage final : public ImageFile {
public:
  MachOImage(StringRef Name, StringRef Bytes)
      : ImageFile(ContainerFormat::MachO, Name, Bytes) {}

  Error open();
  CanonicalContent canonicalContent() const override;

protected:
  Expected<ImageWord> relocate(uint64_t Address,
                               uint64_t Stored) const override;

private:
  /// A load command, all of whose Size bytes are in the file.
  struct Command {
    uint32_t Kind;
    uint64_t Offset;
    uint32_t Size;
  };

  /// A segment in the order of the load commands, by which fixups count.
  struct LoadSegment {
    ImageSegment Base;
    uint32_t MaxProtection;
    uint32_t Protection;
    uint32_t Flags;
  };

  /// A section in the order of the load commands, by which symbols count.
  struct LoadSection {
    StringRef Segment;
    StringRef Name;
    uint64_t Address;
    uint64_t Size;
    uint32_t Flags;
    uint32_t Reserved1;

    uint32_t type() const { return Flags & SECTION_TYPE; }
    bool isCode() const {
      return Flags & (S_ATTR_PURE_INSTRUCTIONS | S_ATTR_SOME_INSTRUCTIONS);
    }
  };

  struct Symbol {
    StringRef Name; ///< With its underscore.
    uint8_t Type;
    uint8_t Section;
    uint16_t Description;
    uint64_t Value;

    bool isDebug() const { return Type & N_STAB; }
    bool isDefined() const { return (Type & N_TYPE) == N_SECT; }
    bool isExported() const { return (Type & N_EXT) && !(Type & N_PEXT); }
  };

  /// The symbol that words are bound to.
  struct BindTarget {
    StringRef Name; ///< With its underscore.
    int32_t Ordinal;
    bool IsWeakImport;
    /// The definition in this image is used, which is at Address.
    bool IsDefined = false;
    uint64_t Address = 0;
    /// Of chained imports.
    int64_t Addend = 0;
  };

  /// The table that binds a word, in the order in which they take effect.
  enum class BindTable : uint8_t { Normal, Lazy, Weak };

  struct Bind {
    uint64_t Address;
    int64_t Addend;
    uint32_t Target;
    BindTable Table;
  };

  /// What a word of a chain says.
  struct ChainedWord {
    enum { Rebase, Bind, Constant } Kind = Constant;
    uint64_t Value = 0; ///< The address, the addend, or the constant.
    uint32_t Target = 0;
    uint32_t Authentication = 0; ///< Key and diversity; 0 without.
    uint32_t Next = 0;           ///< In bytes; 0 at the end.
  };

  Error readHeader();
  Error readCommands();
  Error needSize(const Command &C, StringRef What, uint64_t Size) const;
  Expected<DataRange> readRange(const Command &C, StringRef What,
                                uint64_t Field) const;
  Expected<StringRef> readName(const Command &C, StringRef What,
                               uint64_t Minimum) const;
  Error readOnce(const Command &C, StringRef What, DataRange &To,
                 uint64_t Field);
  Error readCommand(const Command &C);
  Error readSegment(const Command &C);
  Error readSection(uint64_t Offset, const ImageSegment &Segment);
  Error checkSegments();
  void setTriple();

  Error readTrie();
  void addExport(StringRef RawName, uint64_t Address, bool IsFunction);
  void setExports();
  Error countName(StringRef Name);
  bool isCode(uint64_t Address) const;
  Error readSymbols();
  Expected<Symbol> readSymbol(uint64_t Index) const;

  Error readFixups();
  /// Says what a fixup is, for errors.
  using Description = function_ref<std::string()>;
  Error checkWord(const ImageSegment &S, uint64_t Offset,
                  Description What) const;
  Expected<uint64_t> findWord(uint64_t Address, Description What) const;
  Error checkCount(uint64_t Number, uint64_t More) const;
  Error readRebases();
  Error readBinds(const DataRange &Range, BindTable Table);
  Error addTarget(StringRef Name, int64_t Ordinal, bool IsWeakImport,
                  int64_t Addend);
  Error readChainedFixups();
  Error readChainedImports(const ByteView &Data, uint64_t Start);
  Error readSegmentStarts(const ByteView &Info, uint64_t Start,
                          const ImageSegment &S);
  Error readChain(const ImageSegment &S, uint64_t Page, uint64_t PageSize,
                  uint64_t Start);
  ChainedWord decodeChained(uint64_t Word) const;
  Error readClassicRelocations();
  Error readLocalRelocations(uint64_t Base);
  Error readExternalRelocations(uint64_t Base);
  Error readIndirectSymbols();
  Error addSymbolBind(uint64_t Address, uint64_t Index, BindTable Table,
                      int64_t Addend, Description What);
  Error addSymbolTarget(uint64_t Index);
  Error addRebaseAt(uint64_t Address, Description What);
  Error finishFixups();
  void resolveTargets();
  ImageWord bindWord(const BindTarget &T, int64_t Addend) const;
  void forEachFixedAddress(function_ref<void(uint64_t)> Visit) const;
  Digest256 hashFixups() const;

  uint64_t truncateWord(uint64_t Value) const {
    return PointerSize == 8 ? Value : uint32_t(Value);
  }
  uint64_t wordAt(uint64_t Offset) const {
    return View.uN(Offset, PointerSize);
  }
  uint64_t nlistSize() const { return PointerSize == 8 ? 16 : 12; }
  uint64_t headerSize() const { return PointerSize == 8 ? 32 : 28; }
  StringRef fixedName(uint64_t Offset) const {
    return View.slice(Offset, 16).take_until([](char C) { return C == 0; });
  }

  ByteView View;
  uint32_t CPUType = 0, CPUSubtype = 0, FileType = 0, Flags = 0;
  std::vector<Command> Commands;
  uint64_t CommandsEnd = 0;
  std::vector<LoadSegment> LoadSegments;
  std::vector<LoadSection> LoadSections;
  /// The address of the Mach-O header.
  uint64_t HeaderAddress = 0;
  /// Where the padding after the load commands ends in the file.
  uint64_t PaddingEnd = 0;

  /// Platform and oldest version, in the file's order.
  std::vector<std::pair<uint32_t, uint32_t>> Platforms;
  /// The kind of command of each library in Needed.
  std::vector<uint32_t> NeededKinds;
  bool HasID = false;
  std::optional<uint64_t> InitRoutine;

  DataRange Trie, InfoTrie, RebaseOpcodes, BindOpcodes, WeakBindOpcodes,
      LazyBindOpcodes, ChainedData;
  bool HasInfo = false;
  std::optional<uint64_t> DynamicSymbolTable; ///< Offset of LC_DYSYMTAB.
  DataRange SymbolTable, StringRange;         ///< Size: number of symbols.
  std::optional<StringTable> Strings;

  /// The names of a trie's exports.
  BumpPtrAllocator Names;
  /// Bytes of all names, which may share theirs in the file.
  uint64_t NameBytes = 0;
  /// With whether the name has an underscore in the file.
  std::vector<std::pair<ImageSymbol, bool>> RawExports;
  std::vector<StringRef> RawImports;
  /// Start of each section, and whether it has code; sorted.
  std::vector<std::pair<uint64_t, bool>> CodeMap;

  /// Words that the segments have in the file: more fixups are an error.
  uint64_t MaxWords = 0;
  /// Words that the loader adds the slide to, and all words of chains; sorted.
  std::vector<uint64_t> Rebases;
  /// Of opcodes and relocations; sorted by address and table.
  std::vector<Bind> Binds;
  std::vector<BindTarget> Targets;
  /// Of relocations: the target that each symbol has become.
  DenseMap<uint64_t, uint32_t> TargetOfSymbol;
  /// A DYLD_CHAINED_PTR_*, or 0 without chains.
  uint16_t ChainedFormat = 0;
  uint32_t MaxValidPointer = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Header and load commands
//===----------------------------------------------------------------------===//

static Triple::ArchType getArch(uint32_t CPUType) {
  switch (CPUType) {
  case CPU_TYPE_X86_64:
    return Triple::x86_64;
  case CPU_TYPE_I386:
    return Triple::x86;
  case CPU_TYPE_ARM:
    return Triple::arm;
  case CPU_TYPE_ARM64:
    return Triple::aarch64;
  case CPU_TYPE_ARM64_32:
    return Triple::aarch64_32;
  case CPU_TYPE_POWERPC:
    return Triple::ppc;
  case CPU_TYPE_POWERPC64:
    return Triple::ppc64;
  default:
    return Triple::UnknownArch;
  }
}

/// The name of a machine in Apple's triples.
static StringRef getArchName(uint32_t CPUType, uint32_t CPUSubtype) {
  uint32_t Subtype = CPUSubtype & ~uint32_t(CPU_SUBTYPE_MASK);
  switch (CPUType) {
  case CPU_TYPE_X86_64:
    return Subtype == CPU_SUBTYPE_X86_64_H ? "x86_64h" : "x86_64";
  case CPU_TYPE_I386:
    return "i386";
  case CPU_TYPE_ARM64:
    return Subtype == CPU_SUBTYPE_ARM64E ? "arm64e" : "arm64";
  case CPU_TYPE_ARM64_32:
    return "arm64_32";
  case CPU_TYPE_POWERPC:
    return "powerpc";
  case CPU_TYPE_POWERPC64:
    return "powerpc64";
  case CPU_TYPE_ARM:
    switch (Subtype) {
    case CPU_SUBTYPE_ARM_V4T:
      return "armv4t";
    case CPU_SUBTYPE_ARM_V5TEJ:
      return "armv5e";
    case CPU_SUBTYPE_ARM_V6:
      return "armv6";
    case CPU_SUBTYPE_ARM_V6M:
      return "armv6m";
    case CPU_SUBTYPE_ARM_V7:
      return "armv7";
    case CPU_SUBTYPE_ARM_V7S:
      return "armv7s";
    case CPU_SUBTYPE_ARM_V7K:
      return "armv7k";
    case CPU_SUBTYPE_ARM_V7M:
      return "armv7m";
    case CPU_SUBTYPE_ARM_V7EM:
      return "armv7em";
    default:
      return "arm";
    }
  default:
    return "unknown";
  }
}

Error MachOImage::readHeader() {
  View = ByteView(Bytes);
  uint32_t Magic = View.u32(0);
  IsLittleEndian = Magic == MH_MAGIC || Magic == MH_MAGIC_64;
  if (!IsLittleEndian && Magic != MH_CIGAM && Magic != MH_CIGAM_64)
    return damaged("expected the magic number of a Mach-O file at offset 0x0, "
                   "found " +
                   hexString(Magic));
  PointerSize = Magic == MH_MAGIC_64 || Magic == MH_CIGAM_64 ? 8 : 4;
  View.setLittleEndian(IsLittleEndian);
  if (!View.contains(0, headerSize()))
    return damaged("the Mach-O header needs " + Twine(headerSize()) +
                   " bytes, but the file ends at " + hexString(Bytes.size()));
  CPUType = View.u32(4);
  CPUSubtype = View.u32(8);
  FileType = View.u32(12);
  Flags = View.u32(24);
  if (FileType != MH_DYLIB && FileType != MH_BUNDLE)
    return createStringError(
        Name + ": expected a dynamic library (" + Twine(int(MH_DYLIB)) +
        ") or a bundle (" + Twine(int(MH_BUNDLE)) +
        ") as the file type at offset 0xc, found " + Twine(FileType));
  Arch = getArch(CPUType);
  if (Arch == Triple::UnknownArch)
    return createStringError(Name + ": the CPU type at offset 0x4 is " +
                             hexString(CPUType) +
                             ", which no Mach-O image that can be read has");
  if ((Arch != Triple::ppc && Arch != Triple::ppc64) != IsLittleEndian)
    return damaged("the header is in the byte order that " +
                   getArchName(CPUType, CPUSubtype) + " does not have");
  if (((CPUType & CPU_ARCH_ABI64) != 0) != (PointerSize == 8))
    return damaged("the header is that of " + Twine(PointerSize * 8) +
                   " bits, but the CPU type at offset 0x4 is " +
                   hexString(CPUType));
  return Error::success();
}

Error MachOImage::readCommands() {
  uint64_t Count = View.u32(16);
  uint64_t Size = View.u32(20);
  uint64_t Offset = headerSize();
  if (!View.contains(Offset, Size))
    return damaged("the load commands at offset " + hexString(Offset) +
                   " need " + hexString(Size) +
                   " bytes, but the file ends at " + hexString(Bytes.size()));
  CommandsEnd = Offset + Size;
  for (uint64_t I = 0; I != Count; ++I) {
    if (CommandsEnd - Offset < 8)
      return damaged("load command " + Twine(I) + " at offset " +
                     hexString(Offset) + " of " + Twine(Count) +
                     " is outside their table, which ends at " +
                     hexString(CommandsEnd));
    Command C = {View.u32(Offset), Offset, View.u32(Offset + 4)};
    if (C.Size < 8 || C.Size % 4 || C.Size > CommandsEnd - Offset)
      return damaged("load command " + Twine(I) + " at offset " +
                     hexString(Offset) + " has the size " + Twine(C.Size) +
                     ", expected a multiple of 4 from 8 to " +
                     Twine(CommandsEnd - Offset));
    Commands.push_back(C);
    Offset += C.Size;
  }
  for (const Command &C : Commands)
    if (Error E = readCommand(C))
      return E;
  if (FileType == MH_DYLIB && !HasID)
    return damaged("the dynamic library has no LC_ID_DYLIB, which gives its "
                   "name");
  if (ChainedData.IsPresent && HasInfo)
    return damaged("expected one of LC_DYLD_INFO and LC_DYLD_CHAINED_FIXUPS, "
                   "found both");
  return Error::success();
}

Error MachOImage::needSize(const Command &C, StringRef What,
                           uint64_t Size) const {
  if (C.Size >= Size)
    return Error::success();
  return damaged(What + " at offset " + hexString(C.Offset) + " has " +
                 Twine(C.Size) + " bytes, expected " + Twine(Size) +
                 " or more");
}

/// Reads a pair of offset and size in the file at \p Field of a command.
Expected<DataRange> MachOImage::readRange(const Command &C, StringRef What,
                                          uint64_t Field) const {
  if (Error E = needSize(C, What, Field + 8))
    return std::move(E);
  DataRange R;
  R.Offset = View.u32(C.Offset + Field);
  R.Size = View.u32(C.Offset + Field + 4);
  R.IsPresent = true;
  if (!View.contains(R.Offset, R.Size))
    return damaged("the data of " + What + " at offset " + hexString(R.Offset) +
                   " need " + hexString(R.Size) +
                   " bytes, but the file ends at " + hexString(Bytes.size()));
  return R;
}

Error MachOImage::readOnce(const Command &C, StringRef What, DataRange &To,
                           uint64_t Field) {
  if (To.IsPresent)
    return damaged("there is a second " + What + " at offset " +
                   hexString(C.Offset));
  Expected<DataRange> R = readRange(C, What, Field);
  if (!R)
    return R.takeError();
  To = *R;
  return Error::success();
}

/// Reads the string whose offset in the command is its third word.
Expected<StringRef> MachOImage::readName(const Command &C, StringRef What,
                                         uint64_t Minimum) const {
  if (Error E = needSize(C, What, Minimum))
    return std::move(E);
  uint32_t Start = View.u32(C.Offset + 8);
  if (Start >= 12)
    if (std::optional<StringRef> S = View.view(C.Offset, C.Size).cString(Start))
      return *S;
  return damaged("the name in " + What + " at offset " + hexString(C.Offset) +
                 " is at " + hexString(Start) +
                 ", expected a string that ends inside its " + Twine(C.Size) +
                 " bytes");
}

Error MachOImage::readCommand(const Command &C) {
  switch (C.Kind) {
  case LC_SEGMENT:
  case LC_SEGMENT_64:
    if ((C.Kind == LC_SEGMENT_64) != (PointerSize == 8))
      return damaged("the segment command at offset " + hexString(C.Offset) +
                     " is not that of " + Twine(PointerSize * 8) +
                     " bits, which the header is");
    return readSegment(C);

  case LC_ID_DYLIB: {
    Expected<StringRef> S = readName(C, "LC_ID_DYLIB", 24);
    if (!S)
      return S.takeError();
    if (HasID)
      return damaged("there is a second LC_ID_DYLIB at offset " +
                     hexString(C.Offset));
    HasID = true;
    OutputName = *S;
    return Error::success();
  }
  case LC_LOAD_DYLIB:
  case LC_LOAD_WEAK_DYLIB:
  case LC_REEXPORT_DYLIB:
  case LC_LOAD_UPWARD_DYLIB:
  case LC_LAZY_LOAD_DYLIB: {
    Expected<StringRef> S = readName(C, "the library command", 24);
    if (!S)
      return S.takeError();
    Needed.push_back(*S);
    NeededKinds.push_back(C.Kind);
    return Error::success();
  }

  case LC_BUILD_VERSION:
    if (Error E = needSize(C, "LC_BUILD_VERSION", 24))
      return E;
    Platforms.push_back({View.u32(C.Offset + 8), View.u32(C.Offset + 12)});
    return Error::success();
  case LC_VERSION_MIN_MACOSX:
  case LC_VERSION_MIN_IPHONEOS:
  case LC_VERSION_MIN_TVOS:
  case LC_VERSION_MIN_WATCHOS: {
    if (Error E = needSize(C, "LC_VERSION_MIN", 16))
      return E;
    // Before LC_BUILD_VERSION, the machine told devices from simulators.
    bool IsSimulator = Arch == Triple::x86 || Arch == Triple::x86_64;
    uint32_t Platform = PLATFORM_MACOS;
    if (C.Kind == LC_VERSION_MIN_IPHONEOS)
      Platform = IsSimulator ? PLATFORM_IOSSIMULATOR : PLATFORM_IOS;
    else if (C.Kind == LC_VERSION_MIN_TVOS)
      Platform = IsSimulator ? PLATFORM_TVOSSIMULATOR : PLATFORM_TVOS;
    else if (C.Kind == LC_VERSION_MIN_WATCHOS)
      Platform = IsSimulator ? PLATFORM_WATCHOSSIMULATOR : PLATFORM_WATCHOS;
    Platforms.push_back({Platform, View.u32(C.Offset + 8)});
    return Error::success();
  }

  case LC_DYLD_INFO:
  case LC_DYLD_INFO_ONLY:
    if (Error E = readOnce(C, "LC_DYLD_INFO", RebaseOpcodes, 8))
      return E;
    if (Error E = readOnce(C, "LC_DYLD_INFO", BindOpcodes, 16))
      return E;
    if (Error E = readOnce(C, "LC_DYLD_INFO", WeakBindOpcodes, 24))
      return E;
    if (Error E = readOnce(C, "LC_DYLD_INFO", LazyBindOpcodes, 32))
      return E;
    HasInfo = true;
    return readOnce(C, "LC_DYLD_INFO", InfoTrie, 40);
  case LC_DYLD_EXPORTS_TRIE:
    return readOnce(C, "LC_DYLD_EXPORTS_TRIE", Trie, 8);
  case LC_DYLD_CHAINED_FIXUPS:
    return readOnce(C, "LC_DYLD_CHAINED_FIXUPS", ChainedData, 8);

  case LC_SYMTAB:
    if (Error E = needSize(C, "LC_SYMTAB", 24))
      return E;
    if (SymbolTable.IsPresent)
      return damaged("there is a second LC_SYMTAB at offset " +
                     hexString(C.Offset));
    SymbolTable = {View.u32(C.Offset + 8), View.u32(C.Offset + 12), true};
    if (!View.containsArray(SymbolTable.Offset, SymbolTable.Size, nlistSize()))
      return damaged(
          "the symbol table at offset " + hexString(SymbolTable.Offset) +
          " has " + Twine(SymbolTable.Size) +
          " symbols, but the file ends at " + hexString(Bytes.size()));
    return readOnce(C, "LC_SYMTAB", StringRange, 16);
  case LC_DYSYMTAB:
    if (Error E = needSize(C, "LC_DYSYMTAB", 80))
      return E;
    if (DynamicSymbolTable)
      return damaged("there is a second LC_DYSYMTAB at offset " +
                     hexString(C.Offset));
    DynamicSymbolTable = C.Offset;
    return Error::success();

  case LC_ROUTINES:
  case LC_ROUTINES_64:
    if (Error E = needSize(C, "LC_ROUTINES", 8 + PointerSize))
      return E;
    InitRoutine = wordAt(C.Offset + 8);
    return Error::success();

  default:
    return Error::success();
  }
}

Error MachOImage::readSegment(const Command &C) {
  const uint64_t Size = PointerSize == 8 ? 72 : 56;
  const uint64_t SectionSize = PointerSize == 8 ? 80 : 68;
  if (Error E = needSize(C, "the segment command", Size))
    return E;
  ImageSegment S;
  S.Name = fixedName(C.Offset + 8);
  uint64_t P = C.Offset + 24;
  S.Address = wordAt(P);
  S.MemorySize = wordAt(P + PointerSize);
  S.FileOffset = wordAt(P + 2 * PointerSize);
  S.FileSize = wordAt(P + 3 * PointerSize);
  P += 4 * PointerSize;
  LoadSegment L;
  L.MaxProtection = View.u32(P);
  L.Protection = View.u32(P + 4);
  uint64_t NumSections = View.u32(P + 8);
  L.Flags = View.u32(P + 12);
  S.IsReadable = L.Protection & VM_PROT_READ;
  S.IsWritable = L.Protection & VM_PROT_WRITE;
  S.IsExecutable = L.Protection & VM_PROT_EXECUTE;
  L.Base = S;

  uint64_t Last = PointerSize == 8 ? UINT64_MAX : UINT32_MAX;
  if (S.MemorySize && S.MemorySize - 1 > Last - S.Address)
    return damaged("the segment '" + S.Name + "' at " + hexString(S.Address) +
                   " of " + hexString(S.MemorySize) +
                   " bytes ends outside the address space");
  if (S.FileSize > S.MemorySize)
    return damaged("the segment '" + S.Name + "' has " + hexString(S.FileSize) +
                   " bytes in the file and " + hexString(S.MemorySize) +
                   " in memory");
  if (!View.contains(S.FileOffset, S.FileSize))
    return damaged("the segment '" + S.Name + "' at offset " +
                   hexString(S.FileOffset) + " needs " + hexString(S.FileSize) +
                   " bytes, but the file ends at " + hexString(Bytes.size()));
  if (NumSections > (C.Size - Size) / SectionSize)
    return damaged("the segment command at offset " + hexString(C.Offset) +
                   " counts " + Twine(NumSections) +
                   " sections, but has room for " +
                   Twine((C.Size - Size) / SectionSize));
  LoadSegments.push_back(L);
  for (uint64_t I = 0; I != NumSections; ++I)
    if (Error E = readSection(C.Offset + Size + I * SectionSize, S))
      return E;
  return Error::success();
}

Error MachOImage::readSection(uint64_t Offset, const ImageSegment &Segment) {
  LoadSection L;
  L.Name = fixedName(Offset);
  L.Segment = Segment.Name;
  L.Address = wordAt(Offset + 32);
  L.Size = wordAt(Offset + 32 + PointerSize);
  uint64_t P = Offset + 32 + 2 * PointerSize;
  uint64_t FileOffset = View.u32(P);
  L.Flags = View.u32(P + 16);
  L.Reserved1 = View.u32(P + 20);
  LoadSections.push_back(L);

  ImageSection S;
  S.SegmentName = L.Segment;
  S.Name = L.Name.str();
  S.Address = L.Address;
  S.Size = L.Size;
  bool IsZeroFill = isVirtualSection(L.type());
  if (L.Size) {
    if (L.Address < Segment.Address ||
        L.Address - Segment.Address > Segment.MemorySize ||
        L.Size > Segment.MemorySize - (L.Address - Segment.Address))
      return damaged("the section " + L.Segment + "," + L.Name + " at " +
                     hexString(L.Address) + " of " + hexString(L.Size) +
                     " bytes is not in its segment");
    uint64_t InSegment = L.Address - Segment.Address;
    if (!IsZeroFill) {
      if (InSegment > Segment.FileSize ||
          L.Size > Segment.FileSize - InSegment ||
          FileOffset != Segment.FileOffset + InSegment)
        return damaged(
            "the section " + L.Segment + "," + L.Name + " is at offset " +
            hexString(FileOffset) + ", expected it at " +
            hexString(Segment.FileOffset + InSegment) + ", inside its segment");
      S.FileOffset = FileOffset;
      S.FileSize = L.Size;
    }
    CodeMap.push_back({L.Address, L.isCode()});
  }
  if (L.Segment == HeaderMachOSegment && L.Name == HeaderMachOSection) {
    if (EmbeddedHeader)
      return damaged("there is a second section " + L.Segment + "," + L.Name);
    if (IsZeroFill)
      return damaged("the section " + L.Segment + "," + L.Name +
                     " has no bytes in the file");
    EmbeddedHeader = Bytes.substr(S.FileOffset, S.FileSize);
  }
  Sections.push_back(std::move(S));
  return Error::success();
}

Error MachOImage::checkSegments() {
  // Bytes that are in several segments would be relocated several times, and
  // memory would not be bounded by the file's size.
  std::vector<const ImageSegment *> ByOffset;
  const ImageSegment *Header = nullptr;
  bool HasLinkEdit = false;
  for (const LoadSegment &L : LoadSegments) {
    const ImageSegment &S = L.Base;
    if (S.Name == LinkEditName) {
      // The digest of an image is not over it, so it must be inert.
      if (HasLinkEdit || S.IsWritable || S.IsExecutable)
        return damaged(
            "expected one segment '__LINKEDIT' that can only be read, found " +
            Twine(HasLinkEdit ? "two" : "one with other protection"));
      HasLinkEdit = true;
    }
    // The loader maps nothing for it.
    if (S.MemorySize == 0)
      continue;
    Segments.push_back(S);
    if (S.FileSize == 0)
      continue;
    ByOffset.push_back(&S);
    if (S.FileOffset == 0)
      Header = &S;
  }
  llvm::sort(ByOffset, [](const ImageSegment *A, const ImageSegment *B) {
    return A->FileOffset < B->FileOffset;
  });
  for (size_t I = 1; I < ByOffset.size(); ++I)
    if (ByOffset[I]->FileOffset - ByOffset[I - 1]->FileOffset <
        ByOffset[I - 1]->FileSize)
      return damaged("the segments '" + ByOffset[I - 1]->Name + "' and '" +
                     ByOffset[I]->Name + "' overlap in the file at " +
                     hexString(ByOffset[I]->FileOffset));
  if (!Header || Header->FileSize < CommandsEnd || Header->Name == LinkEditName)
    return damaged("expected a segment that begins at offset 0x0 and holds the "
                   "load commands, which end at " +
                   hexString(CommandsEnd));
  HeaderAddress = Header->Address;

  PaddingEnd = Header->FileSize;
  bool HasSection = false;
  for (const ImageSection &S : Sections) {
    if (S.FileSize == 0 || S.FileOffset >= PaddingEnd)
      continue;
    if (S.FileOffset < CommandsEnd)
      return damaged("the section " + S.SegmentName + "," + S.Name +
                     " at offset " + hexString(S.FileOffset) +
                     " overlaps the load commands, which end at " +
                     hexString(CommandsEnd));
    PaddingEnd = S.FileOffset;
    HasSection = true;
  }
  if (!HasSection)
    PaddingEnd = CommandsEnd;

  llvm::sort(CodeMap);
  for (const ImageSegment &S : Segments)
    MaxWords += S.FileSize / PointerSize;
  return Error::success();
}

void MachOImage::setTriple() {
  StringRef OS = "darwin", Environment;
  std::string Version;
  if (!Platforms.empty()) {
    auto [Platform, Number] = Platforms.front();
    Version = (Twine(Number >> 16) + "." + Twine((Number >> 8) & 0xff) + "." +
               Twine(Number & 0xff))
                  .str();
    switch (Platform) {
    case PLATFORM_MACOS:
      OS = "macosx";
      break;
    case PLATFORM_MACCATALYST:
      Environment = "-macabi";
      OS = "ios";
      break;
    case PLATFORM_IOSSIMULATOR:
      Environment = "-simulator";
      [[fallthrough]];
    case PLATFORM_IOS:
      OS = "ios";
      break;
    case PLATFORM_TVOSSIMULATOR:
      Environment = "-simulator";
      [[fallthrough]];
    case PLATFORM_TVOS:
      OS = "tvos";
      break;
    case PLATFORM_WATCHOSSIMULATOR:
      Environment = "-simulator";
      [[fallthrough]];
    case PLATFORM_WATCHOS:
      OS = "watchos";
      break;
    case PLATFORM_XROS_SIMULATOR:
      Environment = "-simulator";
      [[fallthrough]];
    case PLATFORM_XROS:
      OS = "xros";
      break;
    case PLATFORM_BRIDGEOS:
      OS = "bridgeos";
      break;
    case PLATFORM_DRIVERKIT:
      OS = "driverkit";
      break;
    default:
      // The version is that of a system without a name here.
      Version.clear();
      break;
    }
  }
  TheTriple = Triple(getArchName(CPUType, CPUSubtype) + "-apple-" + OS +
                     Version + Environment);
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// The compiler begins the names of C with an underscore; dlsym() adds it.
static StringRef withoutUnderscore(StringRef Name) {
  Name.consume_front("_");
  return Name;
}

/// Names share bytes in a trie and can do so in a string table, and tables of
/// names are compared, so their total is bounded.
Error MachOImage::countName(StringRef Name) {
  uint64_t Limit = Bytes.size() * 8 + 0x10000;
  if (Name.size() > Limit - NameBytes)
    return damaged("the names of its symbols have more than " +
                   hexString(Limit) + " bytes, expected fewer");
  NameBytes += Name.size();
  return Error::success();
}

bool MachOImage::isCode(uint64_t Address) const {
  auto It = llvm::upper_bound(
      CodeMap, Address, [](uint64_t A, const std::pair<uint64_t, bool> &S) {
        return A < S.first;
      });
  return It != CodeMap.begin() && std::prev(It)->second;
}

void MachOImage::addExport(StringRef RawName, uint64_t Address,
                           bool IsFunction) {
  ImageSymbol S;
  S.Name = withoutUnderscore(RawName);
  S.Address = Address;
  S.IsFunction = IsFunction;
  if (!S.Name.empty())
    RawExports.push_back({S, S.Name.size() != RawName.size()});
}

/// Of "_name" and "name", which only assembly can have, the first is what
/// others mean by "name".
void MachOImage::setExports() {
  llvm::sort(RawExports, [](const auto &A, const auto &B) {
    if (A.first.Name != B.first.Name)
      return A.first.Name < B.first.Name;
    return A.second > B.second;
  });
  Exports.reserve(RawExports.size());
  for (size_t I = 0; I != RawExports.size(); ++I)
    if (I == 0 || RawExports[I].second == RawExports[I - 1].second ||
        RawExports[I].first.Name != RawExports[I - 1].first.Name)
      Exports.push_back(RawExports[I].first);
  RawExports = {};
}

/// Of files without a trie, readSymbols() finds the exports.
Error MachOImage::readTrie() {
  const DataRange &R = Trie.IsPresent ? Trie : InfoTrie;
  if (R.Size == 0)
    return Error::success();
  struct Node {
    uint64_t Offset;
    size_t PrefixSize;
    StringRef Edge;
  };
  ByteView V = View.view(R.Offset, R.Size);
  BitVector Seen(R.Size);
  std::vector<Node> Work = {{0, 0, StringRef()}};
  std::string Prefix;
  StringSaver Saver(Names);
  while (!Work.empty()) {
    Node N = Work.back();
    Work.pop_back();
    auto Damaged = [&](const Twine &What) {
      return damaged("the node at offset " +
                     hexString(SaturatingAdd(R.Offset, N.Offset)) +
                     " of the export trie " + What);
    };
    if (N.Offset >= R.Size)
      return Damaged("is outside it");
    if (Seen[N.Offset])
      return Damaged("has two edges to it");
    Seen.set(N.Offset);
    Prefix.resize(N.PrefixSize);
    Prefix += N.Edge;

    ByteCursor C(V.view(N.Offset, R.Size - N.Offset));
    uint64_t InfoSize = C.uleb();
    StringRef InfoBytes = C.bytes(InfoSize);
    unsigned NumEdges = C.u8();
    for (unsigned I = 0; I != NumEdges; ++I) {
      StringRef Edge = C.cString();
      uint64_t Child = C.uleb();
      if (C.failed())
        break;
      Work.push_back({Child, Prefix.size(), Edge});
    }
    if (C.failed())
      return Damaged("ends outside it");
    if (InfoBytes.empty())
      continue;

    ByteCursor Info((ByteView(InfoBytes)));
    uint64_t SymbolFlags = Info.uleb();
    // Of a re-export, a library's number and perhaps another name follow.
    bool IsElsewhere = SymbolFlags & EXPORT_SYMBOL_FLAGS_REEXPORT;
    bool IsAbsolute = (SymbolFlags & EXPORT_SYMBOL_FLAGS_KIND_MASK) ==
                      EXPORT_SYMBOL_FLAGS_KIND_ABSOLUTE;
    uint64_t Offset = Info.uleb();
    if (Info.failed())
      return Damaged("has a symbol that ends outside it");
    if (IsElsewhere || IsAbsolute)
      continue;
    uint64_t Last = PointerSize == 8 ? UINT64_MAX : UINT32_MAX;
    if (Offset > Last - HeaderAddress)
      return Damaged("has the offset " + hexString(Offset) +
                     ", which is outside the address space");
    if (Error E = countName(Prefix))
      return E;
    uint64_t Address = HeaderAddress + Offset;
    addExport(Saver.save(StringRef(Prefix)), Address, isCode(Address));
  }
  return Error::success();
}

Expected<MachOImage::Symbol> MachOImage::readSymbol(uint64_t Index) const {
  uint64_t P = SymbolTable.Offset + Index * nlistSize();
  Symbol S;
  uint32_t NameOffset = View.u32(P);
  S.Type = View.u8(P + 4);
  S.Section = View.u8(P + 5);
  S.Description = View.u16(P + 6);
  S.Value = wordAt(P + 8);
  // 0 stands for no name, whatever the table has there.
  if (NameOffset) {
    std::optional<StringRef> Text = Strings->get(NameOffset);
    if (!Text)
      return damaged("the name of symbol " + Twine(Index) + " at offset " +
                     hexString(P) + " is at " + hexString(NameOffset) +
                     ", expected a string that ends in the string table of " +
                     hexString(StringRange.Size) + " bytes");
    S.Name = *Text;
  }
  return S;
}

Error MachOImage::readSymbols() {
  if (!SymbolTable.IsPresent)
    return Error::success();
  Strings.emplace(View.slice(StringRange.Offset, StringRange.Size));
  const bool IsClassic = !HasInfo && !ChainedData.IsPresent;
  const bool WantExports = !Trie.IsPresent && !InfoTrie.IsPresent;
  for (uint64_t I = 0; I != SymbolTable.Size; ++I) {
    Expected<Symbol> S = readSymbol(I);
    if (!S)
      return S.takeError();
    if (S->isDebug() || S->Name.empty())
      continue;
    if (!S->isDefined()) {
      // A word's symbol names it; this is for files without such fixups.
      if (IsClassic && (S->Type & N_TYPE) == N_UNDF && S->isExported()) {
        if (Error E = countName(S->Name))
          return E;
        RawImports.push_back(S->Name);
      }
      continue;
    }
    if (S->Section == 0 || S->Section > LoadSections.size())
      return damaged("symbol " + Twine(I) + " ('" + S->Name +
                     "') is in section " + Twine(unsigned(S->Section)) +
                     ", expected 1 to " + Twine(LoadSections.size()));
    bool IsFunction = LoadSections[S->Section - 1].isCode();
    if (S->isExported()) {
      if (!WantExports)
        continue;
      if (Error E = countName(S->Name))
        return E;
      addExport(S->Name, S->Value, IsFunction);
      continue;
    }
    if (Error E = countName(S->Name))
      return E;
    ImageSymbol Local;
    Local.Name = withoutUnderscore(S->Name);
    Local.Address = S->Value;
    Local.IsFunction = IsFunction;
    Locals.push_back(Local);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Fixups: opcodes
//===----------------------------------------------------------------------===//

/// Succeeds if the word at \p Offset of \p S can be changed by the loader.
Error MachOImage::checkWord(const ImageSegment &S, uint64_t Offset,
                            Description What) const {
  if (S.Name == LinkEditName)
    return damaged(What() + " is for a word of '__LINKEDIT'");
  if (S.FileSize < PointerSize || Offset > S.FileSize - PointerSize)
    return damaged(What() + " is for the word at " + hexString(Offset) +
                   " of the segment '" + S.Name + "', which has " +
                   hexString(S.FileSize) + " bytes in the file");
  return Error::success();
}

/// A count in a few bytes can ask for any number of fixups.
Error MachOImage::checkCount(uint64_t Number, uint64_t More) const {
  if (Number <= MaxWords && More <= MaxWords - Number)
    return Error::success();
  return damaged("it has more fixups than the " + Twine(MaxWords) +
                 " words of its segments");
}

Error MachOImage::readRebases() {
  const DataRange &R = RebaseOpcodes;
  ByteCursor C(View.view(R.Offset, R.Size));
  unsigned Type = 0;
  const ImageSegment *Segment = nullptr;
  uint64_t Offset = 0;
  while (!C.atEnd()) {
    auto What = [&, At = R.Offset + C.tell()] {
      return "the rebase opcode at offset " + hexString(At);
    };
    unsigned Byte = C.u8();
    unsigned Immediate = Byte & REBASE_IMMEDIATE_MASK;
    uint64_t Count = 0, Skip = 0;
    switch (Byte & REBASE_OPCODE_MASK) {
    case REBASE_OPCODE_DONE:
      return Error::success();
    case REBASE_OPCODE_SET_TYPE_IMM:
      Type = Immediate;
      break;
    case REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB:
      if (Immediate >= LoadSegments.size())
        return damaged(What() + " is for segment " + Twine(Immediate) + " of " +
                       Twine(LoadSegments.size()));
      Segment = &LoadSegments[Immediate].Base;
      Offset = C.uleb();
      break;
    case REBASE_OPCODE_ADD_ADDR_ULEB:
      Offset += C.uleb();
      break;
    case REBASE_OPCODE_ADD_ADDR_IMM_SCALED:
      Offset += Immediate * PointerSize;
      break;
    case REBASE_OPCODE_DO_REBASE_IMM_TIMES:
      Count = Immediate;
      break;
    case REBASE_OPCODE_DO_REBASE_ULEB_TIMES:
      Count = C.uleb();
      break;
    case REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB:
      Count = 1;
      Skip = C.uleb();
      break;
    case REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB:
      Count = C.uleb();
      Skip = C.uleb();
      break;
    default:
      return damaged(What() + " is " + hexString(Byte) +
                     ", which is not defined");
    }
    if (C.failed())
      return damaged(What() + " ends outside the table, which ends at " +
                     hexString(R.Offset + R.Size));
    // Steps backwards are sums that wrap around.
    Offset = truncateWord(Offset);
    if (Count == 0)
      continue;
    if (!Segment)
      return damaged(What() + " comes before one that sets the segment");
    if (Type != REBASE_TYPE_POINTER &&
        (PointerSize != 4 || Type != REBASE_TYPE_TEXT_ABSOLUTE32))
      return damaged(What() + " has the type " + Twine(Type) +
                     ", expected a pointer (" +
                     Twine(int(REBASE_TYPE_POINTER)) + ")");
    if (Error E = checkCount(Rebases.size(), Count))
      return E;
    for (uint64_t I = 0; I != Count; ++I) {
      if (Error E = checkWord(*Segment, Offset, What))
        return E;
      Rebases.push_back(Segment->Address + Offset);
      Offset = truncateWord(Offset + PointerSize + Skip);
    }
  }
  return Error::success();
}

/// Opcodes make a target of two bytes and a name that others have, too: so each
/// counts its name.
Error MachOImage::addTarget(StringRef Name, int64_t Ordinal, bool IsWeakImport,
                            int64_t Addend) {
  if (Ordinal < BIND_SPECIAL_DYLIB_WEAK_LOOKUP ||
      (Ordinal > 0 && uint64_t(Ordinal) > Needed.size()))
    return damaged("the symbol '" + Name + "' is of library " + Twine(Ordinal) +
                   ", but the image needs " + Twine(Needed.size()));
  if (Targets.size() == UINT32_MAX)
    return damaged("it has too many bound symbols");
  if (Error E = countName(Name))
    return E;
  BindTarget T;
  T.Name = Name;
  T.Ordinal = Ordinal;
  T.IsWeakImport = IsWeakImport;
  T.Addend = Addend;
  Targets.push_back(T);
  return Error::success();
}

Error MachOImage::readBinds(const DataRange &R, BindTable Table) {
  const uint64_t FirstBind = Binds.size();
  ByteCursor C(View.view(R.Offset, R.Size));
  // Lazy binds are of pointers, and weak ones of no library, without saying.
  unsigned Type = Table == BindTable::Lazy ? BIND_TYPE_POINTER : 0;
  bool HasOrdinal = Table == BindTable::Weak;
  int64_t Ordinal = HasOrdinal ? BIND_SPECIAL_DYLIB_WEAK_LOOKUP : 0;
  bool HasSymbol = false, IsWeakImport = false, IsNewTarget = false;
  StringRef Symbol;
  int64_t Addend = 0;
  const ImageSegment *Segment = nullptr;
  uint64_t Offset = 0;
  while (!C.atEnd()) {
    auto What = [&, At = R.Offset + C.tell()] {
      return "the bind opcode at offset " + hexString(At);
    };
    unsigned Byte = C.u8();
    unsigned Immediate = Byte & BIND_IMMEDIATE_MASK;
    uint64_t Count = 0, Skip = 0;
    switch (Byte & BIND_OPCODE_MASK) {
    case BIND_OPCODE_DONE:
      // It separates the lazy ones.
      if (Table != BindTable::Lazy)
        return Error::success();
      break;
    case BIND_OPCODE_SET_DYLIB_ORDINAL_IMM:
    case BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB:
    case BIND_OPCODE_SET_DYLIB_SPECIAL_IMM: {
      int64_t Number = Immediate;
      if ((Byte & BIND_OPCODE_MASK) == BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB)
        Number = C.uleb(31);
      else if ((Byte & BIND_OPCODE_MASK) == BIND_OPCODE_SET_DYLIB_SPECIAL_IMM &&
               Immediate)
        Number = int64_t(Immediate) - 16;
      if (Table == BindTable::Weak)
        break;
      Ordinal = Number;
      HasOrdinal = true;
      IsNewTarget = true;
      break;
    }
    case BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM:
      Symbol = C.cString();
      IsWeakImport = Immediate & BIND_SYMBOL_FLAGS_WEAK_IMPORT;
      HasSymbol = true;
      IsNewTarget = true;
      break;
    case BIND_OPCODE_SET_TYPE_IMM:
      Type = Immediate;
      break;
    case BIND_OPCODE_SET_ADDEND_SLEB:
      Addend = C.sleb();
      break;
    case BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB:
      if (Immediate >= LoadSegments.size())
        return damaged(What() + " is for segment " + Twine(Immediate) + " of " +
                       Twine(LoadSegments.size()));
      Segment = &LoadSegments[Immediate].Base;
      Offset = C.uleb();
      break;
    case BIND_OPCODE_ADD_ADDR_ULEB:
      Offset += C.uleb();
      break;
    case BIND_OPCODE_DO_BIND:
      Count = 1;
      break;
    case BIND_OPCODE_DO_BIND_ADD_ADDR_ULEB:
      Count = 1;
      Skip = C.uleb();
      break;
    case BIND_OPCODE_DO_BIND_ADD_ADDR_IMM_SCALED:
      Count = 1;
      Skip = Immediate * PointerSize;
      break;
    case BIND_OPCODE_DO_BIND_ULEB_TIMES_SKIPPING_ULEB:
      Count = C.uleb();
      Skip = C.uleb();
      break;
    default:
      return damaged(What() + " is " + hexString(Byte) +
                     ", which is not defined");
    }
    if (C.failed())
      return damaged(What() + " ends outside the table, which ends at " +
                     hexString(R.Offset + R.Size));
    Offset = truncateWord(Offset);
    if (Count == 0)
      continue;
    if (!Segment || !HasSymbol || !HasOrdinal)
      return damaged(What() + " comes before one that sets the " +
                     Twine(!Segment     ? "segment"
                           : !HasSymbol ? "symbol"
                                        : "library"));
    if (Type != BIND_TYPE_POINTER &&
        (PointerSize != 4 || Type != BIND_TYPE_TEXT_ABSOLUTE32))
      return damaged(What() + " has the type " + Twine(Type) +
                     ", expected a pointer (" + Twine(int(BIND_TYPE_POINTER)) +
                     ")");
    if (IsNewTarget) {
      if (Error E = addTarget(Symbol, Ordinal, IsWeakImport, 0))
        return E;
      IsNewTarget = false;
    }
    if (Error E = checkCount(Binds.size() - FirstBind, Count))
      return E;
    for (uint64_t I = 0; I != Count; ++I) {
      if (Error E = checkWord(*Segment, Offset, What))
        return E;
      Binds.push_back({Segment->Address + Offset, Addend,
                       uint32_t(Targets.size() - 1), Table});
      Offset = truncateWord(Offset + PointerSize + Skip);
    }
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Fixups: chains
//===----------------------------------------------------------------------===//

/// The size of a dyld_chained_starts_in_segment up to its array.
static constexpr uint64_t SegmentStartsSize = 22;

Error MachOImage::readChainedFixups() {
  const DataRange &R = ChainedData;
  if (R.Size == 0)
    return Error::success();
  // The structures have bit fields, which no big-endian target ever had.
  if (!IsLittleEndian)
    return damaged("chained fixups are for little-endian targets");
  ByteView Data = View.view(R.Offset, R.Size);
  if (Data.size() < 28)
    return damaged("the header of chained fixups at offset " +
                   hexString(R.Offset) + " needs 28 bytes, found " +
                   Twine(Data.size()));
  if (Data.u32(0) != 0)
    return createStringError(Name + ": the chained fixups at offset " +
                             hexString(R.Offset) + " are of version " +
                             Twine(Data.u32(0)) + ", expected 0");
  if (Error E = readChainedImports(Data, R.Offset))
    return E;

  uint64_t Start = Data.u32(4);
  uint64_t Count = Data.u32(Start);
  if (!Data.contains(Start, 4) || !Data.containsArray(Start + 4, Count, 4))
    return damaged("the starts of chained fixups at offset " +
                   hexString(R.Offset + Start) +
                   " are outside their table, which ends at " +
                   hexString(R.Offset + R.Size));
  if (Count > LoadSegments.size())
    return damaged("the chained fixups are for " + Twine(Count) +
                   " segments, but the image has " +
                   Twine(LoadSegments.size()));
  struct Starts {
    uint64_t Offset;
    uint64_t Size;
    uint64_t Segment;
  };
  std::vector<Starts> PerSegment;
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t At = Data.u32(Start + 4 + I * 4);
    if (At == 0)
      continue;
    At += Start;
    uint64_t Size = Data.u32(At);
    if (!Data.contains(At, 4) || Size < SegmentStartsSize ||
        !Data.contains(At, Size))
      return damaged("the chained fixups of segment " + Twine(I) +
                     " at offset " + hexString(R.Offset + At) + " have " +
                     Twine(Size) + " bytes, expected " +
                     Twine(SegmentStartsSize) +
                     " or more that are inside their table");
    PerSegment.push_back({At, Size, I});
  }
  // Those of one segment are not another's, or time would not be linear.
  llvm::sort(PerSegment, [](const Starts &A, const Starts &B) {
    return A.Offset < B.Offset;
  });
  for (size_t I = 1; I < PerSegment.size(); ++I)
    if (PerSegment[I].Offset - PerSegment[I - 1].Offset <
        PerSegment[I - 1].Size)
      return damaged("the chained fixups of two segments overlap at offset " +
                     hexString(R.Offset + PerSegment[I].Offset));
  for (const Starts &S : PerSegment)
    if (Error E =
            readSegmentStarts(Data.view(S.Offset, S.Size), R.Offset + S.Offset,
                              LoadSegments[S.Segment].Base))
      return E;
  return Error::success();
}

Error MachOImage::readChainedImports(const ByteView &Data, uint64_t Start) {
  uint64_t Offset = Data.u32(8);
  uint64_t Symbols = Data.u32(12);
  uint64_t Count = Data.u32(16);
  uint32_t Format = Data.u32(20);
  uint32_t SymbolsFormat = Data.u32(24);
  if (SymbolsFormat != DYLD_CHAINED_SYMBOL_UNCOMPRESSED)
    return createStringError(
        Name + ": the symbols of the chained fixups at offset " +
        hexString(Start) + " have the format " + Twine(SymbolsFormat) +
        (SymbolsFormat == DYLD_CHAINED_SYMBOL_ZLIB ? " (zlib)" : "") +
        ", expected 0 (not compressed); link the image again without "
        "compression");
  uint64_t Size;
  switch (Format) {
  case DYLD_CHAINED_IMPORT:
    Size = 4;
    break;
  case DYLD_CHAINED_IMPORT_ADDEND:
    Size = 8;
    break;
  case DYLD_CHAINED_IMPORT_ADDEND64:
    Size = 16;
    break;
  default:
    return damaged("the imports of the chained fixups at offset " +
                   hexString(Start) + " have the format " + Twine(Format) +
                   ", expected 1 to 3");
  }
  if (!Data.containsArray(Offset, Count, Size))
    return damaged("the chained fixups at offset " + hexString(Start) +
                   " have " + Twine(Count) +
                   " imports, which are outside their table");
  StringTable Strings(Data.slice(Symbols, Data.size()));
  Targets.reserve(Count);
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t P = Offset + I * Size;
    uint64_t NameOffset;
    int64_t Ordinal;
    bool IsWeak;
    int64_t Addend = 0;
    if (Format == DYLD_CHAINED_IMPORT_ADDEND64) {
      uint64_t Bits = Data.u64(P);
      Ordinal = Bits & 0xffff;
      // The last 15 numbers are negative.
      if (Ordinal > 0xfff0)
        Ordinal -= 0x10000;
      IsWeak = (Bits >> 16) & 1;
      NameOffset = Bits >> 32;
      Addend = Data.u64(P + 8);
    } else {
      uint32_t Bits = Data.u32(P);
      Ordinal = Bits & 0xff;
      if (Ordinal > 0xf0)
        Ordinal -= 0x100;
      IsWeak = (Bits >> 8) & 1;
      NameOffset = Bits >> 9;
      if (Format == DYLD_CHAINED_IMPORT_ADDEND)
        Addend = int32_t(Data.u32(P + 4));
    }
    std::optional<StringRef> Symbol = Strings.get(NameOffset);
    if (!Symbol)
      return damaged("the name of import " + Twine(I) +
                     " of the chained fixups at offset " +
                     hexString(Start + P) + " is at " + hexString(NameOffset) +
                     ", expected a string that ends in their table");
    if (Error E = addTarget(*Symbol, Ordinal, IsWeak, Addend))
      return E;
  }
  return Error::success();
}

/// Reads the dyld_chained_starts_in_segment \p Info, which is at \p Start.
Error MachOImage::readSegmentStarts(const ByteView &Info, uint64_t Start,
                                    const ImageSegment &S) {
  const uint64_t PageSize = Info.u16(4);
  const uint16_t Format = Info.u16(6);
  const uint64_t SegmentOffset = Info.u64(8);
  const uint32_t MaxPointer = Info.u32(16);
  const uint64_t NumPages = Info.u16(20);
  auto Damaged = [&](const Twine &What) {
    return damaged("the chained fixups of '" + S.Name + "' at offset " +
                   hexString(Start) + " " + What);
  };
  if (PageSize != 0x1000 && PageSize != 0x4000)
    return Damaged("have pages of " + hexString(PageSize) +
                   " bytes, expected 0x1000 or 0x4000");
  switch (Format) {
  case DYLD_CHAINED_PTR_ARM64E:
  case DYLD_CHAINED_PTR_64:
  case DYLD_CHAINED_PTR_64_OFFSET:
  case DYLD_CHAINED_PTR_ARM64E_KERNEL:
  case DYLD_CHAINED_PTR_ARM64E_USERLAND:
  case DYLD_CHAINED_PTR_ARM64E_FIRMWARE:
  case DYLD_CHAINED_PTR_ARM64E_USERLAND24:
    if (PointerSize == 8)
      break;
    [[fallthrough]];
  case DYLD_CHAINED_PTR_32:
    if (PointerSize == 4 && Format == DYLD_CHAINED_PTR_32)
      break;
    [[fallthrough]];
  default:
    return createStringError(Name + ": the chained fixups of '" + S.Name +
                             "' at offset " + hexString(Start) +
                             " have the pointer format " + Twine(Format) +
                             ", which no dynamic library of " +
                             Twine(PointerSize * 8) + " bits has");
  }
  // The loader wants this, too.
  if (ChainedFormat &&
      (ChainedFormat != Format || MaxValidPointer != MaxPointer))
    return Damaged("have another pointer format than those before");
  ChainedFormat = Format;
  MaxValidPointer = MaxPointer;
  if (SegmentOffset != S.Address - HeaderAddress)
    return Damaged("are for the segment at " + hexString(SegmentOffset) +
                   ", expected " + hexString(S.Address - HeaderAddress));
  const uint64_t NumStarts = (Info.size() - SegmentStartsSize) / 2;
  if (NumPages > NumStarts)
    return Damaged("have " + Twine(NumPages) + " pages, but room for " +
                   Twine(NumStarts));
  auto StartAt = [&](uint64_t I) {
    return Info.u16(SegmentStartsSize + I * 2);
  };
  for (uint64_t Page = 0; Page != NumPages; ++Page) {
    uint16_t First = StartAt(Page);
    if (First == DYLD_CHAINED_PTR_START_NONE)
      continue;
    if (!(First & DYLD_CHAINED_PTR_START_MULTI)) {
      if (Error E = readChain(S, Page * PageSize, PageSize, First))
        return E;
      continue;
    }
    // The rest is the index of a list of starts. Each start is a word of its
    // own, so lists that pages share cost no more than their words.
    for (uint64_t I = First & ~DYLD_CHAINED_PTR_START_MULTI;; ++I) {
      if (I >= NumStarts)
        return Damaged("have a list of starts for page " + Twine(Page) +
                       " that does not end");
      uint16_t Next = StartAt(I);
      if (Error E = readChain(S, Page * PageSize, PageSize,
                              Next & ~DYLD_CHAINED_PTR_START_LAST))
        return E;
      if (Next & DYLD_CHAINED_PTR_START_LAST)
        break;
    }
  }
  return Error::success();
}

/// Reads the chain that begins at \p Start of the page at \p Page of \p S. A
/// link only leads forward, and not out of the page.
Error MachOImage::readChain(const ImageSegment &S, uint64_t Page,
                            uint64_t PageSize, uint64_t Start) {
  for (uint64_t InPage = Start;;) {
    uint64_t Offset = Page + InPage;
    auto What = [&] {
      return "the chained fixup at address " +
             hexString(SaturatingAdd(S.Address, Offset));
    };
    if (InPage > PageSize - PointerSize)
      return damaged(What() + " is not inside its page of " +
                     hexString(PageSize) + " bytes");
    if (Error E = checkWord(S, Offset, What))
      return E;
    if (Error E = checkCount(Rebases.size(), 1))
      return E;
    ChainedWord W = decodeChained(wordAt(S.FileOffset + Offset));
    if (W.Kind == ChainedWord::Bind && W.Target >= Targets.size())
      return damaged(What() + " is for import " + Twine(W.Target) + " of " +
                     Twine(Targets.size()));
    Rebases.push_back(S.Address + Offset);
    if (W.Next == 0)
      return Error::success();
    InPage += W.Next;
  }
}

MachOImage::ChainedWord MachOImage::decodeChained(uint64_t Word) const {
  auto Bits = [Word](unsigned First, unsigned Size) {
    return Word >> First & maskTrailingOnes<uint64_t>(Size);
  };
  ChainedWord W;
  switch (ChainedFormat) {
  case DYLD_CHAINED_PTR_64:
  case DYLD_CHAINED_PTR_64_OFFSET:
    W.Next = Bits(51, 12) * 4;
    if (Bits(63, 1)) {
      W.Kind = ChainedWord::Bind;
      W.Target = Bits(0, 24);
      W.Value = Bits(24, 8);
      return W;
    }
    W.Kind = ChainedWord::Rebase;
    W.Value = Bits(0, 36);
    if (ChainedFormat == DYLD_CHAINED_PTR_64_OFFSET)
      W.Value += HeaderAddress;
    W.Value |= Bits(36, 8) << 56;
    return W;

  case DYLD_CHAINED_PTR_32:
    W.Next = Bits(26, 5) * 4;
    if (Bits(31, 1)) {
      W.Kind = ChainedWord::Bind;
      W.Target = Bits(0, 20);
      W.Value = Bits(20, 6);
      return W;
    }
    W.Kind = ChainedWord::Rebase;
    W.Value = Bits(0, 26);
    // Small numbers between pointers are part of the chain, too.
    if (W.Value > MaxValidPointer) {
      W.Kind = ChainedWord::Constant;
      W.Value -= (uint64_t(0x4000000) + MaxValidPointer) / 2;
    }
    return W;

  default: {
    bool IsOffset = ChainedFormat == DYLD_CHAINED_PTR_ARM64E_KERNEL ||
                    ChainedFormat == DYLD_CHAINED_PTR_ARM64E_USERLAND ||
                    ChainedFormat == DYLD_CHAINED_PTR_ARM64E_USERLAND24;
    unsigned Stride = ChainedFormat == DYLD_CHAINED_PTR_ARM64E_KERNEL ||
                              ChainedFormat == DYLD_CHAINED_PTR_ARM64E_FIRMWARE
                          ? 4
                          : 8;
    W.Next = Bits(51, 11) * Stride;
    bool IsSigned = Bits(63, 1);
    if (IsSigned)
      // Diversity, whether the address diversifies, and the key; never 0.
      W.Authentication = Bits(32, 19) | 1u << 19;
    if (Bits(62, 1)) {
      W.Kind = ChainedWord::Bind;
      W.Target = Bits(
          0, ChainedFormat == DYLD_CHAINED_PTR_ARM64E_USERLAND24 ? 24 : 16);
      if (!IsSigned)
        W.Value = SignExtend64<19>(Bits(32, 19));
      return W;
    }
    W.Kind = ChainedWord::Rebase;
    if (IsSigned) {
      W.Value = HeaderAddress + Bits(0, 32);
      return W;
    }
    W.Value = Bits(0, 43);
    if (IsOffset)
      W.Value += HeaderAddress;
    W.Value |= Bits(43, 8) << 56;
    return W;
  }
  }
}

//===----------------------------------------------------------------------===//
// Fixups: relocations, before LC_DYLD_INFO
//===----------------------------------------------------------------------===//

Error MachOImage::readClassicRelocations() {
  if (!DynamicSymbolTable)
    return Error::success();
  // Addresses count from the first segment that can be written to for 64 bits,
  // from the first of all for 32.
  uint64_t Base = LoadSegments.front().Base.Address;
  if (PointerSize == 8)
    for (const LoadSegment &L : LoadSegments)
      if (L.Base.IsWritable) {
        Base = L.Base.Address;
        break;
      }
  if (Error E = readExternalRelocations(Base))
    return E;
  if (Error E = readLocalRelocations(Base))
    return E;
  return readIndirectSymbols();
}

namespace {
/// A relocation_info or scattered_relocation_info.
struct ClassicRelocation {
  uint32_t Address;
  uint32_t Symbol;
  bool IsPCRel, IsExtern, IsScattered;
  unsigned Log2Size, Type;
};
} // namespace

static ClassicRelocation readRelocation(const ByteView &V, uint64_t Offset,
                                        bool Is64) {
  ClassicRelocation R;
  uint32_t First = V.u32(Offset), Second = V.u32(Offset + 4);
  R.IsScattered = !Is64 && (First & R_SCATTERED);
  R.Address = First;
  if (R.IsScattered) {
    R.Address = First & 0xffffff;
    R.Symbol = 0;
    R.Type = First >> 24 & 0xf;
    R.Log2Size = First >> 28 & 3;
    R.IsPCRel = First >> 30 & 1;
    R.IsExtern = false;
  } else if (V.isLittleEndian()) {
    R.Symbol = Second & 0xffffff;
    R.IsPCRel = Second >> 24 & 1;
    R.Log2Size = Second >> 25 & 3;
    R.IsExtern = Second >> 27 & 1;
    R.Type = Second >> 28;
  } else {
    // Bit fields of big-endian targets begin at the other end.
    R.Symbol = Second >> 8;
    R.IsPCRel = Second >> 7 & 1;
    R.Log2Size = Second >> 5 & 3;
    R.IsExtern = Second >> 4 & 1;
    R.Type = Second & 0xf;
  }
  return R;
}

/// Returns the offset in the file of a word that the loader can change.
Expected<uint64_t> MachOImage::findWord(uint64_t Address,
                                        Description What) const {
  const ImageSegment *S = findSegment(Address);
  if (!S)
    return damaged(What() + " is for the address " + hexString(Address) +
                   ", which is in no segment");
  if (Error E = checkWord(*S, Address - S->Address, What))
    return std::move(E);
  return S->FileOffset + (Address - S->Address);
}

Error MachOImage::addRebaseAt(uint64_t Address, Description What) {
  Expected<uint64_t> At = findWord(Address, What);
  if (!At)
    return At.takeError();
  if (Error E = checkCount(Rebases.size(), 1))
    return E;
  Rebases.push_back(Address);
  return Error::success();
}

Error MachOImage::readLocalRelocations(uint64_t Base) {
  uint64_t Offset = View.u32(*DynamicSymbolTable + 72);
  uint64_t Count = View.u32(*DynamicSymbolTable + 76);
  if (!View.containsArray(Offset, Count, 8))
    return damaged("the " + Twine(Count) + " local relocations at offset " +
                   hexString(Offset) + " end after the file, at " +
                   hexString(Bytes.size()));
  for (uint64_t I = 0; I != Count; ++I) {
    ClassicRelocation R =
        readRelocation(View, Offset + I * 8, PointerSize == 8);
    auto What = [&] {
      return "the local relocation at offset " + hexString(Offset + I * 8);
    };
    // R_ABS: what it is for is absolute.
    if (!R.IsScattered && R.Symbol == 0)
      continue;
    // Type 0 is a pointer for all machines.
    if (R.Type != 0 || R.IsPCRel || R.IsExtern ||
        (1u << R.Log2Size) != PointerSize)
      return damaged(What() + " is of type " + Twine(R.Type) + " and " +
                     Twine(1u << R.Log2Size) +
                     " bytes, expected a pointer (type 0)");
    if (Error E = addRebaseAt(truncateWord(Base + R.Address), What))
      return E;
  }
  return Error::success();
}

Error MachOImage::readExternalRelocations(uint64_t Base) {
  uint64_t Offset = View.u32(*DynamicSymbolTable + 64);
  uint64_t Count = View.u32(*DynamicSymbolTable + 68);
  if (!View.containsArray(Offset, Count, 8))
    return damaged("the " + Twine(Count) + " external relocations at offset " +
                   hexString(Offset) + " end after the file, at " +
                   hexString(Bytes.size()));
  for (uint64_t I = 0; I != Count; ++I) {
    ClassicRelocation R =
        readRelocation(View, Offset + I * 8, PointerSize == 8);
    auto What = [&] {
      return "the external relocation at offset " + hexString(Offset + I * 8);
    };
    if (R.Type != 0 || R.IsPCRel || !R.IsExtern ||
        (1u << R.Log2Size) != PointerSize)
      return damaged(What() + " is of type " + Twine(R.Type) + " and " +
                     Twine(1u << R.Log2Size) +
                     " bytes, expected a pointer (type 0)");
    uint64_t Address = truncateWord(Base + R.Address);
    Expected<uint64_t> At = findWord(Address, What);
    if (!At)
      return At.takeError();
    uint64_t Stored = wordAt(*At);
    int64_t Addend = PointerSize == 8 ? int64_t(Stored) : int32_t(Stored);
    if (Error E =
            addSymbolBind(Address, R.Symbol, BindTable::Normal, Addend, What))
      return E;
  }
  return Error::success();
}

/// Binds a word to symbol \p Index of the symbol table.
Error MachOImage::addSymbolBind(uint64_t Address, uint64_t Index,
                                BindTable Table, int64_t Addend,
                                Description What) {
  Expected<uint64_t> At = findWord(Address, What);
  if (!At)
    return At.takeError();
  if (Index >= SymbolTable.Size)
    return damaged(What() + " is for symbol " + Twine(Index) + " of " +
                   Twine(SymbolTable.Size));
  if (Error E = checkCount(Binds.size(), 1))
    return E;
  auto [Known, IsNew] = TargetOfSymbol.try_emplace(Index, Targets.size());
  if (IsNew)
    if (Error E = addSymbolTarget(Index))
      return E;
  Binds.push_back({Address, Addend, Known->second, Table});
  return Error::success();
}

Error MachOImage::addSymbolTarget(uint64_t Index) {
  Expected<Symbol> S = readSymbol(Index);
  if (!S)
    return S.takeError();
  // n_desc has the library's number in its high byte, 0 for this one, and the
  // last two for all and the executable; in a flat name space it says nothing.
  int64_t Ordinal = S->Description >> 8;
  if (!(Flags & MH_TWOLEVEL) || Ordinal == DYNAMIC_LOOKUP_ORDINAL)
    Ordinal = BIND_SPECIAL_DYLIB_FLAT_LOOKUP;
  else if (Ordinal == EXECUTABLE_ORDINAL)
    Ordinal = BIND_SPECIAL_DYLIB_MAIN_EXECUTABLE;
  if (S->isDefined())
    Ordinal = S->Description & N_WEAK_DEF ? BIND_SPECIAL_DYLIB_WEAK_LOOKUP
                                          : BIND_SPECIAL_DYLIB_SELF;
  if (Error E = addTarget(S->Name, Ordinal, S->Description & N_WEAK_REF, 0))
    return E;
  Targets.back().IsDefined = S->isDefined();
  Targets.back().Address = S->Value;
  return Error::success();
}

/// Sections of pointers to symbols have one entry of the indirect table for
/// each of their words, from reserved1 on.
Error MachOImage::readIndirectSymbols() {
  uint64_t Table = View.u32(*DynamicSymbolTable + 56);
  uint64_t Count = View.u32(*DynamicSymbolTable + 60);
  if (!View.containsArray(Table, Count, 4))
    return damaged("the table of " + Twine(Count) +
                   " indirect symbols at offset " + hexString(Table) +
                   " ends after the file, at " + hexString(Bytes.size()));
  // Sections may overlap, and entries that are for no symbol make no fixup.
  uint64_t TotalWords = 0;
  for (const LoadSection &S : LoadSections) {
    if (S.type() == S_SYMBOL_STUBS && (S.Flags & S_ATTR_SELF_MODIFYING_CODE))
      return createStringError(Name + ": the section " + S.Segment + "," +
                               S.Name +
                               " has code that modifies itself, which cannot "
                               "be read; link the image again for Mac OS X "
                               "10.6 or later");
    if (S.type() != S_NON_LAZY_SYMBOL_POINTERS &&
        S.type() != S_LAZY_SYMBOL_POINTERS)
      continue;
    uint64_t NumWords = S.Size / PointerSize;
    if (S.Reserved1 > Count || NumWords > Count - S.Reserved1)
      return damaged("the section " + S.Segment + "," + S.Name + " has " +
                     Twine(NumWords) + " pointers from entry " +
                     Twine(S.Reserved1) + " of a table of " + Twine(Count) +
                     " indirect symbols");
    if (Error E = checkCount(TotalWords, NumWords))
      return E;
    TotalWords += NumWords;
    BindTable Kind = S.type() == S_LAZY_SYMBOL_POINTERS ? BindTable::Lazy
                                                        : BindTable::Normal;
    for (uint64_t I = 0; I != NumWords; ++I) {
      uint64_t Entry = Table + (S.Reserved1 + I) * 4;
      uint32_t Index = View.u32(Entry);
      uint64_t Address = S.Address + I * PointerSize;
      auto What = [&] {
        return "the indirect symbol at offset " + hexString(Entry);
      };
      if (Index & INDIRECT_SYMBOL_ABS)
        continue;
      Error E = Index == INDIRECT_SYMBOL_LOCAL
                    ? addRebaseAt(Address, What)
                    : addSymbolBind(Address, Index, Kind, 0, What);
      if (E)
        return E;
    }
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Fixups: what they make
//===----------------------------------------------------------------------===//

Error MachOImage::readFixups() {
  if (ChainedData.IsPresent) {
    if (Error E = readChainedFixups())
      return E;
  } else if (HasInfo) {
    if (Error E = readRebases())
      return E;
    if (Error E = readBinds(BindOpcodes, BindTable::Normal))
      return E;
    if (Error E = readBinds(WeakBindOpcodes, BindTable::Weak))
      return E;
    if (Error E = readBinds(LazyBindOpcodes, BindTable::Lazy))
      return E;
  } else {
    if (Error E = readClassicRelocations())
      return E;
  }
  return finishFixups();
}

Error MachOImage::finishFixups() {
  auto Overlap = [&](uint64_t A, uint64_t B, StringRef What) {
    return damaged("the words at " + hexString(A) + " and " + hexString(B) +
                   " are " + What + ", and overlap");
  };
  if (!llvm::is_sorted(Rebases))
    llvm::sort(Rebases);
  for (size_t I = 1; I < Rebases.size(); ++I) {
    if (Rebases[I] == Rebases[I - 1])
      return damaged("the word at " + hexString(Rebases[I]) +
                     " is relocated twice");
    if (Rebases[I] - Rebases[I - 1] < PointerSize)
      return Overlap(Rebases[I - 1], Rebases[I], "both relocated");
  }

  auto IsBefore = [](const Bind &A, const Bind &B) {
    return std::tie(A.Address, A.Table) < std::tie(B.Address, B.Table);
  };
  if (!llvm::is_sorted(Binds, IsBefore))
    llvm::sort(Binds, IsBefore);
  for (size_t I = 1; I < Binds.size(); ++I) {
    const Bind &A = Binds[I - 1], &B = Binds[I];
    // A weak bind comes after one that finds any definition.
    if (A.Address == B.Address &&
        (A.Table == B.Table || B.Table != BindTable::Weak))
      return damaged("the word at " + hexString(B.Address) + " is bound twice");
    if (A.Address != B.Address && B.Address - A.Address < PointerSize)
      return Overlap(A.Address, B.Address, "both bound");
  }

  uint64_t LastPage = UINT64_MAX;
  std::optional<uint64_t> Last;
  Error Result = Error::success();
  forEachFixedAddress([&](uint64_t Address) {
    if (Last && Address - *Last < PointerSize && !Result)
      Result = Overlap(*Last, Address, "relocated and bound");
    Last = Address;
    ++NumRelocations;
    NumRelocatedPages += Address / 4096 != LastPage;
    LastPage = Address / 4096;
  });
  if (Result)
    return Result;
  resolveTargets();
  return Error::success();
}

/// Visits each word that the loader changes once, by address.
void MachOImage::forEachFixedAddress(function_ref<void(uint64_t)> Visit) const {
  size_t R = 0, B = 0;
  while (R != Rebases.size() || B != Binds.size()) {
    uint64_t Address =
        std::min(R != Rebases.size() ? Rebases[R] : UINT64_MAX,
                 B != Binds.size() ? Binds[B].Address : UINT64_MAX);
    if (R != Rebases.size() && Rebases[R] == Address)
      ++R;
    while (B != Binds.size() && Binds[B].Address == Address)
      ++B;
    Visit(Address);
  }
}

/// Finds the targets that are defined here: those of no other library, and
/// weak ones, of which this image's definition serves if no library that was
/// loaded before has one. The others are imports.
void MachOImage::resolveTargets() {
  DenseSet<CachedHashStringRef> Seen;
  auto AddImport = [&](StringRef RawName) {
    ImageSymbol S;
    S.Name = withoutUnderscore(RawName);
    S.IsUndefined = true;
    if (Seen.insert(CachedHashStringRef(S.Name)).second)
      Imports.push_back(S);
  };
  for (BindTarget &T : Targets) {
    if (T.IsDefined)
      continue;
    const ImageSymbol *S = nullptr;
    if (T.Ordinal == BIND_SPECIAL_DYLIB_SELF ||
        T.Ordinal == BIND_SPECIAL_DYLIB_WEAK_LOOKUP)
      S = findExport(withoutUnderscore(T.Name));
    if (S) {
      T.IsDefined = true;
      T.Address = S->Address;
    } else {
      AddImport(T.Name);
    }
  }
  for (StringRef S : RawImports)
    AddImport(S);
  RawImports = {};
}

ImageWord MachOImage::bindWord(const BindTarget &T, int64_t Addend) const {
  ImageWord W;
  if (T.IsDefined) {
    W.Kind = ImageWord::Address;
    W.Value = truncateWord(T.Address + uint64_t(Addend));
    return W;
  }
  W.Kind = ImageWord::Import;
  W.Value = uint64_t(Addend);
  W.Symbol = withoutUnderscore(T.Name);
  return W;
}

Expected<ImageWord> MachOImage::relocate(uint64_t Address,
                                         uint64_t Stored) const {
  ImageWord W;
  W.Value = Stored;
  // The last of the binds is the one that stays.
  auto B = llvm::upper_bound(
      Binds, Address, [](uint64_t A, const Bind &B) { return A < B.Address; });
  if (B != Binds.begin() && std::prev(B)->Address == Address)
    return bindWord(Targets[std::prev(B)->Target], std::prev(B)->Addend);
  if (!std::binary_search(Rebases.begin(), Rebases.end(), Address))
    return W;
  if (!ChainedFormat) {
    W.Kind = ImageWord::Address;
    return W;
  }
  ChainedWord C = decodeChained(Stored);
  if (C.Kind == ChainedWord::Bind) {
    const BindTarget &T = Targets[C.Target];
    return bindWord(T, int64_t(uint64_t(T.Addend) + C.Value));
  }
  if (C.Kind == ChainedWord::Rebase)
    W.Kind = ImageWord::Address;
  W.Value = truncateWord(C.Value);
  return W;
}

//===----------------------------------------------------------------------===//
// Canonical content
//===----------------------------------------------------------------------===//

/// The targets once each, then each fixup with its target's number: a long name
/// for many words costs no more than its words.
Digest256 MachOImage::hashFixups() const {
  BLAKE3 Hash;
  std::string Buffer;
  auto Number = [&](uint64_t Value) {
    char Word[8];
    support::endian::write64le(Word, Value);
    Buffer.append(Word, sizeof(Word));
    if (Buffer.size() >= 0x4000) {
      Hash.update(StringRef(Buffer));
      Buffer.clear();
    }
  };
  Number(Targets.size());
  for (const BindTarget &T : Targets) {
    Number(uint64_t(int64_t(T.Ordinal)));
    Number(T.IsWeakImport);
    Number(uint64_t(T.Addend));
    Number(T.Name.size());
    Buffer += T.Name;
  }
  size_t R = 0, B = 0;
  forEachFixedAddress([&](uint64_t Address) {
    Number(Address);
    if (R != Rebases.size() && Rebases[R] == Address) {
      ++R;
      const ImageSegment *S = findSegment(Address);
      uint64_t Word = wordAt(S->FileOffset + (Address - S->Address));
      if (ChainedFormat) {
        ChainedWord W = decodeChained(Word);
        Number(uint64_t(W.Authentication) << 8 | unsigned(W.Kind));
        Number(W.Value);
        Number(W.Target);
      } else {
        Number(ChainedWord::Rebase);
        Number(Word);
      }
    }
    for (; B != Binds.size() && Binds[B].Address == Address; ++B) {
      Number(uint64_t(Binds[B].Table) << 8 | ChainedWord::Bind);
      Number(uint64_t(Binds[B].Addend));
      Number(Binds[B].Target);
    }
  });
  Hash.update(StringRef(Buffer));
  return Hash.final();
}

/// In the summary: "Mach-O"; CPU type and subtype, file type; platforms and
/// their oldest versions; the segments but __LINKEDIT with address, sizes, both
/// protections and flags; the sections with address, size and flags; the
/// address of LC_ROUTINES; the kinds of command and names of needed libraries;
/// the exports' names and addresses; the number of fixups, and their digest.
/// What is counted has its number before it.
CanonicalContent MachOImage::canonicalContent() const {
  CanonicalContent Content;
  SummaryWriter W;
  W.string("Mach-O");
  W.number(CPUType);
  W.number(CPUSubtype);
  W.number(FileType);
  W.number(Platforms.size());
  for (auto [Platform, Version] : Platforms) {
    W.number(Platform);
    W.number(Version);
  }
  uint64_t NumSegments = llvm::count_if(LoadSegments, [](const LoadSegment &L) {
    return L.Base.Name != LinkEditName;
  });
  W.number(NumSegments);
  for (const LoadSegment &L : LoadSegments) {
    if (L.Base.Name == LinkEditName)
      continue;
    W.string(L.Base.Name);
    W.number(L.Base.Address);
    W.number(L.Base.MemorySize);
    W.number(L.Base.FileSize);
    W.number(L.MaxProtection);
    W.number(L.Protection);
    W.number(L.Flags);
  }
  // By their flags the loader finds what it runs and what is thread-local.
  W.number(LoadSections.size());
  for (const LoadSection &S : LoadSections) {
    W.string(S.Segment);
    W.string(S.Name);
    W.number(S.Address);
    W.number(S.Size);
    W.number(S.Flags);
  }
  W.number(InitRoutine.has_value());
  W.number(InitRoutine.value_or(0));
  W.number(Needed.size());
  for (auto [Library, Kind] : llvm::zip_equal(Needed, NeededKinds)) {
    W.number(Kind);
    W.string(Library);
  }
  W.number(Exports.size());
  for (const ImageSymbol &S : Exports) {
    W.string(S.Name);
    W.number(S.Address);
  }
  W.number(NumRelocations);
  Digest256 Fixups = hashFixups();
  W.string(
      StringRef(reinterpret_cast<const char *>(Fixups.data()), Fixups.size()));
  Content.Summary = W.take();

  std::vector<std::pair<uint64_t, uint64_t>> Zeros = {{0, PaddingEnd}};
  if (EmbeddedHeader && !EmbeddedHeader->empty()) {
    uint64_t Start = EmbeddedHeader->data() - Bytes.data();
    Zeros.push_back({Start, Start + EmbeddedHeader->size()});
  }
  auto Add = [&](uint64_t Start, uint64_t End, bool IsZero) {
    if (Start < End)
      Content.Ranges.push_back({Start, End - Start, IsZero});
  };
  for (const ImageSegment &S : Segments) {
    if (S.Name == LinkEditName)
      continue;
    uint64_t At = S.FileOffset, End = S.FileOffset + S.FileSize;
    for (auto [ZeroStart, ZeroEnd] : Zeros) {
      if (ZeroEnd <= At || ZeroStart >= End)
        continue;
      Add(At, ZeroStart, false);
      At = std::max(At, ZeroStart);
      Add(At, std::min(ZeroEnd, End), true);
      At = std::min(ZeroEnd, End);
    }
    Add(At, End, false);
  }
  return Content;
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

Error MachOImage::open() {
  if (Error E = readHeader())
    return E;
  if (Error E = readCommands())
    return E;
  if (Error E = checkSegments())
    return E;
  setTriple();
  if (Error E = readTrie())
    return E;
  if (Error E = readSymbols())
    return E;
  setExports();
  if (Error E = finishTables())
    return E;
  return readFixups();
}

namespace {
struct FatEntry : ImageSlice {
  uint32_t CPUType;
};
} // namespace

/// Reads the table of a universal file.
static Expected<std::vector<FatEntry>> readFatTable(const CheckedFile &File) {
  const ByteView &View = File.view();
  constexpr uint64_t HeaderSize = 8;
  const bool Is64 = View.u32(0) == FAT_MAGIC_64;
  const uint64_t EntrySize = Is64 ? 32 : 20;
  if (Error E = File.need("the universal header", 0, HeaderSize))
    return std::move(E);
  uint64_t Count = View.u32(4);
  if (Error E =
          File.needArray("the table of slices", HeaderSize, Count, EntrySize))
    return std::move(E);
  std::vector<FatEntry> Entries(Count);
  std::vector<std::pair<uint64_t, uint64_t>> Extents;
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t P = HeaderSize + I * EntrySize;
    FatEntry &E = Entries[I];
    E.CPUType = View.u32(P);
    E.Name = getArchName(E.CPUType, View.u32(P + 4)).str();
    E.Arch = getArch(E.CPUType);
    E.Offset = Is64 ? View.u64(P + 8) : View.u32(P + 8);
    E.Size = Is64 ? View.u64(P + 16) : View.u32(P + 12);
    if (E.Size)
      Extents.push_back({E.Offset, E.Size});
  }
  // Bytes are of one slice, or to read all of them would not be linear.
  llvm::sort(Extents);
  for (size_t I = 1; I < Extents.size(); ++I)
    if (Extents[I].first - Extents[I - 1].first < Extents[I - 1].second)
      return File.damaged("the slices of the universal file at offsets " +
                          hexString(Extents[I - 1].first) + " and " +
                          hexString(Extents[I].first) + " overlap");
  return Entries;
}

Expected<std::vector<ImageSlice>>
pkgimg::listImageSlices(MemoryBufferRef Buffer) {
  StringRef Bytes = Buffer.getBuffer();
  std::vector<ImageSlice> Slices;
  if (identifyFile(Bytes) == FileKind::MachOUniversal) {
    Expected<std::vector<FatEntry>> Entries = readFatTable(CheckedFile(
        Buffer.getBufferIdentifier(), Bytes, /*IsLittleEndian=*/false));
    if (!Entries)
      return Entries.takeError();
    Slices.assign(Entries->begin(), Entries->end());
    return Slices;
  }
  ImageSlice Whole;
  Whole.Size = Bytes.size();
  ByteView View(Bytes);
  uint32_t Magic = View.u32(0);
  if (Magic == MH_CIGAM || Magic == MH_CIGAM_64)
    View.setLittleEndian(false);
  Magic = View.u32(0);
  if (Magic == MH_MAGIC || Magic == MH_MAGIC_64) {
    Whole.Name = getArchName(View.u32(4), View.u32(8)).str();
    Whole.Arch = getArch(View.u32(4));
  }
  Slices.push_back(std::move(Whole));
  return Slices;
}

/// Finds the slice for \p Arch of a universal file.
static Expected<MemoryBufferRef> findSlice(MemoryBufferRef Buffer,
                                           Triple::ArchType Arch,
                                           std::string &SliceName) {
  StringRef Name = Buffer.getBufferIdentifier();
  CheckedFile File(Name, Buffer.getBuffer(), /*IsLittleEndian=*/false);
  Expected<std::vector<FatEntry>> Entries = readFatTable(File);
  if (!Entries)
    return Entries.takeError();

  // Of several for one architecture, a special one (x86_64h, arm64e) is chosen
  // only if there is no plain one.
  const FatEntry *Chosen = nullptr;
  bool IsPlain = false;
  std::string Found;
  for (auto [I, E] : enumerate(*Entries)) {
    // A hostile table must not make a long message.
    if (I < 16)
      Found += (I ? ", " : "") + E.Name;
    else if (I == 16)
      Found += ", ...";
    if (Arch == Triple::UnknownArch ? Entries->size() != 1 : E.Arch != Arch)
      continue;
    bool Plain = E.Name != "x86_64h" && E.Name != "arm64e";
    if (Chosen && (IsPlain || !Plain))
      continue;
    Chosen = &E;
    IsPlain = Plain;
  }
  if (!Chosen) {
    if (Entries->empty())
      return File.damaged("the universal file has no slices");
    if (Arch == Triple::UnknownArch)
      return File.error("the universal file has slices for " + Found +
                        "; name the architecture that is meant");
    return File.error("expected a slice for " + Triple::getArchTypeName(Arch) +
                      ", found those for " + Found);
  }
  if (Error E = File.need("the slice for " + Chosen->Name, Chosen->Offset,
                          Chosen->Size))
    return std::move(E);
  StringRef Slice = File.view().slice(Chosen->Offset, Chosen->Size);
  SliceName = (Name + "(" + Chosen->Name + ")").str();
  FileKind Kind = identifyFile(Slice);
  if (Kind != FileKind::MachODylib)
    return createStringError(
        SliceName +
        ": expected a Mach-O dynamic library, found: " + getFileKindName(Kind));
  ByteView Header(Slice, Slice[0] != '\xFE');
  if (Header.u32(4) != Chosen->CPUType)
    return File.damaged("the slice at offset " + hexString(Chosen->Offset) +
                        " has the CPU type " + hexString(Header.u32(4)) +
                        ", but its entry has " + hexString(Chosen->CPUType));
  return MemoryBufferRef(Slice, SliceName);
}

Expected<std::unique_ptr<ImageFile>>
pkgimg::createMachOImage(MemoryBufferRef Buffer, Triple::ArchType Arch) {
  std::string SliceName;
  if (identifyFile(Buffer.getBuffer()) == FileKind::MachOUniversal) {
    Expected<MemoryBufferRef> Slice = findSlice(Buffer, Arch, SliceName);
    if (!Slice)
      return Slice.takeError();
    Buffer = *Slice;
  }
  auto Image = std::make_unique<MachOImage>(Buffer.getBufferIdentifier(),
                                            Buffer.getBuffer());
  if (Error E = Image->open())
    return std::move(E);
  return std::unique_ptr<ImageFile>(std::move(Image));
}
