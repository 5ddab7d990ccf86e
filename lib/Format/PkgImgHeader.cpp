//===- PkgImgHeader.cpp - the header of our cache files -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layout, in docs/ImageFormat.rst to the byte: a prefix, a table of
// sections, the sections. All integers are little endian. Each section has a
// digest of its own in the table, and the prefix one of itself and the table,
// so that a reader checks what it reads and no more.
//
//===----------------------------------------------------------------------===//

#include "PkgImgHeader.h"
#include "CacheHeaderImpl.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <cstring>

using namespace llvm;
using namespace pkgimg;

//===----------------------------------------------------------------------===//
// The layout
//===----------------------------------------------------------------------===//

/// Fields of the prefix, and its size.
static constexpr uint64_t SizeAt = 16;
static constexpr uint64_t NumSectionsAt = 24;
static constexpr uint64_t DigestAt = 32;
static constexpr uint64_t DigestSize = 32;
static constexpr uint64_t PrefixSize = 64;

/// Fields of an entry of the table, and its size.
static constexpr uint64_t EntryOffsetAt = 8;
static constexpr uint64_t EntrySizeAt = 16;
static constexpr uint64_t EntryDigestAt = 32;
static constexpr uint64_t EntrySize = 64;

static constexpr uint64_t SectionAlignment = 8;

/// Content: root, length, size and number of chunks.
static constexpr uint64_t ContentSize = 48;

/// The sections by their numbers; 0 is none.
static constexpr unsigned NumKnownSections = 11;
static constexpr const char *SectionNames[NumKnownSections] = {
    nullptr,       "Build",           "Modules",  "Dependencies",
    "Preferences", "RequiredModules", "Targets",  "Sources",
    "Content",     "ContentTree",     "Functions"};

static unsigned number(HeaderSection Section) { return unsigned(Section); }

namespace {
/// An entry of the section table.
struct SectionEntry {
  uint32_t ID = 0;
  uint64_t Offset = 0;
  uint64_t Size = 0;
  uint64_t Capacity = 0;
  StringRef Digest;
  /// Of the entry.
  uint64_t At = 0;

  bool isKnown() const { return ID > 0 && ID < NumKnownSections; }
  std::string name() const {
    return isKnown() ? SectionNames[ID] : "number " + utostr(ID);
  }
};

/// The sections of a header whose extents have been checked.
struct SectionTable {
  std::vector<SectionEntry> Entries;
  /// Index into Entries by number, or -1.
  std::array<int64_t, NumKnownSections> Known{};

  const SectionEntry *find(HeaderSection Section) const {
    int64_t Index = Known[number(Section)];
    return Index < 0 ? nullptr : &Entries[Index];
  }
};
} // namespace

static ArrayRef<uint8_t> toBytes(StringRef S) {
  return ArrayRef<uint8_t>(S.bytes_begin(), S.size());
}

static BLAKE3Result<DigestSize> digestOf(StringRef Bytes) {
  return BLAKE3::hash<DigestSize>(toBytes(Bytes));
}

/// The digest of the prefix and the table of \p NumSections, whose field for it
/// counts as zeros. \p Bytes have them.
static BLAKE3Result<DigestSize> headerDigest(StringRef Bytes,
                                             uint64_t NumSections) {
  const uint8_t Zeros[DigestSize] = {};
  BLAKE3 Hasher;
  Hasher.update(Bytes.take_front(DigestAt));
  Hasher.update(ArrayRef<uint8_t>(Zeros));
  Hasher.update(Bytes.substr(PrefixSize, NumSections * EntrySize));
  return Hasher.final<DigestSize>();
}

static bool isDigest(StringRef Stored, const BLAKE3Result<DigestSize> &Digest) {
  return toBytes(Stored) == ArrayRef<uint8_t>(Digest);
}

/// Puts the digest of the prefix and the table of \p NumSections, which
/// \p Bytes have, into the prefix.
static void setHeaderDigest(MutableArrayRef<char> Bytes, uint64_t NumSections) {
  BLAKE3Result<DigestSize> D =
      headerDigest(StringRef(Bytes.data(), Bytes.size()), NumSections);
  std::memcpy(Bytes.data() + DigestAt, D.data(), DigestSize);
}

/// Puts the digest of \p Content into the entry of its section.
static void setEntryDigest(char *Entry, StringRef Content) {
  BLAKE3Result<DigestSize> D = digestOf(Content);
  std::memcpy(Entry + EntryDigestAt, D.data(), DigestSize);
}

