//===- Checksum.cpp - CRC-32C ---------------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Checksum.h"
#include "ChecksumImpl.h"
#include "llvm/Support/Endian.h"
#include <array>

#ifdef PKGIMG_HAVE_ISAL
#include <isa-l/crc.h>
#endif

using namespace llvm;
using namespace pkgimg;

namespace {
/// Tables for eight bytes at a time ("slicing by 8"): Table[K][B] is what byte
/// B does to the remainder when K more bytes follow it.
struct CRCTables {
  /// The polynomial of RFC 3720 with its bits reversed, as the remainder is
  /// kept.
  static constexpr uint32_t Polynomial = 0x82F63B78;

  std::array<std::array<uint32_t, 256>, 8> Table{};

  constexpr CRCTables() {
    for (uint32_t Byte = 0; Byte < 256; ++Byte) {
      uint32_t Value = Byte;
      for (unsigned Bit = 0; Bit < 8; ++Bit)
        Value = (Value >> 1) ^ (Value & 1 ? Polynomial : 0);
      Table[0][Byte] = Value;
    }
    for (unsigned K = 1; K < 8; ++K)
      for (unsigned Byte = 0; Byte < 256; ++Byte)
        Table[K][Byte] =
            (Table[K - 1][Byte] >> 8) ^ Table[0][Table[K - 1][Byte] & 0xff];
  }
};
} // namespace

static constexpr CRCTables Tables;

uint32_t pkgimg::crc32cPortable(StringRef Bytes, uint32_t Previous) {
  const auto &T = Tables.Table;
  uint32_t CRC = ~Previous;
  const char *P = Bytes.begin(), *End = Bytes.end();
  for (; End - P >= 8; P += 8) {
    uint32_t A = CRC ^ support::endian::read32le(P);
    uint32_t B = support::endian::read32le(P + 4);
    CRC = T[7][A & 0xff] ^ T[6][(A >> 8) & 0xff] ^ T[5][(A >> 16) & 0xff] ^
          T[4][A >> 24] ^ T[3][B & 0xff] ^ T[2][(B >> 8) & 0xff] ^
          T[1][(B >> 16) & 0xff] ^ T[0][B >> 24];
  }
  for (; P != End; ++P)
    CRC = (CRC >> 8) ^ T[0][(CRC ^ uint8_t(*P)) & 0xff];
  return ~CRC;
}

#ifdef PKGIMG_HAVE_ISAL
uint32_t pkgimg::crc32c(StringRef Bytes, uint32_t Previous) {
  // The library takes an int, and leaves the inversions to its caller. It does
  // not write through its pointer.
  constexpr size_t MaxStep = size_t(1) << 30;
  uint32_t CRC = ~Previous;
  while (!Bytes.empty()) {
    StringRef Part = Bytes.take_front(MaxStep);
    CRC = crc32_iscsi(
        reinterpret_cast<unsigned char *>(const_cast<char *>(Part.data())),
        int(Part.size()), CRC);
    Bytes = Bytes.drop_front(Part.size());
  }
  return ~CRC;
}
#else
uint32_t pkgimg::crc32c(StringRef Bytes, uint32_t Previous) {
  return crc32cPortable(Bytes, Previous);
}
#endif
