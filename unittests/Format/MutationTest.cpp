//===- MutationTest.cpp - every cut and every flipped bit -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cuts small files at every byte, and flips every bit of them. Each time, the
/// verifier must give an error, or the file must mean what it meant before;
/// what a digest or a checksum covers must give an error.
///
//===----------------------------------------------------------------------===//

#include "SmallFiles.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/Verifier.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

void describe(raw_ostream &OS, const std::vector<uint64_t> &List) {
  for (uint64_t V : List)
    OS << V << ',';
  OS << '\n';
}

void describe(raw_ostream &OS, const std::vector<uint32_t> &List) {
  for (uint32_t V : List)
    OS << V << ',';
  OS << '\n';
}

void describe(raw_ostream &OS, const CPUTargets &Targets) {
  for (const CPUTarget &T : Targets.Targets) {
    OS << T.Name << ' ' << T.Flags << ' ' << T.Base << ' ' << T.ExtFeatures
       << ' ' << join(T.Enabled, ",") << ' ' << join(T.Disabled, ",") << ' '
       << join(T.Used, ",") << '\n';
    describe(OS, T.EnabledWords);
    describe(OS, T.DisabledWords);
  }
}

void describe(raw_ostream &OS, const std::vector<ModuleID> &Modules) {
  for (const ModuleID &M : Modules)
    OS << M.Name << ' ' << formatUUID(M.UUID) << ' ' << formatBuildID(M.BuildID)
       << '\n';
}

void describe(raw_ostream &OS, const CacheHeader &H) {
  OS << int(H.Format) << ' ' << H.Major << ' ' << H.Minor << ' '
     << unsigned(H.PointerSize) << ' ' << H.IsLittleEndian << ' ' << H.Build.OS
     << ' ' << H.Build.Arch << ' ' << H.Build.Version << ' ' << H.Build.Branch
     << ' ' << H.Build.Commit << ' ' << H.Flags.str() << ' '
     << unsigned(H.SyntaxVersion) << ' ' << H.Triple << ' ' << H.PackageVersion
     << ' ' << H.Producer << ' ' << H.IsImageData << ' ' << H.DataChecksum
     << ' ' << H.DataStart << ' ' << H.DataEnd << ' ' << H.Data << ' '
     << H.ImageCRC << '\n';
  describe(OS, H.Modules);
  describe(OS, H.RequiredModules);
  describe(OS, H.Targets);
  for (const Dependency &D : H.Dependencies)
    OS << D.IsRequire << ' ' << D.Path << ' ' << formatUUID(D.UUID) << ' '
       << D.Size << ' ' << D.CRC << ' ' << D.ModificationTime << ' '
       << D.ModuleIndex << ' ' << join(D.Submodules, "/") << '\n';
  OS << join(H.Prefs.Keys, ",") << ' ' << H.Prefs.Hash << ' ' << H.Prefs.TOML
     << '\n';
  for (const SourceText &S : H.Sources)
    OS << S.Path << ':' << S.Text << '\n';
  for (const NamedFunction &F : H.Functions)
    OS << F.Name << ' ' << F.Signature << ' ' << F.Index << '\n';
  if (H.Content) {
    OS << formatDigest(H.Content->Root) << ' ' << H.Content->Length << '\n';
    for (const Digest256 &D : H.Content->Chunks)
      OS << formatDigest(D) << '\n';
  }
}

void describe(raw_ostream &OS, const ImageTables &T) {
  OS << getDialectName(T.Dialect) << ' ' << T.Version << ' ' << T.NumFunctions
     << ' ' << T.NumGlobals << ' ' << T.TargetString << ' ' << T.DataAddress
     << ' ' << T.Data << ' ' << int(T.Compression) << ' ' << T.UnpackFunction
     << ' ' << T.DataChecksum.value_or(0) << ' ' << T.SmallTypeof.value_or(0)
     << '\n';
  if (T.TLS)
    OS << T.TLS->FunctionSlot << ' ' << T.TLS->KeySlot << ' '
       << T.TLS->OffsetSlot << '\n';
  describe(OS, T.Targets);
  for (const auto &S : T.Shards) {
    describe(OS, S.Functions);
    describe(OS, S.FunctionIndices);
    describe(OS, S.Globals);
    describe(OS, S.GlobalIndices);
    for (const auto &Slot : S.CloneSlots)
      OS << Slot.Function << '@' << Slot.Slot << ' ';
    for (const auto &C : S.Clones) {
      OS << C.IsGroup << ' ' << C.Base << ' ';
      describe(OS, C.Indices);
      describe(OS, C.Functions);
    }
  }
}

