//===- TablesYAML.cpp - tables and data of an image in YAML ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/TablesYAML.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Compression.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

using ShardSpec = BasicImageShard<SymbolRef>;
using ClonesSpec = BasicShardClones<SymbolRef>;

//===----------------------------------------------------------------------===//
// What is derived
//===----------------------------------------------------------------------===//

static bool isJulia(ImageDialect Dialect) {
  return Dialect != ImageDialect::PkgImg;
}

TLSSlots FormatYAML::getDefaultTLSSlots() {
  return {{SymbolRef{"jl_pgcstack_func_slot", 0}},
          {SymbolRef{"jl_pgcstack_key_slot", 0}},
          {SymbolRef{"jl_tls_offset", 0}}};
}

Reference FormatYAML::getDefaultSmallTypeof(ImageDialect Dialect) {
  return {SymbolRef{Dialect == ImageDialect::Julia1_10 ? "small_typeof"
                                                       : "jl_small_typeof",
                    0}};
}

/// What the names of features depend on, as far as the image tells.
static TargetContext getTargetContext(ImageDialect Dialect,
                                      llvm::Triple::ArchType Arch,
                                      std::optional<FeatureNumbering> Numbering,
                                      const std::optional<Header> &DataHeader) {
  TargetContext Context;
  Context.Arch = Arch;
  if (!isJulia(Dialect))
    return Context;
  switch (Dialect) {
  case ImageDialect::Julia1_9:
  case ImageDialect::Julia1_10:
    Context.Numbering = FeatureNumbering::Julia1_9;
    break;
  case ImageDialect::Julia1_14:
    Context.Numbering = FeatureNumbering::Julia1_14;
    break;
  default:
    Context.Numbering = FeatureNumbering::Julia1_12;
    break;
  }
  // 1.11 and 1.12 have one dialect, and two numberings.
  if (DataHeader && DataHeader->Version)
    if (std::optional<JuliaVersion> V =
            parseJuliaVersion(DataHeader->Version->Value))
      Context.Numbering = getFeatureNumbering(*V);
  if (Numbering)
    Context.Numbering = *Numbering;
  Context.Layout = Dialect == ImageDialect::Julia1_14
                       ? TargetDataLayout::Julia64
                       : TargetDataLayout::Julia32;
  return Context;
}

static std::vector<uint32_t> countFrom(uint64_t First, size_t Count) {
  std::vector<uint32_t> Result;
  for (size_t I = 0; I < Count; ++I)
    Result.push_back(uint32_t(First + I));
  return Result;
}

/// The functions of \p S that have slots.
static std::vector<uint32_t> getSlotFunctions(const ShardSpec &S) {
  std::vector<uint32_t> Result;
  for (const BasicCloneSlot<SymbolRef> &Slot : S.CloneSlots)
    if (Result.empty() || Result.back() != Slot.Function)
      Result.push_back(Slot.Function);
  return Result;
}

