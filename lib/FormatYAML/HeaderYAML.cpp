//===- HeaderYAML.cpp - cache headers in YAML -----------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/HeaderYAML.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

//===----------------------------------------------------------------------===//
// Edits
//===----------------------------------------------------------------------===//

Error FormatYAML::applyEdits(
    const Edits &E, std::string &Bytes, uint64_t MaxSize,
    function_ref<Expected<uint64_t>(const SymbolRef &)> Locate) {
  if (E.FileSize) {
    if (MaxSize && *E.FileSize > MaxSize)
      return createStringError("FileSize is " + Twine(*E.FileSize) +
                               ", which exceeds the limit of " +
                               Twine(MaxSize) + " bytes");
    Bytes.resize(*E.FileSize, '\0');
  }
  for (auto [I, P] : enumerate(E.Patches)) {
    std::string Field = ("Patches[" + Twine(I) + "]").str();
    uint64_t Offset = P.Offset ? uint64_t(*P.Offset) : 0;
    if (P.Symbol) {
      Expected<uint64_t> Place = Locate(P.Symbol->Value);
      if (!Place)
        return createStringError(Field + ": " + toString(Place.takeError()));
      Offset = SaturatingAdd(Offset, *Place);
    } else if (!P.Offset) {
      return createStringError(Field + " has neither Offset nor Symbol");
    }
    uint64_t Size = P.Content.Value.size();
    if (Offset > Bytes.size() || Size > Bytes.size() - Offset)
      return createStringError(
          Field + " has " + Twine(Size) + " bytes for offset 0x" +
          utohexstr(Offset) + ", and leaves the file's " + Twine(Bytes.size()) +
          " bytes; FileSize makes it longer");
    llvm::copy(P.Content.Value, Bytes.begin() + Offset);
  }
  return Error::success();
}

Edits FormatYAML::diffBytes(StringRef From, StringRef To) {
  // Equal bytes between two differences that are less than a new patch.
  constexpr size_t MaxGap = 16;
  Edits E;
  if (From.size() != To.size())
    E.FileSize = To.size();
  auto Old = [&](size_t I) { return I < From.size() ? From[I] : '\0'; };
  size_t I = 0;
  while (I < To.size()) {
    if (Old(I) == To[I]) {
      ++I;
      continue;
    }
    size_t End = I + 1;
    for (size_t J = End; J < To.size() && J - End < MaxGap; ++J)
      if (Old(J) != To[J])
        End = J + 1;
    Patch P;
    P.Offset = yaml::Hex64(I);
    P.Content = To.slice(I, End);
    E.Patches.push_back(std::move(P));
    I = End;
  }
  return E;
}

void FormatYAML::mapEdits(yaml::IO &IO, Edits &E) {
  IO.mapOptional("FileSize", E.FileSize);
  IO.mapOptional("Patches", E.Patches);
}

//===----------------------------------------------------------------------===//
// From the reader's model
//===----------------------------------------------------------------------===//

static std::vector<Text> toTexts(ArrayRef<std::string> Names) {
  return std::vector<Text>(Names.begin(), Names.end());
}

static std::vector<std::string> toStrings(ArrayRef<Text> Texts) {
  std::vector<std::string> Result;
  for (const Text &T : Texts)
    Result.push_back(T.Value);
  return Result;
}

static std::vector<FormatYAML::Module> fromModules(ArrayRef<ModuleID> Modules) {
  std::vector<FormatYAML::Module> Result;
  for (const ModuleID &M : Modules) {
    FormatYAML::Module To;
    To.Name = M.Name;
    if (!M.UUID.isZero())
      To.TheUUID = FormatYAML::UUID{M.UUID};
    if (!M.BuildID.isZero())
      To.Build = BuildID{M.BuildID};
    Result.push_back(std::move(To));
  }
  return Result;
}

