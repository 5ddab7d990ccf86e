//===- DescribeImage.cpp - images to YAML ---------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Takes an image apart, in five steps: the tables are read; what
/// writeImageTables() would make for them is found in the image; the rest of
/// its sections is cut into definitions at the symbols; words that the loader
/// relocates become fixups; and last the result is written again and compared.
///
/// If the comparison finds the same layout, which it does for whatever
/// writeLibrary() laid out, the bytes that differ become patches, and the
/// description is exact. Otherwise it is that of the file just written, so that
/// describing is a fixpoint after one round.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/ImageYAML.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

using Place = DataDefinition::PlaceType;

/// What follows a function's own bytes belongs to it, if it is less than this:
/// a compiler's padding.
static constexpr uint64_t MaxPadding = 16;

/// The greatest alignment that is looked for.
static constexpr uint64_t MaxAlignment = 65536;

namespace {
/// A part of the image's memory with one kind of content.
struct Range {
  uint64_t Address = 0;
  uint64_t Size = 0;
  /// The rest is zeros that are not in the file.
  uint64_t FileSize = 0;
  Place Where = DataDefinition::Data;
  StringRef Name;
  /// Of the beginning, so that gaps up to this are explained by alignments.
  uint64_t Alignment = 16;
  /// Zeros at the end are padding.
  bool IsPadded = false;
  /// Another range begins at the end.
  bool IsFollowed = false;

  uint64_t end() const { return Address + Size; }
};

/// What becomes a definition.
struct Piece {
  uint64_t Address = 0;
  uint64_t Size = 0;
  uint64_t FileSize = 0;
  Place Where = DataDefinition::Data;
  std::string Name;
  DataDefinition::LinkageType Linkage = DataDefinition::Hidden;
  bool IsFunction = false;
  /// It is writable, and not in the file.
  bool IsZero = false;
  /// Nothing is between this one and the piece before it.
  bool IsAdjacent = false;
  /// What the loader relocates, by offset.
  std::vector<std::pair<uint64_t, ImageWord>> Words;

  uint64_t end() const { return Address + Size; }
};

/// A definition of the tables, and where the image has it.
struct Table {
  DataDefinition D;
  std::optional<uint64_t> Address;
  /// The image has something else there, so that a piece takes its place.
  bool IsReplaced = false;
};

/// A symbol of the image.
struct Symbol {
  uint64_t Address = 0;
  uint64_t Size = 0;
  StringRef Name;
  bool IsFunction = false;
  bool IsExported = false;
};

class Describer {
public:
  Describer(const ImageFile &Image, const DescribeOptions &Options)
      : Image(Image), Options(Options), WordSize(Image.pointerSize()) {}

  /// \p Exact: succeeds with an exact description alone; gives nullopt if there
  /// is none.
  Expected<std::optional<FormatYAML::Image>> describe();
  /// A description that need not be exact.
  FormatYAML::Image takeInexact() { return std::move(Inexact); }

private:
  Error readTables();
  Error readHeader();
  void findRanges();
  void findTables();
  void findReplaced();
  void findSymbols();
  void makePieces();
  void cutRange(const Range &R);
  void cutInterval(const Range &R, uint64_t Begin, uint64_t End);
  void addPiece(const Range &R, uint64_t Begin, uint64_t End, const Symbol *S,
                bool IsAdjacent);
  void findWords();
  void placePieces();
  void splitForAlignment();
  void indexPlaces();
  Error makeDescription();

  std::optional<Place> placeOf(const ImageSection &S,
                               const ImageSegment &In) const;
  bool isZero(const Range &R, uint64_t Begin, uint64_t End) const;
  SymbolRef refTo(uint64_t Address) const;
  SymbolRef refTo(const ImageWord &W) const;
  ImageWord wordAt(uint64_t Address) const;
  bool isSame(const Table &T) const;
  Definition toDefinition(const Piece &P, bool KeepsZeros) const;
  void alignExactly(FormatYAML::Image &I) const;
  std::optional<FormatYAML::Image> tryVariants() const;
  std::optional<FormatYAML::Image> tryBuild(FormatYAML::Image I) const;
  std::string uniqueName(const Twine &Stem);

  const ImageFile &Image;
  const DescribeOptions &Options;
  const unsigned WordSize;
  bool IsPEOfOurs = false;

  std::optional<ImageTables> Tables;
  std::optional<FormatYAML::Header> Header;
  bool IsSealed = false;
  FormatYAML::Image Model;
  FormatYAML::Image Inexact;

  std::vector<Range> Ranges;
  std::vector<Table> TableDefs;
  StringMap<size_t> TableIndex;
  /// Ranges that tables take, sorted, without overlap.
  std::vector<std::pair<uint64_t, uint64_t>> Claims;
  std::vector<Symbol> Symbols;
  std::vector<Piece> Pieces;
  StringSet<> Names;

  /// Where references can be to.
  struct Target {
    uint64_t Address, Size;
    StringRef Name;
  };
  std::vector<Target> Targets;
};
} // namespace

//===----------------------------------------------------------------------===//
// Tables and header
//===----------------------------------------------------------------------===//

Error Describer::readTables() {
  if (!Options.HasTables || !hasImageTables(Image))
    return Error::success();
  Expected<ImageTables> Read = readImageTables(Image, Options.Dialect);
  if (!Read)
    return Read.takeError();
  Tables = std::move(*Read);
  if (!Tables->Data.empty() || Image.findExport("jl_system_image_data"))
    Model.Data = describeData(*Tables, Image.triple(), Options.MaxDataSize);
  return Error::success();
}

Error Describer::readHeader() {
  std::optional<StringRef> Bytes = Image.embeddedHeader();
  if (!Bytes)
    return Error::success();
  std::string Name = (Image.name() + "(header)").str();
  MemoryBufferRef Buffer(*Bytes, Name);
  HeaderReadOptions HeaderOptions;
  HeaderOptions.CheckDigests = false;
  Expected<CacheHeader> C = readCacheHeader(Buffer, HeaderOptions);
  if (!C)
    return C.takeError();
  Expected<FormatYAML::Header> H = describeHeader(Buffer);
  if (!H)
    return H.takeError();
  Header = std::move(*H);
  if (!C->Content)
    return Error::success();
  ContentDigest Digest =
      computeContentDigest(Image.canonicalContent(), Image.bytes());
  IsSealed = Digest.Root == C->Content->Root;
  return Error::success();
}

