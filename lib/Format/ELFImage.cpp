//===- ELFImage.cpp - ELF shared libraries as images ----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads ELF shared libraries by their program headers and dynamic section, as
/// a loader does; section headers only give names to people. "gABI" below is
/// the System V ABI, chapters 4 and 5, and "LSB" the Linux Standard Base.
///
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "ELFMachine.h"
#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

namespace {

/// What a relocation makes of its place.
enum class RelocKind : uint8_t {
  Relative,   ///< A word: an address of this image.
  Symbol,     ///< A word: a symbol's address + the addend.
  SymbolOnly, ///< A word: a symbol's address; what is stored is no addend.
  IRelative,  ///< A word: what a function returns.
  TLSDesc,    ///< Two words for a thread-local variable.
  Descriptor, ///< Three words, a function descriptor of PowerPC's old ABI.
  Other       ///< Anything else, from its place on.
};

/// A relocation that RelocatedWords cannot hold: one with a symbol, an addend,
/// or a place that is not aligned or not in the file.
struct Relocation {
  uint64_t Offset;
  uint64_t Addend;
  uint32_t Symbol;
  uint16_t Type;
  RelocKind Kind;
  /// The addend is what the place holds.
  bool IsInPlace;
};

/// A symbol table's entry, whatever its class.
struct SymbolEntry {
  uint32_t Name;
  uint8_t Info;
  uint8_t Other;
  uint16_t Section;
  uint64_t Value;
  uint64_t Size;

  unsigned binding() const { return Info >> 4; }
  unsigned type() const { return Info & 15; }
  unsigned visibility() const { return Other & 3; }
  bool isFunction() const {
    return type() == STT_FUNC || type() == STT_GNU_IFUNC;
  }
  /// True if the value is an address of the image.
  bool isAddress() const {
    return Section != SHN_UNDEF && Section != SHN_ABS &&
           Section != SHN_COMMON && type() <= STT_FUNC;
  }
};

/// What the dynamic section says of a table.
struct DynamicTable {
  std::optional<uint64_t> Address;
  uint64_t Size = 0;
  std::optional<uint64_t> EntrySize;
};

/// The entries of the dynamic section. As in loaders, the last of a tag counts.
struct DynamicSection {
  DynamicTable Rela, Rel, Relr, JumpRel, Strings;
  std::optional<uint64_t> Symbols, SymbolSize, Hash, GnuHash, Versym, Verdef,
      PLTRel, Soname;
  uint64_t NumVerdefs = 0;
  std::vector<uint64_t> Needed;
  bool HasPPCGot = false;
  // MIPS psABI, "Dynamic Section".
  std::optional<uint64_t> GOT, NumLocalGOT, FirstGOTSymbol, NumSymbols;
};

class ELFImage final : public ImageFile {
public:
  ELFImage(StringRef Name, StringRef Bytes)
      : ImageFile(ContainerFormat::ELF, Name, Bytes), View(Bytes),
        NameBudget(4 * uint64_t(Bytes.size())) {}

  Error parse();
  CanonicalContent canonicalContent() const override;

protected:
  Expected<ImageWord> relocate(uint64_t Address,
                               uint64_t Stored) const override;

private:
  /// A program header that is used after the segments are known.
  struct Part {
    uint64_t Address = 0;
    uint64_t Size = 0;
    uint64_t Align = 0;
  };

  uint64_t word(ByteView V, uint64_t Offset) const {
    return V.uN(Offset, PointerSize);
  }
  bool is64() const { return Class == ELFCLASS64; }
  uint64_t symbolSize() const { return is64() ? 24 : 16; }
  uint64_t mask() const { return PointerSize == 8 ? UINT64_MAX : UINT32_MAX; }
  /// Sign-extends an addend of this class.
  uint64_t addend(uint64_t Value) const {
    return PointerSize == 8 ? Value : uint64_t(SignExtend64<32>(Value));
  }
  uint64_t offsetOf(StringRef Part) const { return Part.data() - Bytes.data(); }
  /// What the file has of memory from \p Address on, to its segment's end.
  ByteView from(uint64_t Address) const;
  SymbolEntry symbolAt(ByteView Table, uint64_t Index) const;
  Expected<StringRef> name(StringRef Table, uint64_t Offset, const Twine &What);

  Error readHeader();
  Error readProgramHeaders();
  Error readNotes(const Part &P);
  Error readDynamic(const Part &P);
  void readTag(uint64_t Tag, uint64_t Value);
  Error readStrings();
  Expected<uint64_t> countHash(uint64_t Address) const;
  Expected<uint64_t> countGnuHash(uint64_t Address) const;

  std::pair<RelocKind, bool> classify(uint32_t Type, uint32_t Symbol) const;
  Error addRelative(uint64_t Address, uint64_t *Rest);
  Error addRelocation(Relocation R, uint64_t ExtraTypes);
  Error readRelocations(StringRef Table, bool IsRela, const Twine &What);
  Error readRelr();
  Error readMipsGOT();
  Error readAllRelocations();
  bool hasWordInPage(uint64_t Address) const;
  Error finishRelocations();
  uint64_t extent(RelocKind Kind) const;

  Error readSymbols();
  Error readVersionDefinitions();
  Error readSections();
  Error readDebugSymbols(uint64_t Offset, uint64_t Size, StringRef Names);
  void setTriple();

  ByteView View;
  /// Bytes of names that may still be read. Symbols can share the bytes of
  /// their names, so that a small file could ask for more than any memory.
  uint64_t NameBudget;
  unsigned Class = 0;
  unsigned Machine = 0;
  uint32_t Flags = 0;
  ELFDynamicTypes Types;
  DynamicSection Dynamic;
  StringRef Strings;
  ByteView SymbolTable;
  uint64_t NumSymbols = 0;
  /// One more than the largest index of a symbol in a relocation.
  uint64_t NumRelocatedSymbols = 0;
  std::optional<RelocatedWords> Words;
  std::vector<Relocation> Relocations;
  Triple::OSType OS = Triple::UnknownOS;
  Triple::EnvironmentType Environment = Triple::UnknownEnvironment;
  /// Parts of the file that do not count for the digest: offset and size.
  std::vector<std::pair<uint64_t, uint64_t>> Zeros;
};

} // namespace

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

Error ELFImage::readHeader() {
  Class = View.u8(EI_CLASS);
  unsigned Data = View.u8(EI_DATA);
  if (Class != ELFCLASS32 && Class != ELFCLASS64)
    return damaged("the ELF class is " + Twine(Class) + ", expected 1 or 2");
  if (Data != ELFDATA2LSB && Data != ELFDATA2MSB)
    return damaged("the ELF byte order is " + Twine(Data) +
                   ", expected 1 or 2");
  PointerSize = is64() ? 8 : 4;
  IsLittleEndian = Data == ELFDATA2LSB;
  View.setLittleEndian(IsLittleEndian);
  uint64_t HeaderSize = is64() ? 64 : 52;
  if (View.size() < HeaderSize)
    return damaged("the ELF header needs " + Twine(HeaderSize) +
                   " bytes, the file has " + Twine(View.size()));
  if (View.u8(EI_VERSION) != EV_CURRENT || View.u32(20) != EV_CURRENT)
    return damaged("the ELF version is " + Twine(View.u32(20)) +
                   ", expected 1");
  if (View.u16(16) != ET_DYN)
    return damaged("the ELF type is " + Twine(View.u16(16)) +
                   ", expected 3 (ET_DYN)");
  Machine = View.u16(18);
  Flags = View.u32(is64() ? 48 : 36);
  Arch = getELFArch(Machine, is64(), IsLittleEndian);
  if (Machine == EM_MIPS && !is64() && (Flags & EF_MIPS_ABI2))
    Arch = IsLittleEndian ? Triple::mips64el : Triple::mips64;
  if (Arch == Triple::UnknownArch)
    return createStringError(Name + ": the ELF machine is " +
                             hexString(Machine) +
                             ", expected one that LLVM has");
  Types = getELFDynamicTypes(Machine, is64());
  return Error::success();
}

