//===- HeaderRepairTest.cpp - tests of the repair of digests --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "pkgimg/Format/CacheHeader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace pkgimg;

namespace {

std::string makeHeader() {
  CacheHeader H;
  H.Build.OS = "Linux";
  H.Build.Version = "1.0";
  H.Modules.push_back({"ABCDE", {1, 2}, {3, 4}});
  H.Prefs.TOML = "a = 1\n";
  return valueOf(writeCacheHeader(H, /*Reserve=*/96));
}

std::string repaired(std::string Bytes) {
  repairHeaderDigests(MutableArrayRef<char>(Bytes.data(), Bytes.size()));
  return Bytes;
}

Expected<CacheHeader> read(StringRef Bytes) {
  return readCacheHeader(MemoryBufferRef(Bytes, "f"));
}

TEST(HeaderRepair, ASoundHeaderStaysAsItIs) {
  std::string Bytes = makeHeader();
  EXPECT_EQ(repaired(Bytes), Bytes);
  // What is after it does not count.
  EXPECT_EQ(repaired(Bytes + "tail"), Bytes + "tail");
}

TEST(HeaderRepair, ChangedContentIsReadAgain) {
  std::string Bytes = makeHeader();
  Bytes[Bytes.find("ABCDE")] = 'Z';
  Bytes[HeaderMinorAt] = 7;
  EXPECT_FALSE(errorOf(read(Bytes)).empty());
  CacheHeader H = valueOf(read(repaired(Bytes)));
  EXPECT_EQ(H.Modules[0].Name, "ZBCDE");
  EXPECT_EQ(H.Minor, 7);
}

/// The reader's error for whatever else is wrong is no longer about a digest,
/// and a second repair finds nothing to do.
TEST(HeaderRepair, AnyChangeOfAByte) {
  Random R(1);
  std::string Bytes = makeHeader();
  for (size_t I = 0; I < Bytes.size(); ++I) {
    std::string Changed = Bytes;
    Changed[I] ^= 1 << R.below(8);
    Changed = repaired(Changed);
    EXPECT_EQ(repaired(Changed), Changed) << I;
    Expected<CacheHeader> H = read(Changed);
    if (!H)
      EXPECT_EQ(toString(H.takeError()).find("is not that of"),
                std::string::npos)
          << I;
  }
}

TEST(HeaderRepair, AnyBytes) {
  Random R(2);
  for (int I = 0; I < 2000; ++I) {
    // Ours, cut, or nothing of the kind.
    std::string Bytes = R.chance(50) ? makeHeader() : R.bytes(R.below(400));
    Bytes.resize(R.below(Bytes.size() + 1));
    for (uint64_t N = R.below(6); N && !Bytes.empty(); --N)
      Bytes[R.below(Bytes.size())] = char(R.bits());
    std::string Once = repaired(Bytes);
    EXPECT_EQ(Once.size(), Bytes.size());
    EXPECT_EQ(repaired(Once), Once);
  }
  EXPECT_EQ(repaired(""), "");
}

/// As many sections as there can be, each of them with all that follows: the
/// first alone has a digest to mend, and the time is linear.
TEST(HeaderRepair, SectionsThatOverlap) {
  constexpr uint64_t NumSections = 1 << 15, Prefix = 64, Entry = 64;
  constexpr uint64_t Table = Prefix + NumSections * Entry;
  std::string Bytes(2 * Table, '\0');
  support::endian::write32le(&Bytes[24], NumSections);
  for (uint64_t I = 0; I < NumSections; ++I) {
    support::endian::write64le(&Bytes[Prefix + I * Entry + 8], Table);
    support::endian::write64le(&Bytes[Prefix + I * Entry + 16], Table);
  }
  std::string Once = repaired(Bytes);
  EXPECT_NE(Once.substr(Prefix, Entry), Bytes.substr(Prefix, Entry));
  EXPECT_EQ(Once.substr(Prefix + Entry), Bytes.substr(Prefix + Entry));
}

TEST(HeaderRepair, TheReaderTellsTheReserve) {
  EXPECT_EQ(valueOf(read(makeHeader())).Reserve, 96u);
  CacheHeader H;
  EXPECT_EQ(valueOf(read(valueOf(writeCacheHeader(H)))).Reserve, 0u);
  // Room that is filled is none.
  H.Content.emplace();
  H.Content->Length = DigestChunkSize + 1;
  H.Content->Chunks.resize(ContentDigest::numChunks(H.Content->Length));
  EXPECT_EQ(valueOf(read(valueOf(writeCacheHeader(H)))).Reserve, 0u);
  EXPECT_EQ(valueOf(read(valueOf(writeCacheHeader(H, 64)))).Reserve, 0u);
  EXPECT_EQ(valueOf(read(valueOf(writeCacheHeader(H, 65)))).Reserve, 65u);
}

TEST(HeaderRepair, NumbersOfChunks) {
  EXPECT_EQ(ContentDigest::numChunks(0), 0u);
  EXPECT_EQ(ContentDigest::numChunks(1), 1u);
  EXPECT_EQ(ContentDigest::numChunks(DigestChunkSize), 1u);
  EXPECT_EQ(ContentDigest::numChunks(DigestChunkSize + 1), 2u);
  // No sum wraps.
  EXPECT_EQ(ContentDigest::numChunks(UINT64_MAX), uint64_t(1) << 48);
}

} // namespace