/// Returns a number that two of \p Sections have, if there is one.
static std::optional<uint32_t> findTwice(ArrayRef<UnknownSection> Sections) {
  std::vector<uint32_t> IDs;
  for (const UnknownSection &S : Sections)
    IDs.push_back(S.ID);
  llvm::sort(IDs);
  auto Twice = std::adjacent_find(IDs.begin(), IDs.end());
  if (Twice == IDs.end())
    return std::nullopt;
  return *Twice;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
class PkgImgReader {
public:
  PkgImgReader(MemoryBufferRef Buffer, const HeaderReadOptions &Options)
      : Name(Buffer.getBufferIdentifier()), Bytes(Buffer.getBuffer()),
        Options(Options), R(Name, Bytes, /*IsLittleEndian=*/true) {}

  Expected<CacheHeader> read();
  /// Also gives the table.
  Expected<CacheHeader> read(SectionTable &Table);

private:
  void readPrefix();
  void readTable();
  void checkPadding();
  void checkSection(const SectionEntry &Entry);
  StringRef content(const SectionEntry &Entry) const {
    return Bytes.substr(Entry.Offset, Entry.Size);
  }
  /// Calls \p Parse with a reader of \p Section's content, if there is one.
  void parse(HeaderSection Section,
             void (PkgImgReader::*Parse)(HeaderReader &S));

  void parseBuild(HeaderReader &S);
  void parseModules(HeaderReader &S);
  void parseRequiredModules(HeaderReader &S);
  void parseDependencies(HeaderReader &S);
  void parsePreferences(HeaderReader &S);
  void parseTargets(HeaderReader &S);
  void parseSources(HeaderReader &S);
  void parseContent(HeaderReader &S);
  void parseContentTree(HeaderReader &S);
  void parseFunctions(HeaderReader &S);
  /// True for a section that the options leave out.
  bool isSkipped(uint32_t ID) const;

  StringRef Name;
  StringRef Bytes;
  HeaderReadOptions Options;
  HeaderReader R;
  SectionTable Table;
  CacheHeader H;
};
} // namespace

void PkgImgReader::readPrefix() {
  R.bytes(HeaderMagic.size(), "the magic number");
  H.Format = HeaderFormat::PkgImg;
  H.Major = R.u16("the major version");
  H.Minor = R.u16("the minor version");
  if (!R.ok())
    return;
  if (H.Major != HeaderMajor)
    return R.failWith(
        "the version at offset " + hexString(HeaderMajorAt) + " is " +
        Twine(H.Major) + "." + Twine(H.Minor) + ", which is " +
        (H.Major < HeaderMajor ? "older" : "newer") +
        " than this reader knows (" + Twine(HeaderMajor) + ".x); " +
        (H.Major < HeaderMajor ? "make the image again"
                               : "use a newer pkgimg"));
  uint64_t At = R.tell();
  H.PointerSize = R.u8("the size of a pointer");
  if (R.ok() && H.PointerSize != 4 && H.PointerSize != 8)
    R.fail("the size of a pointer", At,
           "is " + Twine(unsigned(H.PointerSize)) + "; expected 4 or 8");
  H.Flags = CacheFlags::unpack(R.u8("the flags"));
  H.SyntaxVersion = R.u8("the syntax version");
  At = R.tell();
  uint8_t Order = R.u8("the byte order");
  H.IsLittleEndian = Order == 0;
  if (Order > 1)
    R.fail("the byte order", At,
           "is " + Twine(unsigned(Order)) + "; expected 0 or 1");

  H.Size = R.u64("the size of the header");
  if (R.ok() && (H.Size < PrefixSize || H.Size > Bytes.size() ||
                 H.Size % SectionAlignment))
    R.fail("the size of the header", SizeAt,
           "is " + hexString(H.Size) + "; expected a multiple of 8 between " +
               hexString(PrefixSize) + " and the size of the file, " +
               hexString(Bytes.size()));
  uint32_t NumSections = R.u32("the number of sections");
  R.u32("the reserved word");
  StringRef Digest = R.bytes(DigestSize, "the digest of the header");
  if (!R.ok())
    return;
  Bytes = Bytes.take_front(H.Size);
  if (NumSections > (H.Size - PrefixSize) / EntrySize)
    return R.fail("the number of sections", NumSectionsAt,
                  "is " + Twine(NumSections) + ", for which a header of " +
                      hexString(H.Size) + " bytes is too short");
  if (Options.CheckDigests &&
      !isDigest(Digest, headerDigest(Bytes, NumSections)))
    return R.fail("the digest of the header", DigestAt,
                  "is not that of the header and its section table");
  Table.Entries.resize(NumSections);
}

