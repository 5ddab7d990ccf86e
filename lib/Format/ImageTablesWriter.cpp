//===- ImageTablesWriter.cpp - makes the tables of an image ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TablesCheck.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

/// Names of what only the writer needs.
static constexpr StringLiteral HandlePointer("jl_RTLD_DEFAULT_handle_pointer");
static constexpr StringLiteral Handle("jl_RTLD_DEFAULT_handle");
static constexpr StringLiteral HeaderName("jl_image_header");
static constexpr StringLiteral ShardTable("jl_shard_tables");
static constexpr StringLiteral TLSTable("jl_ptls_table");
static constexpr StringLiteral TargetString("jl_cpu_target_string");
static constexpr StringLiteral EmbeddedHeader("pkgimg_header");

namespace {
/// Makes one definition, from front to back.
class Builder {
public:
  Builder(const Twine &Name, DataDefinition::LinkageType Linkage,
          DataDefinition::PlaceType Place, uint64_t Alignment,
          unsigned WordSize, endianness Endian)
      : WordSize(WordSize), Endian(Endian) {
    D.Name = Name.str();
    D.Linkage = Linkage;
    D.Place = Place;
    D.Alignment = Alignment;
  }

  void u32(uint32_t Value) {
    char Bytes[4];
    support::endian::write(Bytes, Value, Endian);
    D.Bytes.append(Bytes, sizeof(Bytes));
  }
  void word(uint64_t Value) {
    if (WordSize == 4)
      return u32(Value);
    char Bytes[8];
    support::endian::write(Bytes, Value, Endian);
    D.Bytes.append(Bytes, sizeof(Bytes));
  }
  void pointer(const SymbolRef &Target) {
    D.Fixups.push_back(
        {DataFixup::Pointer, D.Bytes.size(), Target, SymbolRef()});
    word(0);
  }
  void pointer(StringRef Symbol) { pointer(SymbolRef{Symbol.str(), 0}); }
  /// The distance from \p Minus to \p Target.
  void distance(const SymbolRef &Target, const SymbolRef &Minus) {
    if (Target != Minus)
      D.Fixups.push_back(
          {DataFixup::Difference32, D.Bytes.size(), Target, Minus});
    u32(0);
  }

  /// A table without elements is a word, since not everything that holds
  /// definitions can hold nothing.
  DataDefinition take() {
    if (!D.size())
      D.ZeroFill = WordSize;
    return std::move(D);
  }

  DataDefinition D;

private:
  unsigned WordSize;
  endianness Endian;
};

class TablesWriter {
public:
  TablesWriter(const ImageTablesSpec &Spec, const Triple &TheTriple)
      : Spec(Spec), TheTriple(TheTriple),
        Traits(getDialectTraits(Spec.Dialect)),
        WordSize(TheTriple.isArch64Bit() ? 8 : 4),
        Endian(TheTriple.isLittleEndian() ? endianness::little
                                          : endianness::big) {}

  Expected<std::vector<DataDefinition>> write();
  Expected<ObjectTables> writeForObjects();

private:
  using Shard = BasicImageShard<SymbolRef>;
  using Clones = BasicShardClones<SymbolRef>;
  using Def = DataDefinition;

  Error checkSymbols() const;
  Error checkData() const;
  /// Checks all, and makes the tables.
  Error makeTables();

  /// A hidden table of a shard, or an exported one of 1.9.
  Builder table(StringRef Name, size_t ShardIndex, Def::PlaceType Place,
                uint64_t Alignment) const {
    if (!Traits.hasRoot())
      return Builder(Name, Def::Exported, Place, Alignment, WordSize, Endian);
    return Builder(Name + "_" + Twine(ShardIndex), Def::Hidden, Place,
                   Alignment, WordSize, Endian);
  }
  Builder other(StringRef Name, Def::LinkageType Linkage, Def::PlaceType Place,
                uint64_t Alignment = 0) const {
    return Builder(Name, Linkage, Place, Alignment ? Alignment : WordSize,
                   WordSize, Endian);
  }
  void add(Builder B) { Definitions.push_back(B.take()); }
  void addIndices(StringRef Name, size_t ShardIndex,
                  const std::vector<uint32_t> &Indices);

