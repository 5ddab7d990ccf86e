//===- ImageTree.cpp - images as trees ------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageTree.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

//===----------------------------------------------------------------------===//
// The container
//===----------------------------------------------------------------------===//

Value readobj::describeContainer(const ImageFile &Image) {
  Value V = Value::object();
  V.add("Format", Value::enumerator(getContainerName(Image.format())));
  V.add("Arch", Value::enumerator(Triple::getArchTypeName(Image.arch())));
  V.add("Triple", Value::string(Image.triple().str()));
  V.add("PointerSize", Value::integer(Image.pointerSize()));
  V.add("Endian", Value::enumerator(Image.isLittleEndian() ? "little" : "big"));
  V.add("OutputName", Value::string(Image.outputName()));
  V.add("NeededLibraries", Value::strings(Image.neededLibraries()));
  return V;
}

static Value describeSymbolList(ArrayRef<ImageSymbol> Symbols) {
  Value List = Value::list("Symbol");
  for (const ImageSymbol &S : Symbols) {
    Value V = Value::object();
    V.add("Name", Value::string(S.Name));
    if (!S.IsUndefined) {
      V.add("Address", Value::address(S.Address));
      if (S.Size)
        V.add("Size", Value::integer(S.Size));
    }
    V.add("Type", Value::enumerator(S.IsFunction ? "function" : "data"));
    List.append(std::move(V), S.Name);
  }
  return List;
}

Value readobj::describeSymbols(const ImageFile &Image) {
  Value V = Value::object();
  V.add("Exports", describeSymbolList(Image.exports()));
  V.add("Imports", describeSymbolList(Image.imports()));
  V.add("Locals", describeSymbolList(Image.localSymbols()));
  return V;
}

static std::string getPermissions(const ImageSegment &S) {
  std::string P;
  P += S.IsReadable ? 'r' : '-';
  P += S.IsWritable ? 'w' : '-';
  P += S.IsExecutable ? 'x' : '-';
  return P;
}

/// What names a section: Mach-O's are of a segment.
static std::string getSectionName(const ImageSection &S) {
  return S.SegmentName.empty() ? S.Name : (S.SegmentName + "," + S.Name).str();
}

Value readobj::describeSegments(const ImageFile &Image) {
  Value List = Value::table("Segment");
  for (const auto &[Index, S] : enumerate(Image.segments())) {
    Value V = Value::object();
    V.add("Index", Value::integer(Index).notCompared());
    if (!S.Name.empty())
      V.add("Name", Value::string(S.Name));
    V.add("Permissions", Value::enumerator(getPermissions(S)));
    V.add("Address", Value::address(S.Address));
    V.add("MemorySize", Value::integer(S.MemorySize));
    V.add("FileOffset", Value::address(S.FileOffset));
    V.add("FileSize", Value::integer(S.FileSize));
    List.append(std::move(V), S.Name);
  }
  return List;
}

Value readobj::describeSections(const ImageFile &Image) {
  Value List = Value::table("Section");
  for (const ImageSection &S : Image.sections()) {
    Value V = Value::object();
    V.add("Name", Value::string(getSectionName(S)));
    V.add("Address", Value::address(S.Address));
    V.add("Size", Value::integer(S.Size));
    V.add("FileOffset", Value::address(S.FileOffset));
    V.add("FileSize", Value::integer(S.FileSize));
    List.append(std::move(V), getSectionName(S));
  }
  return List;
}

//===----------------------------------------------------------------------===//
// The tables
//===----------------------------------------------------------------------===//

Value readobj::describeTables(const ImageTables &Tables) {
  Value V = Value::object();
  V.add("Dialect", Value::enumerator(getDialectName(Tables.Dialect)));
  V.add("Version", Value::integer(Tables.Version));
  V.add("NumShards", Value::integer(Tables.Shards.size()));
  V.add("NumFunctions", Value::integer(Tables.NumFunctions));
  V.add("NumGlobals", Value::integer(Tables.NumGlobals));
  V.add("NumTargets", Value::integer(Tables.Targets.Targets.size()));
  if (Tables.TLS) {
    Value TLS = Value::object();
    TLS.add("Function", Value::address(Tables.TLS->FunctionSlot));
    TLS.add("Key", Value::address(Tables.TLS->KeySlot));
    TLS.add("Offset", Value::address(Tables.TLS->OffsetSlot));
    V.add("TLS", std::move(TLS));
  }
  if (Tables.SmallTypeof)
    V.add("SmallTypeof", Value::address(*Tables.SmallTypeof));
  return V;
}

