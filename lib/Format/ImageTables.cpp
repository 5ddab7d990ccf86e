//===- ImageTables.cpp - reads the tables of an image ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteView.h"
#include "InputCheckImpl.h"
#include "TablesCheck.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pkgimg;

namespace {
/// Where the tables of one shard are. 0 where the dialect has no such table.
struct ShardPlaces {
  uint64_t FunctionBase = 0;
  uint64_t FunctionCount = 0;
  uint64_t Functions = 0;
  uint64_t FunctionIndices = 0;
  uint64_t GlobalBase = 0;
  uint64_t Globals = 0;
  uint64_t GlobalIndices = 0;
  uint64_t CloneSlots = 0;
  uint64_t Clones = 0;
  uint64_t CloneIndices = 0;
};

/// Reads the tables of an image as those of one dialect.
///
/// Reading only makes sure that what is read is there, and that addresses have
/// the kind of memory that they need; checkImageTables() does the rest.
class TablesReader {
public:
  TablesReader(const ImageFile &Image, ImageDialect Dialect)
      : Image(Image), Traits(getDialectTraits(Dialect)),
        WordSize(Image.pointerSize()), Budget(Image.bytes().size()) {
    T.Dialect = Dialect;
  }

  Expected<ImageTables> read();

private:
  using Shard = BasicImageShard<uint64_t>;
  using Clones = BasicShardClones<uint64_t>;

  Error damaged(const Twine &What) const {
    return createStringError(Image.name() + ": " + What +
                             "; the file is damaged: make the image again");
  }

  /// \name What the tables are made of
  /// @{
  Expected<ByteView> table(uint64_t Address, uint64_t Count, unsigned EltSize,
                           const Twine &What);
  Expected<uint32_t> number(uint64_t Address, const Twine &What);
  Expected<uint64_t> pointer(uint64_t Address, const Twine &What,
                             bool AllowNull = false);
  Expected<uint64_t> symbol(StringRef Name) const;
  Error checkFunction(uint64_t Address, const Twine &What);
  Error checkSlot(uint64_t Address, uint64_t Size, const Twine &What) const;
  /// \p Base + \p Distance in the arithmetic of the target.
  uint64_t relative(uint64_t Base, uint32_t Distance) const {
    uint64_t Sum = Base + uint64_t(int64_t(int32_t(Distance)));
    return WordSize == 4 ? uint32_t(Sum) : Sum;
  }
  /// @}

  Expected<std::vector<uint64_t>>
  functionPointers(uint64_t Address, uint64_t Count, const Twine &What);
  Expected<std::vector<uint64_t>> functionOffsets(uint64_t Address,
                                                  uint64_t Count, uint64_t Base,
                                                  const Twine &What);
  Expected<std::vector<uint32_t>> numbers(uint64_t Address, uint64_t Count,
                                          const Twine &What);
  Error indices(uint64_t Address, size_t Count, StringRef What,
                std::vector<uint32_t> &Result);

  Error readRoot();
  Error readLooseSymbols();
  Error readTargets(uint64_t Address);
  Error readTargetString(uint64_t Address);
  Expected<StringRef> readRest(uint64_t Address, const Twine &What) const;
  Error readTLS(uint64_t Function, uint64_t Key, uint64_t Offset);
  Error readShardTable(uint64_t Address, uint32_t NumShards);
  Error readShard(const ShardPlaces &P);
  Error readFunctions(const ShardPlaces &P, Shard &S);
  Error readGlobals(const ShardPlaces &P, Shard &S);
  Error readSlots(const ShardPlaces &P, Shard &S);
  Error readClones(const ShardPlaces &P, Shard &S);
  Error readUnpack();
  Error readData();

  const ImageFile &Image;
  const DialectTraits &Traits;
  const unsigned WordSize;
  ImageTables T;
  /// What errors in a shard begin with: "shard 3: ", or nothing for 1.9.
  std::string Where;
  /// The bytes that tables may still have. Each byte of a sound file is in one
  /// table at most; shards that share their tables could make a small file take
  /// time and memory out of proportion.
  uint64_t Budget;
  /// The segment of the last function, since the next is probably there, too.
  const ImageSegment *LastCode = nullptr;
};
} // namespace