/// The tables with references in place of addresses.
template <typename RefT>
static BasicImageTables<SymbolRef>
convertTables(const BasicImageTables<uint64_t> &T, RefT Ref) {
  BasicImageTables<SymbolRef> To;
  To.Dialect = T.Dialect;
  To.Version = T.Version;
  To.NumFunctions = T.NumFunctions;
  To.NumGlobals = T.NumGlobals;
  To.Targets = T.Targets;
  To.TargetString = T.TargetString;
  auto Refs = [&](ArrayRef<uint64_t> Addresses) {
    std::vector<SymbolRef> List;
    List.reserve(Addresses.size());
    for (uint64_t Address : Addresses)
      List.push_back(Ref(Address));
    return List;
  };
  for (const BasicImageShard<uint64_t> &S : T.Shards) {
    BasicImageShard<SymbolRef> Shard;
    Shard.Functions = Refs(S.Functions);
    Shard.FunctionIndices = S.FunctionIndices;
    Shard.Globals = Refs(S.Globals);
    Shard.GlobalIndices = S.GlobalIndices;
    for (const BasicCloneSlot<uint64_t> &Slot : S.CloneSlots) {
      BasicCloneSlot<SymbolRef> C;
      C.Function = Slot.Function;
      C.Slot = Ref(Slot.Slot);
      Shard.CloneSlots.push_back(std::move(C));
    }
    for (const BasicShardClones<uint64_t> &C : S.Clones) {
      BasicShardClones<SymbolRef> Clones;
      Clones.IsGroup = C.IsGroup;
      Clones.Base = C.Base;
      Clones.Indices = C.Indices;
      Clones.Functions = Refs(C.Functions);
      Shard.Clones.push_back(std::move(Clones));
    }
    To.Shards.push_back(std::move(Shard));
  }
  // By these names the writer defines them.
  if (T.TLS) {
    TLSSlots Slots = getDefaultTLSSlots();
    To.TLS = {Slots.Function.Value, Slots.Key.Value, Slots.Offset.Value};
  }
  if (T.SmallTypeof)
    To.SmallTypeof = getDefaultSmallTypeof(T.Dialect).Value;
  return To;
}