void PkgImgReader::readTable() {
  Table.Known.fill(-1);
  uint64_t End = PrefixSize + Table.Entries.size() * EntrySize;
  for (auto [I, Entry] : enumerate(Table.Entries)) {
    R.setItem("section", I);
    Entry.At = R.tell();
    Entry.ID = R.u32("the number");
    R.u32("the reserved word");
    Entry.Offset = R.u64("the offset");
    Entry.Size = R.u64("the size");
    Entry.Capacity = R.u64("the capacity");
    Entry.Digest = R.bytes(DigestSize, "the digest");
    // In order, so that none overlaps another or the table.
    if (Entry.Offset < End || Entry.Offset % SectionAlignment ||
        Entry.Offset > H.Size)
      return R.fail("the offset", Entry.At + 8,
                    "is " + hexString(Entry.Offset) +
                        "; expected a multiple of 8 between " + hexString(End) +
                        " and " + hexString(H.Size));
    if (Entry.Capacity > H.Size - Entry.Offset)
      return R.fail("the capacity", Entry.At + 24,
                    "is " + hexString(Entry.Capacity) + "; there are " +
                        hexString(H.Size - Entry.Offset) +
                        " bytes up to the end of the header");
    if (Entry.Size > Entry.Capacity)
      return R.fail("the size", Entry.At + 16,
                    "is " + hexString(Entry.Size) +
                        ", more than the capacity of " +
                        hexString(Entry.Capacity));
    End = Entry.Offset + Entry.Capacity;
    if (Entry.isKnown()) {
      int64_t &Index = Table.Known[Entry.ID];
      if (Index >= 0)
        return R.fail("the number", Entry.At,
                      "is " + Twine(Entry.ID) + ", that of section " +
                          Twine(Index));
      Index = int64_t(I);
    } else {
      H.UnknownSections.push_back({Entry.ID, content(Entry)});
    }
  }
  R.setItem(nullptr);

  if (std::optional<uint32_t> Twice = findTwice(H.UnknownSections))
    R.fail("the section table", PrefixSize,
           "has two sections with the number " + Twine(*Twice));
}

/// Checks that what no digest covers is zero.
void PkgImgReader::checkPadding() {
  uint64_t Begin = PrefixSize + Table.Entries.size() * EntrySize;
  auto Check = [&](uint64_t End) {
    if (!isAllZero(Bytes.slice(Begin, End)))
      R.fail("the padding", Begin, "is not zero");
  };
  for (const SectionEntry &Entry : Table.Entries) {
    Check(Entry.Offset);
    // The room of a section that is skipped may be as long as what is in it.
    Begin = Entry.Offset + (isSkipped(Entry.ID) ? Entry.Capacity : Entry.Size);
  }
  Check(H.Size);
}

void PkgImgReader::checkSection(const SectionEntry &Entry) {
  if (!isDigest(Entry.Digest, digestOf(content(Entry))))
    R.fail("the digest", Entry.At + EntryDigestAt,
           "is not that of section '" + Entry.name() + "' at offset " +
               hexString(Entry.Offset));
}

void PkgImgReader::parse(HeaderSection Section,
                         void (PkgImgReader::*Parse)(HeaderReader &S)) {
  const SectionEntry *Entry = Table.find(Section);
  if (!Entry || !R.ok())
    return;
  std::string Container = "section '" + Entry->name() + "'";
  HeaderReader S(Name, content(*Entry), /*IsLittleEndian=*/true, Entry->Offset,
                 Container);
  (this->*Parse)(S);
  if (!S.ok())
    R.failWith(S.message());
}

void PkgImgReader::parseBuild(HeaderReader &S) {
  const std::pair<std::string *, const char *> Fields[] = {
      {&H.Build.OS, "the operating system"},
      {&H.Build.Arch, "the architecture"},
      {&H.Build.Version, "the version of the runtime"},
      {&H.Build.Branch, "the branch"},
      {&H.Build.Commit, "the commit"},
      {&H.Producer, "the producer"},
      {&H.Triple, "the triple"},
      {&H.PackageVersion, "the version of the package"}};
  for (auto [Field, What] : Fields) {
    uint64_t At = S.tell();
    StringRef Text = S.string(What);
    if (Text.contains('\0'))
      S.fail(What, At, "has a NUL in it: '" + quoted(Text) + "'");
    *Field = Text;
  }
}

