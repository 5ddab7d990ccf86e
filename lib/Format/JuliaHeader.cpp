//===- JuliaHeader.cpp - Julia's cache files, 1.9 to 1.14 -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layout, from src/staticdata_utils.c (write_header,
// write_worklist_for_header, write_dependency_list, write_mod_list),
// src/staticdata.c (jl_create_system_image), src/precompile.c (write_srctext)
// and base/loading.jl (compilecache, parse_cache_header) of JuliaLang/julia.
// Integers are in the byte order of the machine that wrote them.
//
// The file ends with two checksums, that of the shared library and that of all
// bytes before it. Where there is no shared library, its data are in the file,
// between the (empty) target data and the source text.
//
//===----------------------------------------------------------------------===//

#include "CacheHeaderImpl.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

/// The byte order mark and the format versions.
static constexpr uint16_t ByteOrderMark = 0xFEFF;
static constexpr uint16_t OldestFormat = 12; // 1.9 to 1.13
static constexpr uint16_t NewestFormat = 13; // 1.14 (#60018)

/// The two checksums at the end.
static constexpr uint64_t TrailerSize = 8;

/// What a release decides.
namespace {
struct ReleaseLayout {
  uint16_t FormatVersion = OldestFormat;
  /// 1.11 (#49866): size and checksum of each dependency.
  bool HasSizes = false;
  /// 1.14 (#60018): the syntax version.
  bool HasSyntax = false;
  /// 1.14 (#61214): preferences as TOML.
  bool HasTOML = false;
  TargetDataLayout Targets = TargetDataLayout::Julia32;
  FeatureNumbering Numbering = FeatureNumbering::Julia1_9;
};
} // namespace

static ReleaseLayout getReleaseLayout(JuliaVersion V) {
  ReleaseLayout L;
  L.HasSizes = V.isAtLeast(1, 11);
  if (V.isAtLeast(1, 14)) {
    L.FormatVersion = NewestFormat;
    L.HasSyntax = L.HasTOML = true;
    L.Targets = TargetDataLayout::Julia64;
  }
  L.Numbering = getFeatureNumbering(V);
  return L;
}

/// Why \p Version is none of 1.9 to 1.14; empty if it is one.
static std::string checkRelease(StringRef Version) {
  std::optional<JuliaVersion> V = parseJuliaVersion(Version);
  if (!V)
    return "the version of Julia is '" + quoted(Version) +
           "'; expected one such as '1.12.3'";
  if (!V->isAtLeast(1, 9))
    return "made by Julia " + quoted(Version) +
           ", which is older than this reader knows (1.9 to 1.14); make it "
           "again with a newer Julia";
  if (V->isAtLeast(1, 15))
    return "made by Julia " + quoted(Version) +
           ", which is newer than this reader knows (1.9 to 1.14); use a newer "
           "pkgimg";
  return std::string();
}

uint64_t pkgimg::getDataAlignment(const RuntimeBuild &Build) {
  std::optional<JuliaVersion> V = parseJuliaVersion(Build.Version);
  if (!V)
    return 64;
  switch (Triple(Build.Arch).getArch()) {
  case Triple::aarch64:
    return Build.OS == "Darwin" && (V->isAtLeast(1, 11) ||
                                    (V->isAtLeast(1, 10) && V->Patch >= 1))
               ? 128
               : 64;
  case Triple::ppc64:
  case Triple::ppc64le:
    return V->isAtLeast(1, 11) ? 128 : 64;
  default:
    return 64;
  }
}