/// What the names of features in \p H depend on.
static TargetContext getTargetContext(HeaderFormat Format, StringRef Arch,
                                      StringRef Version,
                                      std::optional<TargetDataLayout> Layout) {
  TargetContext Context;
  Context.Arch = Triple(Arch).getArch();
  if (Format == HeaderFormat::Julia) {
    if (std::optional<JuliaVersion> V = parseJuliaVersion(Version))
      Context.Numbering = getFeatureNumbering(*V);
    Context.Layout = getLayout(Context.Numbering);
  }
  if (Layout)
    Context.Layout = *Layout;
  return Context;
}

namespace {
/// What the architecture tells.
struct DerivedFields {
  uint8_t PointerSize = 8;
  bool IsLittleEndian = true;
};
} // namespace

static DerivedFields deriveFields(StringRef TripleName, StringRef Arch) {
  DerivedFields D;
  Triple T(TripleName.empty() ? Arch : TripleName);
  if (T.getArch() == Triple::UnknownArch)
    return D;
  D.PointerSize = T.isArch32Bit() ? 4 : 8;
  D.IsLittleEndian = T.isLittleEndian();
  return D;
}

FormatYAML::Header FormatYAML::fromCacheHeader(const CacheHeader &H) {
  FormatYAML::Header To;
  bool IsJulia = H.Format == HeaderFormat::Julia;
  if (IsJulia)
    To.Format = H.Format;
  if (!IsJulia && H.Minor != HeaderMinor)
    To.Minor = H.Minor;
  DerivedFields Derived = deriveFields(H.Triple, H.Build.Arch);
  if (H.PointerSize != Derived.PointerSize)
    To.PointerSize = H.PointerSize;
  if (H.IsLittleEndian != Derived.IsLittleEndian)
    To.IsLittleEndian = H.IsLittleEndian;
  auto Set = [](std::optional<Text> &Field, const std::string &Value) {
    if (!Value.empty())
      Field = Text(Value);
  };
  Set(To.OS, H.Build.OS);
  Set(To.Arch, H.Build.Arch);
  Set(To.Version, H.Build.Version);
  Set(To.Branch, H.Build.Branch);
  Set(To.Commit, H.Build.Commit);
  Set(To.Triple, H.Triple);
  Set(To.PackageVersion, H.PackageVersion);
  Set(To.Producer, H.Producer);
  To.Flags = H.Flags;
  To.SyntaxVersion = H.SyntaxVersion;
  To.Modules = fromModules(H.Modules);
  for (const Dependency &D : H.Dependencies) {
    DependencyEntry E;
    (D.IsRequire ? E.Require : E.File) = Text(D.Path);
    if (!D.UUID.isZero())
      E.TheUUID = FormatYAML::UUID{D.UUID};
    E.Size = D.Size;
    E.CRC = D.CRC;
    E.ModificationTime.Value = D.ModificationTime;
    E.Module = D.ModuleIndex;
    E.Submodules = toTexts(D.Submodules);
    To.Dependencies.push_back(std::move(E));
  }
  To.PreferenceKeys = toTexts(H.Prefs.Keys);
  To.PreferenceHash = H.Prefs.Hash;
  if (!H.Prefs.TOML.empty())
    To.PreferenceTOML = SourceBlock{H.Prefs.TOML};
  To.RequiredModules = fromModules(H.RequiredModules);
  TargetContext Context =
      getTargetContext(H.Format, H.Build.Arch, H.Build.Version, std::nullopt);
  if (!H.Targets.Targets.empty() && H.Targets.Layout != Context.Layout)
    To.TargetLayout = Context.Layout = H.Targets.Layout;
  To.Targets = fromTargets(H.Targets, Context);
  for (const SourceText &S : H.Sources) {
    Source E;
    E.Path = S.Path;
    E.Content.Value = S.Text.str();
    To.Sources.push_back(std::move(E));
  }

  if (H.IsImageData)
    To.IsImageData = true;
  if (IsJulia) {
    To.DataChecksum = yaml::Hex64(H.DataChecksum);
    To.DataStart = yaml::Hex64(H.DataStart);
    To.DataEnd = yaml::Hex64(H.DataEnd);
    if (!H.IsImageData)
      To.HeaderCRC = yaml::Hex32(H.HeaderCRC);
  }
  if (!H.Data.empty())
    To.Data = HexBytes(H.Data);
  To.ImageCRC = H.ImageCRC;

  if (H.Content) {
    FormatYAML::Content C;
    C.Root.Value = H.Content->Root;
    C.Length = H.Content->Length;
    for (const Digest256 &D : H.Content->Chunks)
      C.Chunks.push_back(FormatYAML::Digest{D});
    To.Digest = std::move(C);
  }
  for (const NamedFunction &F : H.Functions)
    To.Functions.push_back({Text(F.Name), Text(F.Signature), F.Index});
  for (const UnknownSection &S : H.UnknownSections) {
    Section E;
    E.ID = S.ID;
    E.Content = S.Content;
    To.UnknownSections.push_back(std::move(E));
  }
  To.Reserve = H.Reserve;
  return To;
}