  std::optional<SymbolRef> functionBase(const Shard &S, size_t Index) const;
  std::optional<SymbolRef> globalBase(const Shard &S, size_t Index) const;
  void addShard(const Shard &S, size_t Index);
  void addMetadata(const std::string &TargetData);
  void addTLSSlots();
  void addData();
  void addEmbeddedHeader();

  const ImageTablesSpec &Spec;
  const Triple &TheTriple;
  const DialectTraits &Traits;
  const unsigned WordSize;
  const endianness Endian;
  bool IsForObjects = false;
  std::vector<DataDefinition> Definitions;
};
} // namespace

/// What functions' distances in a shard are from, up to 1.10; nullopt if it has
/// no function. For Julia an alias of the first function, which a definition
/// cannot express; the symbol is only looked up in 1.9, where it gets a word.
std::optional<SymbolRef> TablesWriter::functionBase(const Shard &S,
                                                    size_t Index) const {
  if (!Traits.hasRoot())
    return SymbolRef{symbols::Functions1_9.str(), 0};
  if (S.Functions.empty())
    return std::nullopt;
  if (IsForObjects)
    return SymbolRef{(Traits.Functions + Twine("_") + Twine(Index)).str(), 0};
  return S.Functions.front();
}

/// The same for globals and slots.
std::optional<SymbolRef> TablesWriter::globalBase(const Shard &S,
                                                  size_t Index) const {
  if (!Traits.hasRoot())
    return SymbolRef{symbols::Globals1_9.str(), 0};
  if (S.Globals.empty() && S.CloneSlots.empty())
    return std::nullopt;
  if (IsForObjects)
    return SymbolRef{(Traits.Globals + Twine("_") + Twine(Index)).str(), 0};
  if (!S.Globals.empty())
    return S.Globals.front();
  return S.CloneSlots.front().Slot;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

Error TablesWriter::checkSymbols() const {
  auto check = [](const SymbolRef &Ref, const Twine &What) -> Error {
    if (!Ref.Symbol.empty())
      return Error::success();
    return createStringError(What + " names no symbol");
  };
  for (size_t I = 0; I < Spec.Shards.size(); ++I) {
    const Shard &S = Spec.Shards[I];
    std::string Where =
        Traits.hasRoot() ? ("shard " + Twine(I) + ": ").str() : std::string();
    for (size_t J = 0; J < S.Functions.size(); ++J)
      if (Error E = check(S.Functions[J],
                          Where + Traits.Functions + "[" + Twine(J) + "]"))
        return E;
    for (size_t J = 0; J < S.Globals.size(); ++J)
      if (Error E = check(S.Globals[J],
                          Where + Traits.Globals + "[" + Twine(J) + "]"))
        return E;
    for (size_t J = 0; J < S.CloneSlots.size(); ++J)
      if (Error E = check(S.CloneSlots[J].Slot,
                          Where + Traits.CloneSlots + "[" + Twine(J) + "]"))
        return E;
    for (size_t J = 0; J < S.Clones.size(); ++J)
      for (size_t K = 0; K < S.Clones[J].Functions.size(); ++K)
        if (Error E = check(S.Clones[J].Functions[K],
                            Where + Traits.Clones + ", target " + Twine(J) +
                                "[" + Twine(K) + "]"))
          return E;
  }
  if (Spec.TLS) {
    const std::pair<const SymbolRef *, StringRef> Slots[] = {
        {&Spec.TLS->FunctionSlot, symbols::TLSFunction},
        {&Spec.TLS->KeySlot, symbols::TLSKey},
        {&Spec.TLS->OffsetSlot, symbols::TLSOffset}};
    for (auto [Ref, Name] : Slots) {
      if (Error E = check(*Ref, Name))
        return E;
      if (!Traits.hasRoot() && (Ref->Symbol != Name || Ref->Offset))
        return createStringError(Traits.Name + " finds the slot '" + Name +
                                 "' by that name alone, not as '" +
                                 Ref->Symbol + "'");
    }
  }
  if (Spec.SmallTypeof)
    return check(*Spec.SmallTypeof, "jl_small_typeof");
  return Error::success();
}

Error TablesWriter::checkData() const {
  if (StringRef(Spec.TargetString).contains('\0'))
    return createStringError("the target string has a NUL in it");
  if (Spec.DataAlignment && !isPowerOf2_64(Spec.DataAlignment))
    return createStringError("the alignment of the data is " +
                             Twine(Spec.DataAlignment) +
                             ", expected a power of two");
  if (!Spec.Data) {
    if (Traits.IsJulia)
      return createStringError("the image has no data, which the loader of " +
                               Twine(Traits.Name) + " needs");
    if (Spec.Compression != DataCompression::None || Spec.DataChecksum)
      return createStringError("the image has no data that could be compressed "
                               "or have a checksum");
    return Error::success();
  }
  if (WordSize == 4 && Spec.Data->size() > UINT32_MAX)
    return createStringError("the data has " + Twine(Spec.Data->size()) +
                             " bytes, more than " + TheTriple.str() +
                             " can address");
  bool IsCompressed = Spec.Compression == DataCompression::Zstd;
  if (IsCompressed && !Traits.hasTargetString())
    return createStringError("the data is compressed, which the loader of " +
                             Twine(Traits.Name) + " cannot read");
  if (IsCompressed && !isZstd(*Spec.Data))
    return createStringError("the data is said to be compressed, and does not "
                             "begin as zstd's frames do");
  // Ours has nothing else that tells.
  if (!IsCompressed && !Traits.IsJulia && isZstd(*Spec.Data))
    return createStringError("the data is said not to be compressed, and "
                             "begins as zstd's frames do");
  if (Spec.DataChecksum && !Traits.hasChecksum())
    return createStringError(Twine(Traits.Name) +
                             " has no place for a checksum of the data");
  if (IsCompressed && Traits.hasChecksum() && !Spec.DataChecksum)
    return createStringError("the checksum of the data before compression is "
                             "missing, which " +
                             Twine(Traits.Name) + " stores");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

void TablesWriter::addIndices(StringRef Name, size_t ShardIndex,
                              const std::vector<uint32_t> &Indices) {
  Builder B = table(Name, ShardIndex, Def::ReadOnly, 4);
  for (uint32_t I : Indices)
    B.u32(I);
  add(std::move(B));
}

void TablesWriter::addShard(const Shard &S, size_t Index) {
  std::optional<SymbolRef> FunctionBase = functionBase(S, Index);
  std::optional<SymbolRef> GlobalBase = globalBase(S, Index);
  // From 1.11 on, distances are from the table that they are in.
  auto baseOf = [&](const std::optional<SymbolRef> &Base, const Builder &B) {
    return Traits.HasPointers || !Base ? SymbolRef{B.D.Name, 0} : *Base;
  };

  if (!Traits.hasRoot()) {
    for (StringRef Name :
         {StringRef(symbols::Functions1_9), StringRef(symbols::Globals1_9)}) {
      Builder B = table(Name, Index, Def::ReadOnly, WordSize);
      B.word(0);
      add(std::move(B));
    }
  } else {
    addIndices(Traits.FunctionIndices, Index, S.FunctionIndices);
    addIndices(Traits.GlobalIndices, Index, S.GlobalIndices);
  }

  if (Traits.HasPointers) {
    Builder Count = table("jl_fvar_count", Index, Def::ReadOnly, WordSize);
    Count.word(S.Functions.size());
    add(std::move(Count));
    Builder B = table(Traits.Functions, Index, Def::RelRO, WordSize);
    for (const SymbolRef &F : S.Functions)
      B.pointer(F);
    add(std::move(B));
  } else {
    Builder B = table(Traits.Functions, Index, Def::ReadOnly, 4);
    B.u32(S.Functions.size());
    for (const SymbolRef &F : S.Functions)
      B.distance(F, baseOf(FunctionBase, B));
    add(std::move(B));
  }

  Builder Globals = table(Traits.Globals, Index, Def::ReadOnly, 4);
  Globals.u32(S.Globals.size());
  for (const SymbolRef &G : S.Globals)
    Globals.distance(G, baseOf(GlobalBase, Globals));
  add(std::move(Globals));

  Builder Slots = table(Traits.CloneSlots, Index, Def::ReadOnly, 4);
  Slots.u32(S.CloneSlots.size());
  for (const BasicCloneSlot<SymbolRef> &Slot : S.CloneSlots) {
    Slots.u32(Slot.Function);
    Slots.distance(Slot.Slot, baseOf(GlobalBase, Slots));
  }
  add(std::move(Slots));

  Builder Indices = table(Traits.CloneIndices, Index, Def::ReadOnly, 4);
  Builder Functions = table(Traits.Clones, Index,
                            Traits.HasPointers ? Def::RelRO : Def::ReadOnly,
                            Traits.HasPointers ? WordSize : 4);
  for (const Clones &C : S.Clones) {
    Indices.u32(uint32_t(C.Indices.size()) |
                (C.IsGroup ? Clones::UseSlots : 0));
    if (!C.IsGroup)
      Indices.u32(C.Base);
    for (uint32_t I : C.Indices)
      Indices.u32(I);
    for (const SymbolRef &F : C.Functions) {
      if (Traits.HasPointers)
        Functions.pointer(F);
      else
        Functions.distance(F, baseOf(FunctionBase, Functions));
    }
  }
  add(std::move(Indices));
  add(std::move(Functions));
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

/// Defines the slots that the caller left to the writer by using their own
/// names.
void TablesWriter::addTLSSlots() {
  if (!Spec.TLS)
    return;
  const std::pair<const SymbolRef *, StringRef> Slots[] = {
      {&Spec.TLS->FunctionSlot, symbols::TLSFunction},
      {&Spec.TLS->KeySlot, symbols::TLSKey},
      {&Spec.TLS->OffsetSlot, symbols::TLSOffset}};
  for (auto [Ref, Name] : Slots) {
    if (Ref->Symbol != Name || Ref->Offset)
      continue;
    Builder B =
        other(Name, Traits.hasRoot() ? Def::Hidden : Def::Exported, Def::Data);
    B.D.ZeroFill = WordSize;
    add(std::move(B));
  }
}

void TablesWriter::addMetadata(const std::string &TargetData) {
  // By this pointer the loader makes sure that it is the one that the image was
  // linked with. A word of data cannot hold an import's address in COFF.
  bool HasHandle = Traits.IsJulia && !Traits.hasTargetString() &&
                   !TheTriple.isOSBinFormatCOFF();
  if (HasHandle) {
    Builder B = other(HandlePointer, Def::Exported, Def::RelRO);
    B.pointer(Handle);
    add(std::move(B));
  }

  Builder Targets =
      other(symbols::TargetData,
            Traits.hasRoot() ? Def::Internal : Def::Exported, Def::ReadOnly, 8);
  Targets.D.Bytes = TargetData;
  add(std::move(Targets));
  if (!Traits.hasRoot())
    return addTLSSlots();

  Builder Shards = other(ShardTable, Def::Hidden, Def::RelRO);
  for (size_t I = 0; I < Spec.Shards.size(); ++I) {
    const Shard &S = Spec.Shards[I];
    auto own = [&](StringRef Name) {
      Shards.pointer((Name + "_" + Twine(I)).str());
    };
    auto base = [&](const std::optional<SymbolRef> &Base) {
      if (Base)
        Shards.pointer(*Base);
      else
        Shards.word(0);
    };
    if (Traits.HasPointers)
      own("jl_fvar_count");
    else
      base(functionBase(S, I));
    own(Traits.Functions);
    own(Traits.FunctionIndices);
    if (!Traits.HasPointers)
      base(globalBase(S, I));
    own(Traits.Globals);
    own(Traits.GlobalIndices);
    own(Traits.CloneSlots);
    own(Traits.Clones);
    own(Traits.CloneIndices);
  }
  add(std::move(Shards));

  addTLSSlots();
  if (Spec.TLS) {
    Builder B = other(TLSTable, Def::Hidden, Def::RelRO);
    B.pointer(Spec.TLS->FunctionSlot);
    B.pointer(Spec.TLS->KeySlot);
    B.pointer(Spec.TLS->OffsetSlot);
    add(std::move(B));
  }

  Builder Header = other(HeaderName, Def::Internal, Def::ReadOnly, 4);
  Header.u32(Spec.Version);
  Header.u32(Spec.Shards.size());
  Header.u32(Spec.NumFunctions);
  Header.u32(Spec.NumGlobals);
  add(std::move(Header));

  StringRef SmallTypeof = Spec.Dialect == ImageDialect::Julia1_10
                              ? "small_typeof"
                              : "jl_small_typeof";
  if (Spec.SmallTypeof && Spec.SmallTypeof->Symbol == SmallTypeof &&
      !Spec.SmallTypeof->Offset) {
    Builder B = other(SmallTypeof, Def::Hidden, Def::Data, 16);
    B.D.ZeroFill = SmallTypeofSize;
    add(std::move(B));
  }

  if (Traits.hasTargetString()) {
    Builder B = other(TargetString, Def::Internal, Def::ReadOnly, 1);
    B.D.Bytes = Spec.TargetString;
    B.D.ZeroFill = 1;
    add(std::move(B));
  }

  Builder Root = other(symbols::Root, Def::Exported, Def::RelRO);
  Root.pointer(HeaderName);
  Root.pointer(ShardTable);
  if (Spec.TLS)
    Root.pointer(TLSTable);
  else
    Root.word(0);
  if (Spec.SmallTypeof)
    Root.pointer(*Spec.SmallTypeof);
  else
    Root.word(0);
  Root.pointer(symbols::TargetData);
  if (Traits.hasTargetString())
    Root.pointer(TargetString);
  add(std::move(Root));
}

void TablesWriter::addData() {
  if (Spec.Data) {
    uint64_t Alignment = Spec.DataAlignment;
    if (!Alignment)
      Alignment = Traits.hasTargetString() ? 4096 : 64;
    Builder Data = other(symbols::Data, Def::Exported, Def::Data, Alignment);
    if (IsForObjects)
      Data.D.ZeroFill = Spec.Data->size();
    else
      Data.D.Bytes = Spec.Data->str();
    add(std::move(Data));
    Builder Size = other(symbols::DataSize, Def::Exported, Def::ReadOnly);
    Size.word(Spec.Data->size());
    add(std::move(Size));
  }
  if (Traits.hasChecksum()) {
    Builder B = other(symbols::Checksum, Def::Exported, Def::ReadOnly, 4);
    B.u32(Spec.DataChecksum ? *Spec.DataChecksum : crc32c(*Spec.Data));
    add(std::move(B));
  }
  if (Traits.hasUnpack()) {
    Builder B = other(symbols::Unpack, Def::Exported, Def::RelRO);
    B.pointer(Spec.Compression == DataCompression::Zstd ? symbols::UnpackZstd
                                                        : symbols::UnpackPlain);
    add(std::move(B));
  }
}

void TablesWriter::addEmbeddedHeader() {
  if (Spec.EmbeddedHeader.empty())
    return;
  Builder B = other(EmbeddedHeader, Def::Internal, Def::Header, 8);
  B.D.Bytes = Spec.EmbeddedHeader;
  add(std::move(B));
}

Error TablesWriter::makeTables() {
  if (!TheTriple.isArch64Bit() && !TheTriple.isArch32Bit())
    return createStringError("'" + TheTriple.str() +
                             "' has pointers of neither 32 nor 64 bits");
  if (Error E = checkImageTables(Spec))
    return E;
  if (Error E = checkSymbols())
    return E;
  if (Error E = checkData())
    return E;
  Expected<std::string> TargetData =
      writeTargetData(Spec.Targets, TheTriple.isLittleEndian());
  if (!TargetData)
    return createStringError(symbols::TargetData + ": " +
                             toString(TargetData.takeError()));
  for (size_t I = 0; I < Spec.Shards.size(); ++I)
    addShard(Spec.Shards[I], I);
  addMetadata(*TargetData);
  return Error::success();
}

Expected<std::vector<DataDefinition>> TablesWriter::write() {
  if (Error E = makeTables())
    return std::move(E);
  addData();
  addEmbeddedHeader();
  return std::move(Definitions);
}

Expected<ObjectTables> TablesWriter::writeForObjects() {
  IsForObjects = true;
  if (Error E = makeTables())
    return std::move(E);
  addEmbeddedHeader();
  ObjectTables Result;
  Result.Tables = std::move(Definitions);
  Definitions.clear();
  addData();
  Result.Data = std::move(Definitions);
  return std::move(Result);
}

Expected<std::vector<DataDefinition>>
pkgimg::writeImageTables(const ImageTablesSpec &Spec, const Triple &TheTriple) {
  return TablesWriter(Spec, TheTriple).write();
}

Expected<ObjectTables> pkgimg::writeObjectTables(const ImageTablesSpec &Spec,
                                                 const Triple &TheTriple) {
  return TablesWriter(Spec, TheTriple).writeForObjects();
}