/// Returns true if data may begin at \p Start after a header of \p Size bytes.
static bool isDataStart(uint64_t Start, uint64_t Size) {
  return Start == alignTo(Size, 64) || Start == alignTo(Size, 128);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
class JuliaReader {
public:
  JuliaReader(MemoryBufferRef Buffer)
      : Bytes(Buffer.getBuffer()),
        R(Buffer.getBufferIdentifier(), Buffer.getBuffer(),
          /*IsLittleEndian=*/true) {
    H.Format = HeaderFormat::Julia;
  }

  Expected<CacheHeader> readFile(const HeaderReadOptions &Options);
  Expected<CacheHeader> readImageData(uint64_t *Size);

private:
  void readBase(bool IsImageData);
  void readFlags();
  /// Reads a list up to its end, an empty name. \p Item names an element.
  void readModuleList(std::vector<ModuleID> &List, const char *Item,
                      bool HasHighBuildID);
  void readDependencies();
  void readPreferences();
  Error readTargets(StringRef Blob, uint64_t At);
  void readData();
  void readSources();

  StringRef Bytes;
  HeaderReader R;
  CacheHeader H;
  ReleaseLayout Layout;
  /// Where the words of `jl_hdr` for checksum and extent of the data are.
  uint64_t ChecksumAt = 0;
  /// Where the source text is said to be, and where that is said.
  uint64_t SourcesStart = 0, SourcesStartAt = 0;
};
} // namespace

/// Reads `jl_hdr`.
void JuliaReader::readBase(bool IsImageData) {
  if (R.bytes(JuliaHeaderMagic.size(), "the magic number") != JuliaHeaderMagic)
    return R.fail("the magic number", 0, "is not Julia's");

  // The byte order is known two bytes later.
  uint64_t FormatAt = R.tell();
  StringRef Format = R.bytes(2, "the format version");
  uint64_t MarkAt = R.tell();
  StringRef Mark = R.bytes(2, "the byte order mark");
  if (!R.ok())
    return;
  H.IsLittleEndian = support::endian::read16le(Mark.data()) == ByteOrderMark;
  if (!H.IsLittleEndian &&
      support::endian::read16be(Mark.data()) != ByteOrderMark)
    return R.fail("the byte order mark", MarkAt,
                  "is " + hexString(support::endian::read16le(Mark.data())) +
                      "; expected 0xfeff in either order");
  R.setLittleEndian(H.IsLittleEndian);
  H.Major = H.IsLittleEndian ? support::endian::read16le(Format.data())
                             : support::endian::read16be(Format.data());
  if (H.Major < OldestFormat || H.Major > NewestFormat)
    return R.failWith(
        "the format version at offset " + hexString(FormatAt) + " is " +
        Twine(H.Major) + ", which is " +
        (H.Major < OldestFormat ? "older" : "newer") +
        " than this reader knows (12 and 13, of Julia 1.9 to 1.14); " +
        (H.Major < OldestFormat ? "make the file again with a newer Julia"
                                : "use a newer pkgimg"));

  uint64_t At = R.tell();
  H.PointerSize = R.u8("the size of a pointer");
  if (R.ok() && H.PointerSize != 4 && H.PointerSize != 8)
    return R.fail("the size of a pointer", At,
                  "is " + Twine(unsigned(H.PointerSize)) + "; expected 4 or 8");
  H.Build.OS = R.cString("the operating system");
  H.Build.Arch = R.cString("the architecture");
  uint64_t VersionAt = R.tell();
  H.Build.Version = R.cString("the version of Julia");
  if (!R.ok())
    return;
  std::string Problem = checkRelease(H.Build.Version);
  if (!Problem.empty())
    return R.failWith(Problem + " (offset " + hexString(VersionAt) + ")");
  Layout = getReleaseLayout(*parseJuliaVersion(H.Build.Version));
  if (H.Major != Layout.FormatVersion)
    return R.failWith("the format version at offset " + hexString(FormatAt) +
                      " is " + Twine(H.Major) + "; that of Julia " +
                      quoted(H.Build.Version) + " is " +
                      Twine(Layout.FormatVersion) +
                      ": make the file again with a released Julia");

  H.Build.Branch = R.cString("the branch");
  H.Build.Commit = R.cString("the commit");
  At = R.tell();
  uint8_t Kind = R.u8("the kind of the header");
  H.IsImageData = Kind == 1;
  if (Kind > 1)
    return R.fail("the kind of the header", At,
                  "is " + Twine(unsigned(Kind)) + "; expected 0 or 1");
  if (R.ok() && H.IsImageData != IsImageData)
    return R.failWith(
        "the kind of the header at offset " + hexString(At) + " is " +
        Twine(unsigned(Kind)) +
        (IsImageData
             ? "; expected 1, the header of an image's data, and found that of "
               "a cache file"
             : "; expected 0, the header of a cache file, and found that of an "
               "image's data; name the .ji file"));

  ChecksumAt = R.tell();
  H.DataChecksum = R.u64("the checksum of the data");
  H.DataStart = R.u64("the start of the data");
  H.DataEnd = R.u64("the end of the data");
  if (H.DataChecksum >> 32 != JuliaChecksumMark >> 32)
    R.fail("the checksum of the data", ChecksumAt,
           "is " + hexString(H.DataChecksum) +
               "; expected 0xfafbfcfd in its upper half");
}