static void parseModuleList(HeaderReader &S, std::vector<ModuleID> &List,
                            const char *CountName, const char *Item) {
  constexpr uint64_t MinSize = 4 + 1 + 4 * 8;
  uint32_t Count = S.count(MinSize, CountName);
  List.reserve(Count);
  for (uint32_t I = 0; I < Count && S.ok(); ++I) {
    S.setItem(Item, I);
    ModuleID M;
    M.Name = S.name("the name");
    M.UUID.Hi = S.u64("the UUID");
    M.UUID.Lo = S.u64("the UUID");
    M.BuildID.Hi = S.u64("the build ID");
    M.BuildID.Lo = S.u64("the build ID");
    List.push_back(std::move(M));
  }
}

void PkgImgReader::parseModules(HeaderReader &S) {
  parseModuleList(S, H.Modules, "the number of modules", "module");
}

void PkgImgReader::parseRequiredModules(HeaderReader &S) {
  parseModuleList(S, H.RequiredModules, "the number of required modules",
                  "required module");
}

void PkgImgReader::parseDependencies(HeaderReader &S) {
  constexpr uint64_t MinSize = 1 + 4 + 1 + 16 + 8 + 4 + 8 + 4 + 4;
  constexpr uint64_t MinSubmoduleSize = 4 + 1;
  uint32_t Count = S.count(MinSize, "the number of dependencies");
  H.Dependencies.reserve(Count);
  for (uint32_t I = 0; I < Count && S.ok(); ++I) {
    S.setItem("dependency", I);
    Dependency D;
    uint64_t At = S.tell();
    uint8_t Kind = S.u8("the kind");
    D.IsRequire = Kind == 1;
    if (Kind > 1)
      S.fail("the kind", At,
             "is " + Twine(unsigned(Kind)) +
                 "; expected 0 (a file) or 1 (a package)");
    D.Path = S.name(D.IsRequire ? "the name" : "the path");
    At = S.tell();
    D.UUID.Hi = S.u64("the UUID");
    D.UUID.Lo = S.u64("the UUID");
    if (!D.IsRequire && !D.UUID.isZero())
      S.fail("the UUID", At, "is " + formatUUID(D.UUID) + "; a file has none");
    D.Size = S.u64("the size");
    D.CRC = S.u32("the checksum");
    D.ModificationTime = S.f64("the modification time");
    At = S.tell();
    D.ModuleIndex = S.u32("the module index");
    if (D.ModuleIndex > H.Modules.size())
      S.fail("the module index", At,
             "is " + Twine(D.ModuleIndex) + "; there are " +
                 Twine(H.Modules.size()) + " modules");
    At = S.tell();
    uint32_t NumSubmodules =
        S.count(MinSubmoduleSize, "the number of submodules");
    if (NumSubmodules && !D.ModuleIndex)
      S.fail("the number of submodules", At,
             "is " + Twine(NumSubmodules) + "; there is no module");
    if (S.ok())
      D.Submodules.reserve(NumSubmodules);
    for (uint32_t J = 0; J < NumSubmodules && S.ok(); ++J)
      D.Submodules.push_back(S.name("a submodule's name").str());
    H.Dependencies.push_back(std::move(D));
  }
}

void PkgImgReader::parsePreferences(HeaderReader &S) {
  H.Prefs.TOML = S.string("the text of the preferences");
}

void PkgImgReader::parseTargets(HeaderReader &S) {
  uint64_t At = S.tell();
  StringRef Blob = S.bytes(S.remaining(), "the target data");
  if (Blob.empty())
    return;
  uint64_t Size = 0;
  Expected<CPUTargets> Targets = readTargetData(Blob, TargetDataLayout::Named,
                                                /*IsLittleEndian=*/true, &Size);
  if (Targets)
    H.Targets = std::move(*Targets);
  else
    // It says what to do.
    S.failWith("at offset " + hexString(At) + ": " +
               toString(Targets.takeError()));
}

void PkgImgReader::parseSources(HeaderReader &S) {
  constexpr uint64_t MinSize = 4 + 1 + 8;
  uint32_t Count = S.count(MinSize, "the number of sources");
  H.Sources.reserve(Count);
  for (uint32_t I = 0; I < Count && S.ok(); ++I) {
    S.setItem("source", I);
    SourceText Source;
    Source.Path = S.name("the path");
    Source.Text = S.bytes(S.u64("the length"), "the text");
    H.Sources.push_back(std::move(Source));
  }
}

