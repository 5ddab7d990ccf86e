//===- CacheHeaderImpl.h - the readers and writers of headers ---*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What Julia's headers and ours share. Private to lib/Format.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_FORMAT_CACHEHEADERIMPL_H
#define PKGIMG_LIB_FORMAT_CACHEHEADERIMPL_H

#include "ByteView.h"
#include "pkgimg/Format/CacheHeader.h"
#include "llvm/ADT/Twine.h"
#include <string>

namespace pkgimg {

/// The readers, for a buffer that begins with their magic.
llvm::Expected<CacheHeader> readJuliaHeader(llvm::MemoryBufferRef Buffer,
                                            const HeaderReadOptions &Options);
llvm::Expected<CacheHeader> readPkgImgHeader(llvm::MemoryBufferRef Buffer,
                                             const HeaderReadOptions &Options);

/// The writers, for a header that checkHeader() has passed.
llvm::Expected<std::string> writeJuliaHeader(const CacheHeader &Header);
llvm::Expected<std::string> writePkgImgHeader(const CacheHeader &Header,
                                              uint64_t Reserve);

/// Checks what no layout can hold: a name that is empty or has a NUL in it,
/// lengths of 2 GiB and more, and references to modules that are not there. The
/// readers check the same, so that what was read can be written.
llvm::Error checkHeader(const CacheHeader &Header);

/// An error of a writer.
llvm::Error cannotWrite(const llvm::Twine &What);

/// Returns \p Text for a message: escaped, and cut if it is long.
std::string quoted(llvm::StringRef Text);

/// Returns true if all of \p Bytes are zero.
bool isAllZero(llvm::StringRef Bytes);

/// Reads the fields of a header one after the other. The first that does not
/// fit, or that fail() is called for, stays as the error; from there on every
/// read gives zero or nothing, so a list ends. Callers check ok() before they
/// use a number of elements.
class HeaderReader {
public:
  /// \p Bytes are a part, or all, of the file \p Name, from \p Origin on.
  /// \p Container says what ends where they end: "the file".
  HeaderReader(llvm::StringRef Name, llvm::StringRef Bytes, bool IsLittleEndian,
               uint64_t Origin = 0, llvm::StringRef Container = "the file")
      : Name(Name), Container(Container), View(Bytes, IsLittleEndian),
        Origin(Origin) {}

  bool ok() const { return Message.empty(); }
  /// What is wrong, without the file's name; empty if nothing is.
  llvm::StringRef message() const { return Message; }
  llvm::Error takeError();

  void setLittleEndian(bool Value) { View.setLittleEndian(Value); }

  /// The element of a list that errors name, "module 3"; null for none.
  void setItem(const char *Kind, uint64_t Index = 0) {
    ItemKind = Kind;
    ItemIndex = Index;
  }

  /// Offset of the next field in the file.
  uint64_t tell() const { return Origin + Offset; }
  uint64_t remaining() const { return ok() ? View.size() - Offset : 0; }

  uint8_t u8(const char *What) { return uint8_t(number(1, What)); }
  uint16_t u16(const char *What) { return uint16_t(number(2, What)); }
  uint32_t u32(const char *What) { return uint32_t(number(4, What)); }
  uint64_t u64(const char *What) { return number(8, What); }
  double f64(const char *What);
  UInt128 u128(const char *What);
  llvm::StringRef bytes(uint64_t Size, const char *What);
  /// A string that a NUL ends.
  llvm::StringRef cString(const char *What);
  /// A length, 32 bits and not negative, and as many bytes.
  llvm::StringRef string(const char *What);
  /// The same, of a string that is not empty and has no NUL in it.
  llvm::StringRef name(const char *What);
  /// A number of elements that have \p MinSize bytes at least; there are as
  /// many bytes.
  uint32_t count(uint64_t MinSize, const char *What);

  /// Fails unless \p Text is a name, see name().
  void checkName(llvm::StringRef Text, uint64_t At, const char *What);

  /// Sets the error of a damaged file, \p What with the item, at \p At. Only
  /// the first counts.
  void fail(const char *What, uint64_t At, const llvm::Twine &Problem);
  /// Sets an error that is no damage, as it is.
  void failWith(const llvm::Twine &Text);

private:
  uint64_t number(unsigned Size, const char *What);
  bool need(uint64_t Size, const char *What);
  std::string describe(const char *What, uint64_t At) const;

  llvm::StringRef Name;
  llvm::StringRef Container;
  ByteView View;
  uint64_t Origin;
  uint64_t Offset = 0;
  const char *ItemKind = nullptr;
  uint64_t ItemIndex = 0;
  std::string Message;
};

/// Returns JL_CACHE_BYTE_ALIGNMENT of the runtime that wrote a file: 64, or the
/// size of a cache line where that is larger, on Apple's processors since
/// #52996 (1.10.1) and on POWER since #53044 (1.11).
uint64_t getDataAlignment(const RuntimeBuild &Build);

/// Puts numbers and strings together.
class HeaderWriter {
public:
  explicit HeaderWriter(bool IsLittleEndian) : IsLittleEndian(IsLittleEndian) {}

  uint64_t size() const { return Bytes.size(); }
  llvm::StringRef view() const { return Bytes; }
  std::string take() { return std::move(Bytes); }

  void u8(uint8_t Value) { number(Value, 1); }
  void u16(uint16_t Value) { number(Value, 2); }
  void u32(uint32_t Value) { number(Value, 4); }
  void u64(uint64_t Value) { number(Value, 8); }
  void f64(double Value);
  void u128(UInt128 Value);
  void bytes(llvm::StringRef Value) {
    Bytes.append(Value.begin(), Value.end());
  }
  void cString(llvm::StringRef Value) {
    bytes(Value);
    u8(0);
  }
  /// The length in 32 bits, and the bytes.
  void string(llvm::StringRef Value) {
    u32(uint32_t(Value.size()));
    bytes(Value);
  }
  /// Writes zeros up to \p Size.
  void padTo(uint64_t Size) { Bytes.resize(Size, '\0'); }
  /// Replaces the number at \p At.
  void patch64(uint64_t At, uint64_t Value);

private:
  void number(uint64_t Value, unsigned Size);
  void put(uint64_t At, uint64_t Value, unsigned Size);

  std::string Bytes;
  bool IsLittleEndian;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_FORMAT_CACHEHEADERIMPL_H