/// Finds what the tables are made of in the image: the exported ones by name,
/// the others through the pointers to them.
void Describer::findTables() {
  if (!Tables)
    return;
  // Names do not matter for extents, but the same place has the same.
  ImageTablesSpec Spec;
  static_cast<BasicImageTables<SymbolRef> &>(Spec) =
      convertTables(*Tables, [](uint64_t Address) {
        return SymbolRef{utohexstr(Address), 0};
      });
  if (Model.Data)
    Spec.Data = Tables->Data;
  Spec.Compression = Tables->Compression;
  Spec.DataChecksum = Tables->DataChecksum;
  Expected<std::vector<DataDefinition>> Definitions =
      writeImageTables(Spec, Image.triple());
  if (!Definitions) {
    // makeDescription() meets the same error, and reports it.
    consumeError(Definitions.takeError());
    return;
  }
  for (DataDefinition &D : *Definitions) {
    TableIndex[D.Name] = TableDefs.size();
    TableDefs.push_back({std::move(D), std::nullopt, false});
  }

  std::vector<size_t> Work;
  auto Found = [&](StringRef Name, uint64_t Address) {
    auto It = TableIndex.find(Name);
    if (It == TableIndex.end() || TableDefs[It->second].Address ||
        !Image.isMapped(Address))
      return;
    TableDefs[It->second].Address = Address;
    Work.push_back(It->second);
  };
  if (Tables->TLS) {
    TLSSlots Slots = getDefaultTLSSlots();
    Found(Slots.Function.Value.Symbol, Tables->TLS->FunctionSlot);
    Found(Slots.Key.Value.Symbol, Tables->TLS->KeySlot);
    Found(Slots.Offset.Value.Symbol, Tables->TLS->OffsetSlot);
  }
  if (Tables->SmallTypeof)
    Found(getDefaultSmallTypeof(Tables->Dialect).Value.Symbol,
          *Tables->SmallTypeof);
  for (const Table &T : TableDefs)
    if (T.D.Linkage == DataDefinition::Exported)
      if (const ImageSymbol *S = Image.findExport(T.D.Name))
        Found(T.D.Name, S->Address);
  while (!Work.empty()) {
    const Table &T = TableDefs[Work.back()];
    Work.pop_back();
    for (const DataFixup &F : T.D.Fixups) {
      if (F.Kind != DataFixup::Pointer || !TableIndex.count(F.Target.Symbol))
        continue;
      ImageWord W = wordAt(*T.Address + F.Offset);
      if (W.Kind == ImageWord::Address)
        Found(F.Target.Symbol, W.Value - uint64_t(F.Target.Offset));
    }
  }
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

/// Sections that the container is made of, which a writer makes anew.
static bool isContainerSection(ContainerFormat Format, StringRef Name,
                               llvm::Triple::ArchType Arch) {
  switch (Format) {
  case ContainerFormat::ELF:
    // The GOT of MIPS is one of the loader's own tables.
    if (Name == ".got" && Triple(Triple::getArchTypeName(Arch)).isMIPS())
      return true;
    for (StringRef Prefix : {".rela.", ".rel.", ".relr."})
      if (Name.starts_with(Prefix))
        return true;
    return is_contained({".dynsym", ".dynstr", ".hash", ".gnu.hash", ".dynamic",
                         ".interp", ".gnu.version", ".gnu.version_d",
                         ".gnu.version_r", ".note.ABI-tag", ".note.pkgimg",
                         ".note.gnu.build-id", ".note.netbsd.ident",
                         ".note.openbsd.ident", ".note.android.ident", ".tbss",
                         ".relro_padding"},
                        Name);
  case ContainerFormat::MachO:
    return Name == "__pkgimg";
  case ContainerFormat::PE:
    return is_contained({".edata", ".idata", ".reloc", ".pkgimg"}, Name);
  }
  llvm_unreachable("unknown container");
}

std::optional<Place> Describer::placeOf(const ImageSection &S,
                                        const ImageSegment &In) const {
  if (isContainerSection(Image.format(), S.Name, Image.arch()))
    return std::nullopt;
  if (In.IsExecutable) {
    // Mach-O's __TEXT has all that is constant.
    bool IsCode = Image.format() != ContainerFormat::MachO ||
                  S.Name == "__text" || S.Name.find("stub") != S.Name.npos;
    return IsCode ? DataDefinition::Text : DataDefinition::ReadOnly;
  }
  if (!In.IsWritable)
    return DataDefinition::ReadOnly;
  bool IsRelRO =
      S.SegmentName == "__DATA_CONST" || S.Name == ".data.rel.ro" ||
      is_contained({".got", ".got.plt", ".init_array", ".fini_array"}, S.Name);
  return IsRelRO ? DataDefinition::RelRO : DataDefinition::Data;
}

namespace {
/// The extent of PE's export directory, and whether this project's writer made
/// the file. It is looked up once more here, since no loader needs it.
struct PEDirectories {
  uint64_t ExportsAddress = 0, ExportsSize = 0;
  bool IsOurs = false;
};
} // namespace

static PEDirectories readPEDirectories(StringRef Bytes) {
  PEDirectories D;
  auto U32 = [&](uint64_t At) -> uint64_t {
    return At <= Bytes.size() && Bytes.size() - At >= 4
               ? support::endian::read32le(Bytes.data() + At)
               : 0;
  };
  // PE, "Optional Header": the magic number, the linker's version, and the
  // directories after 112 or, in PE32, 96 bytes.
  uint64_t Optional = U32(0x3c) + 24;
  uint64_t Magic = U32(Optional) & 0xffff;
  uint64_t Directory = Optional + (Magic == 0x20b ? 112 : 96);
  D.IsOurs = (U32(Optional) >> 16) == 0 && U32(Optional - 16) == 0;
  D.ExportsAddress = U32(Directory);
  D.ExportsSize = U32(Directory + 4);
  return D;
}

/// Reads a number of the container, or 0 if it is not all there.
static uint64_t readNumber(const ImageFile &Image, uint64_t At, unsigned Size) {
  StringRef Bytes = Image.bytes();
  if (At > Bytes.size() || Size > Bytes.size() - At)
    return 0;
  uint64_t Value = 0;
  for (unsigned I = 0; I < Size; ++I) {
    uint64_t Byte = uint8_t(Bytes[At + I]);
    Value |= Byte << (8 * (Image.isLittleEndian() ? I : Size - 1 - I));
  }
  return Value;
}

/// Finds the alignments that section headers state, by address. A loader does
/// not look at them, and so the reader of images does not either.
static DenseMap<uint64_t, uint64_t> readAlignments(const ImageFile &Image) {
  DenseMap<uint64_t, uint64_t> Alignments;
  auto Add = [&](uint64_t Address, uint64_t Alignment) {
    // The two keys that DenseMap has for itself.
    if (Address < UINT64_MAX - 1 && isPowerOf2_64(Alignment) &&
        Alignment <= MaxAlignment) {
      uint64_t &Known = Alignments[Address];
      Known = std::max(Known, Alignment);
    }
  };
  const bool Is64 = Image.pointerSize() == 8;
  const uint64_t Size = Image.bytes().size();
  auto Number = [&](uint64_t At, unsigned Width) {
    return readNumber(Image, At, Width);
  };
  if (Image.format() == ContainerFormat::ELF) {
    // gABI, "ELF Header" and "Sections": e_shoff, e_shentsize, e_shnum, and
    // sh_addr, sh_addralign.
    const unsigned Word = Is64 ? 8 : 4;
    uint64_t At = Number(Is64 ? 40 : 32, Word);
    uint64_t EntrySize = Number(Is64 ? 58 : 46, 2);
    uint64_t Count = Number(Is64 ? 60 : 48, 2);
    for (uint64_t I = 0; I < Count && EntrySize && At <= Size;
         ++I, At += EntrySize)
      if (uint64_t Address = Number(At + (Is64 ? 16 : 12), Word))
        Add(Address, Number(At + (Is64 ? 48 : 32), Word));
  } else if (Image.format() == ContainerFormat::MachO) {
    // <mach-o/loader.h>: load commands, of which LC_SEGMENT and LC_SEGMENT_64
    // have sections with the logarithm of their alignments.
    constexpr uint32_t Segment32 = 1, Segment64 = 0x19;
    const uint64_t SectionSize = Is64 ? 80 : 68;
    uint64_t At = Is64 ? 32 : 28;
    for (uint64_t I = 0, E = Number(16, 4); I < E && At < Size; ++I) {
      uint64_t CommandSize = Number(At + 4, 4);
      if (!CommandSize)
        break;
      uint64_t End = At + CommandSize;
      if (Number(At, 4) == (Is64 ? Segment64 : Segment32))
        for (uint64_t S = At + (Is64 ? 72 : 56);
             S + SectionSize <= End && S < Size; S += SectionSize) {
          uint64_t Log = Number(S + (Is64 ? 52 : 44), 4);
          Add(Number(S + 32, Is64 ? 8 : 4), Log < 32 ? uint64_t(1) << Log : 0);
        }
      At = End;
    }
  }
  return Alignments;
}

void Describer::findRanges() {
  bool IsPE = Image.format() == ContainerFormat::PE;
  PEDirectories PE;
  if (IsPE) {
    PE = readPEDirectories(Image.bytes());
    IsPEOfOurs = PE.IsOurs;
  }
  auto Add = [&](Range R) {
    if (IsPE && PE.ExportsSize && R.Address <= PE.ExportsAddress &&
        PE.ExportsAddress - R.Address < R.Size) {
      // This writer's imports follow its exports, up to the section's end.
      Range Head = R;
      Head.Size = PE.ExportsAddress - R.Address;
      Head.FileSize = std::min(R.FileSize, Head.Size);
      Head.IsPadded = PE.IsOurs;
      uint64_t Skipped = SaturatingAdd(Head.Size, PE.ExportsSize);
      if (Head.Size)
        Ranges.push_back(Head);
      if (PE.IsOurs || Skipped >= R.Size)
        return;
      R.Address += Skipped;
      R.Size -= Skipped;
      R.FileSize = R.FileSize > Skipped ? R.FileSize - Skipped : 0;
    }
    if (R.Size)
      Ranges.push_back(R);
  };

  std::optional<uint64_t> HeaderOffset;
  if (std::optional<StringRef> H = Image.embeddedHeader())
    HeaderOffset = H->data() - Image.bytes().data();
  for (const ImageSection &S : Image.sections()) {
    const ImageSegment *In = Image.findSegment(S.Address);
    if (!In || !S.Size || S.Size > In->MemorySize - (S.Address - In->Address))
      continue;
    // What is not in memory has no address, which may look like one.
    uint64_t Offset = S.Address - In->Address;
    if (S.FileSize &&
        (S.FileOffset != In->FileOffset + Offset || Offset > In->FileSize))
      continue;
    if (HeaderOffset && S.FileSize && *HeaderOffset >= S.FileOffset &&
        *HeaderOffset - S.FileOffset < S.FileSize)
      continue;
    std::optional<Place> Where = placeOf(S, *In);
    if (!Where)
      continue;
    Range R;
    R.Address = S.Address;
    R.Size = S.Size;
    R.FileSize = std::min(
        {S.FileSize, S.Size, In->FileSize - std::min(Offset, In->FileSize)});
    R.Where = *Where;
    R.Name = S.Name;
    Add(R);
  }
  if (Image.sections().empty())
    for (const ImageSegment &S : Image.segments()) {
      if (!S.MemorySize || S.Name == "__LINKEDIT")
        continue;
      Range R;
      R.Address = S.Address;
      R.Size = S.MemorySize;
      R.FileSize = S.FileSize;
      R.Where = S.IsExecutable ? DataDefinition::Text
                : S.IsWritable ? DataDefinition::Data
                               : DataDefinition::ReadOnly;
      R.Name = S.IsExecutable ? "text" : S.IsWritable ? "data" : "rodata";
      Add(R);
    }

  DenseMap<uint64_t, uint64_t> Stated = readAlignments(Image);
  for (Range &R : Ranges) {
    auto It = Stated.find(R.Address);
    if (It != Stated.end())
      R.Alignment = It->second;
    else if (IsPE && R.Address % 4096 == 0)
      R.Alignment = 4096;
  }
  llvm::sort(Ranges, [](const Range &A, const Range &B) {
    return std::tie(A.Address, A.Size, A.FileSize, A.Where, A.Name) <
           std::tie(B.Address, B.Size, B.FileSize, B.Where, B.Name);
  });
  std::vector<Range> Sorted;
  for (const Range &R : Ranges) {
    if (!Sorted.empty()) {
      Range &Last = Sorted.back();
      // Sections that overlap are no sections of a linker.
      if (R.Address < Last.end())
        continue;
      if (R.Address == Last.end() && R.Where == Last.Where &&
          Last.FileSize == Last.Size) {
        Last.FileSize += R.FileSize;
        Last.Size += R.Size;
        continue;
      }
    }
    if (!Sorted.empty())
      Sorted.back().IsFollowed = R.Address == Sorted.back().end();
    Sorted.push_back(R);
  }
  Ranges = std::move(Sorted);
}

bool Describer::isZero(const Range &R, uint64_t Begin, uint64_t End) const {
  uint64_t FileEnd = std::min(End, R.Address + R.FileSize);
  if (Begin >= FileEnd)
    return true;
  Expected<StringRef> Bytes = Image.read(Begin, FileEnd - Begin, "padding");
  if (!Bytes) {
    consumeError(Bytes.takeError());
    return false;
  }
  if (Bytes->find_first_not_of('\0') != StringRef::npos)
    return false;
  for (uint64_t A = alignTo(Begin, WordSize); A < FileEnd; A += WordSize)
    if (End - A >= WordSize && wordAt(A).Kind != ImageWord::Constant)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

ImageWord Describer::wordAt(uint64_t Address) const {
  Expected<ImageWord> W = Image.readWord(Address, "a word");
  if (W)
    return *W;
  consumeError(W.takeError());
  return ImageWord();
}

/// Compares a table with what the image has in its place. Distances are not
/// looked at: what they are from differs between writers.
bool Describer::isSame(const Table &T) const {
  const DataDefinition &D = T.D;
  if (D.Name == "jl_system_image_data")
    return true;
  // Padding of an empty table is anything.
  uint64_t Size = D.Place == DataDefinition::Data ? D.size() : D.Bytes.size();
  const ImageSegment *S = Image.findSegment(*T.Address);
  if (!S || !Image.isMapped(*T.Address, Size))
    return true;
  for (const DataFixup &F : D.Fixups)
    if (F.Kind == DataFixup::Difference32)
      return true;
  auto Fix = D.Fixups.begin();
  for (uint64_t Offset = 0; Offset < Size; ++Offset) {
    bool IsPointer = Fix != D.Fixups.end() && Fix->Offset == Offset;
    if (IsPointer)
      ++Fix;
    if ((*T.Address + Offset) % WordSize == 0 && Size - Offset >= WordSize) {
      ImageWord W = wordAt(*T.Address + Offset);
      if (IsPointer != (W.Kind != ImageWord::Constant))
        return false;
    }
    if (IsPointer) {
      Offset += WordSize - 1;
      continue;
    }
    uint64_t InSegment = *T.Address + Offset - S->Address;
    char Byte = InSegment < S->FileSize
                    ? Image.bytes()[S->FileOffset + InSegment]
                    : '\0';
    if (Byte != (Offset < D.Bytes.size() ? D.Bytes[Offset] : '\0'))
      return false;
  }
  return true;
}

void Describer::findReplaced() {
  for (Table &T : TableDefs)
    if (T.Address && !isSame(T))
      T.IsReplaced = true;
  for (const Table &T : TableDefs)
    if (T.Address && !T.IsReplaced && T.D.size() &&
        T.D.size() <= UINT64_MAX - *T.Address)
      Claims.push_back({*T.Address, *T.Address + T.D.size()});
  llvm::sort(Claims);
  std::vector<std::pair<uint64_t, uint64_t>> Merged;
  for (auto [Begin, End] : Claims) {
    if (!Merged.empty() && Begin < Merged.back().second)
      Merged.back().second = std::max(Merged.back().second, End);
    else
      Merged.push_back({Begin, End});
  }
  Claims = std::move(Merged);
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

void Describer::findSymbols() {
  // The embedded header's symbol is defined with it.
  std::optional<uint64_t> HeaderAddress;
  if (std::optional<StringRef> H = Image.embeddedHeader()) {
    uint64_t Offset = H->data() - Image.bytes().data();
    for (const ImageSegment &S : Image.segments())
      if (Offset >= S.FileOffset && Offset - S.FileOffset < S.FileSize)
        HeaderAddress = S.Address + (Offset - S.FileOffset);
  }
  auto Add = [&](const ImageSymbol &S, bool IsExported) {
    if (HeaderAddress == S.Address)
      return;
    if (!S.IsUndefined && !S.Name.empty())
      Symbols.push_back({S.Address, S.Size, S.Name, S.IsFunction, IsExported});
  };
  for (const ImageSymbol &S : Image.exports())
    Add(S, true);
  for (const ImageSymbol &S : Image.localSymbols())
    Add(S, false);
  for (const Table &T : TableDefs) {
    Names.insert(T.D.Name);
    if (T.IsReplaced)
      Symbols.push_back({*T.Address, T.D.size(), T.D.Name, T.D.IsFunction,
                         T.D.Linkage == DataDefinition::Exported});
  }
  // A table's own symbol is defined with it.
  llvm::erase_if(Symbols, [&](const Symbol &S) {
    auto It = TableIndex.find(S.Name);
    return It != TableIndex.end() && TableDefs[It->second].Address &&
           !TableDefs[It->second].IsReplaced;
  });
  llvm::sort(Symbols, [](const Symbol &A, const Symbol &B) {
    return std::tie(A.Address, A.Size, A.IsExported, A.Name, A.IsFunction) <
           std::tie(B.Address, B.Size, B.IsExported, B.Name, B.IsFunction);
  });
  // The table of a replaced one may have its symbol, too.
  Symbols.erase(std::unique(Symbols.begin(), Symbols.end(),
                            [](const Symbol &A, const Symbol &B) {
                              return A.Address == B.Address && A.Name == B.Name;
                            }),
                Symbols.end());
}

std::string Describer::uniqueName(const Twine &Stem) {
  std::string Name = Stem.str();
  for (unsigned I = 1; !Names.insert(Name).second; ++I)
    Name = (Stem + "." + Twine(I)).str();
  return Name;
}

void Describer::addPiece(const Range &R, uint64_t Begin, uint64_t End,
                         const Symbol *S, bool IsAdjacent) {
  Piece P;
  P.Address = Begin;
  P.Size = End - Begin;
  uint64_t FileEnd = std::min(End, R.Address + R.FileSize);
  P.FileSize = FileEnd > Begin ? FileEnd - Begin : 0;
  P.Where = R.Where;
  P.IsZero = R.Where == DataDefinition::Data && Begin >= R.Address + R.FileSize;
  P.IsAdjacent = IsAdjacent;
  if (S) {
    // The name of a table is free where the image has another thing for it.
    auto It = TableIndex.find(S->Name);
    bool IsTable = It != TableIndex.end() && TableDefs[It->second].IsReplaced &&
                   *TableDefs[It->second].Address == Begin;
    P.Name = IsTable ? S->Name.str() : uniqueName(S->Name);
    P.IsFunction = S->IsFunction;
    P.Linkage =
        S->IsExported ? DataDefinition::Exported : DataDefinition::Hidden;
    if (IsTable)
      P.Linkage = TableDefs[It->second].D.Linkage;
  } else {
    P.Name = uniqueName(R.Name.empty() ? "data" : R.Name);
    P.IsFunction = R.Where == DataDefinition::Text;
  }
  Pieces.push_back(std::move(P));
}

/// Returns the alignment, a power of two of at most \p Limit, that puts what
/// follows \p End at \p Next; 0 if none does.
static uint64_t explainGap(uint64_t End, uint64_t Next,
                           uint64_t Limit = MaxAlignment) {
  for (uint64_t Alignment = 1; Alignment <= Limit; Alignment *= 2)
    if (alignTo(End, Alignment) == Next)
      return Alignment;
  return 0;
}

/// Cuts what no table takes at the symbols.
void Describer::cutInterval(const Range &R, uint64_t Begin, uint64_t End) {
  auto It = llvm::lower_bound(Symbols, Begin, [](const Symbol &S, uint64_t A) {
    return S.Address < A;
  });
  auto Last = It;
  // A symbol may stand at the very end of a section.
  bool TakesEnd = End == R.end() && !R.IsFollowed;
  while (Last != Symbols.end() &&
         (Last->Address < End || (TakesEnd && Last->Address == End)))
    ++Last;

  // Tables have alignments of their own.
  auto LimitAt = [&](uint64_t Next) {
    return Next == End && End != R.end() ? MaxAlignment : R.Alignment;
  };
  uint64_t Pos = Begin;
  bool IsAdjacent = false;
  uint64_t First = It == Last ? End : It->Address;
  if (Pos != First) {
    bool IsBetween = First != R.end() || R.IsPadded;
    if (IsBetween && explainGap(Pos, First, LimitAt(First)) &&
        isZero(R, Pos, First)) {
      Pos = First;
    } else {
      addPiece(R, Pos, First, nullptr, false);
      IsAdjacent = true;
      Pos = First;
    }
  }
  while (It != Last) {
    // All symbols of one address: the last, which is the biggest, has the
    // bytes.
    auto Next = It;
    while (Next != Last && Next->Address == It->Address)
      ++Next;
    uint64_t To = Next == Last ? End : Next->Address;
    const Symbol &Main = *std::prev(Next);
    for (; It != std::prev(Next); ++It) {
      // In PE a definition without bytes takes one, see below.
      if (Image.format() == ContainerFormat::PE && !It->IsExported)
        continue;
      addPiece(R, Pos, Pos, &*It, IsAdjacent);
      IsAdjacent = true;
    }
    It = Next;
    if (Image.format() == ContainerFormat::PE && Pos == To && !Main.IsExported)
      break;
    uint64_t Stop = To;
    bool HasRest = Main.Size && Main.Size < To - Pos;
    if (HasRest && To != R.end() &&
        explainGap(Pos + Main.Size, To, LimitAt(To)) &&
        isZero(R, Pos + Main.Size, To)) {
      Stop = Pos + Main.Size;
      HasRest = false;
    } else if (HasRest && (R.Where != DataDefinition::Text ||
                           To - Pos - Main.Size >= MaxPadding)) {
      Stop = Pos + Main.Size;
    } else {
      HasRest = false;
    }
    addPiece(R, Pos, Stop, &Main, IsAdjacent);
    if (HasRest) {
      addPiece(R, Stop, To, nullptr, /*IsAdjacent=*/true);
      Stop = To;
    }
    IsAdjacent = Stop == To;
    Pos = To;
  }
}

void Describer::cutRange(const Range &R) {
  uint64_t Pos = R.Address;
  auto It = llvm::upper_bound(
      Claims, Pos, [](uint64_t A, const std::pair<uint64_t, uint64_t> &C) {
        return A < C.second;
      });
  for (; It != Claims.end() && It->first < R.end(); ++It) {
    if (It->first > Pos)
      cutInterval(R, Pos, It->first);
    Pos = std::min(It->second, R.end());
  }
  if (Pos < R.end())
    cutInterval(R, Pos, R.end());
}

void Describer::makePieces() {
  for (const Range &R : Ranges)
    cutRange(R);
}

/// Finds the words of each piece that the loader relocates.
void Describer::findWords() {
  std::vector<Piece> Result;
  for (Piece &P : Pieces) {
    if (P.Where != DataDefinition::Text) {
      uint64_t End = P.Address + P.FileSize;
      for (uint64_t A = alignTo(P.Address, WordSize);
           A < End && End - A >= WordSize; A += WordSize) {
        ImageWord W = wordAt(A);
        if (W.Kind != ImageWord::Constant)
          P.Words.push_back({A - P.Address, W});
      }
    }
    if (P.Words.empty() || P.Address % WordSize == 0) {
      Result.push_back(std::move(P));
      continue;
    }
    // No alignment keeps the words aligned wherever this is put, so the part
    // before the first one stands alone.
    Piece Head = P;
    Head.Words.clear();
    Head.Size = Head.FileSize = P.Words.front().first;
    Result.push_back(std::move(Head));
    P.Address += Result.back().Size;
    P.Size -= Result.back().Size;
    P.FileSize -= Result.back().Size;
    P.Name = uniqueName(P.Name);
    P.Linkage = DataDefinition::Hidden;
    for (auto &[Offset, Word] : P.Words)
      Offset -= Result.back().Size;
    Result.push_back(std::move(P));
  }
  Pieces = std::move(Result);
}

/// The order of the places in this project's libraries.
static ArrayRef<Place> getPlaceOrder(ContainerFormat Format) {
  static constexpr Place ELF[] = {DataDefinition::ReadOnly,
                                  DataDefinition::Text, DataDefinition::RelRO,
                                  DataDefinition::Data};
  static constexpr Place MachO[] = {
      DataDefinition::Text, DataDefinition::ReadOnly, DataDefinition::RelRO,
      DataDefinition::Data};
  static constexpr Place PE[] = {DataDefinition::Text, DataDefinition::Data,
                                 DataDefinition::ReadOnly,
                                 DataDefinition::RelRO};
  switch (Format) {
  case ContainerFormat::ELF:
    return ELF;
  case ContainerFormat::MachO:
    return MachO;
  case ContainerFormat::PE:
    return PE;
  }
  llvm_unreachable("unknown container");
}

/// Says which of the pieces that are constant the loader writes to.
void Describer::placePieces() {
  if (IsPEOfOurs) {
    // One section has both, the constants first.
    uint64_t First = UINT64_MAX;
    for (const Table &T : TableDefs)
      if (T.Address && T.D.Place == DataDefinition::RelRO)
        First = std::min(First, *T.Address);
    for (const Piece &P : Pieces)
      if (P.Where == DataDefinition::ReadOnly && !P.Words.empty())
        First = std::min(First, P.Address);
    for (Piece &P : Pieces)
      if (P.Where == DataDefinition::ReadOnly && P.Address >= First)
        P.Where = DataDefinition::RelRO;
    // The writer has made each place longer by a byte for each definition
    // without bytes, so that the last one is in its section.
    for (Place Where : getPlaceOrder(ContainerFormat::PE)) {
      uint64_t Count = 0;
      Piece *Last = nullptr;
      for (Piece &P : Pieces) {
        if (P.Where != Where)
          continue;
        if (!P.Size)
          ++Count;
        else
          Last = &P;
      }
      if (!Last || Last->Size <= Count)
        continue;
      Last->Size -= Count;
      Last->FileSize = std::min(Last->FileSize, Last->Size);
    }
  }
  for (Piece &P : Pieces)
    if (P.Where == DataDefinition::ReadOnly && !P.Words.empty())
      P.Where = DataDefinition::RelRO;
  // In the order in which the writers put the places, so that symbol tables
  // have it, too. What is not in the file stands last in its place, so that the
  // file need not have it.
  std::vector<Piece> Sorted;
  for (Place Where : getPlaceOrder(Image.format()))
    for (bool IsZero : {false, true})
      for (Piece &P : Pieces)
        if (P.Where == Where && P.IsZero == IsZero)
          Sorted.push_back(std::move(P));
  Pieces = std::move(Sorted);
}

//===----------------------------------------------------------------------===//
// References
//===----------------------------------------------------------------------===//

void Describer::indexPlaces() {
  for (const Piece &P : Pieces)
    Targets.push_back({P.Address, P.Size, P.Name});
  for (const Table &T : TableDefs)
    if (T.Address && !T.IsReplaced)
      Targets.push_back({*T.Address, T.D.size(), T.D.Name});
  llvm::sort(Targets, [](const Target &A, const Target &B) {
    return std::tie(A.Address, A.Size, A.Name) <
           std::tie(B.Address, B.Size, B.Name);
  });
}

SymbolRef Describer::refTo(uint64_t Address) const {
  auto It =
      llvm::upper_bound(Targets, Address, [](uint64_t A, const Target &T) {
        return A < T.Address;
      });
  if (It != Targets.begin())
    --It;
  else if (It == Targets.end())
    return SymbolRef{"__image_base", int64_t(Address)};
  return SymbolRef{It->Name.str(), int64_t(Address - It->Address)};
}

SymbolRef Describer::refTo(const ImageWord &W) const {
  if (W.Kind == ImageWord::Import)
    return SymbolRef{W.Symbol.str(), int64_t(W.Value)};
  return refTo(W.Value);
}

//===----------------------------------------------------------------------===//
// The description
//===----------------------------------------------------------------------===//

/// Makes a definition of a piece. Zeros at the end are ZeroFill, unless
/// \p KeepsZeros for those that the file has.
Definition Describer::toDefinition(const Piece &P, bool KeepsZeros) const {
  Definition D;
  D.Name = P.Name;
  D.Place = P.Where;
  if (P.Linkage != DataDefinition::Hidden)
    D.Linkage = P.Linkage;
  if (P.IsFunction != (P.Where == DataDefinition::Text))
    D.IsFunction = P.IsFunction;
  std::string Bytes;
  if (P.FileSize) {
    Expected<StringRef> Read = Image.read(P.Address, P.FileSize, P.Name);
    if (Read)
      Bytes = Read->str();
    else
      consumeError(Read.takeError());
  }
  Bytes.resize(P.FileSize);
  uint64_t Fixed = 0;
  for (const auto &[Offset, Word] : P.Words) {
    std::fill_n(Bytes.begin() + Offset, WordSize, '\0');
    Fixup F;
    F.Offset = Offset;
    F.Target.Value = refTo(Word);
    D.Fixups.push_back(std::move(F));
    Fixed = Offset + WordSize;
  }
  // Up to the last fixup, zeros need not be said.
  uint64_t Size = Bytes.size();
  uint64_t Said = Bytes.find_last_not_of('\0') + 1;
  if (KeepsZeros)
    Said = Size == Fixed ? Said : Size;
  D.ZeroFill = P.Size - std::max(Said, Fixed);
  Bytes.resize(Said);
  if (!Bytes.empty())
    D.Content = HexBytes(std::move(Bytes));
  return D;
}

Error Describer::makeDescription() {
  Model.Container = Image.format();
  Model.Triple = Image.triple().str();
  if (!Image.outputName().empty())
    Model.OutputName = Text(Image.outputName());
  for (StringRef Name : Image.neededLibraries())
    Model.NeededLibraries.push_back(Text(Name));
  Model.LocalSymbols = !Image.localSymbols().empty();
  Model.Header = Header;
  if (IsSealed) {
    Model.Seal = true;
    Model.Header->Digest = std::nullopt;
    Model.Header->TheEdits = Edits();
  }
  if (Tables) {
    std::optional<FormatYAML::Header> DataHeader;
    if (Model.Data)
      DataHeader = Model.Data->TheHeader;
    Model.Tables =
        fromTables(convertTables(*Tables, [&](uint64_t A) { return refTo(A); }),
                   Image.arch(), DataHeader);
  }

  // The piece at the end of what the file has of writable data.
  const Piece *Last = nullptr;
  for (const Piece &P : Pieces)
    if (P.Where == DataDefinition::Data && P.FileSize)
      Last = &P;
  for (const Piece &P : Pieces) {
    Definition D = toDefinition(P, /*KeepsZeros=*/&P == Last);
    // Sections keep their inner layout, as far as the tables in them allow.
    uint64_t Alignment = 1;
    if (!P.IsAdjacent)
      Alignment = std::min<uint64_t>(
          P.Address ? uint64_t(1) << countr_zero(P.Address) : 64, 64);
    if (!P.Words.empty())
      Alignment = std::max<uint64_t>(Alignment, WordSize);
    if (Alignment != getDefaultAlignment(P.Where, WordSize))
      D.Alignment = Alignment;
    Model.Definitions.push_back(std::move(D));
  }
  return Error::success();
}

/// Cuts definitions that no symbol names, so that there is one to have the
/// alignment that the section of a place states.
void Describer::splitForAlignment() {
  if (!Image.localSymbols().empty())
    return;
  DenseMap<uint64_t, uint64_t> Stated = readAlignments(Image);
  uint64_t First[5];
  std::fill(std::begin(First), std::end(First), UINT64_MAX);
  for (const Table &T : TableDefs)
    if (T.Address && !T.IsReplaced)
      First[T.D.Place] = std::min(First[T.D.Place], *T.Address);
  for (const Piece &P : Pieces)
    First[P.Where] = std::min(First[P.Where], P.Address);
  for (Place Where : getPlaceOrder(Image.format())) {
    auto It = Stated.find(First[Where]);
    if (It == Stated.end() || It->second <= WordSize)
      continue;
    auto OffsetTo = [&](const Piece &P) {
      return (First[Where] - P.Address) & (It->second - 1);
    };
    auto Has = [&](const Piece &P) { return P.Where == Where && !OffsetTo(P); };
    if (any_of(Pieces, Has))
      continue;
    for (size_t I = 0; I < Pieces.size(); ++I) {
      uint64_t Offset = OffsetTo(Pieces[I]);
      if (Pieces[I].Where != Where || Offset >= Pieces[I].Size ||
          Pieces[I].Linkage != DataDefinition::Hidden)
        continue;
      Piece Rest = Pieces[I];
      Piece &Head = Pieces[I];
      Rest.Name = uniqueName(Head.Name);
      Rest.Address += Offset;
      Rest.Size -= Offset;
      Rest.FileSize -= std::min(Offset, Rest.FileSize);
      Rest.IsAdjacent = true;
      Head.Size = Offset;
      Head.FileSize = std::min(Offset, Head.FileSize);
      auto Cut =
          llvm::find_if(Head.Words, [&](auto &W) { return W.first >= Offset; });
      Rest.Words.assign(Cut, Head.Words.end());
      for (auto &[At, Word] : Rest.Words)
        At -= Offset;
      Head.Words.erase(Cut, Head.Words.end());
      Pieces.insert(Pieces.begin() + I + 1, std::move(Rest));
      break;
    }
  }
}

/// Gives each definition of \p I the alignment that puts it where the image has
/// it, if there is one.
void Describer::alignExactly(FormatYAML::Image &I) const {
  struct State {
    bool HasFirst = false;
    uint64_t First = 0, End = 0, Alignment = 1, Limit = MaxAlignment;
  } States[5];
  DenseMap<uint64_t, uint64_t> Stated = readAlignments(Image);
  auto Put = [&](Place Where, uint64_t Address, uint64_t Size,
                 uint64_t Default) -> uint64_t {
    State &S = States[Where];
    if (!S.HasFirst) {
      S.HasFirst = true;
      S.First = Address;
      auto It = Stated.find(Address);
      if (It != Stated.end())
        S.Limit = It->second;
    }
    Default = std::min(Default, S.Limit);
    uint64_t Alignment = Default;
    if (alignTo(S.End, Default) != Address - S.First) {
      Alignment = explainGap(S.End, Address - S.First);
      if (!Alignment)
        Alignment = Default;
    }
    S.End = Address - S.First + Size;
    S.Alignment = std::max(S.Alignment, Alignment);
    return Alignment;
  };
  for (const Table &T : TableDefs) {
    if (!T.Address || T.IsReplaced)
      continue;
    uint64_t Alignment = Put(T.D.Place, *T.Address, T.D.size(), T.D.Alignment);
    if (T.D.Name == "jl_system_image_data" && Alignment != T.D.Alignment)
      I.Data->Alignment = Alignment;
  }
  for (auto [P, D] : zip_equal(Pieces, I.Definitions)) {
    uint64_t Default = getDefaultAlignment(P.Where, WordSize);
    uint64_t Alignment = Put(P.Where, P.Address, P.Size, Default);
    D.Alignment = std::nullopt;
    if (Alignment != Default)
      D.Alignment = Alignment;
  }
  // In PE, one section has two places, of which the second says nothing.
  if (State &RelRO = States[DataDefinition::RelRO];
      IsPEOfOurs && RelRO.HasFirst) {
    const State &Before = States[DataDefinition::ReadOnly];
    uint64_t End = Before.First + Before.End;
    if (!Before.HasFirst)
      End = alignDown(RelRO.First, 4096);
    if (uint64_t Alignment = explainGap(End, RelRO.First))
      Stated[RelRO.First] = Alignment;
  }
  // A place has the greatest alignment of its definitions; where it has more
  // than the gaps tell, one of those that it does not move has it.
  for (auto [P, D] : zip_equal(Pieces, I.Definitions)) {
    State &S = States[P.Where];
    auto It = Stated.find(S.First);
    if (It == Stated.end() || It->second <= S.Alignment ||
        (P.Address - S.First) % It->second != 0)
      continue;
    S.Alignment = It->second;
    D.Alignment = It->second;
  }
}

/// Writes \p I, and returns it with patches if the layout is the image's.
std::optional<FormatYAML::Image>
Describer::tryBuild(FormatYAML::Image I) const {
  uint64_t Limit = SaturatingAdd<uint64_t>(Image.bytes().size(), 1 << 20);
  Expected<std::string> Bytes = buildImage(I, Limit);
  if (!Bytes) {
    consumeError(Bytes.takeError());
    return std::nullopt;
  }
  if (Bytes->size() != Image.bytes().size())
    return std::nullopt;
  if (*Bytes == Image.bytes())
    return I;
  Expected<std::unique_ptr<ImageFile>> Other =
      ImageFile::create(MemoryBufferRef(*Bytes, "the image"));
  if (!Other) {
    consumeError(Other.takeError());
    return std::nullopt;
  }
  auto IsSameSegment = [](const ImageSegment &A, const ImageSegment &B) {
    return A.Address == B.Address && A.MemorySize == B.MemorySize &&
           A.FileOffset == B.FileOffset && A.FileSize == B.FileSize &&
           A.Name == B.Name;
  };
  auto IsSameSection = [](const ImageSection &A, const ImageSection &B) {
    return A.Address == B.Address && A.Size == B.Size && A.Name == B.Name &&
           A.FileOffset == B.FileOffset;
  };
  if (!equal(Image.segments(), (*Other)->segments(), IsSameSegment) ||
      !equal(Image.sections(), (*Other)->sections(), IsSameSection))
    return std::nullopt;
  I.TheEdits = diffBytes(*Bytes, Image.bytes());
  return I;
}

static uint64_t countPatched(const FormatYAML::Image &I) {
  uint64_t Size = 0;
  for (const Patch &P : I.TheEdits.Patches)
    Size += P.Content.Value.size();
  return Size;
}

/// Returns the best exact description. What the image does not say (the style
/// of its relocations, alignments of places) is tried.
std::optional<FormatYAML::Image> Describer::tryVariants() const {
  std::vector<RelocationStyle> Styles = {RelocationStyle::Default};
  auto HasSection = [&](StringRef Prefix) {
    return any_of(Image.sections(), [&](const ImageSection &S) {
      return StringRef(S.Name).starts_with(Prefix);
    });
  };
  switch (Image.format()) {
  case ContainerFormat::ELF:
    if (HasSection(".relr."))
      Styles = {RelocationStyle::RELR};
    else if (HasSection(".rela."))
      Styles.push_back(RelocationStyle::RELA);
    else if (HasSection(".rel."))
      Styles.push_back(RelocationStyle::REL);
    break;
  case ContainerFormat::MachO:
    Styles.push_back(RelocationStyle::Opcodes);
    Styles.push_back(RelocationStyle::Chained);
    break;
  case ContainerFormat::PE:
    break;
  }

  std::optional<FormatYAML::Image> Best;
  auto Try = [&](const FormatYAML::Image &I) {
    std::optional<FormatYAML::Image> Built = tryBuild(I);
    if (Built && (!Best || countPatched(*Built) < countPatched(*Best)))
      Best = std::move(Built);
    return Best && Best->TheEdits.Patches.empty();
  };
  auto TrySeals = [&](FormatYAML::Image I) {
    if (Try(I))
      return true;
    if (!I.Seal)
      return false;
    // The digest as it is.
    I.Seal = false;
    I.Header = Header;
    return Try(I);
  };
  FormatYAML::Image I = Model;
  alignExactly(I);
  for (bool HasLocals : {Model.LocalSymbols, !Model.LocalSymbols})
    for (RelocationStyle Style : Styles) {
      I.LocalSymbols = HasLocals;
      I.Relocations = Style;
      if (TrySeals(I))
        return Best;
    }
  return Best;
}

Expected<std::optional<FormatYAML::Image>> Describer::describe() {
  if (Error E = readTables())
    return std::move(E);
  if (Error E = readHeader())
    return std::move(E);
  findRanges();
  findTables();
  findReplaced();
  findSymbols();
  makePieces();
  findWords();
  placePieces();
  splitForAlignment();
  indexPlaces();
  if (Error E = makeDescription())
    return std::move(E);
  std::optional<FormatYAML::Image> Exact = tryVariants();
  if (!Exact) {
    Inexact = std::move(Model);
    // So that definitions have names when they are read again.
    Inexact.LocalSymbols = true;
  }
  return Exact;
}

Expected<FormatYAML::Image>
FormatYAML::describeImage(MemoryBufferRef Buffer,
                          const DescribeOptions &Options) {
  Expected<std::unique_ptr<ImageFile>> File =
      ImageFile::create(Buffer, Options.Arch);
  if (!File)
    return File.takeError();
  // Each round but the first is about the image in this project's layout, of a
  // size that is bounded by its own. The second is exact as a rule.
  constexpr unsigned MaxRounds = 4;
  const uint64_t Limit = SaturatingAdd<uint64_t>(
      SaturatingMultiply<uint64_t>((*File)->bytes().size(), 4), 1 << 20);
  std::string Bytes;
  std::unique_ptr<ImageFile> Current = std::move(*File);
  for (unsigned Round = 1;; ++Round) {
    Describer D(*Current, Options);
    Expected<std::optional<FormatYAML::Image>> Exact = D.describe();
    if (!Exact)
      return Exact.takeError();
    if (*Exact)
      return std::move(**Exact);
    if (Round == MaxRounds)
      return createStringError(
          Buffer.getBufferIdentifier() +
          ": the image was read, and is not the same when it is written and "
          "read again; report this with the file");
    Expected<std::string> Rewritten = buildImage(D.takeInexact(), Limit);
    if (!Rewritten)
      return createStringError(Buffer.getBufferIdentifier() +
                               ": what was read cannot be written again: " +
                               toString(Rewritten.takeError()));
    Bytes = std::move(*Rewritten);
    Expected<std::unique_ptr<ImageFile>> Next =
        ImageFile::create(MemoryBufferRef(Bytes, Buffer.getBufferIdentifier()));
    if (!Next)
      return Next.takeError();
    Current = std::move(*Next);
  }
}
