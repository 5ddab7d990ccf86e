//===- ByteView.h - Bounded reader of bytes ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A reader of untrusted bytes that cannot leave them. Private to lib/Format.
///
/// All sizes and offsets are 64 bits wide, whatever the host, and every check
/// is of the subtract-and-compare form, so that no sum can wrap around.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_BYTEVIEW_H
#define PKGIMG_LIB_FORMAT_BYTEVIEW_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Endian.h"
#include <cstdint>
#include <optional>

namespace pkgimg {

/// Random access to bytes. A read that is not wholly inside gives zero, so
/// callers check extents first with contains(), and a forgotten check is a
/// wrong answer and not undefined behaviour. Does not own the bytes.
class ByteView {
public:
  ByteView() = default;
  explicit ByteView(llvm::StringRef Bytes, bool IsLittleEndian = true)
      : Bytes(Bytes), IsLittleEndian(IsLittleEndian) {}

  uint64_t size() const { return Bytes.size(); }
  llvm::StringRef bytes() const { return Bytes; }
  bool isLittleEndian() const { return IsLittleEndian; }
  void setLittleEndian(bool Value) { IsLittleEndian = Value; }

  /// Returns true if the \p Size bytes at \p Offset are all here.
  bool contains(uint64_t Offset, uint64_t Size) const {
    return Offset <= size() && Size <= size() - Offset;
  }

  /// Returns true if \p Count elements of \p EltSize > 0 bytes at \p Offset
  /// are all here.
  bool containsArray(uint64_t Offset, uint64_t Count, uint64_t EltSize) const {
    return Offset <= size() && Count <= (size() - Offset) / EltSize;
  }

  uint8_t u8(uint64_t Offset) const { return read<uint8_t>(Offset); }
  uint16_t u16(uint64_t Offset) const { return read<uint16_t>(Offset); }
  uint32_t u32(uint64_t Offset) const { return read<uint32_t>(Offset); }
  uint64_t u64(uint64_t Offset) const { return read<uint64_t>(Offset); }

  /// Reads \p Size (1, 2, 4 or 8) bytes as an unsigned number.
  uint64_t uN(uint64_t Offset, unsigned Size) const {
    switch (Size) {
    case 1:
      return u8(Offset);
    case 2:
      return u16(Offset);
    case 4:
      return u32(Offset);
    default:
      return u64(Offset);
    }
  }

  /// Returns what there is of the \p Size bytes at \p Offset.
  llvm::StringRef slice(uint64_t Offset, uint64_t Size) const {
    if (Offset >= size())
      return llvm::StringRef();
    uint64_t Rest = size() - Offset;
    return Bytes.substr(Offset, Size < Rest ? Size : Rest);
  }

  /// Returns a view of the same byte order of slice(Offset, Size).
  ByteView view(uint64_t Offset, uint64_t Size) const {
    return ByteView(slice(Offset, Size), IsLittleEndian);
  }

  /// Returns the string at \p Offset that ends in a NUL inside the bytes.
  std::optional<llvm::StringRef> cString(uint64_t Offset) const {
    if (Offset >= size())
      return std::nullopt;
    size_t End = Bytes.find('\0', Offset);
    if (End == llvm::StringRef::npos)
      return std::nullopt;
    return Bytes.slice(Offset, End);
  }

private:
  template <typename T> T read(uint64_t Offset) const {
    if (!contains(Offset, sizeof(T)))
      return 0;
    return llvm::support::endian::read<T, llvm::support::unaligned>(
        Bytes.data() + Offset,
        IsLittleEndian ? llvm::endianness::little : llvm::endianness::big);
  }

  llvm::StringRef Bytes;
  bool IsLittleEndian = true;
};

/// Reads one item after the other. The first that does not fit sets a failure
/// that stays; from there on, every read gives zero and atEnd() is true.
class ByteCursor {
public:
  explicit ByteCursor(ByteView View) : View(View) {}

  bool failed() const { return Failed; }
  bool atEnd() const { return Failed || Offset == View.size(); }
  uint64_t tell() const { return Offset; }
  uint64_t remaining() const { return Failed ? 0 : View.size() - Offset; }

  uint8_t u8() { return take(1) ? View.u8(Offset - 1) : 0; }
  uint16_t u16() { return take(2) ? View.u16(Offset - 2) : 0; }
  uint32_t u32() { return take(4) ? View.u32(Offset - 4) : 0; }
  uint64_t u64() { return take(8) ? View.u64(Offset - 8) : 0; }
  void skip(uint64_t Size) { take(Size); }
  llvm::StringRef bytes(uint64_t Size) {
    return take(Size) ? View.slice(Offset - Size, Size) : llvm::StringRef();
  }

  /// Reads a NUL-terminated string; fails if there is no NUL.
  llvm::StringRef cString() {
    std::optional<llvm::StringRef> S = View.cString(Offset);
    if (Failed || !S) {
      Failed = true;
      return llvm::StringRef();
    }
    Offset += S->size() + 1;
    return *S;
  }

  /// Reads a ULEB128 number; fails if it exceeds \p Bits bits.
  uint64_t uleb(unsigned Bits = 64) {
    uint64_t Value = 0;
    for (unsigned Shift = 0;; Shift += 7) {
      uint8_t Byte = u8();
      uint64_t Part = Byte & 0x7f;
      if (Failed || (Shift >= Bits && Part) ||
          (Shift < Bits && Bits - Shift < 7 && (Part >> (Bits - Shift)))) {
        Failed = true;
        return 0;
      }
      if (Shift < 64)
        Value |= Part << Shift;
      if (!(Byte & 0x80))
        return Value;
      // Padding beyond what the widest number can need is a denial of service.
      if (Shift > 70) {
        Failed = true;
        return 0;
      }
    }
  }

  /// Reads an SLEB128 number; fails if it exceeds 64 bits.
  int64_t sleb() {
    uint64_t Value = 0;
    unsigned Shift = 0;
    uint8_t Byte;
    do {
      Byte = u8();
      // What does not fit must repeat the sign: the bit that bit 63 has, or
      // gets from here.
      uint8_t Part = Byte & 0x7f;
      if (Failed || Shift > 70 ||
          (Shift >= 63 && Part != (Shift == 63 ? (Part & 1 ? 0x7f : 0)
                                               : (Value >> 63 ? 0x7f : 0)))) {
        Failed = true;
        return 0;
      }
      if (Shift < 64)
        Value |= uint64_t(Part) << Shift;
      Shift += 7;
    } while (Byte & 0x80);
    if (Shift < 64 && (Byte & 0x40))
      Value |= ~uint64_t(0) << Shift;
    return int64_t(Value);
  }

protected:
  void fail() { Failed = true; }

private:
  bool take(uint64_t Size) {
    if (Failed || !View.contains(Offset, Size)) {
      Failed = true;
      return false;
    }
    Offset += Size;
    return true;
  }

  ByteView View;
  uint64_t Offset = 0;
  bool Failed = false;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_BYTEVIEW_H