std::string describe(const VerifierReport &Report) {
  std::string Text;
  raw_string_ostream OS(Text);
  OS << getPackageFileKindName(Report.Kind) << '\n';
  if (Report.Header)
    describe(OS, *Report.Header);
  if (Report.Tables)
    describe(OS, *Report.Tables);
  return Text;
}

/// All that \p Report means to a loader, or nothing if the file was refused.
std::optional<std::string> meaning(Expected<VerifierReport> Report) {
  if (Report)
    return describe(*Report);
  std::string Message = toString(Report.takeError());
  EXPECT_TRUE(StringRef(Message).starts_with("mutant")) << Message;
  EXPECT_GT(Message.size(), 20u);
  return std::nullopt;
}

/// All that the file means to a loader, or nothing if it is refused.
std::optional<std::string> meaning(StringRef Bytes) {
  ExactCopy Copy(Bytes);
  Expected<VerifierReport> Report =
      verify(MemoryBufferRef(Copy.bytes(), "mutant"));
  if (!Report)
    // Whatever it finds.
    findEmbeddedHeader(Copy.bytes());
  else if (Report->Kind == PackageFileKind::Image)
    // The short way to the header finds the same.
    EXPECT_EQ(findEmbeddedHeader(Copy.bytes()),
              Report->Image->embeddedHeader());
  return meaning(std::move(Report));
}

/// The same for a header and the image that belongs to it.
std::optional<std::string> meaningOfPair(StringRef Header, StringRef Image) {
  ExactCopy HeaderCopy(Header), ImageCopy(Image);
  VerifierOptions Options;
  Options.Image = MemoryBufferRef(ImageCopy.bytes(), "mutant image");
  return meaning(
      verify(MemoryBufferRef(HeaderCopy.bytes(), "mutant"), Options));
}

/// Which bytes of a file a digest or a checksum covers.
class Cover {
public:
  explicit Cover(size_t Size, bool IsCovered = false)
      : Bytes(Size, IsCovered) {}
  void add(uint64_t Offset, uint64_t Size) {
    ASSERT_LE(Offset + Size, Bytes.size());
    std::fill_n(Bytes.begin() + Offset, Size, true);
  }
  bool contains(uint64_t Offset, uint64_t Size = 1) const {
    return Offset + Size <= Bytes.size() &&
           std::find(Bytes.begin() + Offset, Bytes.begin() + Offset + Size,
                     false) == Bytes.begin() + Offset + Size;
  }
  /// The end of the last byte that is covered.
  size_t end() const {
    size_t End = Bytes.size();
    while (End && !Bytes[End - 1])
      --End;
    return End;
  }

private:
  std::vector<bool> Bytes;
};

/// What the digests of a sealed image of ours cover: its content, and its
/// header.
Cover coverOf(StringRef Bytes) {
  Cover C(Bytes.size());
  VerifierReport Report = orDie(verify(MemoryBufferRef(Bytes, "original")));
  const ImageFile &Image = *Report.Image;
  for (const CanonicalContent::Range &R : Image.canonicalContent().Ranges)
    if (!R.IsZero)
      C.add(R.Offset, R.Size);
  // Code, data, a slot and a table are content.
  const ImageTables &T = *Report.Tables;
  uint64_t Code = fileOffset(Image, T.Shards[0].Functions[0]);
  EXPECT_EQ(Bytes.substr(Code, 48), std::string(48, '\x90'));
  EXPECT_TRUE(C.contains(Code, 48));
  EXPECT_EQ(T.Data, "the package's objects");
  EXPECT_TRUE(C.contains(fileOffset(Image, T.DataAddress), T.Data.size()));
  EXPECT_TRUE(C.contains(fileOffset(Image, T.Shards[0].CloneSlots[0].Slot),
                         Image.pointerSize()));
  EXPECT_TRUE(
      C.contains(T.TargetData.data() - Bytes.data(), T.TargetData.size()));
  // The header has no room behind it that nothing covers.
  std::optional<StringRef> Header = Image.embeddedHeader();
  EXPECT_EQ(Header->size(), Report.Header->Size);
  uint64_t HeaderAt = Header->data() - Bytes.data();
  EXPECT_FALSE(C.contains(HeaderAt));
  C.add(HeaderAt, Header->size());
  return C;
}