Value readobj::describeData(const ImageTables &Tables) {
  Value V = Value::object();
  V.add("Address", Value::address(Tables.DataAddress));
  V.add("Size", Value::integer(Tables.Data.size()));
  V.add("Compression",
        Value::enumerator(
            Tables.Compression == DataCompression::Zstd ? "zstd" : "none"));
  if (!Tables.UnpackFunction.empty())
    V.add("UnpackFunction", Value::string(Tables.UnpackFunction));
  if (Tables.DataChecksum)
    V.add("Checksum", Value::hex(*Tables.DataChecksum));
  return V;
}

Value readobj::describeShards(const ImageTables &Tables) {
  Value List = Value::list("Shard", Value::ByIndex);
  for (const auto &[Index, S] : enumerate(Tables.Shards)) {
    Value V = Value::object();
    V.add("Index", Value::integer(Index));
    V.add("NumFunctions", Value::integer(S.Functions.size()));
    V.add("NumGlobals", Value::integer(S.Globals.size()));
    V.add("NumCloneSlots", Value::integer(S.CloneSlots.size()));
    // By target: index 0 has no clones, but may have relocated functions.
    Value Clones = Value::table("Clones");
    for (const auto &[Target, C] : enumerate(S.Clones)) {
      Value T = Value::object();
      T.add("Target", Value::integer(Target));
      T.add("Kind", Value::enumerator(C.IsGroup ? "group" : "partial"));
      if (!C.IsGroup)
        T.add("Base", Value::integer(C.Base));
      T.add("NumClones", Value::integer(C.Functions.size()));
      uint64_t WithSlots =
          C.IsGroup ? C.Indices.size() : count_if(C.Indices, [](uint32_t I) {
            return (I & BasicShardClones<uint64_t>::UseSlots) != 0;
          });
      T.add("NumWithSlots", Value::integer(WithSlots));
      Clones.append(std::move(T), utostr(Target));
    }
    V.add("Clones", std::move(Clones));
    List.append(std::move(V));
  }
  return List;
}

static void addSymbol(Value &To, const ImageSymbol *S) {
  if (!S)
    return;
  To.add("Symbol", Value::string(S->Name));
  if (S->Size)
    To.add("Size", Value::integer(S->Size));
}

/// Puts the elements of \p ByIndex, which are keyed by symbols if there are
/// some, into a list.
static Value collect(const char *Label,
                     std::vector<std::pair<Value, StringRef>> ByIndex) {
  Value List = Value::list(Label);
  for (auto &[V, Key] : ByIndex)
    List.append(std::move(V), Key);
  return List;
}

Value readobj::describeFunctions(const ImageTables &Tables,
                                 const SymbolIndex &Symbols) {
  using Clones = BasicShardClones<uint64_t>;
  // Each index occurs once over all shards: the reader has checked it.
  std::vector<std::pair<Value, StringRef>> ByIndex(
      Tables.NumFunctions, std::pair(Value::object(), StringRef()));
  for (const auto &[ShardIndex, S] : enumerate(Tables.Shards)) {
    std::vector<Value> CloneLists(S.Functions.size(), Value::list("Clone"));
    auto AddClone = [&](uint32_t Function, size_t Target, uint64_t Address,
                        const Clones &C, bool UsesSlots) {
      Value V = Value::object();
      V.add("Target", Value::integer(Target));
      if (!C.IsGroup)
        V.add("Base", Value::integer(C.Base));
      V.add("Address", Value::address(Address));
      addSymbol(V, Symbols.find(Address));
      V.add("UsesSlots", Value::boolean(UsesSlots));
      CloneLists[Function].append(std::move(V), utostr(Target));
    };
    for (const auto &[Target, C] : enumerate(S.Clones)) {
      // The code for target 0 is no clone, and has no list of its own.
      if (C.IsGroup && Target != 0) {
        std::vector<bool> UsesSlots(C.Functions.size());
        for (uint32_t Function : C.Indices)
          UsesSlots[Function] = true;
        for (const auto &[Function, Address] : enumerate(C.Functions))
          AddClone(Function, Target, Address, C, UsesSlots[Function]);
      } else if (!C.IsGroup) {
        for (const auto &[I, Address] : enumerate(C.Functions))
          AddClone(C.Indices[I] & ~Clones::UseSlots, Target, Address, C,
                   C.Indices[I] & Clones::UseSlots);
      }
    }
    std::vector<unsigned> NumSlots(S.Functions.size());
    for (const BasicCloneSlot<uint64_t> &Slot : S.CloneSlots)
      ++NumSlots[Slot.Function];

    for (const auto &[I, Address] : enumerate(S.Functions)) {
      uint32_t Index = S.FunctionIndices[I];
      auto &[V, Key] = ByIndex[Index];
      V.add("Index", Value::integer(Index).notCompared());
      V.add("Shard", Value::integer(ShardIndex));
      V.add("Address", Value::address(Address));
      const ImageSymbol *Symbol = Symbols.find(Address);
      addSymbol(V, Symbol);
      if (Symbol)
        Key = Symbol->Name;
      V.add("NumCloneSlots", Value::integer(NumSlots[I]));
      V.add("Clones", std::move(CloneLists[I]));
    }
  }
  return collect("Function", std::move(ByIndex));
}

