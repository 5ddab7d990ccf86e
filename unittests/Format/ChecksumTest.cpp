//===- ChecksumTest.cpp - CRC-32C -----------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Checksum.h"
#include "../../lib/Format/ChecksumImpl.h"
#include "gtest/gtest.h"
#include <random>
#include <string>

using namespace llvm;
using namespace pkgimg;

namespace {
using Function = uint32_t (*)(StringRef, uint32_t);

/// What crc32c() is built of, and the portable one.
class Checksum : public testing::TestWithParam<Function> {};
} // namespace

INSTANTIATE_TEST_SUITE_P(Implementations, Checksum,
                         testing::Values<Function>(crc32c, crc32cPortable));

/// The definition, one bit after the other.
static uint32_t crcByBits(StringRef Bytes) {
  uint32_t CRC = UINT32_MAX;
  for (uint8_t Byte : Bytes.bytes()) {
    CRC ^= Byte;
    for (unsigned I = 0; I < 8; ++I)
      CRC = CRC & 1 ? (CRC >> 1) ^ 0x82F63B78 : CRC >> 1;
  }
  return ~CRC;
}

// RFC 3720, appendix B.4.
TEST_P(Checksum, RFC3720) {
  Function CRC = GetParam();
  EXPECT_EQ(CRC(std::string(32, '\0'), 0), 0x8A9136AAu);
  EXPECT_EQ(CRC(std::string(32, '\xff'), 0), 0x62A8AB43u);
  std::string Up, Down;
  for (unsigned I = 0; I < 32; ++I) {
    Up += char(I);
    Down += char(31 - I);
  }
  EXPECT_EQ(CRC(Up, 0), 0x46DD794Eu);
  EXPECT_EQ(CRC(Down, 0), 0x113FDB5Cu);
  const uint8_t ReadPDU[48] = {
      0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,
      0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
      0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,    0, 0, 0, 0};
  EXPECT_EQ(CRC(StringRef(reinterpret_cast<const char *>(ReadPDU), 48), 0),
            0xD9963A56u);
}

TEST_P(Checksum, KnownAnswers) {
  EXPECT_EQ(GetParam()("", 0), 0u);
  EXPECT_EQ(GetParam()("123456789", 0), 0xE3069283u);
}

TEST_P(Checksum, EveryLengthAndAlignment) {
  std::mt19937_64 Random(2);
  std::string Bytes;
  for (unsigned I = 0; I < 200; ++I)
    Bytes += char(Random());
  for (unsigned Begin = 0; Begin < 16; ++Begin)
    for (unsigned Size = 0; Begin + Size <= Bytes.size(); ++Size) {
      StringRef Part = StringRef(Bytes).substr(Begin, Size);
      ASSERT_EQ(GetParam()(Part, 0), crcByBits(Part)) << Begin << " " << Size;
    }
}

TEST_P(Checksum, Chains) {
  std::mt19937_64 Random(3);
  std::string Bytes;
  for (unsigned I = 0; I < 100; ++I)
    Bytes += char(Random());
  for (unsigned Cut = 0; Cut <= Bytes.size(); ++Cut) {
    StringRef S = Bytes;
    EXPECT_EQ(GetParam()(S.drop_front(Cut), GetParam()(S.take_front(Cut), 0)),
              crcByBits(S));
  }
}