void PkgImgReader::parseContent(HeaderReader &S) {
  // Not sealed yet.
  if (!S.remaining())
    return;
  ContentDigest Content;
  StringRef Root = S.bytes(DigestSize, "the root");
  if (S.ok())
    std::memcpy(Content.Root.data(), Root.data(), DigestSize);
  Content.Length = S.u64("the length");
  uint64_t At = S.tell();
  uint32_t ChunkSize = S.u32("the size of a chunk");
  if (S.ok() && ChunkSize != DigestChunkSize)
    S.fail("the size of a chunk", At,
           "is " + Twine(ChunkSize) + "; expected " + Twine(DigestChunkSize));
  At = S.tell();
  uint32_t NumChunks = S.u32("the number of chunks");
  if (S.ok() && NumChunks != ContentDigest::numChunks(Content.Length))
    S.fail("the number of chunks", At,
           "is " + Twine(NumChunks) + "; " + Twine(Content.Length) +
               " bytes have " +
               Twine(ContentDigest::numChunks(Content.Length)));
  if (S.ok())
    H.Content = std::move(Content);
}

void PkgImgReader::parseContentTree(HeaderReader &S) {
  if (!S.remaining())
    return;
  if (!H.Content) {
    S.fail("the content tree", S.tell(),
           "has " + Twine(S.remaining()) +
               " bytes; expected none, as there is no content digest");
    return;
  }
  uint64_t NumChunks = ContentDigest::numChunks(H.Content->Length);
  if (S.remaining() / DigestSize < NumChunks) {
    S.fail("the content tree", S.tell(),
           "has " + Twine(S.remaining()) + " bytes; expected 0, or " +
               Twine(DigestSize) + " for each of " + Twine(NumChunks) +
               " chunks");
    return;
  }
  StringRef Digests = S.bytes(NumChunks * DigestSize, "the content tree");
  H.Content->Chunks.resize(NumChunks);
  if (NumChunks)
    std::memcpy(H.Content->Chunks.data(), Digests.data(), Digests.size());
}

void PkgImgReader::parseFunctions(HeaderReader &S) {
  constexpr uint64_t MinSize = 4 + 1 + 4 + 1 + 4;
  uint32_t Count = S.count(MinSize, "the number of functions");
  H.Functions.reserve(Count);
  for (uint32_t I = 0; I < Count && S.ok(); ++I) {
    S.setItem("function", I);
    NamedFunction F;
    uint64_t At = S.tell();
    F.Name = S.name("the name");
    F.Signature = S.name("the signature");
    F.Index = S.u32("the index");
    if (S.ok() && I && F.Name <= H.Functions.back().Name)
      S.fail("the name", At,
             "is '" + quoted(F.Name) + "', which does not come after '" +
                 quoted(H.Functions.back().Name) + "'");
    H.Functions.push_back(std::move(F));
  }
}

bool PkgImgReader::isSkipped(uint32_t ID) const {
  return (Options.SkipSources && ID == number(HeaderSection::Sources)) ||
         (Options.SkipContentTree && ID == number(HeaderSection::ContentTree));
}

Expected<CacheHeader> PkgImgReader::read() {
  readPrefix();
  if (R.ok())
    readTable();
  if (!R.ok())
    return R.takeError();
  if (Options.CheckDigests) {
    for (const SectionEntry &Entry : Table.Entries)
      if (!isSkipped(Entry.ID))
        checkSection(Entry);
    checkPadding();
    if (!R.ok())
      return R.takeError();
  }

  if (const SectionEntry *Tree = Table.find(HeaderSection::ContentTree))
    H.Reserve = Tree->Capacity > Tree->Size ? Tree->Capacity : 0;
  if (!Table.find(HeaderSection::Build))
    R.fail("the section table", PrefixSize, "has no section 'Build'");
  parse(HeaderSection::Build, &PkgImgReader::parseBuild);
  parse(HeaderSection::Modules, &PkgImgReader::parseModules);
  parse(HeaderSection::Dependencies, &PkgImgReader::parseDependencies);
  parse(HeaderSection::Preferences, &PkgImgReader::parsePreferences);
  parse(HeaderSection::RequiredModules, &PkgImgReader::parseRequiredModules);
  parse(HeaderSection::Targets, &PkgImgReader::parseTargets);
  if (!isSkipped(number(HeaderSection::Sources)))
    parse(HeaderSection::Sources, &PkgImgReader::parseSources);
  parse(HeaderSection::Content, &PkgImgReader::parseContent);
  if (!isSkipped(number(HeaderSection::ContentTree)))
    parse(HeaderSection::ContentTree, &PkgImgReader::parseContentTree);
  parse(HeaderSection::Functions, &PkgImgReader::parseFunctions);
  if (!R.ok())
    return R.takeError();
  return std::move(H);
}