//===----------------------------------------------------------------------===//
// Bytes, words, and addresses
//===----------------------------------------------------------------------===//

/// Returns \p Count elements, at most 2^32, of at most 8 bytes, so that there
/// is no overflow.
Expected<ByteView> TablesReader::table(uint64_t Address, uint64_t Count,
                                       unsigned EltSize, const Twine &What) {
  // A table without elements may be anywhere.
  if (!Count)
    return ByteView();
  Expected<StringRef> Bytes = Image.read(Address, Count * EltSize, What);
  if (!Bytes)
    return Bytes.takeError();
  if (Bytes->size() > Budget)
    return damaged(What + " at address " + hexString(Address) +
                   ": the tables up to here have more bytes than the file, so "
                   "that some overlap");
  Budget -= Bytes->size();
  return ByteView(*Bytes, Image.isLittleEndian());
}

Expected<uint32_t> TablesReader::number(uint64_t Address, const Twine &What) {
  Expected<ByteView> V = table(Address, 1, 4, What);
  if (!V)
    return V.takeError();
  return V->u32(0);
}

Expected<uint64_t> TablesReader::pointer(uint64_t Address, const Twine &What,
                                         bool AllowNull) {
  Expected<ImageWord> Word = Image.readWord(Address, What);
  if (!Word)
    return Word.takeError();
  switch (Word->Kind) {
  case ImageWord::Address:
    return Word->Value;
  case ImageWord::Import:
    return damaged(What +
                   ": expected an address of the image, found the "
                   "import '" +
                   Word->Symbol + "'");
  case ImageWord::Constant:
    if (Word->Value)
      return damaged(What +
                     ": expected an address of the image, found the "
                     "number " +
                     hexString(Word->Value));
    if (!AllowNull)
      return damaged(What + ": expected an address, found null");
    return 0;
  }
  llvm_unreachable("unknown word");
}

Expected<uint64_t> TablesReader::symbol(StringRef Name) const {
  if (const ImageSymbol *S = Image.findExport(Name))
    return S->Address;
  return createStringError(Image.name() + ": '" + Name +
                           "' is not exported; an image of " + Traits.Name +
                           " has it: was the image linked with all of its "
                           "objects?");
}

Error TablesReader::checkFunction(uint64_t Address, const Twine &What) {
  if (LastCode && Address >= LastCode->Address &&
      Address - LastCode->Address < LastCode->MemorySize)
    return Error::success();
  const ImageSegment *S = Image.findSegment(Address);
  // 64-bit PowerPC ELF ABI, version 1: the address of a function is that of its
  // descriptor, whose first word is the address of its code.
  if (S && !S->IsExecutable && Image.arch() == Triple::ppc64) {
    Expected<ImageWord> Code = Image.readWord(Address, What);
    if (!Code)
      return Code.takeError();
    S = Code->Kind == ImageWord::Address ? Image.findSegment(Code->Value)
                                         : nullptr;
    if (S && S->IsExecutable)
      return Error::success();
  }
  if (!S || !S->IsExecutable)
    return damaged(What + ": the address " + hexString(Address) +
                   " is not in an executable segment");
  LastCode = S;
  return Error::success();
}

// Loaders write to slots without changing the protection of pages, so that PE's
// .rdata will not do. ELF's RELRO and Mach-O's __DATA_CONST are in segments
// that are writable by their headers; nothing in the tables tells them apart.
Error TablesReader::checkSlot(uint64_t Address, uint64_t Size,
                              const Twine &What) const {
  const ImageSegment *S = Image.findSegment(Address);
  if (S && S->IsWritable && Image.isMapped(Address, Size))
    return Error::success();
  return damaged(What + ": the " + Twine(Size) + " bytes at address " +
                 hexString(Address) + " are not in a writable segment");
}