Value readobj::describeGlobals(const ImageTables &Tables,
                               const SymbolIndex &Symbols) {
  std::vector<std::pair<Value, StringRef>> ByIndex(
      Tables.NumGlobals, std::pair(Value::object(), StringRef()));
  for (const auto &[ShardIndex, S] : enumerate(Tables.Shards))
    for (const auto &[I, Address] : enumerate(S.Globals)) {
      uint32_t Index = S.GlobalIndices[I];
      auto &[V, Key] = ByIndex[Index];
      V.add("Index", Value::integer(Index).notCompared());
      V.add("Shard", Value::integer(ShardIndex));
      V.add("Address", Value::address(Address));
      if (const ImageSymbol *Symbol = Symbols.find(Address)) {
        V.add("Symbol", Value::string(Symbol->Name));
        Key = Symbol->Name;
      }
    }
  return collect("Global", std::move(ByIndex));
}

//===----------------------------------------------------------------------===//
// Sizes and digests
//===----------------------------------------------------------------------===//

/// Code per shard, if the symbol table has the sizes of all functions.
static std::optional<uint64_t>
getCodeSize(const BasicImageShard<uint64_t> &Shard,
            const SymbolIndex &Symbols) {
  uint64_t Bytes = 0;
  auto Add = [&](ArrayRef<uint64_t> Functions) {
    return all_of(Functions, [&](uint64_t Address) {
      const ImageSymbol *S = Symbols.find(Address);
      Bytes += S ? S->Size : 0;
      return S && S->Size;
    });
  };
  if (!Add(Shard.Functions))
    return std::nullopt;
  for (const BasicShardClones<uint64_t> &C : Shard.Clones)
    if (!Add(C.Functions))
      return std::nullopt;
  return Bytes;
}

static Value describeSegmentSizes(const ImageFile &Image) {
  Value List = Value::table("Segment");
  for (const ImageSegment &S : Image.segments()) {
    Value V = Value::object();
    if (!S.Name.empty())
      V.add("Name", Value::string(S.Name));
    V.add("Permissions", Value::enumerator(getPermissions(S)));
    V.add("FileSize", Value::integer(S.FileSize));
    V.add("MemorySize", Value::integer(S.MemorySize));
    List.append(std::move(V), S.Name);
  }
  return List;
}

static Value describeSectionSizes(const ImageFile &Image) {
  Value List = Value::table("Section");
  for (const ImageSection &S : Image.sections()) {
    Value V = Value::object();
    V.add("Name", Value::string(getSectionName(S)));
    V.add("Size", Value::integer(S.Size));
    List.append(std::move(V), getSectionName(S));
  }
  return List;
}

static Value describeShardSizes(const ImageTables &Tables,
                                const SymbolIndex &Symbols) {
  Value List = Value::table("Shard");
  for (const auto &[Index, S] : enumerate(Tables.Shards)) {
    Value V = Value::object();
    V.add("Index", Value::integer(Index));
    if (std::optional<uint64_t> Code = getCodeSize(S, Symbols))
      V.add("Code", Value::integer(*Code));
    V.add("NumFunctions", Value::integer(S.Functions.size()));
    List.append(std::move(V), utostr(Index));
  }
  return List;
}

/// Sizes of the sections of Julia's data.
static Expected<Value> describeDataSections(StringRef Data, StringRef Name) {
  uint64_t HeaderSize = 0;
  Expected<CacheHeader> Header =
      readJuliaDataHeader(MemoryBufferRef(Data, Name), &HeaderSize);
  if (!Header)
    return Header.takeError();
  Expected<DataSections> Sections = readDataSections(Data, *Header, HeaderSize);
  if (!Sections)
    return Sections.takeError();
  Value List = Value::table("Section");
  for (auto [SectionName, Size] : {std::pair("Header", Sections->Header),
                                   {"Objects", Sections->Objects},
                                   {"Constants", Sections->Constants},
                                   {"Symbols", Sections->Symbols},
                                   {"Relocations", Sections->Relocations},
                                   {"Globals", Sections->Globals},
                                   {"Functions", Sections->Functions},
                                   {"Rest", Sections->Rest}}) {
    Value V = Value::object();
    V.add("Name", Value::enumerator(SectionName));
    V.add("Size", Value::integer(Size));
    List.append(std::move(V), SectionName);
  }
  return List;
}