/// The bytes to be changed: all, but for long runs of zeros, of which a part is
/// enough. \p IsPart says so of a byte.
void forEachByte(StringRef Bytes,
                 function_ref<void(size_t, bool IsPart)> Visit) {
  static constexpr size_t Edge = 16, Stride = 61;
  for (size_t I = 0; I < Bytes.size();) {
    size_t End = std::min(Bytes.find_first_not_of('\0', I), Bytes.size());
    if (End == I) {
      Visit(I++, false);
      continue;
    }
    for (size_t Begin = I; I < End; ++I)
      if (I - Begin < Edge || End - I <= Edge)
        Visit(I, false);
      else if (I % Stride == 0)
        Visit(I, true);
  }
}

/// Cuts \p Bytes and flips their bits. Unless \p MayMeanOther, whatever is not
/// refused must have the same \p Meaning.
void expectAllMutants(
    std::string Bytes, const Cover &Covered,
    function_ref<std::optional<std::string>(StringRef)> Meaning,
    bool MayMeanOther = false) {
  const std::string Original = Bytes;
  std::optional<std::string> Expected = Meaning(Bytes);
  ASSERT_TRUE(Expected);
  size_t CoveredEnd = Covered.end();
  unsigned NumFailures = 0;
  forEachByte(Original, [&](size_t Size, bool) {
    std::optional<std::string> Cut =
        Meaning(StringRef(Original).take_front(Size));
    if (!Cut || NumFailures > 10)
      return;
    if (Size < CoveredEnd || (!MayMeanOther && *Cut != *Expected)) {
      ++NumFailures;
      ADD_FAILURE() << "cut at " << Size << " of " << Original.size();
    }
  });
  forEachByte(Original, [&](size_t At, bool IsPart) {
    for (unsigned Bit = 0; Bit < 8; ++Bit) {
      if ((IsPart && Bit != At % 8) || NumFailures > 10)
        continue;
      Bytes[At] ^= 1 << Bit;
      std::optional<std::string> Flipped = Meaning(Bytes);
      Bytes[At] ^= 1 << Bit;
      if (!Flipped)
        continue;
      if (Covered.contains(At) || (!MayMeanOther && *Flipped != *Expected)) {
        ++NumFailures;
        ADD_FAILURE() << "bit " << Bit << " of byte " << At << " of "
                      << Original.size();
      }
    }
  });
}

void expectAllMutants(std::string Bytes, const Cover &Covered) {
  expectAllMutants(std::move(Bytes), Covered,
                   [](StringRef Mutant) { return meaning(Mutant); });
}

/// Every bit of a header is covered.
void expectAllMutantsOfHeader(const CacheHeader &H) {
  std::string Bytes =
      orDie(writeCacheHeader(H, H.Format == HeaderFormat::PkgImg ? 64 : 0));
  expectAllMutants(Bytes, Cover(Bytes.size(), true));
}

void expectAllMutantsOfImage(ContainerFormat Format, StringRef TripleName) {
  std::string Bytes = makeImage(Format, TripleName);
  expectAllMutants(Bytes, coverOf(Bytes));
}

TEST(MutationTest, OurHeader) {
  expectAllMutantsOfHeader(makeHeader(HeaderFormat::PkgImg, "1.0.0"));
}

TEST(MutationTest, JuliaHeaders) {
  for (StringRef Version :
       {"1.9.4", "1.10.5", "1.11.6", "1.12.3", "1.13.0", "1.14.0-DEV.2000"})
    expectAllMutantsOfHeader(makeHeader(HeaderFormat::Julia, Version));
}

TEST(MutationTest, BigEndian32BitJuliaHeaders) {
  for (StringRef Version : {"1.9.4", "1.12.3", "1.14.0"}) {
    CacheHeader H = makeHeader(HeaderFormat::Julia, Version);
    H.PointerSize = 4;
    H.IsLittleEndian = false;
    H.Build.Arch = "powerpc";
    CPUTarget &T = H.Targets.Targets[0];
    T.EnabledWords = T.DisabledWords = {1};
    expectAllMutantsOfHeader(H);
  }
}