Expected<CacheHeader> PkgImgReader::read(SectionTable &Result) {
  Expected<CacheHeader> Header = read();
  Result = std::move(Table);
  return Header;
}

Expected<CacheHeader>
pkgimg::readPkgImgHeader(MemoryBufferRef Buffer,
                         const HeaderReadOptions &Options) {
  return PkgImgReader(Buffer, Options).read();
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {
/// A section that is to be written.
struct NewSection {
  uint32_t ID = 0;
  std::string Content;
  uint64_t Capacity = 0;
};
} // namespace

/// Checks what our layout cannot hold.
static Error checkFields(const CacheHeader &H) {
  const std::pair<bool, const char *> JuliaOnly[] = {
      {!H.Prefs.Keys.empty(), "Prefs.Keys"},
      {H.Prefs.Hash != 0, "Prefs.Hash"},
      {H.IsImageData, "IsImageData"},
      {H.DataChecksum != 0, "DataChecksum"},
      {H.DataStart != 0, "DataStart"},
      {H.DataEnd != 0, "DataEnd"},
      {!H.Data.empty(), "Data"},
      {H.ImageCRC != 0, "ImageCRC"}};
  for (auto [IsSet, Field] : JuliaOnly)
    if (IsSet)
      return cannotWrite("pkgimg's layout has no " + Twine(Field));
  if (!H.Targets.Targets.empty() && H.Targets.Layout != TargetDataLayout::Named)
    return cannotWrite("Targets do not have pkgimg's layout, with names");
  for (const UnknownSection &S : H.UnknownSections)
    if (S.ID > 0 && S.ID < NumKnownSections)
      return cannotWrite("an unknown section has the number " + Twine(S.ID) +
                         ", that of '" + SectionNames[S.ID] + "'");
  if (std::optional<uint32_t> Twice = findTwice(H.UnknownSections))
    return cannotWrite("two unknown sections have the number " + Twine(*Twice));
  return Error::success();
}

/// Checks that the chunks fit the length.
static Error checkContent(const ContentDigest &Content, const Twine &Prefix) {
  uint64_t NumChunks = ContentDigest::numChunks(Content.Length);
  if (NumChunks > UINT32_MAX)
    return createStringError(inconvertibleErrorCode(),
                             Prefix + "a content of " + Twine(Content.Length) +
                                 " bytes has too many chunks");
  if (!Content.Chunks.empty() && Content.Chunks.size() != NumChunks)
    return createStringError(inconvertibleErrorCode(),
                             Prefix + "the content digest has " +
                                 Twine(Content.Chunks.size()) + " chunks; " +
                                 Twine(Content.Length) + " bytes have " +
                                 Twine(NumChunks));
  return Error::success();
}

static std::string writeModuleList(ArrayRef<ModuleID> List) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  W.u32(uint32_t(List.size()));
  for (const ModuleID &M : List) {
    W.string(M.Name);
    W.u64(M.UUID.Hi);
    W.u64(M.UUID.Lo);
    W.u64(M.BuildID.Hi);
    W.u64(M.BuildID.Lo);
  }
  return W.take();
}

static std::string writeDependencies(ArrayRef<Dependency> List) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  W.u32(uint32_t(List.size()));
  for (const Dependency &D : List) {
    W.u8(D.IsRequire);
    W.string(D.Path);
    W.u64(D.UUID.Hi);
    W.u64(D.UUID.Lo);
    W.u64(D.Size);
    W.u32(D.CRC);
    W.f64(D.ModificationTime);
    W.u32(D.ModuleIndex);
    W.u32(uint32_t(D.Submodules.size()));
    for (const std::string &S : D.Submodules)
      W.string(S);
  }
  return W.take();
}

static std::string writeSources(ArrayRef<SourceText> List) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  W.u32(uint32_t(List.size()));
  for (const SourceText &S : List) {
    W.string(S.Path);
    W.u64(S.Text.size());
    W.bytes(S.Text);
  }
  return W.take();
}