void JuliaReader::readFlags() {
  H.Flags = CacheFlags::unpack(R.u8("the flags"));
  if (Layout.HasSyntax)
    H.SyntaxVersion = R.u8("the syntax version");
}

void JuliaReader::readModuleList(std::vector<ModuleID> &List, const char *Item,
                                 bool HasHighBuildID) {
  for (;;) {
    R.setItem(Item, List.size());
    uint64_t At = R.tell();
    StringRef Name = R.string("the name");
    if (!R.ok() || Name.empty())
      break;
    R.checkName(Name, At, "the name");
    ModuleID M;
    M.Name = Name;
    M.UUID.Hi = R.u64("the UUID");
    M.UUID.Lo = R.u64("the UUID");
    if (HasHighBuildID)
      M.BuildID.Hi = R.u64("the build ID");
    M.BuildID.Lo = R.u64("the build ID");
    List.push_back(std::move(M));
  }
  R.setItem(nullptr);
}

/// Reads the list of dependencies up to its end, an empty path.
void JuliaReader::readDependencies() {
  for (;;) {
    R.setItem("dependency", H.Dependencies.size());
    uint64_t At = R.tell();
    StringRef Path = R.string("the path");
    if (!R.ok() || Path.empty())
      break;
    Dependency D;
    if (Path[0] == '\0') {
      // A package that was asked for by name: a NUL, its UUID as a number of
      // the machine (base/loading.jl, binpack), its name.
      constexpr uint64_t NameOffset = 1 + 16;
      D.IsRequire = true;
      HeaderReader Packed(StringRef(), Path, H.IsLittleEndian);
      Packed.u8("");
      D.UUID = Packed.u128("");
      StringRef Name = Path.substr(std::min<uint64_t>(NameOffset, Path.size()));
      R.checkName(Name, At, "the required package's name");
      D.Path = Name;
    } else {
      R.checkName(Path, At, "the path");
      D.Path = Path;
    }
    if (Layout.HasSizes) {
      D.Size = R.u64("the size");
      D.CRC = R.u32("the checksum");
    }
    D.ModificationTime = R.f64("the modification time");
    At = R.tell();
    D.ModuleIndex = R.u32("the module index");
    if (D.ModuleIndex > H.Modules.size())
      R.fail("the module index", At,
             "is " + Twine(int32_t(D.ModuleIndex)) + "; there are " +
                 Twine(H.Modules.size()) + " modules");
    while (D.ModuleIndex && R.ok()) {
      At = R.tell();
      StringRef Submodule = R.string("a submodule's name");
      if (Submodule.empty())
        break;
      R.checkName(Submodule, At, "a submodule's name");
      D.Submodules.push_back(Submodule.str());
    }
    H.Dependencies.push_back(std::move(D));
  }
  R.setItem(nullptr);
}

void JuliaReader::readPreferences() {
  if (Layout.HasTOML) {
    H.Prefs.TOML = R.string("the text of the preferences");
    return;
  }
  for (;;) {
    R.setItem("preference", H.Prefs.Keys.size());
    StringRef Key = R.string("the name");
    if (!R.ok() || Key.empty())
      break;
    H.Prefs.Keys.push_back(Key.str());
  }
  R.setItem(nullptr);
  H.Prefs.Hash = R.u64("the hash of the preferences");
}

Error JuliaReader::readTargets(StringRef Blob, uint64_t At) {
  Expected<CPUTargets> Targets =
      readTargetData(Blob, Layout.Targets, H.IsLittleEndian);
  if (!Targets) {
    // It says what to do.
    R.failWith("at offset " + hexString(At) + ": " +
               toString(Targets.takeError()));
    return R.takeError();
  }
  if (Targets->Targets.empty()) {
    R.fail("the target data", At, "have no target");
    return R.takeError();
  }
  H.Targets = std::move(*Targets);
  return Error::success();
}