Error ELFImage::readProgramHeaders() {
  uint64_t Table = word(View, is64() ? 32 : 28);
  uint64_t EntrySize = View.u16(is64() ? 54 : 42);
  uint64_t Count = View.u16(is64() ? 56 : 44);
  const uint64_t HeaderSize = is64() ? 56 : 32;
  if (Count && EntrySize != HeaderSize)
    return damaged("program headers are of " + Twine(EntrySize) +
                   " bytes, expected " + Twine(HeaderSize));
  if (!View.containsArray(Table, Count, HeaderSize))
    return damaged("the program header table at offset " + hexString(Table) +
                   " has " + Twine(Count) + " entries of " + Twine(HeaderSize) +
                   " bytes, the file has " + hexString(View.size()) + " bytes");

  std::optional<Part> DynamicPart;
  std::vector<Part> Notes;
  uint64_t FileSize = 0, NoteSize = 0;
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t At = Table + I * HeaderSize;
    uint32_t Type = View.u32(At);
    uint32_t SegmentFlags = View.u32(At + (is64() ? 4 : 24));
    uint64_t Offset = word(View, At + (is64() ? 8 : 4));
    uint64_t Address = word(View, At + (is64() ? 16 : 8));
    uint64_t FilePart = word(View, At + (is64() ? 32 : 16));
    uint64_t MemoryPart = word(View, At + (is64() ? 40 : 20));
    uint64_t Align = word(View, At + (is64() ? 48 : 28));
    // Where bytes are in the file, and p_paddr, mean nothing to a loader, and
    // tools that strip a file change them.
    Zeros.push_back({At + (is64() ? 8 : 4), PointerSize});
    Zeros.push_back({At + (is64() ? 24 : 12), PointerSize});
    if (Type == PT_DYNAMIC) {
      if (DynamicPart)
        return damaged("there are two dynamic segments, at " +
                       hexString(DynamicPart->Address) + " and " +
                       hexString(Address));
      DynamicPart = Part{Address, FilePart, Align};
    } else if (Type == PT_NOTE && FilePart) {
      // As for segments below: each is walked.
      if (FilePart > View.size() - NoteSize)
        return damaged("the note segments to that at " + hexString(Address) +
                       " have more bytes than the file, which has " +
                       hexString(View.size()) +
                       ": they overlap, or the file is truncated");
      NoteSize += FilePart;
      Notes.push_back({Address, FilePart, Align});
    } else if (Type == PT_LOAD) {
      // Loaders reserve nothing for an empty segment.
      if (!MemoryPart && !FilePart)
        continue;
      if (MemoryPart && MemoryPart - 1 > mask() - Address)
        return damaged("the segment at " + hexString(Address) + " of " +
                       hexString(MemoryPart) + " bytes wraps around");
      // gABI, "Program Header": congruent modulo p_align. A loader maps pages,
      // and could not place the segment otherwise.
      if (Align > 1 &&
          (!isPowerOf2_64(Align) || (Address - Offset) % Align != 0))
        return damaged("the segment at address " + hexString(Address) +
                       " is at offset " + hexString(Offset) +
                       ", which does not agree with its alignment of " +
                       hexString(Align));
      ImageSegment S;
      S.Address = Address;
      S.MemorySize = MemoryPart;
      S.FileOffset = Offset;
      S.FileSize = FilePart;
      S.IsReadable = SegmentFlags & PF_R;
      S.IsWritable = SegmentFlags & PF_W;
      S.IsExecutable = SegmentFlags & PF_X;
      // Segments that map the same bytes again and again would make a small
      // file cost as much as a large one.
      if (FilePart > View.size() - FileSize)
        return damaged("the segments to that at " + hexString(Address) +
                       " have more bytes than the file, which has " +
                       hexString(View.size()) +
                       ": they overlap, or the file is truncated");
      FileSize += FilePart;
      Segments.push_back(S);
    }
  }
  if (Error Err = finishTables())
    return Err;
  Words.emplace(Segments, PointerSize);
  for (const Part &P : Notes)
    if (Error Err = readNotes(P))
      return Err;
  if (!DynamicPart)
    return damaged("there is no dynamic segment among the " + Twine(Count) +
                   " program headers");
  return readDynamic(*DynamicPart);
}

ByteView ELFImage::from(uint64_t Address) const {
  const ImageSegment *S = findSegment(Address);
  uint64_t Offset = S ? Address - S->Address : 0;
  if (!S || Offset >= S->FileSize)
    return ByteView(StringRef(), IsLittleEndian);
  return View.view(S->FileOffset + Offset, S->FileSize - Offset);
}

/// gABI, "Note Section"; with 8 byte alignment where the segment has it, as
/// LSB's NT_GNU_PROPERTY_TYPE_0 asks for.
Error ELFImage::readNotes(const Part &P) {
  Expected<StringRef> Content = read(P.Address, P.Size, "a note segment");
  if (!Content)
    return Content.takeError();
  uint64_t Align = P.Align == 8 ? 8 : 4;
  ByteView V(*Content, IsLittleEndian);
  uint64_t Offset = 0;
  while (Offset < V.size()) {
    uint64_t NameSize = V.u32(Offset);
    uint64_t DescSize = V.u32(Offset + 4);
    uint32_t Type = V.u32(Offset + 8);
    // Sums of numbers of 32 bits and an offset do not wrap around.
    uint64_t Desc = alignTo(Offset + 12 + NameSize, Align);
    if (!V.contains(Offset, 12) || !V.contains(Offset + 12, NameSize) ||
        (DescSize && !V.contains(Desc, DescSize)))
      return damaged("the note at address " + hexString(P.Address + Offset) +
                     " has a name of " + hexString(NameSize) +
                     " bytes and a content of " + hexString(DescSize) +
                     ", its segment has " + hexString(V.size() - Offset) +
                     " bytes left");
    StringRef Owner = V.slice(Offset + 12, NameSize);
    Owner.consume_back(StringRef("\0", 1));
    StringRef Value = V.slice(Desc, DescSize);
    if (Owner == HeaderNoteOwner && Type == HeaderNoteType) {
      if (EmbeddedHeader)
        return damaged("there are two notes of pkgimg, the second at address " +
                       hexString(P.Address + Offset));
      EmbeddedHeader = Value;
      if (!Value.empty())
        Zeros.push_back({offsetOf(Value), Value.size()});
    } else if (Owner == "GNU" && Type == NT_GNU_BUILD_ID) {
      if (!Value.empty())
        Zeros.push_back({offsetOf(Value), Value.size()});
    } else if (Owner == "GNU" && Type == NT_GNU_ABI_TAG && DescSize >= 4) {
      // LSB, "ABI note tag".
      switch (V.u32(Desc)) {
      case 0:
        OS = Triple::Linux;
        Environment = Triple::GNU;
        break;
      case 1:
        OS = Triple::Hurd;
        Environment = Triple::GNU;
        break;
      case 2:
        OS = Triple::Solaris;
        break;
      case 3:
        OS = Triple::KFreeBSD;
        Environment = Triple::GNU;
        break;
      }
    } else if (Type == 1 && Owner == "Android") {
      OS = Triple::Linux;
      Environment = Triple::Android;
    } else if (Type == 1 && Owner == "FreeBSD") {
      OS = Triple::FreeBSD;
    } else if (Type == 1 && Owner == "NetBSD") {
      OS = Triple::NetBSD;
    } else if (Type == 1 && Owner == "OpenBSD") {
      OS = Triple::OpenBSD;
    }
    // The last note may lack its padding.
    Offset = alignTo(Desc + DescSize, Align);
  }
  return Error::success();
}