Expected<std::vector<uint64_t>>
TablesReader::functionPointers(uint64_t Address, uint64_t Count,
                               const Twine &What) {
  Expected<ByteView> V = table(Address, Count, WordSize, What);
  if (!V)
    return V.takeError();
  std::vector<uint64_t> Result;
  Result.reserve(Count);
  for (uint64_t I = 0; I < Count; ++I) {
    Expected<uint64_t> F =
        pointer(Address + I * WordSize, What + "[" + Twine(I) + "]");
    if (!F)
      return F.takeError();
    if (Error E = checkFunction(*F, What + "[" + Twine(I) + "]"))
      return E;
    Result.push_back(*F);
  }
  return Result;
}

Expected<std::vector<uint64_t>>
TablesReader::functionOffsets(uint64_t Address, uint64_t Count, uint64_t Base,
                              const Twine &What) {
  Expected<ByteView> V = table(Address, Count, 4, What);
  if (!V)
    return V.takeError();
  std::vector<uint64_t> Result;
  Result.reserve(Count);
  for (uint64_t I = 0; I < Count; ++I) {
    uint64_t F = relative(Base, V->u32(I * 4));
    if (Error E = checkFunction(F, What + "[" + Twine(I) + "]"))
      return E;
    Result.push_back(F);
  }
  return Result;
}

Expected<std::vector<uint32_t>>
TablesReader::numbers(uint64_t Address, uint64_t Count, const Twine &What) {
  Expected<ByteView> V = table(Address, Count, 4, What);
  if (!V)
    return V.takeError();
  std::vector<uint32_t> Result;
  Result.reserve(Count);
  for (uint64_t I = 0; I < Count; ++I)
    Result.push_back(V->u32(I * 4));
  return Result;
}