static std::string writeFunctions(ArrayRef<NamedFunction> List) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  W.u32(uint32_t(List.size()));
  for (const NamedFunction &F : List) {
    W.string(F.Name);
    W.string(F.Signature);
    W.u32(F.Index);
  }
  return W.take();
}

static std::string writeContent(const ContentDigest &Content) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  W.bytes(toStringRef(ArrayRef<uint8_t>(Content.Root)));
  W.u64(Content.Length);
  W.u32(uint32_t(DigestChunkSize));
  W.u32(uint32_t(ContentDigest::numChunks(Content.Length)));
  return W.take();
}

static std::string writeContentTree(const ContentDigest &Content) {
  HeaderWriter W(/*IsLittleEndian=*/true);
  for (const Digest256 &D : Content.Chunks)
    W.bytes(toStringRef(ArrayRef<uint8_t>(D)));
  return W.take();
}

/// Puts the sections together: Build and Content always, the others unless
/// they are empty.
static Expected<std::vector<NewSection>> makeSections(const CacheHeader &H,
                                                      uint64_t Reserve) {
  std::vector<NewSection> Sections;
  auto Add = [&](HeaderSection ID, std::string Content, uint64_t Capacity = 0) {
    uint64_t Size = Content.size();
    Sections.push_back(
        {uint32_t(ID), std::move(Content), std::max(Size, Capacity)});
  };

  HeaderWriter Build(/*IsLittleEndian=*/true);
  for (StringRef Text : {StringRef(H.Build.OS), StringRef(H.Build.Arch),
                         StringRef(H.Build.Version), StringRef(H.Build.Branch),
                         StringRef(H.Build.Commit), StringRef(H.Producer),
                         StringRef(H.Triple), StringRef(H.PackageVersion)})
    Build.string(Text);
  Add(HeaderSection::Build, Build.take());
  if (!H.Modules.empty())
    Add(HeaderSection::Modules, writeModuleList(H.Modules));
  if (!H.Dependencies.empty())
    Add(HeaderSection::Dependencies, writeDependencies(H.Dependencies));
  if (!H.Prefs.TOML.empty()) {
    HeaderWriter W(/*IsLittleEndian=*/true);
    W.string(H.Prefs.TOML);
    Add(HeaderSection::Preferences, W.take());
  }
  if (!H.RequiredModules.empty())
    Add(HeaderSection::RequiredModules, writeModuleList(H.RequiredModules));
  if (!H.Targets.Targets.empty()) {
    Expected<std::string> Blob =
        writeTargetData(H.Targets, /*IsLittleEndian=*/true);
    if (!Blob)
      return cannotWrite("Targets: " + toString(Blob.takeError()));
    Add(HeaderSection::Targets, std::move(*Blob));
  }
  if (!H.Sources.empty())
    Add(HeaderSection::Sources, writeSources(H.Sources));
  Add(HeaderSection::Content,
      H.Content ? writeContent(*H.Content) : std::string(), ContentSize);
  if (Reserve || (H.Content && !H.Content->Chunks.empty()))
    Add(HeaderSection::ContentTree,
        H.Content ? writeContentTree(*H.Content) : std::string(), Reserve);
  if (!H.Functions.empty())
    Add(HeaderSection::Functions, writeFunctions(H.Functions));
  for (const UnknownSection &S : H.UnknownSections)
    Sections.push_back({S.ID, S.Content.str(), S.Content.size()});
  return std::move(Sections);
}