TEST(MutationTest, ELFImage) {
  expectAllMutantsOfImage(ContainerFormat::ELF, "x86_64-unknown-linux-gnu");
}

TEST(MutationTest, BigEndianELFImage) {
  expectAllMutantsOfImage(ContainerFormat::ELF, "powerpc-unknown-linux-gnu");
}

TEST(MutationTest, MachOImage) {
  expectAllMutantsOfImage(ContainerFormat::MachO, "x86_64-apple-macosx11.0");
}

TEST(MutationTest, SignedMachOImage) {
  expectAllMutantsOfImage(ContainerFormat::MachO, "arm64-apple-macosx11.0");
}

TEST(MutationTest, PEImage) {
  expectAllMutantsOfImage(ContainerFormat::PE, "x86_64-w64-windows-gnu");
}

TEST(MutationTest, PEImage32) {
  expectAllMutantsOfImage(ContainerFormat::PE, "i686-w64-windows-gnu");
}

// Nothing covers their tables and code, and a change of those may go unseen;
// the data has a checksum.
TEST(MutationTest, JuliaImages) {
  const std::pair<ImageDialect, StringRef> Images[] = {
      {ImageDialect::Julia1_9, "1.9.4"},
      {ImageDialect::Julia1_10, "1.10.5"},
      {ImageDialect::Julia1_11, "1.12.3"},
      {ImageDialect::Julia1_13, "1.13.0"},
      {ImageDialect::Julia1_14, "1.14.0"}};
  for (auto [Dialect, Version] : Images) {
    SCOPED_TRACE(Version.str());
    std::string Bytes = makeJuliaImage(Dialect, Version);
    VerifierReport Report = orDie(verify(MemoryBufferRef(Bytes, "original")));
    const ImageTables &T = *Report.Tables;
    ASSERT_EQ(T.Dialect, Dialect);
    ASSERT_TRUE(T.DataHeader);
    Cover Covered(Bytes.size());
    uint64_t DataAt = fileOffset(*Report.Image, T.DataAddress);
    if (T.Compression == DataCompression::None) {
      uint64_t Start =
          Dialect == ImageDialect::Julia1_14 ? 0 : T.DataHeader->DataStart;
      Covered.add(DataAt + Start, T.Data.size() - Start);
    }
    // Of compressed data, what it holds is covered.
    std::string Storage;
    std::string Data = orDie(getImageData(T, Storage)).str();
    auto Meaning = [&](StringRef Mutant) -> std::optional<std::string> {
      std::optional<std::string> Text = meaning(Mutant);
      if (!Text || T.Compression == DataCompression::None)
        return Text;
      VerifierReport Report = orDie(verify(MemoryBufferRef(Mutant, "mutant")));
      if (Report.Tables->DataAddress == T.DataAddress &&
          Report.Tables->Data.size() == T.Data.size()) {
        std::string Storage;
        EXPECT_EQ(orDie(getImageData(*Report.Tables, Storage)), Data);
      }
      return Text;
    };
    expectAllMutants(Bytes, Covered, Meaning, /*MayMeanOther=*/true);
  }
}

TEST(MutationTest, OurHeaderAndImage) {
  std::string Image =
      makeImage(ContainerFormat::ELF, "x86_64-unknown-linux-gnu");
  std::string Header = findEmbeddedHeader(Image)->str();
  expectAllMutants(Image, coverOf(Image), [&](StringRef Mutant) {
    return meaningOfPair(Header, Mutant);
  });
  expectAllMutants(Header, Cover(Header.size(), true), [&](StringRef Mutant) {
    return meaningOfPair(Mutant, Image);
  });
}

// Julia's checksum is over all bytes of the image.
TEST(MutationTest, JuliaHeaderAndImage) {
  std::string Image = makeJuliaImage(ImageDialect::Julia1_11, "1.11.6");
  CacheHeader H = makeHeader(HeaderFormat::Julia, "1.11.6");
  H.ImageCRC = crc32c(Image);
  std::string Header = orDie(writeCacheHeader(H));
  expectAllMutants(Image, Cover(Image.size(), true), [&](StringRef Mutant) {
    return meaningOfPair(Header, Mutant);
  });
}

} // namespace