/// Reads the map from the functions, or globals, of a shard to the image's.
Error TablesReader::indices(uint64_t Address, size_t Count, StringRef What,
                            std::vector<uint32_t> &Result) {
  if (!Traits.hasRoot()) {
    for (size_t I = 0; I < Count; ++I)
      Result.push_back(I);
    return Error::success();
  }
  return numbers(Address, Count, Where + What).moveInto(Result);
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

Error TablesReader::readFunctions(const ShardPlaces &P, Shard &S) {
  if (Traits.HasPointers) {
    // The count is a word, in memory of its own.
    Expected<ImageWord> Count =
        Image.readWord(P.FunctionCount, Where + "jl_fvar_count");
    if (!Count)
      return Count.takeError();
    if (Count->Kind != ImageWord::Constant || Count->Value > T.NumFunctions)
      return damaged(
          Where + "jl_fvar_count: expected at most the " +
          Twine(T.NumFunctions) + " functions of jl_image_header, found " +
          (Count->Kind == ImageWord::Constant ? utostr(Count->Value)
                                              : std::string("an address")));
    if (Error E = functionPointers(P.Functions, Count->Value,
                                   Where + Traits.Functions)
                      .moveInto(S.Functions))
      return E;
  } else {
    Expected<uint32_t> Count = number(P.Functions, Where + Traits.Functions);
    if (!Count)
      return Count.takeError();
    if (Error E = functionOffsets(P.Functions + 4, *Count, P.FunctionBase,
                                  Where + Traits.Functions)
                      .moveInto(S.Functions))
      return E;
  }
  return indices(P.FunctionIndices, S.Functions.size(), Traits.FunctionIndices,
                 S.FunctionIndices);
}

Error TablesReader::readGlobals(const ShardPlaces &P, Shard &S) {
  Expected<uint32_t> Count = number(P.Globals, Where + Traits.Globals);
  if (!Count)
    return Count.takeError();
  Expected<ByteView> V =
      table(P.Globals + 4, *Count, 4, Where + Traits.Globals);
  if (!V)
    return V.takeError();
  S.Globals.reserve(*Count);
  for (uint64_t I = 0; I < *Count; ++I) {
    uint64_t G = relative(P.GlobalBase, V->u32(I * 4));
    if (Error E = checkSlot(G, WordSize,
                            Where + Traits.Globals + "[" + Twine(I) + "]"))
      return E;
    S.Globals.push_back(G);
  }
  return indices(P.GlobalIndices, *Count, Traits.GlobalIndices,
                 S.GlobalIndices);
}

Error TablesReader::readSlots(const ShardPlaces &P, Shard &S) {
  Expected<uint32_t> Count = number(P.CloneSlots, Where + Traits.CloneSlots);
  if (!Count)
    return Count.takeError();
  Expected<ByteView> V =
      table(P.CloneSlots + 4, *Count, 8, Where + Traits.CloneSlots);
  if (!V)
    return V.takeError();
  // Up to 1.10 the distances are from the globals' base, since then from the
  // table itself (#52865).
  uint64_t Base = Traits.HasPointers ? P.CloneSlots : P.GlobalBase;
  S.CloneSlots.reserve(*Count);
  for (uint64_t I = 0; I < *Count; ++I) {
    uint64_t Slot = relative(Base, V->u32(I * 8 + 4));
    if (Error E = checkSlot(Slot, WordSize,
                            Where + Traits.CloneSlots + "[" + Twine(I) + "]"))
      return E;
    S.CloneSlots.push_back({V->u32(I * 8), Slot});
  }
  return Error::success();
}

Error TablesReader::readClones(const ShardPlaces &P, Shard &S) {
  uint64_t NextIndex = P.CloneIndices;
  uint64_t NextClone = P.Clones;
  for (size_t I = 0; I < T.Targets.Targets.size(); ++I) {
    Clones C;
    auto What = [&](StringRef Table) {
      return (Where + Table + ", target " + Twine(I)).str();
    };
    std::string InIndices = What(Traits.CloneIndices);
    Expected<uint32_t> Length = number(NextIndex, InIndices);
    if (!Length)
      return Length.takeError();
    NextIndex += 4;
    C.IsGroup = *Length & Clones::UseSlots;
    uint64_t NumIndices = *Length & ~Clones::UseSlots;
    if (!C.IsGroup) {
      if (Error E = number(NextIndex, InIndices).moveInto(C.Base))
        return E;
      NextIndex += 4;
    }
    if (Error E = numbers(NextIndex, NumIndices, InIndices).moveInto(C.Indices))
      return E;
    NextIndex += NumIndices * 4;

    uint64_t NumClones = NumIndices;
    if (C.IsGroup)
      NumClones = I == 0 ? 0 : S.Functions.size();
    if (Error E =
            (Traits.HasPointers
                 ? functionPointers(NextClone, NumClones, What(Traits.Clones))
                 : functionOffsets(NextClone, NumClones, P.FunctionBase,
                                   What(Traits.Clones)))
                .moveInto(C.Functions))
      return E;
    NextClone += NumClones * (Traits.HasPointers ? WordSize : 4);
    S.Clones.push_back(std::move(C));
  }
  return Error::success();
}

Error TablesReader::readShard(const ShardPlaces &P) {
  Shard S;
  if (Error E = readFunctions(P, S))
    return E;
  if (Error E = readGlobals(P, S))
    return E;
  if (Error E = readSlots(P, S))
    return E;
  if (Error E = readClones(P, S))
    return E;
  T.Shards.push_back(std::move(S));
  return Error::success();
}

Error TablesReader::readShardTable(uint64_t Address, uint32_t NumShards) {
  const uint64_t Size = uint64_t(Traits.ShardWords) * WordSize;
  if (Expected<ByteView> V =
          table(Address, uint64_t(NumShards) * Traits.ShardWords, WordSize,
                "jl_shard_tables");
      !V)
    return V.takeError();
  for (uint32_t I = 0; I < NumShards; ++I) {
    Where = ("shard " + Twine(I) + ": ").str();
    uint64_t Word = Address + I * Size;
    auto next = [&](uint64_t &Place, StringRef Name, bool AllowNull = false) {
      uint64_t At = Word;
      Word += WordSize;
      return pointer(At, Where + Name, AllowNull).moveInto(Place);
    };
    ShardPlaces P;
    if (Traits.HasPointers) {
      if (Error E = next(P.FunctionCount, "jl_fvar_count"))
        return E;
    } else if (Error E = next(P.FunctionBase, "jl_fvar_base",
                              /*AllowNull=*/true)) {
      return E;
    }
    if (Error E = next(P.Functions, Traits.Functions))
      return E;
    if (Error E = next(P.FunctionIndices, Traits.FunctionIndices))
      return E;
    if (!Traits.HasPointers)
      if (Error E = next(P.GlobalBase, "jl_gvar_base", /*AllowNull=*/true))
        return E;
    if (Error E = next(P.Globals, Traits.Globals))
      return E;
    if (Traits.HasPointers)
      P.GlobalBase = P.Globals;
    if (Error E = next(P.GlobalIndices, Traits.GlobalIndices))
      return E;
    if (Error E = next(P.CloneSlots, Traits.CloneSlots))
      return E;
    if (Error E = next(P.Clones, Traits.Clones))
      return E;
    if (Error E = next(P.CloneIndices, Traits.CloneIndices))
      return E;
    if (Error E = readShard(P))
      return E;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// What the shards hang from
//===----------------------------------------------------------------------===//

/// What the file has of the segment from \p Address on.
Expected<StringRef> TablesReader::readRest(uint64_t Address,
                                           const Twine &What) const {
  const ImageSegment *S = Image.findSegment(Address);
  uint64_t Offset = S ? Address - S->Address : 0;
  // Without a byte, the error is that of one that is not there.
  return Image.read(Address,
                    S && Offset < S->FileSize ? S->FileSize - Offset : 1, What);
}

Error TablesReader::readTargets(uint64_t Address) {
  // The blob does not say how long it is.
  Expected<StringRef> Blob = readRest(Address, symbols::TargetData);
  if (!Blob)
    return Blob.takeError();
  uint64_t Used = 0;
  Expected<CPUTargets> Targets =
      readTargetData(*Blob, Traits.Layout, Image.isLittleEndian(), &Used);
  if (!Targets)
    // It says what to do.
    return createStringError(Image.name() + ": " + symbols::TargetData +
                             " at address " + hexString(Address) + ": " +
                             toString(Targets.takeError()));
  T.Targets = std::move(*Targets);
  T.TargetData = Blob->take_front(Used);
  return Error::success();
}

Error TablesReader::readTargetString(uint64_t Address) {
  if (!Address)
    return Error::success();
  Expected<StringRef> Bytes = readRest(Address, "the target string");
  if (!Bytes)
    return Bytes.takeError();
  std::optional<StringRef> String = ByteView(*Bytes).cString(0);
  if (!String)
    return damaged("the target string at address " + hexString(Address) +
                   " has no end");
  T.TargetString = String->str();
  return Error::success();
}

Error TablesReader::readTLS(uint64_t Function, uint64_t Key, uint64_t Offset) {
  if (Error E = checkSlot(Function, WordSize, symbols::TLSFunction))
    return E;
  if (Error E = checkSlot(Key, WordSize, symbols::TLSKey))
    return E;
  if (Error E = checkSlot(Offset, WordSize, symbols::TLSOffset))
    return E;
  T.TLS = {Function, Key, Offset};
  return Error::success();
}

Error TablesReader::readRoot() {
  uint64_t Word = 0;
  if (Error E = symbol(symbols::Root).moveInto(Word))
    return E;
  auto next = [&](uint64_t &Place, StringRef Field, bool AllowNull) {
    uint64_t At = Word;
    Word += WordSize;
    return pointer(At, symbols::Root + "." + Field, AllowNull).moveInto(Place);
  };
  uint64_t Header = 0, Shards = 0, PTLS = 0, SmallTypeof = 0, Targets = 0,
           TargetString = 0;
  if (Error E = next(Header, "header", false))
    return E;
  if (Error E = next(Shards, "shards", true))
    return E;
  if (Error E = next(PTLS, "ptls", !Traits.IsJulia))
    return E;
  if (Error E = next(SmallTypeof, "jl_small_typeof", true))
    return E;
  if (Error E = next(Targets, "target_data", false))
    return E;
  if (Traits.hasTargetString())
    if (Error E = next(TargetString, "cpu_target_string", true))
      return E;

  Expected<ByteView> H = table(Header, 4, 4, "jl_image_header");
  if (!H)
    return H.takeError();
  T.Version = H->u32(0);
  uint32_t NumShards = H->u32(4);
  T.NumFunctions = H->u32(8);
  T.NumGlobals = H->u32(12);
  if (T.Version != 1)
    return damaged("jl_image_header: expected version 1, found " +
                   Twine(T.Version));

  if (Error E = readTargets(Targets))
    return E;
  if (Error E = readTargetString(TargetString))
    return E;
  if (PTLS) {
    uint64_t Slots[3] = {};
    static constexpr StringLiteral Names[] = {
        "pgcstack_func_slot", "pgcstack_key_slot", "tls_offset"};
    for (unsigned I = 0; I < 3; ++I)
      if (Error E = pointer(PTLS + I * WordSize, "jl_ptls_table." + Names[I])
                        .moveInto(Slots[I]))
        return E;
    if (Error E = readTLS(Slots[0], Slots[1], Slots[2]))
      return E;
  }
  if (SmallTypeof) {
    if (!Traits.hasSmallTypeof())
      return damaged(symbols::Root + ".jl_small_typeof: expected null in " +
                     Traits.Name + ", found an address");
    if (Error E = checkSlot(SmallTypeof, SmallTypeofSize, "jl_small_typeof"))
      return E;
    T.SmallTypeof = SmallTypeof;
  }
  return readShardTable(Shards, NumShards);
}

Error TablesReader::readLooseSymbols() {
  T.Version = 0;
  ShardPlaces P;
  uint64_t Targets = 0;
  const std::pair<StringRef, uint64_t *> Symbols[] = {
      {symbols::Functions1_9, &P.FunctionBase},
      {Traits.Functions, &P.Functions},
      {symbols::Globals1_9, &P.GlobalBase},
      {Traits.Globals, &P.Globals},
      {symbols::TargetData, &Targets},
      {Traits.CloneSlots, &P.CloneSlots},
      {Traits.Clones, &P.Clones},
      {Traits.CloneIndices, &P.CloneIndices}};
  for (auto [Name, Place] : Symbols)
    if (Error E = symbol(Name).moveInto(*Place))
      return E;
  if (Error E = readTargets(Targets))
    return E;
  // An image without code that uses them has none of the three.
  if (Image.findExport(symbols::TLSFunction)) {
    uint64_t Function = 0, Key = 0, Offset = 0;
    if (Error E = symbol(symbols::TLSFunction).moveInto(Function))
      return E;
    if (Error E = symbol(symbols::TLSKey).moveInto(Key))
      return E;
    if (Error E = symbol(symbols::TLSOffset).moveInto(Offset))
      return E;
    if (Error E = readTLS(Function, Key, Offset))
      return E;
  }
  if (Error E = readShard(P))
    return E;
  T.NumFunctions = T.Shards[0].Functions.size();
  T.NumGlobals = T.Shards[0].Globals.size();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The data
//===----------------------------------------------------------------------===//

// The symbol is a word that points at a function of the runtime: an import, or,
// where the linker made one, the import's thunk, which has no name.
Error TablesReader::readUnpack() {
  uint64_t Address = 0;
  if (Error E = symbol(symbols::Unpack).moveInto(Address))
    return E;
  Expected<ImageWord> Word = Image.readWord(Address, symbols::Unpack);
  if (!Word)
    return Word.takeError();
  if (Word->Kind == ImageWord::Constant)
    return damaged(symbols::Unpack +
                   ": expected the address of a function, "
                   "found the number " +
                   hexString(Word->Value));
  if (Word->Kind == ImageWord::Import) {
    T.UnpackFunction = Word->Symbol.str();
    return Error::success();
  }
  if (Error E = checkFunction(Word->Value, symbols::Unpack))
    return E;
  for (ArrayRef<ImageSymbol> List : {Image.exports(), Image.localSymbols()})
    for (const ImageSymbol &S : List)
      if (S.Address == Word->Value && T.UnpackFunction.empty())
        T.UnpackFunction = S.Name.str();
  if (T.UnpackFunction.empty())
    T.UnpackFunction = hexString(Word->Value);
  return Error::success();
}

Error TablesReader::readData() {
  const ImageSymbol *Data = Image.findExport(symbols::Data);
  const ImageSymbol *Size = Image.findExport(symbols::DataSize);
  if (Traits.IsJulia || Data || Size) {
    if (!Data)
      return symbol(symbols::Data).takeError();
    if (!Size)
      return symbol(symbols::DataSize).takeError();
    Expected<ImageWord> Word = Image.readWord(Size->Address, symbols::DataSize);
    if (!Word)
      return Word.takeError();
    if (Word->Kind != ImageWord::Constant)
      return damaged(symbols::DataSize + ": expected a number, found an "
                                         "address");
    T.DataAddress = Data->Address;
    if (Word->Value)
      if (Error E = Image.read(Data->Address, Word->Value, symbols::Data)
                        .moveInto(T.Data))
        return E;
  }
  if (Traits.hasUnpack())
    if (Error E = readUnpack())
      return E;

  // The unpack function tells, if it has a name; otherwise the data does.
  if (T.UnpackFunction == symbols::UnpackZstd) {
    T.Compression = DataCompression::Zstd;
    if (!isZstd(T.Data))
      return damaged(symbols::Data + ": '" + symbols::Unpack +
                     "' says that it is compressed, but it does not begin as "
                     "zstd's frames do");
  } else if (T.UnpackFunction != symbols::UnpackPlain &&
             Traits.hasTargetString() && isZstd(T.Data)) {
    T.Compression = DataCompression::Zstd;
  }

  if (const ImageSymbol *S = Image.findExport(symbols::Checksum);
      S && Traits.hasChecksum()) {
    Expected<StringRef> Bytes = Image.read(S->Address, 4, symbols::Checksum);
    if (!Bytes)
      return Bytes.takeError();
    T.DataChecksum = ByteView(*Bytes, Image.isLittleEndian()).u32(0);
  }
  if (!Traits.IsJulia)
    return Error::success();
  if (Error E = peekDataHeader(T.Data, Image.name()).moveInto(T.DataHeader))
    return E;
  if (T.DataHeader && (T.DataHeader->PointerSize != WordSize ||
                       T.DataHeader->IsLittleEndian != Image.isLittleEndian()))
    return damaged(symbols::Data + ": its header is for " +
                   Twine(T.DataHeader->PointerSize * 8) + " bits, " +
                   (T.DataHeader->IsLittleEndian ? "little" : "big") +
                   " endian; the file is for " + Twine(WordSize * 8) +
                   " bits, " + (Image.isLittleEndian() ? "little" : "big") +
                   " endian");
  return Error::success();
}

Expected<ImageTables> TablesReader::read() {
  if (Error E = Traits.hasRoot() ? readRoot() : readLooseSymbols())
    return E;
  if (Error E = checkImageTables(T))
    return damaged(toString(std::move(E)));
  if (Error E = readData())
    return E;
  return std::move(T);
}

//===----------------------------------------------------------------------===//
// Which dialect?
//===----------------------------------------------------------------------===//

/// Returns the release of Julia that the header of the data tells, if there is
/// one. That of a system image, which is only data, does not.
static std::optional<JuliaVersion> peekVersion(const ImageFile &Image) {
  const ImageSymbol *Data = Image.findExport(symbols::Data);
  const ImageSymbol *Size = Image.findExport(symbols::DataSize);
  if (!Data || !Size)
    return std::nullopt;
  Expected<ImageWord> Word = Image.readWord(Size->Address, symbols::DataSize);
  if (!Word) {
    consumeError(Word.takeError());
    return std::nullopt;
  }
  if (Word->Kind != ImageWord::Constant)
    return std::nullopt;
  Expected<StringRef> Bytes =
      Image.read(Data->Address, Word->Value, symbols::Data);
  if (!Bytes) {
    consumeError(Bytes.takeError());
    return std::nullopt;
  }
  Expected<std::optional<CacheHeader>> H = peekDataHeader(*Bytes, Image.name());
  if (!H) {
    // Reading the tables reports it.
    consumeError(H.takeError());
    return std::nullopt;
  }
  if (!*H)
    return std::nullopt;
  return parseJuliaVersion((*H)->Build.Version);
}

/// Returns true if the target data that the root points at is ours.
static bool hasOurTargetData(const ImageFile &Image, uint64_t Root) {
  Expected<ImageWord> Word = Image.readWord(Root + 4 * Image.pointerSize(),
                                            "jl_image_pointers.target_data");
  if (!Word) {
    consumeError(Word.takeError());
    return false;
  }
  if (Word->Kind != ImageWord::Address)
    return false;
  Expected<StringRef> Blob =
      Image.read(Word->Value, TargetDataMagic.size(), symbols::TargetData);
  if (!Blob) {
    consumeError(Blob.takeError());
    return false;
  }
  return identifyTargetData(*Blob) == TargetDataLayout::Named;
}

/// Returns the dialects that \p Image may have by its symbols and its data, the
/// likeliest first.
static Expected<SmallVector<ImageDialect, 2>>
findDialects(const ImageFile &Image) {
  using Result = SmallVector<ImageDialect, 2>;
  const ImageSymbol *Root = Image.findExport(symbols::Root);
  if (!Root) {
    if (Image.findExport(symbols::Functions1_9))
      return Result{ImageDialect::Julia1_9};
    return createStringError(
        Image.name() +
        ": expected a package image, found a library that "
        "exports neither '" +
        symbols::Root + "' nor '" + symbols::Functions1_9 +
        "'; was it stripped, or linked without the image's objects?");
  }
  if (hasOurTargetData(Image, Root->Address))
    return Result{ImageDialect::PkgImg};
  // The checksum came with 1.14, and may be in a later 1.13, so the release
  // decides where it is known.
  std::optional<JuliaVersion> V = peekVersion(Image);
  if (!V && Image.findExport(symbols::Checksum))
    return Result{ImageDialect::Julia1_14};
  if (Image.findExport(symbols::Unpack))
    return Result{V && V->isAtLeast(1, 14) ? ImageDialect::Julia1_14
                                           : ImageDialect::Julia1_13};
  if (V)
    return Result{V->isAtLeast(1, 14)   ? ImageDialect::Julia1_14
                  : V->isAtLeast(1, 13) ? ImageDialect::Julia1_13
                  : V->isAtLeast(1, 11) ? ImageDialect::Julia1_11
                                        : ImageDialect::Julia1_10};
  return Result{ImageDialect::Julia1_11, ImageDialect::Julia1_10};
}

/// Reads \p Image as the first of \p Dialects whose layout its tables have.
///
/// 1.10 and 1.11 differ in what a shard's words point at: 1.11 has a count in
/// front, and pointers with relocations, where 1.10 has code and distances.
/// Tables with a function are never sound in both. An image without any is read
/// as 1.11, which then says the same.
static Expected<ImageTables> readAsOneOf(const ImageFile &Image,
                                         ArrayRef<ImageDialect> Dialects) {
  std::string Errors;
  for (ImageDialect D : Dialects) {
    Expected<ImageTables> T = TablesReader(Image, D).read();
    if (T || Dialects.size() == 1)
      return T;
    // Each has the file's name in front, which is there already.
    std::string Text = toString(T.takeError());
    StringRef Message = Text;
    Message.consume_front((Image.name() + ": ").str());
    Errors += (Twine(Errors.empty() ? "" : "; ") + "as " + getDialectName(D) +
               ": " + Message)
                  .str();
  }
  return createStringError(
      Image.name() + ": the tables have the layout of no release; " + Errors);
}

bool pkgimg::hasImageTables(const ImageFile &Image) {
  return Image.findExport(symbols::Root) ||
         Image.findExport(symbols::Functions1_9);
}

Expected<ImageDialect> pkgimg::identifyDialect(const ImageFile &Image) {
  Expected<SmallVector<ImageDialect, 2>> Dialects = findDialects(Image);
  if (!Dialects)
    return Dialects.takeError();
  if (Dialects->size() == 1)
    return Dialects->front();
  Expected<ImageTables> T = readAsOneOf(Image, *Dialects);
  if (!T)
    return T.takeError();
  return T->Dialect;
}

Expected<ImageTables>
pkgimg::readImageTables(const ImageFile &Image,
                        std::optional<ImageDialect> Dialect) {
  if (Dialect)
    return TablesReader(Image, *Dialect).read();
  Expected<SmallVector<ImageDialect, 2>> Dialects = findDialects(Image);
  if (!Dialects)
    return Dialects.takeError();
  return readAsOneOf(Image, *Dialects);
}