Expected<std::string> pkgimg::writePkgImgHeader(const CacheHeader &H,
                                                uint64_t Reserve) {
  // More than any content needs that can be stored.
  constexpr uint64_t MaxReserve = uint64_t(UINT32_MAX) * DigestSize;
  if (Reserve > MaxReserve)
    return cannotWrite("a reserve of " + hexString(Reserve) +
                       " bytes is more than any content needs");
  if (Error E = checkFields(H))
    return std::move(E);
  if (H.Content)
    if (Error E = checkContent(*H.Content, "cannot write the header: "))
      return std::move(E);
  Expected<std::vector<NewSection>> Sections = makeSections(H, Reserve);
  if (!Sections)
    return Sections.takeError();

  uint64_t Size = PrefixSize + Sections->size() * EntrySize;
  for (const NewSection &S : *Sections)
    Size += alignTo(S.Capacity, SectionAlignment);

  HeaderWriter W(/*IsLittleEndian=*/true);
  W.bytes(HeaderMagic);
  W.u16(HeaderMajor);
  W.u16(HeaderMinor);
  W.u8(H.PointerSize);
  W.u8(H.Flags.pack());
  W.u8(H.SyntaxVersion);
  W.u8(!H.IsLittleEndian);
  W.u64(Size);
  W.u32(uint32_t(Sections->size()));
  W.u32(0);
  W.padTo(PrefixSize);
  uint64_t Offset = PrefixSize + Sections->size() * EntrySize;
  for (const NewSection &S : *Sections) {
    W.u32(S.ID);
    W.u32(0);
    W.u64(Offset);
    W.u64(S.Content.size());
    W.u64(S.Capacity);
    W.bytes(toStringRef(ArrayRef<uint8_t>(digestOf(S.Content))));
    Offset += alignTo(S.Capacity, SectionAlignment);
  }
  for (const NewSection &S : *Sections) {
    uint64_t Begin = W.size();
    W.bytes(S.Content);
    W.padTo(Begin + alignTo(S.Capacity, SectionAlignment));
  }

  std::string Result = W.take();
  setHeaderDigest(MutableArrayRef<char>(Result.data(), Result.size()),
                  Sections->size());
  return Result;
}

void pkgimg::repairHeaderDigests(MutableArrayRef<char> Header) {
  if (Header.size() < PrefixSize)
    return;
  StringRef Bytes(Header.data(), Header.size());
  uint64_t NumSections = std::min<uint64_t>(
      support::endian::read32le(Header.data() + NumSectionsAt),
      (Header.size() - PrefixSize) / EntrySize);
  // Sections that overlap another or the table are refused whatever digests
  // they have, and would take quadratic time.
  uint64_t End = PrefixSize + NumSections * EntrySize;
  for (uint64_t I = 0; I < NumSections; ++I) {
    char *Entry = Header.data() + PrefixSize + I * EntrySize;
    uint64_t Offset = support::endian::read64le(Entry + EntryOffsetAt);
    uint64_t Size = support::endian::read64le(Entry + EntrySizeAt);
    if (Offset < End || Offset > Bytes.size() || Size > Bytes.size() - Offset)
      continue;
    End = Offset + Size;
    setEntryDigest(Entry, Bytes.substr(Offset, Size));
  }
  setHeaderDigest(Header, NumSections);
}

Error pkgimg::setHeaderContent(MutableArrayRef<char> Header,
                               const ContentDigest &Digest) {
  constexpr StringLiteral Name("the embedded header");
  StringRef Bytes(Header.data(), Header.size());
  if (!Bytes.starts_with(HeaderMagic))
    return createStringError(inconvertibleErrorCode(),
                             Name + ": is not pkgimg's");
  SectionTable Table;
  Expected<CacheHeader> Old =
      PkgImgReader(MemoryBufferRef(Bytes, Name), HeaderReadOptions())
          .read(Table);
  if (!Old)
    return Old.takeError();
  if (Old->Minor > HeaderMinor)
    return createStringError(
        inconvertibleErrorCode(),
        Name + ": has the version " + Twine(Old->Major) + "." +
            Twine(Old->Minor) + ", which is newer than " + Twine(HeaderMajor) +
            "." + Twine(HeaderMinor) + "; use a newer pkgimg");
  const SectionEntry *Content = Table.find(HeaderSection::Content);
  if (!Content || Content->Capacity < ContentSize)
    return createStringError(inconvertibleErrorCode(),
                             Name + ": has no room for a content digest; make "
                                    "the image again");
  if (Error E = checkContent(Digest, Name + ": "))
    return E;

  // Nothing fails from here on.
  auto Replace = [&](const SectionEntry &Entry, StringRef New) {
    char *Begin = Header.data() + Entry.Offset;
    llvm::copy(New, Begin);
    std::fill(Begin + New.size(), Begin + Entry.Capacity, '\0');
    char *EntryBegin = Header.data() + Entry.At;
    support::endian::write64le(EntryBegin + EntrySizeAt, New.size());
    setEntryDigest(EntryBegin, New);
  };
  Replace(*Content, writeContent(Digest));
  if (const SectionEntry *Tree = Table.find(HeaderSection::ContentTree)) {
    bool Fits = Digest.Chunks.size() <= Tree->Capacity / DigestSize;
    Replace(*Tree, Fits ? writeContentTree(Digest) : std::string());
  }
  setHeaderDigest(Header, Table.Entries.size());
  return Error::success();
}