//===----------------------------------------------------------------------===//
// To the writer's model
//===----------------------------------------------------------------------===//

static std::vector<ModuleID> toModules(ArrayRef<FormatYAML::Module> Modules) {
  std::vector<ModuleID> Result;
  for (const FormatYAML::Module &M : Modules) {
    ModuleID To;
    To.Name = M.Name.Value;
    if (M.TheUUID)
      To.UUID = M.TheUUID->Value;
    if (M.Build)
      To.BuildID = M.Build->Value;
    Result.push_back(std::move(To));
  }
  return Result;
}

static std::string toString(const std::optional<Text> &T) {
  return T ? T->Value : std::string();
}

Expected<CacheHeader> FormatYAML::toCacheHeader(const FormatYAML::Header &H) {
  CacheHeader To;
  To.Format = H.Format.value_or(HeaderFormat::PkgImg);
  bool IsJulia = To.Format == HeaderFormat::Julia;
  To.Build.OS = toString(H.OS);
  To.Build.Arch = toString(H.Arch);
  To.Build.Version = toString(H.Version);
  To.Build.Branch = toString(H.Branch);
  To.Build.Commit = toString(H.Commit);
  To.Triple = toString(H.Triple);
  To.PackageVersion = toString(H.PackageVersion);
  To.Producer = toString(H.Producer);

  DerivedFields Derived = deriveFields(To.Triple, To.Build.Arch);
  To.PointerSize = H.PointerSize.value_or(Derived.PointerSize);
  To.IsLittleEndian = H.IsLittleEndian.value_or(Derived.IsLittleEndian);
  To.Flags = H.Flags;
  To.SyntaxVersion = H.SyntaxVersion;
  To.Modules = toModules(H.Modules);
  for (auto [I, E] : enumerate(H.Dependencies)) {
    if (E.File.has_value() == E.Require.has_value())
      return createStringError("Dependencies[" + Twine(I) +
                               "]: expected one of File and Require");
    Dependency D;
    D.IsRequire = E.Require.has_value();
    D.Path = D.IsRequire ? E.Require->Value : E.File->Value;
    if (E.TheUUID)
      D.UUID = E.TheUUID->Value;
    D.Size = E.Size;
    D.CRC = E.CRC;
    D.ModificationTime = E.ModificationTime.Value;
    D.ModuleIndex = E.Module;
    D.Submodules = toStrings(E.Submodules);
    To.Dependencies.push_back(std::move(D));
  }
  To.Prefs.Keys = toStrings(H.PreferenceKeys);
  To.Prefs.Hash = H.PreferenceHash;
  if (H.PreferenceTOML)
    To.Prefs.TOML = H.PreferenceTOML->Value;
  To.RequiredModules = toModules(H.RequiredModules);
  Expected<CPUTargets> Targets =
      toTargets(H.Targets, getTargetContext(To.Format, To.Build.Arch,
                                            To.Build.Version, H.TargetLayout));
  if (!Targets)
    return Targets.takeError();
  To.Targets = std::move(*Targets);
  for (const Source &S : H.Sources) {
    SourceText E;
    E.Path = S.Path.Value;
    E.Text = S.Content.Value;
    To.Sources.push_back(E);
  }

  To.IsImageData = H.IsImageData.value_or(false);
  To.DataChecksum = H.DataChecksum ? uint64_t(*H.DataChecksum)
                    : IsJulia      ? JuliaChecksumMark
                                   : 0;
  To.DataStart = H.DataStart ? uint64_t(*H.DataStart) : 0;
  To.DataEnd = H.DataEnd ? uint64_t(*H.DataEnd) : 0;
  if (H.Data)
    To.Data = H.Data->Value;
  To.ImageCRC = H.ImageCRC;
  To.HeaderCRC = H.HeaderCRC ? uint32_t(*H.HeaderCRC) : 0;

  if (H.Digest) {
    ContentDigest C;
    C.Root = H.Digest->Root.Value;
    C.Length = H.Digest->Length;
    for (const FormatYAML::Digest &D : H.Digest->Chunks)
      C.Chunks.push_back(D.Value);
    To.Content = std::move(C);
  }
  for (const FunctionEntry &F : H.Functions)
    To.Functions.push_back({F.Name.Value, F.Signature.Value, F.Index});
  for (const Section &S : H.UnknownSections)
    To.UnknownSections.push_back({S.ID, S.Content.Value});
  return To;
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

/// Stores a number of \p Size bytes at \p At, if the bytes are there.
static void store(std::string &Bytes, uint64_t At, unsigned Size,
                  uint64_t Value, bool IsLittleEndian) {
  if (At > Bytes.size() || Size > Bytes.size() - At)
    return;
  for (unsigned I = 0; I < Size; ++I)
    Bytes[At + (IsLittleEndian ? I : Size - 1 - I)] = char(Value >> (8 * I));
}

/// Puts the numbers that were given, right or wrong, into a header of Julia's
/// that was written with the right ones.
static void overrideJulia(const FormatYAML::Header &H, const CacheHeader &C,
                          std::string &Bytes) {
  bool LE = C.IsLittleEndian;
  // Magic number, format version, byte order mark, size of a pointer, five
  // strings, kind.
  uint64_t At = 8;
  if (H.Major)
    store(Bytes, At, 2, *H.Major, LE);
  At += 4;
  if (H.PointerSize)
    store(Bytes, At, 1, *H.PointerSize, LE);
  At += 1;
  for (StringRef S : {C.Build.OS, C.Build.Arch, C.Build.Version, C.Build.Branch,
                      C.Build.Commit})
    At += S.size() + 1;
  if (H.IsImageData)
    store(Bytes, At, 1, *H.IsImageData, LE);
  At += 1;
  for (const std::optional<yaml::Hex64> &Word :
       {H.DataChecksum, H.DataStart, H.DataEnd}) {
    if (Word)
      store(Bytes, At, 8, *Word, LE);
    At += 8;
  }
}

/// Makes the digests of a header of ours right, whatever else is wrong.
static void updateDigests(std::string &Bytes) {
  repairHeaderDigests(MutableArrayRef<char>(Bytes.data(), Bytes.size()));
}

/// Puts the numbers that were given into a header of ours. Those that are right
/// change nothing, and leave the digest right.
static void overridePkgImg(const FormatYAML::Header &H, std::string &Bytes) {
  if (H.Major)
    store(Bytes, HeaderMajorAt, 2, *H.Major, /*IsLittleEndian=*/true);
  if (H.Minor)
    store(Bytes, HeaderMinorAt, 2, *H.Minor, /*IsLittleEndian=*/true);
  if (H.PointerSize)
    store(Bytes, HeaderPointerSizeAt, 1, *H.PointerSize,
          /*IsLittleEndian=*/true);
  updateDigests(Bytes);
}

namespace {
/// The headers that there are.
enum class HeaderKind { PkgImg, Julia, JuliaData };
} // namespace

/// Fails for a key of \p H that a header of \p Kind has no place for, and that
/// the writer of it does not see.
static Error checkPlaces(const FormatYAML::Header &H, HeaderKind Kind) {
  bool IsOurs = Kind == HeaderKind::PkgImg;
  bool IsData = Kind == HeaderKind::JuliaData;
  const std::pair<bool, const char *> Missing[] = {
      {IsData && H.Format == HeaderFormat::PkgImg, "Format: PkgImg"},
      {!IsOurs && H.Minor, "Minor"},
      {IsOurs && H.IsImageData, "ImageData"},
      {IsOurs && H.DataChecksum, "DataChecksum"},
      {IsOurs && H.DataStart, "DataStart"},
      {IsOurs && H.DataEnd, "DataEnd"},
      {(IsOurs || IsData) && H.Data, "Data"},
      {(IsOurs || IsData) && H.HeaderCRC, "HeaderCRC"},
      {!IsOurs && H.Reserve, "Reserve"},
      // The checksum is of the data, which the patches do not change.
      {IsData && H.UpdateDigests, "UpdateDigests"}};
  const char *Name = IsOurs   ? "a header of pkgimg's"
                     : IsData ? "the header of Julia's data"
                              : "a header of Julia's";
  for (auto [IsGiven, Key] : Missing)
    if (IsGiven)
      return createStringError(Twine(Key) + ": " + Name +
                               " has no place for it; leave it out");
  return Error::success();
}

/// Applies the edits of a header to its bytes.
static Error editHeader(const Edits &E, std::string &Bytes, uint64_t MaxSize) {
  return applyEdits(
      E, Bytes, MaxSize, [](const SymbolRef &S) -> Expected<uint64_t> {
        return createStringError("a header has no symbol '" + S.Symbol + "'");
      });
}

/// The model with what writers refuse taken out; overrideJulia() puts it in.
static Expected<CacheHeader> toWritable(const FormatYAML::Header &H,
                                        HeaderKind Kind) {
  Expected<CacheHeader> C = toCacheHeader(H);
  if (!C)
    return C.takeError();
  if (C->PointerSize != 4 && C->PointerSize != 8)
    C->PointerSize = 8;
  if (Kind == HeaderKind::PkgImg)
    return C;
  C->IsImageData = Kind == HeaderKind::JuliaData;
  if (C->DataChecksum >> 32 != JuliaChecksumMark >> 32)
    C->DataChecksum = JuliaChecksumMark;
  // A start that the data can have is kept by the writer, and another is not.
  C->DataEnd = 0;
  if (!C->Targets.Targets.empty())
    C->DataStart = 0;
  return C;
}

Expected<std::string>
FormatYAML::buildHeaderWithData(const FormatYAML::Header &H, StringRef Data,
                                uint64_t MaxSize) {
  if (Error E = checkPlaces(H, HeaderKind::JuliaData))
    return std::move(E);
  FormatYAML::Header WithData = H;
  WithData.Format = HeaderFormat::Julia;
  Expected<CacheHeader> C = toWritable(WithData, HeaderKind::JuliaData);
  if (!C)
    return C.takeError();
  C->Data = Data;
  Expected<std::string> Bytes = writeJuliaDataHeader(*C);
  if (!Bytes)
    return Bytes.takeError();
  // Where the data begin, whatever the header will say.
  Expected<CacheHeader> Written =
      readJuliaDataHeader(MemoryBufferRef(*Bytes, "the header"));
  if (!Written)
    return Written.takeError();
  overrideJulia(H, *C, *Bytes);
  Bytes->resize(Written->DataStart, '\0');
  if (Error E = editHeader(H.TheEdits, *Bytes, MaxSize))
    return std::move(E);
  Bytes->append(Data.begin(), Data.end());
  return Bytes;
}

Expected<std::string> FormatYAML::buildHeader(const FormatYAML::Header &H,
                                              uint64_t MaxSize) {
  bool IsJulia = H.Format == HeaderFormat::Julia;
  HeaderKind Kind = IsJulia ? HeaderKind::Julia : HeaderKind::PkgImg;
  if (Error E = checkPlaces(H, Kind))
    return std::move(E);
  Expected<CacheHeader> C = toWritable(H, Kind);
  if (!C)
    return C.takeError();
  if (MaxSize && H.Reserve > MaxSize)
    return createStringError("Reserve is " + Twine(H.Reserve) +
                             ", which exceeds the limit of " + Twine(MaxSize) +
                             " bytes");
  Expected<std::string> Bytes = writeCacheHeader(*C, H.Reserve);
  if (!Bytes)
    return Bytes.takeError();
  auto UpdateCRC = [&] {
    if (Bytes->size() < sizeof(uint32_t))
      return;
    uint64_t End = Bytes->size() - sizeof(uint32_t);
    uint32_t CRC = H.HeaderCRC ? uint32_t(*H.HeaderCRC)
                               : crc32c(StringRef(*Bytes).take_front(End));
    store(*Bytes, End, sizeof(uint32_t), CRC, C->IsLittleEndian);
  };
  if (IsJulia) {
    overrideJulia(H, *C, *Bytes);
    UpdateCRC();
  } else {
    overridePkgImg(H, *Bytes);
  }
  if (Error E = editHeader(H.TheEdits, *Bytes, MaxSize))
    return std::move(E);
  if (H.UpdateDigests) {
    if (IsJulia)
      UpdateCRC();
    else
      updateDigests(*Bytes);
  }
  return Bytes;
}

Expected<FormatYAML::Header>
FormatYAML::describeHeader(MemoryBufferRef Buffer) {
  HeaderReadOptions Options;
  Options.CheckDigests = false;
  Expected<CacheHeader> C = readCacheHeader(Buffer, Options);
  if (!C)
    return C.takeError();
  FormatYAML::Header Full = fromCacheHeader(*C);

  auto TryBuild = [&](const FormatYAML::Header &H) -> Expected<std::string> {
    Expected<std::string> Bytes = buildHeader(H, /*MaxSize=*/0);
    if (!Bytes)
      return createStringError(Buffer.getBufferIdentifier() +
                               ": what was read cannot be written again: " +
                               toString(Bytes.takeError()));
    return Bytes;
  };

  // What is left out when the derived values are right.
  FormatYAML::Header Short = Full;
  Short.DataStart = Short.DataEnd = std::nullopt;
  if (C->Targets.Targets.empty() || C->DataChecksum == JuliaChecksumMark)
    Short.DataChecksum = std::nullopt;
  Short.HeaderCRC = std::nullopt;
  Expected<std::string> Bytes = TryBuild(Short);
  if (!Bytes)
    return Bytes.takeError();
  if (*Bytes == Buffer.getBuffer())
    return Short;
  // A checksum of the file that is wrong, and nothing else.
  Short.HeaderCRC = Full.HeaderCRC;
  Bytes = TryBuild(Short);
  if (!Bytes)
    return Bytes.takeError();
  if (*Bytes == Buffer.getBuffer())
    return Short;
  Bytes = TryBuild(Full);
  if (!Bytes)
    return Bytes.takeError();
  Full.TheEdits = diffBytes(*Bytes, Buffer.getBuffer());
  return Full;
}

//===----------------------------------------------------------------------===//
// Traits
//===----------------------------------------------------------------------===//

void yaml::ScalarEnumerationTraits<HeaderFormat>::enumeration(
    IO &IO, HeaderFormat &Value) {
  IO.enumCase(Value, "PkgImg", HeaderFormat::PkgImg);
  IO.enumCase(Value, "Julia", HeaderFormat::Julia);
}

namespace {
enum class BoundsChecks : uint8_t { Auto, Yes, No, Other };
enum class Endian { Little, Big };
/// The flags as they are mapped: levels may be too big for their bits.
struct FlagFields {
  CacheFlags &Flags;
};
} // namespace

namespace llvm {
namespace yaml {
template <> struct ScalarEnumerationTraits<BoundsChecks> {
  static void enumeration(IO &IO, BoundsChecks &Value) {
    IO.enumCase(Value, "auto", BoundsChecks::Auto);
    IO.enumCase(Value, "yes", BoundsChecks::Yes);
    IO.enumCase(Value, "no", BoundsChecks::No);
    IO.enumCase(Value, "3", BoundsChecks::Other);
  }
};

template <> struct ScalarEnumerationTraits<Endian> {
  static void enumeration(IO &IO, Endian &Value) {
    IO.enumCase(Value, "little", Endian::Little);
    IO.enumCase(Value, "big", Endian::Big);
  }
};

template <> struct MappingTraits<FlagFields> {
  static void mapping(IO &IO, FlagFields &F) {
    auto Checks = BoundsChecks(F.Flags.CheckBounds);
    IO.mapOptional("PkgImages", F.Flags.UsePkgImages, true);
    IO.mapOptional("Debug", F.Flags.DebugLevel, uint8_t(1));
    IO.mapOptional("CheckBounds", Checks, BoundsChecks::Auto);
    IO.mapOptional("Inline", F.Flags.Inline, true);
    IO.mapOptional("Opt", F.Flags.OptLevel, uint8_t(2));
    F.Flags.CheckBounds = uint8_t(Checks);
  }
  static std::string validate(IO &, FlagFields &F) {
    if (F.Flags.DebugLevel > 3)
      return "Debug is stored in two bits; expected 0 to 3";
    if (F.Flags.OptLevel > 3)
      return "Opt is stored in two bits; expected 0 to 3";
    return "";
  }
};
} // namespace yaml
} // namespace llvm

/// Maps text as a literal block where that keeps every byte.
static void mapBlock(yaml::IO &IO, const char *Key, SourceBlock &Block) {
  if (!IO.outputting() || isBlockText(Block.Value)) {
    IO.mapRequired(Key, Block);
    return;
  }
  Text T(Block.Value);
  IO.mapRequired(Key, T);
}

void yaml::MappingTraits<Patch>::mapping(IO &IO, Patch &P) {
  IO.mapOptional("Offset", P.Offset);
  IO.mapOptional("Symbol", P.Symbol);
  IO.mapRequired("Content", P.Content);
}

void yaml::MappingTraits<FormatYAML::Module>::mapping(IO &IO,
                                                      FormatYAML::Module &M) {
  IO.mapRequired("Name", M.Name);
  IO.mapOptional("UUID", M.TheUUID);
  IO.mapOptional("BuildID", M.Build);
}

void yaml::MappingTraits<DependencyEntry>::mapping(IO &IO, DependencyEntry &D) {
  IO.mapOptional("File", D.File);
  IO.mapOptional("Require", D.Require);
  IO.mapOptional("UUID", D.TheUUID);
  IO.mapOptional("Size", D.Size, uint64_t(0));
  IO.mapOptional("CRC", D.CRC, Hex32(0));
  // Zero with a sign is another number.
  bool IsZero = bit_cast<uint64_t>(D.ModificationTime.Value) == 0;
  if (!IO.outputting() || !IsZero)
    IO.mapOptional("ModificationTime", D.ModificationTime);
  IO.mapOptional("Module", D.Module, uint32_t(0));
  IO.mapOptional("Submodules", D.Submodules);
}

void yaml::MappingTraits<Source>::mapping(IO &IO, Source &S) {
  IO.mapRequired("Path", S.Path);
  mapBlock(IO, "Text", S.Content);
}

void yaml::MappingTraits<FormatYAML::Content>::mapping(IO &IO,
                                                       FormatYAML::Content &C) {
  IO.mapRequired("Root", C.Root);
  IO.mapOptional("Length", C.Length, uint64_t(0));
  IO.mapOptional("Chunks", C.Chunks);
}

void yaml::MappingTraits<FunctionEntry>::mapping(IO &IO, FunctionEntry &F) {
  IO.mapRequired("Name", F.Name);
  IO.mapRequired("Signature", F.Signature);
  IO.mapRequired("Index", F.Index);
}

void yaml::MappingTraits<Section>::mapping(IO &IO, Section &S) {
  IO.mapRequired("ID", S.ID);
  IO.mapOptional("Content", S.Content, HexBytes());
}

void yaml::MappingTraits<FormatYAML::Header>::mapping(IO &IO,
                                                      FormatYAML::Header &H) {
  IO.mapOptional("Format", H.Format);
  IO.mapOptional("Major", H.Major);
  IO.mapOptional("Minor", H.Minor);
  IO.mapOptional("PointerSize", H.PointerSize);
  std::optional<Endian> Order;
  if (H.IsLittleEndian)
    Order = *H.IsLittleEndian ? Endian::Little : Endian::Big;
  IO.mapOptional("Endian", Order);
  if (Order)
    H.IsLittleEndian = *Order == Endian::Little;
  IO.mapOptional("OS", H.OS);
  IO.mapOptional("Arch", H.Arch);
  IO.mapOptional("Version", H.Version);
  IO.mapOptional("Branch", H.Branch);
  IO.mapOptional("Commit", H.Commit);
  IO.mapOptional("Triple", H.Triple);
  IO.mapOptional("PackageVersion", H.PackageVersion);
  IO.mapOptional("Producer", H.Producer);
  FlagFields Flags{H.Flags};
  if (!IO.outputting() || !(H.Flags == CacheFlags()))
    IO.mapOptional("Flags", Flags);
  IO.mapOptional("SyntaxVersion", H.SyntaxVersion, uint8_t(0));
  IO.mapOptional("ImageData", H.IsImageData);
  IO.mapOptional("Modules", H.Modules);
  IO.mapOptional("Dependencies", H.Dependencies);
  IO.mapOptional("PreferenceKeys", H.PreferenceKeys);
  IO.mapOptional("PreferenceHash", H.PreferenceHash, Hex64(0));
  if (IO.outputting()) {
    if (H.PreferenceTOML)
      mapBlock(IO, "Preferences", *H.PreferenceTOML);
  } else {
    Text TOML;
    IO.mapOptional("Preferences", TOML, Text());
    if (!TOML.Value.empty())
      H.PreferenceTOML = SourceBlock{std::move(TOML.Value)};
  }
  IO.mapOptional("RequiredModules", H.RequiredModules);
  IO.mapOptional("TargetLayout", H.TargetLayout);
  IO.mapOptional("Targets", H.Targets);
  IO.mapOptional("Sources", H.Sources);
  IO.mapOptional("DataChecksum", H.DataChecksum);
  IO.mapOptional("DataStart", H.DataStart);
  IO.mapOptional("DataEnd", H.DataEnd);
  IO.mapOptional("Data", H.Data);
  IO.mapOptional("ImageCRC", H.ImageCRC, Hex32(0));
  IO.mapOptional("HeaderCRC", H.HeaderCRC);
  IO.mapOptional("Content", H.Digest);
  IO.mapOptional("Functions", H.Functions);
  IO.mapOptional("UnknownSections", H.UnknownSections);
  IO.mapOptional("Reserve", H.Reserve, uint64_t(0));
  mapEdits(IO, H.TheEdits);
  IO.mapOptional("UpdateDigests", H.UpdateDigests, false);
}