/// Reads the data of a file without native code.
void JuliaReader::readData() {
  uint64_t At = R.tell();
  if (!R.ok())
    return;
  if (!isDataStart(H.DataStart, At))
    return R.fail("the start of the data", ChecksumAt + 8,
                  "is " + hexString(H.DataStart) +
                      "; expected the first multiple of 64 or 128 from " +
                      hexString(At) + " on");
  if (!isAllZero(R.bytes(H.DataStart - At, "the padding before the data")))
    return R.fail("the padding before the data", At, "is not zero");
  if (!R.ok())
    return;
  uint64_t Room = R.remaining();
  if (H.DataEnd < H.DataStart || H.DataEnd - H.DataStart > Room)
    return R.fail("the end of the data", ChecksumAt + 16,
                  "is " + hexString(H.DataEnd) + "; the data begin at " +
                      hexString(H.DataStart) + ", and the file ends at " +
                      hexString(Bytes.size()));
  H.Data = R.bytes(H.DataEnd - H.DataStart, "the data");
}

/// Reads the source text up to its end, an empty path.
void JuliaReader::readSources() {
  for (;;) {
    R.setItem("source", H.Sources.size());
    uint64_t At = R.tell();
    StringRef Path = R.string("the path");
    if (!R.ok() || Path.empty())
      break;
    R.checkName(Path, At, "the path");
    SourceText S;
    S.Path = Path;
    S.Text = R.bytes(R.u64("the length"), "the text");
    H.Sources.push_back(std::move(S));
  }
  R.setItem(nullptr);
}

Expected<CacheHeader> JuliaReader::readFile(const HeaderReadOptions &Options) {
  readBase(/*IsImageData=*/false);
  if (!R.ok())
    return R.takeError();
  readFlags();
  readModuleList(H.Modules, "module", /*HasHighBuildID=*/false);

  // The number of bytes up to the required modules, less those of the number
  // itself. A reader that trusts it alone would miss what it does not cover.
  uint64_t TotalAt = R.tell();
  uint64_t Total = R.u64("the size of the dependency list");
  readDependencies();
  readPreferences();
  SourcesStartAt = R.tell();
  SourcesStart = R.u64("the start of the source text");
  if (R.ok() && Total != SourcesStartAt - TotalAt)
    R.fail("the size of the dependency list", TotalAt,
           "is " + Twine(Total) + "; it has " +
               Twine(SourcesStartAt - TotalAt) + " bytes");

  readModuleList(H.RequiredModules, "required module",
                 /*HasHighBuildID=*/true);
  uint64_t TargetsAt = R.tell();
  StringRef Blob = R.string("the target data");
  if (!R.ok())
    return R.takeError();
  H.Targets.Layout = Layout.Targets;
  if (Blob.empty()) {
    readData();
  } else if (H.DataStart || H.DataEnd) {
    R.fail("the start of the data", ChecksumAt + 8,
           "is " + hexString(H.DataStart) + ", and their end " +
               hexString(H.DataEnd) +
               "; both are 0 in a file with native code");
  } else if (Error E = readTargets(Blob, TargetsAt + 4)) {
    return std::move(E);
  }

  if (R.ok() && SourcesStart != R.tell())
    R.fail("the start of the source text", SourcesStartAt,
           "is " + hexString(SourcesStart) + "; expected " +
               hexString(R.tell()));
  if (!R.ok())
    return R.takeError();

  if (!Options.SkipFeatureNames)
    resolveFeatures(H.Targets, Layout.Numbering,
                    Triple(H.Build.Arch).getArch());
  if (Options.SkipSources) {
    // What is left out is there, as is its end.
    constexpr uint64_t EndSize = 4;
    if (R.remaining() < EndSize + TrailerSize)
      R.bytes(EndSize + TrailerSize, "the source text");
    else
      R.bytes(R.remaining() - TrailerSize, "the source text");
  } else {
    readSources();
  }
  H.ImageCRC = R.u32("the checksum of the shared library");
  uint64_t CRCAt = R.tell();
  H.HeaderCRC = R.u32("the checksum of the file");
  if (R.ok() && R.remaining())
    R.fail("the end of the file", R.tell(),
           "is followed by " + Twine(R.remaining()) + " bytes");
  if (!R.ok())
    return R.takeError();

  if (Options.CheckDigests) {
    uint32_t DataCRC = Blob.empty() ? crc32c(H.Data) : 0;
    if (Blob.empty() && DataCRC != uint32_t(H.DataChecksum))
      R.fail("the checksum of the data", ChecksumAt,
             "is " + hexString(uint32_t(H.DataChecksum)) +
                 " in its lower half; the data have " + hexString(DataCRC));
    uint32_t CRC =
        Options.SkipSources ? H.HeaderCRC : crc32c(Bytes.take_front(CRCAt));
    if (CRC != H.HeaderCRC)
      R.fail("the checksum of the file", CRCAt,
             "is " + hexString(H.HeaderCRC) + "; the file has " +
                 hexString(CRC));
    if (!R.ok())
      return R.takeError();
  }
  return std::move(H);
}