void ELFImage::readTag(uint64_t Tag, uint64_t Value) {
  DynamicSection &D = Dynamic;
  switch (Tag) {
  case DT_NEEDED:
    D.Needed.push_back(Value);
    break;
  case DT_SONAME:
    D.Soname = Value;
    break;
  case DT_STRTAB:
    D.Strings.Address = Value;
    break;
  case DT_STRSZ:
    D.Strings.Size = Value;
    break;
  case DT_SYMTAB:
    D.Symbols = Value;
    break;
  case DT_SYMENT:
    D.SymbolSize = Value;
    break;
  case DT_HASH:
    D.Hash = Value;
    break;
  case DT_GNU_HASH:
    D.GnuHash = Value;
    break;
  case DT_VERSYM:
    D.Versym = Value;
    break;
  case DT_VERDEF:
    D.Verdef = Value;
    break;
  case DT_VERDEFNUM:
    D.NumVerdefs = Value;
    break;
  case DT_RELA:
    D.Rela.Address = Value;
    break;
  case DT_RELASZ:
    D.Rela.Size = Value;
    break;
  case DT_RELAENT:
    D.Rela.EntrySize = Value;
    break;
  case DT_REL:
    D.Rel.Address = Value;
    break;
  case DT_RELSZ:
    D.Rel.Size = Value;
    break;
  case DT_RELENT:
    D.Rel.EntrySize = Value;
    break;
  case DT_RELR:
  case DT_ANDROID_RELR:
    D.Relr.Address = Value;
    break;
  case DT_RELRSZ:
  case DT_ANDROID_RELRSZ:
    D.Relr.Size = Value;
    break;
  case DT_RELRENT:
  case DT_ANDROID_RELRENT:
    D.Relr.EntrySize = Value;
    break;
  case DT_JMPREL:
    D.JumpRel.Address = Value;
    break;
  case DT_PLTRELSZ:
    D.JumpRel.Size = Value;
    break;
  case DT_PLTREL:
    D.PLTRel = Value;
    break;
  case DT_PLTGOT:
    D.GOT = Value;
    break;
  }
  if (Machine == EM_PPC && Tag == DT_PPC_GOT)
    D.HasPPCGot = true;
  if (Machine != EM_MIPS)
    return;
  if (Tag == DT_MIPS_LOCAL_GOTNO)
    D.NumLocalGOT = Value;
  else if (Tag == DT_MIPS_GOTSYM)
    D.FirstGOTSymbol = Value;
  else if (Tag == DT_MIPS_SYMTABNO)
    D.NumSymbols = Value;
}

Error ELFImage::readDynamic(const Part &P) {
  Expected<StringRef> Content = read(P.Address, P.Size, "the dynamic segment");
  if (!Content)
    return Content.takeError();
  ByteView V(*Content, IsLittleEndian);
  uint64_t Tag = 1;
  for (uint64_t I = 0; Tag != DT_NULL; I += 2 * PointerSize) {
    if (!V.contains(I, 2 * PointerSize))
      return damaged("the dynamic section at address " + hexString(P.Address) +
                     " has " + hexString(P.Size) +
                     " bytes, and no entry DT_NULL that ends it");
    Tag = word(V, I);
    if (Tag == DT_ANDROID_REL || Tag == DT_ANDROID_RELA ||
        (Machine == EM_AARCH64 && Tag == DT_AARCH64_AUTH_RELR))
      return createStringError(
          Name +
          ": the dynamic section has relocations in a form that is not "
          "read here (tag " +
          hexString(Tag) +
          "); link it with --pack-dyn-relocs=relr or without packing");
    readTag(Tag, word(V, I + PointerSize));
  }
  return Error::success();
}

/// Reads the name at \p Offset of \p Table.
Expected<StringRef> ELFImage::name(StringRef Table, uint64_t Offset,
                                   const Twine &What) {
  if (Offset >= Table.size())
    return damaged("the name of " + What + " is at " + hexString(Offset) +
                   " of a string table of " + hexString(Table.size()) +
                   " bytes");
  StringRef Rest = Table.substr(Offset);
  size_t Size = Rest.take_front(NameBudget).find('\0');
  if (Size != StringRef::npos) {
    NameBudget -= Size;
    return Rest.take_front(Size);
  }
  if (Rest.size() > NameBudget)
    return damaged("the names to that of " + What +
                   " have more than four times the bytes of the file");
  return damaged("the name of " + What + " at " + hexString(Offset) +
                 " of its string table has no end");
}