/// The clones of target \p I of shard \p S where nothing is given.
static ClonesSpec getDefaultClones(const ShardSpec &S,
                                   const CPUTargets &Targets, size_t I) {
  ClonesSpec C;
  const CPUTarget *T =
      I < Targets.Targets.size() ? &Targets.Targets[I] : nullptr;
  C.IsGroup = I == 0 || (T && T->Flags & CPUTarget::CloneAll);
  if (C.IsGroup)
    C.Indices = getSlotFunctions(S);
  else if (T && T->Base != CPUTarget::NoBase)
    C.Base = T->Base;
  return C;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static std::vector<SymbolRef> toRefs(ArrayRef<Reference> List) {
  std::vector<SymbolRef> Result;
  for (const Reference &R : List)
    Result.push_back(R.Value);
  return Result;
}

static std::vector<Reference> fromRefs(ArrayRef<SymbolRef> List) {
  std::vector<Reference> Result;
  for (const SymbolRef &R : List)
    Result.push_back({R});
  return Result;
}

Expected<ImageTablesSpec>
FormatYAML::toTables(const Tables &T, llvm::Triple::ArchType Arch,
                     const std::optional<Header> &DataHeader) {
  ImageTablesSpec Spec;
  Spec.Dialect = T.Dialect;
  Spec.Version =
      T.Version.value_or(T.Dialect == ImageDialect::Julia1_9 ? 0 : 1);
  Expected<CPUTargets> Targets = toTargets(
      T.Targets, getTargetContext(T.Dialect, Arch, T.Numbering, DataHeader));
  if (!Targets)
    return Targets.takeError();
  Spec.Targets = std::move(*Targets);
  Spec.TargetString = T.TargetString.Value;

  uint64_t NumFunctions = 0, NumGlobals = 0;
  for (const Shard &S : T.Shards) {
    ShardSpec To;
    To.Functions = toRefs(S.Functions);
    To.FunctionIndices =
        S.FunctionIndices.value_or(countFrom(NumFunctions, S.Functions.size()));
    To.Globals = toRefs(S.Globals);
    To.GlobalIndices =
        S.GlobalIndices.value_or(countFrom(NumGlobals, S.Globals.size()));
    NumFunctions += S.Functions.size();
    NumGlobals += S.Globals.size();
    for (const CloneSlot &Slot : S.CloneSlots) {
      BasicCloneSlot<SymbolRef> C;
      C.Function = Slot.Function;
      C.Slot = Slot.Slot.Value;
      To.CloneSlots.push_back(std::move(C));
    }
    size_t NumClones = std::max(S.Clones.size(), Spec.Targets.Targets.size());
    for (size_t I = 0; I < NumClones; ++I) {
      ClonesSpec C = getDefaultClones(To, Spec.Targets, I);
      if (I < S.Clones.size()) {
        const FormatYAML::Clones &Given = S.Clones[I];
        if (Given.Group && *Given.Group != C.IsGroup) {
          C.IsGroup = *Given.Group;
          C.Indices =
              C.IsGroup ? getSlotFunctions(To) : std::vector<uint32_t>();
        }
        C.Base = Given.Base.value_or(C.Base);
        if (Given.Indices) {
          C.Indices.clear();
          for (CloneIndex Index : *Given.Indices)
            C.Indices.push_back(Index.Value);
        }
        C.Functions = toRefs(Given.Functions);
      }
      To.Clones.push_back(std::move(C));
    }
    Spec.Shards.push_back(std::move(To));
  }
  Spec.NumFunctions = T.NumFunctions.value_or(uint32_t(NumFunctions));
  Spec.NumGlobals = T.NumGlobals.value_or(uint32_t(NumGlobals));

  std::optional<TLSSlots> TLS = T.TLS;
  if (!TLS && isJulia(T.Dialect) && T.Dialect != ImageDialect::Julia1_9)
    TLS = getDefaultTLSSlots();
  if (TLS)
    Spec.TLS = {TLS->Function.Value, TLS->Key.Value, TLS->Offset.Value};
  if (T.SmallTypeof)
    Spec.SmallTypeof = T.SmallTypeof->Value;
  return Spec;
}

Tables FormatYAML::fromTables(const BasicImageTables<SymbolRef> &T,
                              llvm::Triple::ArchType Arch,
                              const std::optional<Header> &DataHeader) {
  Tables To;
  To.Dialect = T.Dialect;
  if (T.Version != (T.Dialect == ImageDialect::Julia1_9 ? 0 : 1))
    To.Version = T.Version;
  To.Targets = fromTargets(
      T.Targets, getTargetContext(T.Dialect, Arch, std::nullopt, DataHeader));
  To.TargetString = T.TargetString;

  uint64_t NumFunctions = 0, NumGlobals = 0;
  for (const ShardSpec &S : T.Shards) {
    Shard E;
    E.Functions = fromRefs(S.Functions);
    if (S.FunctionIndices != countFrom(NumFunctions, S.Functions.size()))
      E.FunctionIndices = S.FunctionIndices;
    E.Globals = fromRefs(S.Globals);
    if (S.GlobalIndices != countFrom(NumGlobals, S.Globals.size()))
      E.GlobalIndices = S.GlobalIndices;
    NumFunctions += S.Functions.size();
    NumGlobals += S.Globals.size();
    for (const BasicCloneSlot<SymbolRef> &Slot : S.CloneSlots)
      E.CloneSlots.push_back({Slot.Function, {Slot.Slot}});
    // What is at the end, and is as it would be, is left out.
    size_t NumGiven = 0;
    for (auto [I, C] : enumerate(S.Clones)) {
      ClonesSpec Default = getDefaultClones(S, T.Targets, I);
      FormatYAML::Clones Given;
      if (C.IsGroup != Default.IsGroup) {
        Given.Group = C.IsGroup;
        Default.Indices =
            C.IsGroup ? getSlotFunctions(S) : std::vector<uint32_t>();
      }
      if (C.Base != Default.Base)
        Given.Base = C.Base;
      if (C.Indices != Default.Indices) {
        Given.Indices.emplace();
        for (uint32_t Index : C.Indices)
          Given.Indices->push_back({Index});
      }
      Given.Functions = fromRefs(C.Functions);
      if (Given.Group || Given.Base || Given.Indices ||
          !Given.Functions.empty())
        NumGiven = I + 1;
      else
        Given.Group = C.IsGroup; // Some key must stand there.
      E.Clones.push_back(std::move(Given));
    }
    E.Clones.resize(NumGiven);
    To.Shards.push_back(std::move(E));
  }
  if (T.NumFunctions != NumFunctions)
    To.NumFunctions = T.NumFunctions;
  if (T.NumGlobals != NumGlobals)
    To.NumGlobals = T.NumGlobals;

  if (T.TLS) {
    TLSSlots Slots{
        {T.TLS->FunctionSlot}, {T.TLS->KeySlot}, {T.TLS->OffsetSlot}};
    TLSSlots Default = getDefaultTLSSlots();
    bool IsDefault = Slots.Function.Value == Default.Function.Value &&
                     Slots.Key.Value == Default.Key.Value &&
                     Slots.Offset.Value == Default.Offset.Value;
    if (!IsDefault || !isJulia(T.Dialect) ||
        T.Dialect == ImageDialect::Julia1_9)
      To.TLS = std::move(Slots);
  }
  if (T.SmallTypeof)
    To.SmallTypeof = Reference{*T.SmallTypeof};
  return To;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

static uint8_t getPointerSize(const llvm::Triple &Target) {
  return Target.isArch64Bit() ? 8 : 4;
}

static std::string compress(StringRef Plain, int Level) {
  SmallVector<uint8_t, 0> Bytes;
  compression::zstd::compress(
      ArrayRef<uint8_t>(Plain.bytes_begin(), Plain.size()), Bytes, Level);
  return std::string(Bytes.begin(), Bytes.end());
}

Expected<StoredData> FormatYAML::buildData(const Data &D,
                                           const llvm::Triple &Target,
                                           bool HasChecksum, uint64_t MaxSize) {
  StoredData Result;
  if (D.Checksum)
    Result.Checksum = uint32_t(*D.Checksum);
  if (D.Stored) {
    if (D.TheHeader || D.Content || D.Level)
      return createStringError("Data: Stored stands for all of the data, so "
                               "that Header, Content and Level cannot be given "
                               "with it");
    Result.Bytes = D.Stored->Value;
    return Result;
  }
  std::string Plain = D.Content ? D.Content->Value : std::string();
  if (D.TheHeader) {
    Header H = *D.TheHeader;
    if (!H.PointerSize)
      H.PointerSize = getPointerSize(Target);
    if (!H.IsLittleEndian)
      H.IsLittleEndian = Target.isLittleEndian();
    Expected<std::string> Bytes = buildHeaderWithData(H, Plain, MaxSize);
    if (!Bytes)
      return createStringError("Data: Header: " + toString(Bytes.takeError()));
    Plain = std::move(*Bytes);
  }
  if (D.Compression == DataCompression::None) {
    if (D.Level)
      return createStringError("Data: Level is given without Compression");
    Result.Bytes = std::move(Plain);
    return Result;
  }
  if (!compression::zstd::isAvailable())
    return createStringError("Data: Compression needs zstd, which is not built "
                             "in");
  // Those of zstd; others are not an error for it, and mean nothing.
  constexpr int MinLevel = 1, MaxLevel = 22;
  int Level = D.Level.value_or(JuliaCompressionLevel);
  if (Level < MinLevel || Level > MaxLevel)
    return createStringError("Data: Level is " + Twine(Level) +
                             ", expected 1 to 22");
  if (HasChecksum && !Result.Checksum)
    Result.Checksum = crc32c(Plain);
  Result.Bytes = compress(Plain, Level);
  return Result;
}

/// Splits Julia's data into header and rest, if they can be put together again.
static void describePlain(StringRef Plain, const llvm::Triple &Target,
                          Data &D) {
  Expected<CacheHeader> C = readJuliaDataHeader(MemoryBufferRef(Plain, "data"));
  if (!C) {
    consumeError(C.takeError());
  } else if (C->DataStart <= Plain.size()) {
    StringRef Rest = Plain.drop_front(C->DataStart);
    Header Full = fromCacheHeader(*C);
    // Said by its place.
    Full.IsImageData = std::nullopt;
    Full.PointerSize = C->PointerSize;
    Full.IsLittleEndian = C->IsLittleEndian;
    Header Short = Full;
    Short.DataStart = Short.DataEnd = std::nullopt;
    Short.DataChecksum = std::nullopt;
    for (const Header *H : {&Short, &Full}) {
      Expected<std::string> Again =
          buildHeaderWithData(*H, Rest, /*MaxSize=*/0);
      if (!Again) {
        consumeError(Again.takeError());
      } else if (*Again == Plain) {
        D.TheHeader = *H;
        if (C->PointerSize == getPointerSize(Target))
          D.TheHeader->PointerSize = std::nullopt;
        if (C->IsLittleEndian == Target.isLittleEndian())
          D.TheHeader->IsLittleEndian = std::nullopt;
        D.Content = HexBytes(Rest);
        return;
      }
    }
  }
  D.Content = HexBytes(Plain);
}

Data FormatYAML::describeData(const ImageTables &T, const llvm::Triple &Target,
                              uint64_t MaxSize) {
  Data D;
  D.Compression = T.Compression;
  if (T.Compression == DataCompression::None) {
    describePlain(T.Data, Target, D);
    if (T.DataChecksum && *T.DataChecksum != crc32c(T.Data))
      D.Checksum = yaml::Hex32(*T.DataChecksum);
    return D;
  }
  std::string Storage;
  Expected<StringRef> Plain = getImageData(T, Storage, MaxSize);
  if (!Plain) {
    consumeError(Plain.takeError());
  } else {
    for (int Level :
         {JuliaCompressionLevel, int(compression::zstd::DefaultCompression),
          int(compression::zstd::BestSpeedCompression)}) {
      if (compress(*Plain, Level) != T.Data)
        continue;
      if (Level != JuliaCompressionLevel)
        D.Level = Level;
      describePlain(*Plain, Target, D);
      if (T.DataChecksum && *T.DataChecksum != crc32c(*Plain))
        D.Checksum = yaml::Hex32(*T.DataChecksum);
      return D;
    }
  }
  D.Stored = HexBytes(T.Data);
  if (T.DataChecksum)
    D.Checksum = yaml::Hex32(*T.DataChecksum);
  return D;
}

//===----------------------------------------------------------------------===//
// Traits
//===----------------------------------------------------------------------===//

void yaml::ScalarEnumerationTraits<ImageDialect>::enumeration(
    IO &IO, ImageDialect &Value) {
  for (ImageDialect D : {ImageDialect::Julia1_9, ImageDialect::Julia1_10,
                         ImageDialect::Julia1_11, ImageDialect::Julia1_13,
                         ImageDialect::Julia1_14, ImageDialect::PkgImg})
    IO.enumCase(Value, getDialectName(D).data(), D);
  IO.enumCase(Value, "julia-1.12", ImageDialect::Julia1_11);
}

void yaml::ScalarEnumerationTraits<DataCompression>::enumeration(
    IO &IO, DataCompression &Value) {
  IO.enumCase(Value, "none", DataCompression::None);
  IO.enumCase(Value, "zstd", DataCompression::Zstd);
}

void yaml::MappingTraits<CloneSlot>::mapping(IO &IO, CloneSlot &S) {
  IO.mapRequired("Function", S.Function);
  IO.mapRequired("Slot", S.Slot);
}

void yaml::MappingTraits<FormatYAML::Clones>::mapping(IO &IO,
                                                      FormatYAML::Clones &C) {
  IO.mapOptional("Group", C.Group);
  IO.mapOptional("Base", C.Base);
  IO.mapOptional("Indices", C.Indices);
  IO.mapOptional("Functions", C.Functions);
}

void yaml::MappingTraits<Shard>::mapping(IO &IO, Shard &S) {
  IO.mapOptional("Functions", S.Functions);
  IO.mapOptional("FunctionIndices", S.FunctionIndices);
  IO.mapOptional("Globals", S.Globals);
  IO.mapOptional("GlobalIndices", S.GlobalIndices);
  IO.mapOptional("CloneSlots", S.CloneSlots);
  IO.mapOptional("Clones", S.Clones);
}

void yaml::MappingTraits<TLSSlots>::mapping(IO &IO, TLSSlots &T) {
  IO.mapRequired("Function", T.Function);
  IO.mapRequired("Key", T.Key);
  IO.mapRequired("Offset", T.Offset);
}

void yaml::MappingTraits<Tables>::mapping(IO &IO, Tables &T) {
  IO.mapRequired("Dialect", T.Dialect);
  IO.mapOptional("Version", T.Version);
  IO.mapOptional("NumFunctions", T.NumFunctions);
  IO.mapOptional("NumGlobals", T.NumGlobals);
  IO.mapOptional("Shards", T.Shards);
  IO.mapOptional("FeatureNumbering", T.Numbering);
  IO.mapOptional("Targets", T.Targets);
  IO.mapOptional("TargetString", T.TargetString, Text());
  IO.mapOptional("TLS", T.TLS);
  IO.mapOptional("SmallTypeof", T.SmallTypeof);
}

void yaml::MappingTraits<Data>::mapping(IO &IO, Data &D) {
  IO.mapOptional("Header", D.TheHeader);
  IO.mapOptional("Compression", D.Compression, DataCompression::None);
  IO.mapOptional("Level", D.Level);
  IO.mapOptional("Content", D.Content);
  IO.mapOptional("Stored", D.Stored);
  IO.mapOptional("Checksum", D.Checksum);
  IO.mapOptional("Alignment", D.Alignment);
}