Expected<CacheHeader> JuliaReader::readImageData(uint64_t *Size) {
  readBase(/*IsImageData=*/true);
  if (!R.ok())
    return R.takeError();
  readFlags();
  readModuleList(H.RequiredModules, "required module",
                 /*HasHighBuildID=*/true);
  if (R.ok() && !isDataStart(H.DataStart, R.tell()))
    R.fail("the start of the data", ChecksumAt + 8,
           "is " + hexString(H.DataStart) +
               "; expected the first multiple of 64 or 128 from " +
               hexString(R.tell()) + " on");
  if (R.ok() && H.DataEnd < H.DataStart)
    R.fail("the end of the data", ChecksumAt + 16,
           "is " + hexString(H.DataEnd) + "; the data begin at " +
               hexString(H.DataStart));
  if (!R.ok())
    return R.takeError();
  H.Targets.Layout = Layout.Targets;
  if (Size)
    *Size = R.tell();
  return std::move(H);
}

Expected<CacheHeader>
pkgimg::readJuliaHeader(MemoryBufferRef Buffer,
                        const HeaderReadOptions &Options) {
  return JuliaReader(Buffer).readFile(Options);
}

Expected<CacheHeader> pkgimg::readJuliaDataHeader(MemoryBufferRef Data,
                                                  uint64_t *Size) {
  return JuliaReader(Data).readImageData(Size);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Where the fields are that are known last.
namespace {
struct BaseOffsets {
  uint64_t Checksum = 0, DataStart = 0, DataEnd = 0;
};
} // namespace

/// Checks what \p Layout, or any of Julia's, cannot hold.
static Error checkFields(const CacheHeader &H, const ReleaseLayout &Layout) {
  const std::pair<bool, const char *> Ours[] = {
      {!H.Triple.empty(), "Triple"},
      {!H.PackageVersion.empty(), "PackageVersion"},
      {!H.Producer.empty(), "Producer"},
      {H.Content.has_value(), "Content"},
      {!H.Functions.empty(), "Functions"},
      {!H.UnknownSections.empty(), "UnknownSections"}};
  for (auto [IsSet, Field] : Ours)
    if (IsSet)
      return cannotWrite("Julia's layout has no " + Twine(Field));
  const std::pair<bool, const char *> Releases[] = {
      {H.SyntaxVersion && !Layout.HasSyntax, "SyntaxVersion"},
      {!H.Prefs.TOML.empty() && !Layout.HasTOML, "Prefs.TOML"},
      {!H.Prefs.Keys.empty() && Layout.HasTOML, "Prefs.Keys"},
      {H.Prefs.Hash && Layout.HasTOML, "Prefs.Hash"}};
  for (auto [IsSet, Field] : Releases)
    if (IsSet)
      return cannotWrite("the layout of Julia " + quoted(H.Build.Version) +
                         " has no " + Field);
  for (const auto &[I, M] : enumerate(H.Modules))
    if (M.BuildID.Hi)
      return cannotWrite("module " + Twine(I) +
                         " has the upper half of a build ID, which Julia's "
                         "layout does not store");
  for (const auto &[I, D] : enumerate(H.Dependencies))
    if ((D.Size || D.CRC) && !Layout.HasSizes)
      return cannotWrite("the layout of Julia " + quoted(H.Build.Version) +
                         " has no Size and CRC, which dependency " + Twine(I) +
                         " has");
  if (!H.Targets.Targets.empty() && H.Targets.Layout != Layout.Targets)
    return cannotWrite("Targets do not have the layout of Julia " +
                       quoted(H.Build.Version));
  return Error::success();
}

/// Returns the layout for Build.Version.
static Expected<ReleaseLayout> getReleaseLayout(const CacheHeader &H) {
  std::string Problem = checkRelease(H.Build.Version);
  if (!Problem.empty())
    return cannotWrite(Problem);
  return getReleaseLayout(*parseJuliaVersion(H.Build.Version));
}

static BaseOffsets writeBase(HeaderWriter &W, const CacheHeader &H,
                             const ReleaseLayout &Layout) {
  W.bytes(JuliaHeaderMagic);
  W.u16(Layout.FormatVersion);
  W.u16(ByteOrderMark);
  W.u8(H.PointerSize);
  W.cString(H.Build.OS);
  W.cString(H.Build.Arch);
  W.cString(H.Build.Version);
  W.cString(H.Build.Branch);
  W.cString(H.Build.Commit);
  W.u8(H.IsImageData);
  BaseOffsets Offsets;
  Offsets.Checksum = W.size();
  W.u64(H.DataChecksum);
  Offsets.DataStart = W.size();
  W.u64(H.DataStart);
  Offsets.DataEnd = W.size();
  W.u64(H.DataEnd);
  W.u8(H.Flags.pack());
  if (Layout.HasSyntax)
    W.u8(H.SyntaxVersion);
  return Offsets;
}

static void writeDependencies(HeaderWriter &W, const CacheHeader &H,
                              const ReleaseLayout &Layout) {
  for (const Dependency &D : H.Dependencies) {
    if (D.IsRequire) {
      HeaderWriter Packed(H.IsLittleEndian);
      Packed.u8(0);
      Packed.u128(D.UUID);
      Packed.bytes(D.Path);
      W.string(Packed.view());
    } else {
      W.string(D.Path);
    }
    if (Layout.HasSizes) {
      W.u64(D.Size);
      W.u32(D.CRC);
    }
    W.f64(D.ModificationTime);
    if (D.ModuleIndex) {
      W.u32(D.ModuleIndex);
      for (const std::string &S : D.Submodules)
        W.string(S);
    }
    W.u32(0);
  }
  W.u32(0);
}

static void writeModuleList(HeaderWriter &W, ArrayRef<ModuleID> List,
                            bool HasHighBuildID) {
  for (const ModuleID &M : List) {
    W.string(M.Name);
    W.u64(M.UUID.Hi);
    W.u64(M.UUID.Lo);
    if (HasHighBuildID)
      W.u64(M.BuildID.Hi);
    W.u64(M.BuildID.Lo);
  }
  W.u32(0);
}

static Error checkDataChecksum(const CacheHeader &H) {
  if (H.DataChecksum >> 32 == JuliaChecksumMark >> 32)
    return Error::success();
  return cannotWrite("DataChecksum is " + hexString(H.DataChecksum) +
                     "; expected 0xfafbfcfd in its upper half");
}

/// Where the data are put after \p Size bytes.
static uint64_t placeData(const CacheHeader &H, uint64_t Size) {
  if (isDataStart(H.DataStart, Size))
    return H.DataStart;
  return alignTo(Size, getDataAlignment(H.Build));
}

Expected<std::string> pkgimg::writeJuliaHeader(const CacheHeader &H) {
  Expected<ReleaseLayout> Layout = getReleaseLayout(H);
  if (!Layout)
    return Layout.takeError();
  if (Error E = checkFields(H, *Layout))
    return std::move(E);
  if (H.IsImageData)
    return cannotWrite("IsImageData is set; writeJuliaDataHeader() writes it");
  bool HasCode = !H.Targets.Targets.empty();
  if (HasCode) {
    if (H.DataStart || H.DataEnd || !H.Data.empty())
      return cannotWrite("there are Targets, and Data: the data of an image "
                         "with native code are in the shared library");
    if (Error E = checkDataChecksum(H))
      return std::move(E);
  }

  HeaderWriter W(H.IsLittleEndian);
  BaseOffsets Offsets = writeBase(W, H, *Layout);
  writeModuleList(W, H.Modules, /*HasHighBuildID=*/false);

  uint64_t TotalAt = W.size();
  W.u64(0);
  writeDependencies(W, H, *Layout);
  if (Layout->HasTOML) {
    W.string(H.Prefs.TOML);
  } else {
    for (const std::string &Key : H.Prefs.Keys)
      W.string(Key);
    W.u32(0);
    W.u64(H.Prefs.Hash);
  }
  uint64_t SourcesStartAt = W.size();
  W.u64(0);
  W.patch64(TotalAt, SourcesStartAt - TotalAt);
  writeModuleList(W, H.RequiredModules, /*HasHighBuildID=*/true);

  if (HasCode) {
    Expected<std::string> Blob = writeTargetData(H.Targets, H.IsLittleEndian);
    if (!Blob)
      return cannotWrite("Targets: " + toString(Blob.takeError()));
    W.string(*Blob);
  } else {
    W.u32(0);
    W.padTo(placeData(H, W.size()));
    W.patch64(Offsets.Checksum, JuliaChecksumMark | crc32c(H.Data));
    W.patch64(Offsets.DataStart, W.size());
    W.bytes(H.Data);
    W.patch64(Offsets.DataEnd, W.size());
  }

  W.patch64(SourcesStartAt, W.size());
  for (const SourceText &S : H.Sources) {
    W.string(S.Path);
    W.u64(S.Text.size());
    W.bytes(S.Text);
  }
  W.u32(0);
  W.u32(H.ImageCRC);
  W.u32(crc32c(W.view()));
  return W.take();
}

Expected<std::string> pkgimg::writeJuliaDataHeader(const CacheHeader &H) {
  if (H.Format != HeaderFormat::Julia || !H.IsImageData)
    return cannotWrite("Format is not Julia's, or IsImageData is not set");
  if (Error E = checkHeader(H))
    return std::move(E);
  Expected<ReleaseLayout> Layout = getReleaseLayout(H);
  if (!Layout)
    return Layout.takeError();
  if (Error E = checkFields(H, *Layout))
    return std::move(E);
  const std::pair<bool, const char *> FileOnly[] = {
      {!H.Modules.empty(), "Modules"},
      {!H.Dependencies.empty(), "Dependencies"},
      {!H.Prefs.Keys.empty() || H.Prefs.Hash || !H.Prefs.TOML.empty(), "Prefs"},
      {!H.Targets.Targets.empty(), "Targets"},
      {!H.Sources.empty(), "Sources"},
      {H.ImageCRC != 0, "ImageCRC"}};
  for (auto [IsSet, Field] : FileOnly)
    if (IsSet)
      return cannotWrite("the header of an image's data has no " +
                         Twine(Field));

  HeaderWriter W(H.IsLittleEndian);
  BaseOffsets Offsets = writeBase(W, H, *Layout);
  writeModuleList(W, H.RequiredModules, /*HasHighBuildID=*/true);
  if (!H.Data.empty() || !H.DataStart) {
    uint64_t Start = placeData(H, W.size());
    W.patch64(Offsets.Checksum, JuliaChecksumMark | crc32c(H.Data));
    W.patch64(Offsets.DataStart, Start);
    W.patch64(Offsets.DataEnd, Start + H.Data.size());
    return W.take();
  }
  if (Error E = checkDataChecksum(H))
    return std::move(E);
  if (!isDataStart(H.DataStart, W.size()) || H.DataEnd < H.DataStart)
    return cannotWrite("the data are at " + hexString(H.DataStart) + " to " +
                       hexString(H.DataEnd) +
                       "; expected the first multiple of 64 or 128 from " +
                       hexString(W.size()) + " on, and an end after it");
  return W.take();
}