Error ELFImage::readStrings() {
  const DynamicSection &D = Dynamic;
  if (!D.Strings.Address || !D.Strings.Size || !D.Symbols)
    return damaged("the dynamic section has no " +
                   Twine(!D.Symbols ? "symbol table (DT_SYMTAB)"
                         : !D.Strings.Address
                             ? "string table (DT_STRTAB)"
                             : "size of the string table (DT_STRSZ)"));
  if (D.SymbolSize && *D.SymbolSize != symbolSize())
    return damaged("dynamic symbols are of " + Twine(*D.SymbolSize) +
                   " bytes, expected " + Twine(symbolSize()));
  Expected<StringRef> Table =
      read(*D.Strings.Address, D.Strings.Size, "the dynamic string table");
  if (!Table)
    return Table.takeError();
  Strings = *Table;
  for (uint64_t Offset : D.Needed) {
    Expected<StringRef> S = name(Strings, Offset, "a needed library");
    if (!S)
      return S.takeError();
    Needed.push_back(*S);
  }
  if (D.Soname) {
    Expected<StringRef> S = name(Strings, *D.Soname, "the library (DT_SONAME)");
    if (!S)
      return S.takeError();
    OutputName = *S;
    if (!S->empty())
      Zeros.push_back({offsetOf(*S), S->size()});
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

uint64_t ELFImage::extent(RelocKind Kind) const {
  switch (Kind) {
  case RelocKind::TLSDesc:
    return 2 * PointerSize;
  case RelocKind::Descriptor:
    return 3 * PointerSize;
  case RelocKind::Other:
    return 1;
  default:
    return PointerSize;
  }
}

/// What \p Type does, and whether a stored addend counts.
std::pair<RelocKind, bool> ELFImage::classify(uint32_t Type,
                                              uint32_t Symbol) const {
  if (Type == Types.Relative && (Machine != EM_MIPS || !Symbol))
    return {RelocKind::Relative, true};
  // An address of no symbol: loaders disagree on whether that is the address
  // zero, or the start of the image.
  if ((Type == Types.Word || Type == Types.Unaligned) && Symbol)
    return {RelocKind::Symbol, true};
  if (Type == Types.GlobDat && Symbol)
    return {RelocKind::SymbolOnly, false};
  if (Type == Types.JumpSlot && Symbol) {
    // The first ABI of 64-bit PowerPC copies a function's descriptor.
    if (Machine == EM_PPC64 && (Flags & EF_PPC64_ABI) != 2 &&
        !(IsLittleEndian && !(Flags & EF_PPC64_ABI)))
      return {RelocKind::Descriptor, false};
    // Without DT_PPC_GOT, the PLT of 32-bit PowerPC is code.
    if (Machine == EM_PPC && !Dynamic.HasPPCGot)
      return {RelocKind::Other, false};
    return {RelocKind::SymbolOnly, false};
  }
  if (Type == Types.IRelative)
    return {RelocKind::IRelative, true};
  if (Type == Types.TLSDesc)
    return {RelocKind::TLSDesc, true};
  return {RelocKind::Other, false};
}

/// Adds a word that holds an address of the image already. \p Rest, if not
/// null, limits the number of those that need more than a bit of memory.
Error ELFImage::addRelative(uint64_t Address, uint64_t *Rest) {
  if (!isMapped(Address, PointerSize))
    return damaged("the relocation of the word at address " +
                   hexString(Address) + " is in no segment");
  if (Words->contains(Address))
    return damaged("the word at address " + hexString(Address) +
                   " is relocated twice");
  if (Words->add(Address))
    return Error::success();
  if (Rest && !(*Rest)--)
    return damaged("more words are relocated than the file has, the last at "
                   "address " +
                   hexString(Address));
  Relocations.push_back({Address, 0, 0, uint16_t(Types.Relative),
                         RelocKind::Relative, /*IsInPlace=*/true});
  return Error::success();
}

/// \p ExtraTypes are the other two types of a record of 64-bit MIPS.
Error ELFImage::addRelocation(Relocation R, uint64_t ExtraTypes) {
  bool IsComposite = Machine == EM_MIPS && is64() && R.Type == R_MIPS_REL32;
  if (IsComposite ? ExtraTypes != R_MIPS_64 : ExtraTypes != 0) {
    R.Kind = RelocKind::Other;
  } else {
    bool TakesStored;
    std::tie(R.Kind, TakesStored) = classify(R.Type, R.Symbol);
    R.IsInPlace &= TakesStored;
  }
  if (R.Kind == RelocKind::Relative && R.IsInPlace)
    return addRelative(R.Offset, nullptr);
  if (!isMapped(R.Offset, extent(R.Kind)))
    return damaged("the relocation at address " + hexString(R.Offset) +
                   " is in no segment");
  NumRelocatedSymbols =
      std::max<uint64_t>(NumRelocatedSymbols, uint64_t(R.Symbol) + 1);
  Relocations.push_back(R);
  return Error::success();
}

Error ELFImage::readRelocations(StringRef Table, bool IsRela,
                                const Twine &What) {
  ByteView V(Table, IsLittleEndian);
  const uint64_t Size = (IsRela ? 3 : 2) * PointerSize;
  if (V.size() % Size)
    return damaged(What + " has " + hexString(V.size()) +
                   " bytes, no multiple of " + Twine(Size));
  for (uint64_t I = 0; I != V.size(); I += Size) {
    uint64_t Info = word(V, I + PointerSize);
    uint64_t Symbol, Type, ExtraTypes = 0;
    if (!is64()) {
      Symbol = Info >> 8;
      Type = Info & 0xff;
    } else if (Machine == EM_MIPS) {
      // MIPS psABI for 64 bits: the symbol, a special symbol, three types, the
      // last first. Each byte order has them in this order.
      Symbol = V.u32(I + 8);
      ExtraTypes =
          uint64_t(V.u8(I + 12)) << 16 | V.u8(I + 13) << 8 | V.u8(I + 14);
      Type = V.u8(I + 15);
    } else {
      Symbol = Info >> 32;
      // The high bytes of a SPARC V9 type are an addend of their own.
      Type = Machine == EM_SPARCV9 ? Info & 0xff : Info & 0xffffffff;
    }
    if (Type == 0)
      continue;
    if (Type > UINT16_MAX)
      return damaged("relocation " + Twine(I / Size) + " of " + What +
                     " is of type " + hexString(Type) +
                     ", which no machine has");
    uint64_t Addend = IsRela ? addend(word(V, I + 2 * PointerSize)) : 0;
    if (Error Err = addRelocation({word(V, I), Addend, uint32_t(Symbol),
                                   uint16_t(Type), RelocKind::Other,
                                   /*IsInPlace=*/!IsRela},
                                  ExtraTypes))
      return Err;
  }
  return Error::success();
}

/// gABI's proposal "Relative relocations": an even entry is an address, and an
/// odd one has a bit for each of the words that follow the last.
Error ELFImage::readRelr() {
  const DynamicTable &T = Dynamic.Relr;
  if (!T.Address)
    return Error::success();
  if (T.EntrySize && *T.EntrySize != PointerSize)
    return damaged("entries of the RELR table are of " + Twine(*T.EntrySize) +
                   " bytes, expected " + Twine(PointerSize));
  if (T.Size % PointerSize)
    return damaged("the RELR table has " + hexString(T.Size) +
                   " bytes, no multiple of " + Twine(PointerSize));
  Expected<StringRef> Table = read(*T.Address, T.Size, "the RELR table");
  if (!Table)
    return Table.takeError();
  ByteView V(*Table, IsLittleEndian);
  const unsigned Bits = 8 * PointerSize - 1;
  uint64_t Rest = Bytes.size() / PointerSize;
  std::optional<uint64_t> Next;
  for (uint64_t I = 0; I != V.size(); I += PointerSize) {
    uint64_t Entry = word(V, I);
    if (!(Entry & 1)) {
      if (Error Err = addRelative(Entry, &Rest))
        return Err;
      Next = Entry + PointerSize;
      continue;
    }
    if (!Next)
      return damaged("the RELR table at address " + hexString(*T.Address) +
                     " begins with a bitmap, expected an address");
    for (unsigned Bit = 0; Bit != Bits; ++Bit)
      if (Entry >> (Bit + 1) & 1)
        if (Error Err =
                addRelative((*Next + Bit * PointerSize) & mask(), &Rest))
          return Err;
    *Next = (*Next + Bits * PointerSize) & mask();
  }
  return Error::success();
}

/// MIPS psABI, "Global Offset Table": the loader relocates its entries without
/// a record for each.
Error ELFImage::readMipsGOT() {
  const DynamicSection &D = Dynamic;
  if (Machine != EM_MIPS || !D.GOT || !D.NumLocalGOT)
    return Error::success();
  uint64_t NumGlobal = 0;
  if (D.NumSymbols && D.FirstGOTSymbol) {
    if (*D.FirstGOTSymbol > *D.NumSymbols)
      return damaged("the first symbol of the GOT is " +
                     Twine(*D.FirstGOTSymbol) + " of " + Twine(*D.NumSymbols));
    NumGlobal = *D.NumSymbols - *D.FirstGOTSymbol;
    if (*D.NumSymbols > UINT32_MAX)
      return damaged("there are " + Twine(*D.NumSymbols) +
                     " symbols (DT_MIPS_SYMTABNO)");
  }
  ByteView V = from(*D.GOT);
  if (!V.containsArray(0, *D.NumLocalGOT, PointerSize) ||
      !V.containsArray(*D.NumLocalGOT * PointerSize, NumGlobal, PointerSize))
    return damaged("the GOT at address " + hexString(*D.GOT) + " has " +
                   Twine(*D.NumLocalGOT) + " local and " + Twine(NumGlobal) +
                   " global entries, its segment has " + hexString(V.size()) +
                   " bytes there");
  // Entry 0 is the loader's; entry 1 as well if its highest bit is set, which
  // is GNU's extension.
  uint64_t First = word(V, PointerSize) >> (8 * PointerSize - 1) ? 2 : 1;
  for (uint64_t I = First; I < *D.NumLocalGOT; ++I)
    if (Error Err = addRelative(*D.GOT + I * PointerSize, nullptr))
      return Err;
  for (uint64_t I = 0; I != NumGlobal; ++I)
    Relocations.push_back({*D.GOT + (*D.NumLocalGOT + I) * PointerSize, 0,
                           uint32_t(*D.FirstGOTSymbol + I),
                           uint16_t(R_MIPS_GLOB_DAT), RelocKind::SymbolOnly,
                           /*IsInPlace=*/false});
  if (NumGlobal)
    NumRelocatedSymbols = std::max(NumRelocatedSymbols, *D.NumSymbols);
  return Error::success();
}

Error ELFImage::readAllRelocations() {
  const DynamicSection &D = Dynamic;
  auto ReadTable = [&](const DynamicTable &T, bool IsRela,
                       const char *What) -> Error {
    if (!T.Address)
      return Error::success();
    const uint64_t Size = (IsRela ? 3 : 2) * PointerSize;
    if (T.EntrySize && *T.EntrySize != Size)
      return damaged("entries of " + Twine(What) + " are of " +
                     Twine(*T.EntrySize) + " bytes, expected " + Twine(Size));
    Expected<StringRef> Table = read(*T.Address, T.Size, What);
    if (!Table)
      return Table.takeError();
    return readRelocations(*Table, IsRela, What);
  };
  // RELR first: its words must not be taken for those of another table.
  if (Error Err = readRelr())
    return Err;
  if (Error Err = ReadTable(D.Rela, true, "the RELA table"))
    return Err;
  if (Error Err = ReadTable(D.Rel, false, "the REL table"))
    return Err;
  if (D.JumpRel.Address) {
    if (!D.PLTRel || (*D.PLTRel != DT_RELA && *D.PLTRel != DT_REL))
      return damaged("the form of the PLT's relocations (DT_PLTREL) is " +
                     Twine(D.PLTRel.value_or(0)) + ", expected 7 or 17");
    bool IsRela = *D.PLTRel == DT_RELA;
    // On some machines, the other table includes that of the PLT.
    const DynamicTable &T = IsRela ? D.Rela : D.Rel;
    uint64_t Offset = *D.JumpRel.Address - T.Address.value_or(0);
    bool IsPart = T.Address && *D.JumpRel.Address >= *T.Address &&
                  Offset < T.Size && D.JumpRel.Size <= T.Size - Offset;
    if (!IsPart)
      if (Error Err =
              ReadTable(D.JumpRel, IsRela, "the PLT's relocation table"))
        return Err;
  }
  if (Error Err = readMipsGOT())
    return Err;
  return finishRelocations();
}

/// Returns true if Words has one in the page of \p Address, which is mapped.
bool ELFImage::hasWordInPage(uint64_t Address) const {
  const uint64_t PageSize = 4096;
  const ImageSegment &S = *findSegment(Address);
  uint64_t Page = alignDown(Address, PageSize);
  // Words are in the file alone. A page that is in this segment's zeros as a
  // whole has none; all others are as many as the file has pages and segments.
  bool IsInside =
      Page >= S.Address && S.MemorySize - (Page - S.Address) >= PageSize;
  if (!Words->count() || (IsInside && Page - S.Address >= S.FileSize))
    return false;
  for (uint64_t I = 0; I != PageSize; I += PointerSize)
    if (Words->contains(Page + I))
      return true;
  return false;
}

/// Sorts the relocations, and finds what is relocated more than once: what it
/// holds would depend on a loader's order.
Error ELFImage::finishRelocations() {
  llvm::sort(Relocations, [](const Relocation &A, const Relocation &B) {
    return A.Offset < B.Offset;
  });
  uint64_t LastPage = UINT64_MAX;
  uint64_t Pages = Words->countPages();
  for (size_t I = 0; I != Relocations.size(); ++I) {
    const Relocation &R = Relocations[I];
    uint64_t Size = extent(R.Kind);
    bool IsTwice = I && R.Offset - Relocations[I - 1].Offset <
                            extent(Relocations[I - 1].Kind);
    uint64_t First = alignDown(R.Offset, PointerSize);
    for (uint64_t A = First; A - First < R.Offset - First + Size;
         A += PointerSize)
      IsTwice |= Words->contains(A);
    if (IsTwice)
      return damaged("the word at address " + hexString(R.Offset) +
                     " is relocated twice");
    // As in RelocatedWords, the page where a word begins counts.
    uint64_t Page = R.Offset / 4096;
    if (Page == LastPage)
      continue;
    LastPage = Page;
    Pages += !hasWordInPage(R.Offset);
  }
  NumRelocations = Words->count() + Relocations.size();
  NumRelocatedPages = Pages;
  return Error::success();
}

Expected<ImageWord> ELFImage::relocate(uint64_t Address,
                                       uint64_t Stored) const {
  ImageWord W;
  W.Value = Stored;
  auto Partly = [&](uint64_t Other) {
    return createStringError(Name + ": the word at address " +
                             hexString(Address) + " is relocated in part, at " +
                             hexString(Other) +
                             "; expected one relocation for all of it");
  };

  // The last relocation that begins before the end of the word. They do not
  // overlap, so that an earlier one can only cover what this one leaves.
  auto It = llvm::upper_bound(
      Relocations, Address + (PointerSize - 1),
      [](uint64_t A, const Relocation &R) { return A < R.Offset; });
  const Relocation *R = It == Relocations.begin() ? nullptr : &*std::prev(It);
  if (R && R->Offset > Address)
    return Partly(R->Offset);
  if (R && R->Offset < Address && Address - R->Offset < extent(R->Kind))
    return Partly(R->Offset);
  if (!R || R->Offset != Address) {
    uint64_t First = alignDown(Address, PointerSize);
    if (Words->contains(First)) {
      if (First != Address)
        return Partly(First);
      W.Kind = ImageWord::Address;
    } else if (First != Address && Words->contains(First + PointerSize)) {
      return Partly(First + PointerSize);
    }
    return W;
  }

  auto NoAddress = [&](const Twine &Why) {
    return createStringError(Name + ": the word at address " +
                             hexString(Address) +
                             " does not hold the address of a symbol: " + Why);
  };
  uint64_t Addend = R->IsInPlace ? addend(Stored) : R->Addend;
  switch (R->Kind) {
  case RelocKind::Relative:
    W.Kind = ImageWord::Address;
    W.Value = Addend & mask();
    return W;
  case RelocKind::IRelative:
    return NoAddress("the loader asks the function at " +
                     hexString(Addend & mask()) + " for it");
  case RelocKind::TLSDesc:
  case RelocKind::Descriptor:
  case RelocKind::Other:
    return NoAddress("its relocation is of type " + Twine(R->Type));
  case RelocKind::Symbol:
  case RelocKind::SymbolOnly:
    break;
  }
  SymbolEntry S = symbolAt(SymbolTable, R->Symbol);
  StringRef SymbolName =
      ByteView(Strings).cString(S.Name).value_or(StringRef());
  if (S.Section == SHN_UNDEF) {
    W.Kind = ImageWord::Import;
    W.Value = Addend;
    W.Symbol = SymbolName;
    return W;
  }
  if (S.Section == SHN_ABS) {
    W.Value = (S.Value + Addend) & mask();
    return W;
  }
  if (S.type() == STT_GNU_IFUNC)
    return NoAddress("the loader asks the indirect function '" + SymbolName +
                     "' for it");
  if (S.type() == STT_TLS || S.Section == SHN_COMMON)
    return NoAddress("'" + SymbolName + "' is thread-local or has no place");
  W.Kind = ImageWord::Address;
  W.Value = (S.Value + Addend) & mask();
  return W;
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

SymbolEntry ELFImage::symbolAt(ByteView Table, uint64_t Index) const {
  uint64_t At = Index * symbolSize();
  SymbolEntry S;
  S.Name = Table.u32(At);
  S.Info = Table.u8(At + (is64() ? 4 : 12));
  S.Other = Table.u8(At + (is64() ? 5 : 13));
  S.Section = Table.u16(At + (is64() ? 6 : 14));
  S.Value = word(Table, At + (is64() ? 8 : 4));
  S.Size = word(Table, At + (is64() ? 16 : 8));
  return S;
}

/// gABI, "Hash Table": there is a chain entry for each symbol.
Expected<uint64_t> ELFImage::countHash(uint64_t Address) const {
  ByteView V = from(Address);
  // The psABI of 64-bit SystemZ has entries of 8 bytes, LLD writes 4. The
  // number of buckets, the first entry, is never zero nor does it need 32 bits.
  unsigned Size = Machine == EM_S390 && is64() && !V.u32(0) ? 8 : 4;
  uint64_t NumBuckets = V.uN(0, Size);
  uint64_t NumChains = V.uN(Size, Size);
  if (!V.contains(0, 2 * Size) ||
      !V.containsArray(2 * Size, NumBuckets, Size) ||
      !V.containsArray((2 + NumBuckets) * Size, NumChains, Size))
    return damaged("the hash table at address " + hexString(Address) + " has " +
                   Twine(NumBuckets) + " buckets and " + Twine(NumChains) +
                   " symbols, its segment has " + hexString(V.size()) +
                   " bytes there");
  return NumChains;
}

/// The GNU hash table: buckets with the index of their first symbol, and a word
/// for each symbol from the first that is hashed, odd at the end of a bucket.
Expected<uint64_t> ELFImage::countGnuHash(uint64_t Address) const {
  ByteView V = from(Address);
  uint64_t NumBuckets = V.u32(0);
  uint64_t First = V.u32(4);
  uint64_t Buckets = 16 + uint64_t(V.u32(8)) * PointerSize;
  if (!V.contains(0, 16) || !V.containsArray(Buckets, NumBuckets, 4))
    return damaged("the GNU hash table at address " + hexString(Address) +
                   " has " + Twine(V.u32(8)) + " words of a filter and " +
                   Twine(NumBuckets) + " buckets, its segment has " +
                   hexString(V.size()) + " bytes there");
  uint64_t Last = 0;
  for (uint64_t I = 0; I != NumBuckets; ++I)
    Last = std::max<uint64_t>(Last, V.u32(Buckets + I * 4));
  // Nothing is hashed: linkers write the number of symbols, or 1.
  if (!Last)
    return First;
  if (Last < First)
    return damaged("the GNU hash table at address " + hexString(Address) +
                   " has symbol " + Twine(Last) + ", and begins with symbol " +
                   Twine(First));
  uint64_t Chains = Buckets + NumBuckets * 4;
  for (;; ++Last) {
    uint64_t At = Chains + (Last - First) * 4;
    if (!V.contains(At, 4))
      return damaged("the GNU hash table at address " + hexString(Address) +
                     " ends inside of a chain, at symbol " + Twine(Last));
    if (V.u32(At) & 1)
      return Last + 1;
  }
}

Error ELFImage::readSymbols() {
  const DynamicSection &D = Dynamic;
  uint64_t Count = 0;
  if (D.Hash) {
    Expected<uint64_t> N = countHash(*D.Hash);
    if (!N)
      return N.takeError();
    Count = *N;
  }
  if (D.GnuHash) {
    Expected<uint64_t> N = countGnuHash(*D.GnuHash);
    if (!N)
      return N.takeError();
    Count = std::max(Count, *N);
  }
  // Symbols that only relocations use need not be in a hash table.
  Count = std::max(Count, NumRelocatedSymbols);
  ByteView Table = from(*D.Symbols);
  if (!Table.containsArray(0, Count, symbolSize()))
    return damaged("the dynamic symbol table at address " +
                   hexString(*D.Symbols) + " has " + Twine(Count) +
                   " symbols by its hash table and relocations, its segment "
                   "has " +
                   hexString(Table.size()) + " bytes there");
  NumSymbols = Count;
  SymbolTable = Table.view(0, Count * symbolSize());
  ByteView Versions;
  if (D.Versym) {
    Versions = from(*D.Versym);
    if (!Versions.containsArray(0, Count, 2))
      return damaged("the version table at address " + hexString(*D.Versym) +
                     " has no entry for each of the " + Twine(Count) +
                     " dynamic symbols");
  }
  for (uint64_t I = 1; I < Count; ++I) {
    SymbolEntry S = symbolAt(SymbolTable, I);
    Expected<StringRef> SymbolName =
        name(Strings, S.Name, "dynamic symbol " + Twine(I));
    if (!SymbolName)
      return SymbolName.takeError();
    if (S.binding() == STB_LOCAL || SymbolName->empty())
      continue;
    ImageSymbol Symbol;
    Symbol.Name = *SymbolName;
    Symbol.IsFunction = S.isFunction();
    if (S.Section == SHN_UNDEF) {
      Symbol.IsUndefined = true;
      Imports.push_back(Symbol);
      continue;
    }
    // LSB, "Symbol Version Table": 0 is local, 1 has no version, and a hidden
    // version is found by those who name it alone.
    if (D.Versym) {
      unsigned Version = Versions.u16(I * 2);
      if ((Version & VERSYM_VERSION) == VER_NDX_LOCAL ||
          ((Version & VERSYM_HIDDEN) &&
           (Version & VERSYM_VERSION) > VER_NDX_GLOBAL))
        continue;
    }
    bool IsVisible =
        S.visibility() == STV_DEFAULT || S.visibility() == STV_PROTECTED;
    if (!IsVisible || !(S.isAddress() || S.type() == STT_GNU_IFUNC))
      continue;
    Symbol.Address = S.Value;
    Symbol.Size = S.Size;
    Exports.push_back(Symbol);
  }
  return readVersionDefinitions();
}

/// LSB, "Version Definitions": the base definition has the hash of the
/// library's own name, which does not count for the digest.
Error ELFImage::readVersionDefinitions() {
  if (!Dynamic.Verdef)
    return Error::success();
  ByteView V = from(*Dynamic.Verdef);
  uint64_t Offset = 0;
  for (uint64_t I = 0; I != Dynamic.NumVerdefs; ++I) {
    if (!V.contains(Offset, 20))
      return damaged("version definition " + Twine(I) + " at address " +
                     hexString(*Dynamic.Verdef + Offset) +
                     " is not in its segment");
    if (V.u16(Offset + 2) & VER_FLG_BASE)
      Zeros.push_back({offsetOf(V.slice(Offset + 8, 4)), 4});
    uint64_t Next = V.u32(Offset + 16);
    if (!Next)
      break;
    // The definitions are apart, or their number would have no limit.
    if (Next < 20)
      return damaged("version definition " + Twine(I) + " at address " +
                     hexString(*Dynamic.Verdef + Offset) +
                     " overlaps the next");
    Offset += Next;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Section headers
//===----------------------------------------------------------------------===//

/// The symbols that assemblers put at changes between code and data, and where
/// a linker may shorten code.
static bool isMappingSymbol(unsigned Machine, StringRef Name) {
  if (Machine == EM_LOONGARCH)
    return Name.starts_with(".L");
  if (Machine != EM_ARM && Machine != EM_AARCH64 && Machine != EM_RISCV &&
      Machine != EM_CSKY)
    return false;
  if (Machine == EM_RISCV && (Name.starts_with("$x") || Name.starts_with(".L")))
    return true;
  return Name.size() >= 2 && Name[0] == '$' &&
         StringRef("adtx").contains(Name[1]) &&
         (Name.size() == 2 || Name[2] == '.');
}

Error ELFImage::readDebugSymbols(uint64_t Offset, uint64_t Size,
                                 StringRef Names) {
  ByteView Table = View.view(Offset, Size);
  if (Size % symbolSize())
    return damaged("the symbol table at offset " + hexString(Offset) + " has " +
                   hexString(Size) + " bytes, no multiple of " +
                   Twine(symbolSize()));
  for (uint64_t I = 1; I < Size / symbolSize(); ++I) {
    SymbolEntry S = symbolAt(Table, I);
    Expected<StringRef> SymbolName = name(Names, S.Name, "symbol " + Twine(I));
    if (!SymbolName)
      return SymbolName.takeError();
    bool IsLocal = S.binding() == STB_LOCAL || S.visibility() == STV_HIDDEN ||
                   S.visibility() == STV_INTERNAL;
    if (!IsLocal || SymbolName->empty() ||
        !(S.isAddress() || (S.type() == STT_GNU_IFUNC && S.Section)) ||
        isMappingSymbol(Machine, *SymbolName))
      continue;
    ImageSymbol Symbol;
    Symbol.Name = *SymbolName;
    Symbol.Address = S.Value;
    Symbol.Size = S.Size;
    Symbol.IsFunction = S.isFunction();
    Locals.push_back(Symbol);
  }
  return Error::success();
}

/// gABI, "ELF Header": e_shnum and e_shstrndx that do not fit are in sh_size
/// and sh_link of section 0.
Error ELFImage::readSections() {
  const uint64_t ShoffAt = is64() ? 40 : 32;
  const uint64_t TailAt = is64() ? 58 : 46;
  // Nothing that is loaded depends on sections, and strip tools may drop them.
  Zeros.push_back({ShoffAt, PointerSize});
  Zeros.push_back({TailAt, 6});

  struct Section {
    uint32_t Name, Type, Link;
    uint64_t Flags, Address, Offset, Size;
  };
  uint64_t Table = word(View, ShoffAt);
  uint64_t EntrySize = View.u16(TailAt);
  uint64_t Count = View.u16(TailAt + 2);
  uint64_t NamesIndex = View.u16(TailAt + 4);
  const uint64_t HeaderSize = is64() ? 64 : 40;
  if (!Table) {
    if (Count)
      return damaged("the ELF header counts " + Twine(Count) +
                     " sections, but gives no section header table");
    return Error::success();
  }
  if (EntrySize != HeaderSize)
    return damaged("section headers are of " + Twine(EntrySize) +
                   " bytes, expected " + Twine(HeaderSize));
  auto SectionAt = [&](uint64_t I) {
    uint64_t At = Table + I * HeaderSize;
    uint64_t W = PointerSize;
    Section S;
    S.Name = View.u32(At);
    S.Type = View.u32(At + 4);
    S.Flags = word(View, At + 8);
    S.Address = word(View, At + 8 + W);
    S.Offset = word(View, At + 8 + 2 * W);
    S.Size = word(View, At + 8 + 3 * W);
    S.Link = View.u32(At + 8 + 4 * W);
    return S;
  };
  bool HasFirst = View.containsArray(Table, 1, HeaderSize);
  if (HasFirst && !Count)
    Count = SectionAt(0).Size;
  if (HasFirst && NamesIndex == SHN_XINDEX)
    NamesIndex = SectionAt(0).Link;
  if (!HasFirst || !View.containsArray(Table, Count, HeaderSize))
    return damaged("the section header table at offset " + hexString(Table) +
                   " has " + Twine(Count) + " entries of " + Twine(HeaderSize) +
                   " bytes, the file has " + hexString(View.size()) + " bytes");

  auto StringTable = [&](uint64_t Index,
                         const Twine &User) -> Expected<StringRef> {
    Section S{};
    if (Index < Count)
      S = SectionAt(Index);
    if (S.Type != SHT_STRTAB)
      return damaged(User + " refers to section [" + Twine(Index) + "] of " +
                     Twine(Count) + ", expected one that is a string table");
    if (!View.contains(S.Offset, S.Size))
      return damaged("string table [" + Twine(Index) + "] at offset " +
                     hexString(S.Offset) + " of " + hexString(S.Size) +
                     " bytes is not in the file of " + hexString(View.size()));
    return View.slice(S.Offset, S.Size);
  };
  StringRef Names;
  if (NamesIndex != SHN_UNDEF) {
    Expected<StringRef> T = StringTable(NamesIndex, "the ELF header");
    if (!T)
      return T.takeError();
    Names = *T;
  }
  bool HasSymbols = false;
  for (uint64_t I = 1; I < Count; ++I) {
    Section S = SectionAt(I);
    bool IsInFile = S.Type != SHT_NOBITS && S.Type != SHT_NULL;
    if (IsInFile && !View.contains(S.Offset, S.Size))
      return damaged("section [" + Twine(I) + "] at offset " +
                     hexString(S.Offset) + " of " + hexString(S.Size) +
                     " bytes is not in the file of " + hexString(View.size()));
    if (S.Type == SHT_SYMTAB && !HasSymbols) {
      HasSymbols = true;
      Expected<StringRef> T = StringTable(S.Link, "the symbol table");
      if (!T)
        return T.takeError();
      if (Error Err = readDebugSymbols(S.Offset, S.Size, *T))
        return Err;
    }
    if (!(S.Flags & SHF_ALLOC) || S.Type == SHT_NULL)
      continue;
    ImageSection Out;
    if (!Names.empty()) {
      Expected<StringRef> N = name(Names, S.Name, "section " + Twine(I));
      if (!N)
        return N.takeError();
      Out.Name = N->str();
    }
    Out.Address = S.Address;
    Out.Size = S.Size;
    Out.FileOffset = S.Offset;
    Out.FileSize = IsInFile ? S.Size : 0;
    Sections.push_back(std::move(Out));
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Triple and digest
//===----------------------------------------------------------------------===//

void ELFImage::setTriple() {
  switch (View.u8(EI_OSABI)) {
  case ELFOSABI_NETBSD:
    OS = Triple::NetBSD;
    break;
  case ELFOSABI_GNU:
    // Linkers set it for symbols of GNU's kind, the Hurd's included.
    if (OS == Triple::UnknownOS)
      OS = Triple::Linux;
    break;
  case ELFOSABI_HURD:
    OS = Triple::Hurd;
    Environment = Triple::GNU;
    break;
  case ELFOSABI_SOLARIS:
    OS = Triple::Solaris;
    break;
  case ELFOSABI_AIX:
    OS = Triple::AIX;
    break;
  case ELFOSABI_FREEBSD:
    OS = Triple::FreeBSD;
    break;
  case ELFOSABI_OPENBSD:
    OS = Triple::OpenBSD;
    break;
  case ELFOSABI_AMDGPU_HSA:
    if (Machine == EM_AMDGPU)
      OS = Triple::AMDHSA;
    break;
  }
  // The C library that is needed tells what no note does.
  for (StringRef Library : Needed) {
    if (OS != Triple::UnknownOS && OS != Triple::Linux)
      break;
    Triple::OSType FoundOS = Triple::UnknownOS;
    Triple::EnvironmentType Found = Triple::UnknownEnvironment;
    if (Library.starts_with("libc.musl-") || Library.starts_with("ld-musl-")) {
      FoundOS = Triple::Linux;
      Found = Triple::Musl;
    } else if (Library == "libc.so.6" || Library == "libc.so.6.1" ||
               Library.starts_with("ld-linux") || Library == "ld64.so.1" ||
               Library == "ld64.so.2") {
      FoundOS = Triple::Linux;
      Found = Triple::GNU;
    } else if (Library == "libc.so.7") {
      FoundOS = Triple::FreeBSD;
    } else if (Library == "libc.so.12") {
      FoundOS = Triple::NetBSD;
    } else if (Library.starts_with("libc.so.") && Library.count('.') == 3) {
      FoundOS = Triple::OpenBSD;
    }
    if (OS == Triple::UnknownOS)
      OS = FoundOS;
    if (OS == FoundOS && Environment == Triple::UnknownEnvironment)
      Environment = Found;
  }

  bool IsGNU = Environment == Triple::GNU;
  bool IsMusl = Environment == Triple::Musl;
  if (Machine == EM_ARM && Environment != Triple::Android &&
      (Flags & EF_ARM_EABIMASK)) {
    bool IsHard = Flags & EF_ARM_ABI_FLOAT_HARD;
    Environment = IsGNU    ? (IsHard ? Triple::GNUEABIHF : Triple::GNUEABI)
                  : IsMusl ? (IsHard ? Triple::MuslEABIHF : Triple::MuslEABI)
                           : (IsHard ? Triple::EABIHF : Triple::EABI);
  } else if (Machine == EM_X86_64 && !is64() && (IsGNU || IsMusl)) {
    Environment = IsGNU ? Triple::GNUX32 : Triple::MuslX32;
  } else if (Machine == EM_MIPS &&
             Triple(Triple::getArchTypeName(Arch)).isMIPS64() && IsGNU) {
    Environment = is64() ? Triple::GNUABI64 : Triple::GNUABIN32;
  }

  uint32_t MipsArch = Machine == EM_MIPS ? Flags & EF_MIPS_ARCH : 0;
  bool IsR6 = MipsArch == EF_MIPS_ARCH_32R6 || MipsArch == EF_MIPS_ARCH_64R6;
  TheTriple.setArch(Arch, IsR6 ? Triple::MipsSubArch_r6 : Triple::NoSubArch);
  TheTriple.setVendor(Triple::UnknownVendor);
  TheTriple.setOS(OS);
  if (Environment != Triple::UnknownEnvironment)
    TheTriple.setEnvironment(Environment);
}

Error ELFImage::parse() {
  if (Error Err = readHeader())
    return Err;
  if (Error Err = readProgramHeaders())
    return Err;
  if (Error Err = readStrings())
    return Err;
  if (Error Err = readAllRelocations())
    return Err;
  if (Error Err = readSymbols())
    return Err;
  if (Error Err = readSections())
    return Err;
  if (Error Err = finishTables())
    return Err;
  setTriple();

  // Make the parts that do not count disjoint, for canonicalContent().
  llvm::sort(Zeros);
  size_t Last = 0;
  for (size_t I = 1; I < Zeros.size(); ++I) {
    uint64_t Distance = Zeros[I].first - Zeros[Last].first;
    if (Distance <= Zeros[Last].second)
      Zeros[Last].second =
          std::max(Zeros[Last].second, Distance + Zeros[I].second);
    else
      Zeros[++Last] = Zeros[I];
  }
  if (!Zeros.empty())
    Zeros.resize(Last + 1);
  return Error::success();
}

CanonicalContent ELFImage::canonicalContent() const {
  CanonicalContent Content;
  SummaryWriter W;
  W.string("ELF");
  W.number(Machine);
  W.number(Class);
  W.number(IsLittleEndian ? ELFDATA2LSB : ELFDATA2MSB);
  W.number(Segments.size());
  for (const ImageSegment &S : Segments) {
    W.number(S.Address);
    W.number(S.MemorySize);
    W.number(S.FileSize);
    W.number((S.IsReadable ? PF_R : 0) | (S.IsWritable ? PF_W : 0) |
             (S.IsExecutable ? PF_X : 0));
  }
  W.number(Needed.size());
  for (StringRef Library : Needed)
    W.string(Library);
  W.number(Exports.size());
  for (const ImageSymbol &S : Exports) {
    W.string(S.Name);
    W.number(S.Address);
    W.number(S.Size);
    W.number(S.IsFunction);
  }
  // The name of the library may share its bytes with one of these.
  W.number(Imports.size());
  for (const ImageSymbol &S : Imports)
    W.string(S.Name);

  for (const ImageSegment &S : Segments) {
    uint64_t At = S.FileOffset;
    const uint64_t End = S.FileOffset + S.FileSize;
    // The first part that ends behind the segment's start.
    auto Z = llvm::partition_point(Zeros,
                                   [&](const std::pair<uint64_t, uint64_t> &P) {
                                     return P.first + P.second <= At;
                                   });
    for (; At != End; ++Z) {
      uint64_t ZeroStart = Z == Zeros.end() ? End : std::min(Z->first, End);
      if (At < ZeroStart) {
        Content.Ranges.push_back({At, ZeroStart - At, /*IsZero=*/false});
        At = ZeroStart;
      }
      if (At == End)
        break;
      uint64_t ZeroEnd = std::min(Z->first + Z->second, End);
      Content.Ranges.push_back({At, ZeroEnd - At, /*IsZero=*/true});
      // Which bytes do not count, counts: otherwise data could be declared to
      // be a build ID, and changed.
      W.number(S.Address + (At - S.FileOffset));
      W.number(ZeroEnd - At);
      At = ZeroEnd;
    }
  }
  Content.Summary = W.take();
  return Content;
}

Expected<std::unique_ptr<ImageFile>>
pkgimg::createELFImage(MemoryBufferRef Buffer) {
  auto Image = std::make_unique<ELFImage>(Buffer.getBufferIdentifier(),
                                          Buffer.getBuffer());
  if (Error Err = Image->parse())
    return std::move(Err);
  return Image;
}