static Value describeDataSizes(const ImageTables &Tables, StringRef Name,
                               Error &Problem) {
  Value V = Value::object();
  V.add("Stored", Value::integer(Tables.Data.size()));
  std::string Storage;
  Expected<StringRef> Data = getImageData(Tables, Storage);
  if (!Data) {
    Problem = joinErrors(std::move(Problem), Data.takeError());
    return V;
  }
  V.add("Decompressed", Value::integer(Data->size()));
  // Ours has no sections of Julia's.
  if (!Tables.DataHeader)
    return V;
  // They are the runtime's own business, which no check looks into: what has
  // another layout is no damage.
  if (Expected<Value> Sections = describeDataSections(*Data, Name))
    V.add("Sections", std::move(*Sections));
  else
    consumeError(Sections.takeError());
  return V;
}

namespace {
/// Some of a file's bytes.
struct Extent {
  uint64_t Begin = 0, End = 0;

  Extent(uint64_t Offset, uint64_t Size) : Begin(Offset), End(Offset + Size) {}
  /// \p Part must be of \p Whole, or empty.
  Extent(StringRef Part, StringRef Whole)
      : Extent(Part.empty() ? 0 : Part.data() - Whole.data(), Part.size()) {}

  uint64_t overlap(const Extent &Other) const {
    uint64_t From = std::max(Begin, Other.Begin);
    uint64_t To = std::min(End, Other.End);
    return From < To ? To - From : 0;
  }
};
} // namespace

/// The file by what it is for. The rows before the last add up to it.
static Value describeTotals(const ImageFile &Image, const ImageTables *Tables) {
  Extent Data(Tables ? Tables->Data : StringRef(), Image.bytes());
  Extent Header(Image.embeddedHeader().value_or(StringRef()), Image.bytes());
  uint64_t DataSize = Data.End - Data.Begin;
  uint64_t HeaderSize = Header.End - Header.Begin - Header.overlap(Data);
  // Mach-O has our header in the segment of the code.
  uint64_t Code = 0;
  for (const ImageSegment &S : Image.segments())
    if (S.IsExecutable) {
      Extent Segment(S.FileOffset, S.FileSize);
      Code += S.FileSize - std::min(S.FileSize, Segment.overlap(Data) +
                                                    Segment.overlap(Header));
    }
  uint64_t Known = DataSize + HeaderSize + Code;

  Value List = Value::table("Part");
  for (auto [Name, Bytes] :
       {std::pair("code", Code),
        {"data", DataSize},
        {"header", HeaderSize},
        {"other", Image.bytes().size() -
                      std::min<uint64_t>(Image.bytes().size(), Known)},
        {"file", Image.bytes().size()}}) {
    Value V = Value::object();
    V.add("Part", Value::enumerator(Name));
    V.add("Bytes", Value::integer(Bytes));
    List.append(std::move(V), Name);
  }
  return List;
}

Value readobj::describeImageSizes(const ImageFile &Image,
                                  const ImageTables *Tables,
                                  const SymbolIndex &Symbols, Error &Problem) {
  Value V = Value::object();
  V.add("Segments", describeSegmentSizes(Image));
  if (!Image.sections().empty())
    V.add("Sections", describeSectionSizes(Image));
  if (Tables) {
    V.add("Shards", describeShardSizes(*Tables, Symbols));
    if (!Tables->Data.empty())
      V.add("Data", describeDataSizes(*Tables, Image.name(), Problem));
  }
  V.add("Relocations", Value::integer(Image.numRelocations()));
  V.add("RelocatedPages", Value::integer(Image.numRelocatedPages()));
  V.add("Totals", describeTotals(Image, Tables));
  return V;
}

Value readobj::describeComputedDigests(const ImageFile &Image) {
  ContentDigest Digest =
      computeContentDigest(Image.canonicalContent(), Image.bytes(), 0);
  Value V = Value::object();
  V.add("Root", Value::bytes(formatDigest(Digest.Root)));
  V.add("BuildID", Value::bytes(formatBuildID(Digest.buildID())));
  V.add("Length", Value::integer(Digest.Length));
  V.add("FileCRC", Value::hex(crc32c(Image.bytes())));
  return V;
}
