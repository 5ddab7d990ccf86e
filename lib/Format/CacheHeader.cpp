//===- CacheHeader.cpp - the header of a cache file -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CacheHeader.h"
#include "CacheHeaderImpl.h"
#include "InputCheckImpl.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace llvm;
using namespace pkgimg;

constexpr StringLiteral pkgimg::JuliaHeaderMagic("\xfbjli\r\n\x1a\n");
constexpr StringLiteral pkgimg::HeaderMagic("\x89pkgimg\n");

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

Expected<CacheHeader>
pkgimg::readCacheHeader(MemoryBufferRef Buffer,
                        const HeaderReadOptions &Options) {
  StringRef Bytes = Buffer.getBuffer();
  if (Bytes.starts_with(JuliaHeaderMagic))
    return readJuliaHeader(Buffer, Options);
  if (Bytes.starts_with(HeaderMagic))
    return readPkgImgHeader(Buffer, Options);
  return createStringError(
      inconvertibleErrorCode(),
      Buffer.getBufferIdentifier() +
          ": expected the header of a cache file (Julia's .ji, or pkgimg's), "
          "found " +
          (Bytes.empty() ? "an empty file"
                         : "'" + quoted(Bytes.take_front(8)) + "'") +
          " at offset 0x0; make the file again if it should be one");
}

Expected<std::string> pkgimg::writeCacheHeader(const CacheHeader &Header,
                                               uint64_t Reserve) {
  if (Error E = checkHeader(Header))
    return std::move(E);
  if (Header.Format == HeaderFormat::PkgImg)
    return writePkgImgHeader(Header, Reserve);
  if (Reserve)
    return cannotWrite("Julia's layout has no room for digests");
  return writeJuliaHeader(Header);
}

FlagRules pkgimg::getFlagRules(const CacheHeader &Header) {
  if (Header.Format == HeaderFormat::PkgImg)
    return FlagRules::PkgImg;
  // The readers have parsed it; for any other, the stricter rules.
  return getFlagRules(
      parseJuliaVersion(Header.Build.Version).value_or(JuliaVersion()));
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

Error pkgimg::cannotWrite(const Twine &What) {
  return createStringError(inconvertibleErrorCode(),
                           "cannot write the header: " + What);
}

std::string pkgimg::quoted(StringRef Text) {
  constexpr size_t MaxLength = 64;
  std::string Result;
  raw_string_ostream OS(Result);
  printEscapedString(Text.take_front(MaxLength), OS);
  if (Text.size() > MaxLength)
    OS << "...";
  return Result;
}

bool pkgimg::isAllZero(StringRef Bytes) {
  // The first byte is zero, and each is equal to the next.
  return Bytes.empty() ||
         (Bytes[0] == 0 &&
          std::memcmp(Bytes.data(), Bytes.data() + 1, Bytes.size() - 1) == 0);
}

/// Julia stores lengths as int32_t, and ours are bounded in the same way.
static bool isTooLong(uint64_t Size) { return Size > INT32_MAX; }

static Error checkText(StringRef Text, const Twine &What) {
  if (isTooLong(Text.size()))
    return cannotWrite(What + " has " + Twine(Text.size()) +
                       " bytes; at most 2147483647 can be stored");
  return Error::success();
}

/// A string that C code sees, too.
static Error checkCString(StringRef Text, const Twine &What) {
  if (Text.contains('\0'))
    return cannotWrite(What + " has a NUL in it: '" + quoted(Text) + "'");
  return checkText(Text, What);
}

/// A name: Julia's lists end with an empty one.
static Error checkName(StringRef Text, const Twine &What) {
  if (Text.empty())
    return cannotWrite(What + " is empty");
  return checkCString(Text, What);
}

static Error checkCount(uint64_t Count, const Twine &What) {
  if (isTooLong(Count))
    return cannotWrite("there are " + Twine(Count) + " " + What +
                       "; at most 2147483647 can be stored");
  return Error::success();
}

static Error checkDependency(const Dependency &D, uint64_t NumModules,
                             const Twine &What) {
  if (Error E = checkName(
          D.Path, (D.IsRequire ? "the name of " : "the path of ") + What))
    return E;
  // Julia stores a NUL and the UUID in the same string.
  if (D.IsRequire && isTooLong(D.Path.size() + 17))
    return cannotWrite("the name of " + What + " is too long");
  if (!D.IsRequire && !D.UUID.isZero())
    return cannotWrite(What + " is a file, and has a UUID");
  if (D.ModuleIndex > NumModules)
    return cannotWrite("the module index of " + What + " is " +
                       Twine(D.ModuleIndex) + "; there are " +
                       Twine(NumModules) + " modules");
  if (!D.ModuleIndex && !D.Submodules.empty())
    return cannotWrite(What + " has submodules, and no module");
  if (Error E = checkCount(D.Submodules.size(), "submodules of " + What))
    return E;
  for (const auto &[I, S] : enumerate(D.Submodules))
    if (Error E = checkName(S, "submodule " + Twine(I) + " of " + What))
      return E;
  return Error::success();
}

static Error checkFunctions(ArrayRef<NamedFunction> Functions) {
  if (Error E = checkCount(Functions.size(), "functions"))
    return E;
  for (const auto &[I, F] : enumerate(Functions)) {
    if (Error E = checkName(F.Name, "the name of function " + Twine(I)))
      return E;
    if (Error E =
            checkName(F.Signature, "the signature of function " + Twine(I)))
      return E;
    if (I && F.Name <= Functions[I - 1].Name)
      return cannotWrite("the name of function " + Twine(I) + ", '" +
                         quoted(F.Name) + "', does not come after '" +
                         quoted(Functions[I - 1].Name) +
                         "'; sort them, and leave out what occurs twice");
  }
  return Error::success();
}

Error pkgimg::checkHeader(const CacheHeader &H) {
  if (H.PointerSize != 4 && H.PointerSize != 8)
    return cannotWrite("the size of a pointer is " +
                       Twine(unsigned(H.PointerSize)) +
                       " bytes; expected 4 or 8");

  const std::pair<const char *, StringRef> Strings[] = {
      {"Build.OS", H.Build.OS},
      {"Build.Arch", H.Build.Arch},
      {"Build.Version", H.Build.Version},
      {"Build.Branch", H.Build.Branch},
      {"Build.Commit", H.Build.Commit},
      {"Triple", H.Triple},
      {"PackageVersion", H.PackageVersion},
      {"Producer", H.Producer}};
  for (const auto &[Field, Text] : Strings)
    if (Error E = checkCString(Text, Field))
      return E;

  if (Error E = checkCount(H.Modules.size(), "modules"))
    return E;
  for (const auto &[I, M] : enumerate(H.Modules))
    if (Error E = checkName(M.Name, "the name of module " + Twine(I)))
      return E;
  if (Error E = checkCount(H.RequiredModules.size(), "required modules"))
    return E;
  for (const auto &[I, M] : enumerate(H.RequiredModules))
    if (Error E = checkName(M.Name, "the name of required module " + Twine(I)))
      return E;
  if (Error E = checkCount(H.Dependencies.size(), "dependencies"))
    return E;
  for (const auto &[I, D] : enumerate(H.Dependencies))
    if (Error E =
            checkDependency(D, H.Modules.size(), "dependency " + Twine(I)))
      return E;

  if (Error E = checkCount(H.Prefs.Keys.size(), "preferences"))
    return E;
  for (const auto &[I, Key] : enumerate(H.Prefs.Keys)) {
    if (Key.empty())
      return cannotWrite("preference " + Twine(I) + " has an empty name");
    if (Error E = checkText(Key, "the name of preference " + Twine(I)))
      return E;
  }
  if (Error E = checkText(H.Prefs.TOML, "Prefs.TOML"))
    return E;

  if (Error E = checkCount(H.Sources.size(), "sources"))
    return E;
  for (const auto &[I, S] : enumerate(H.Sources))
    if (Error E = checkName(S.Path, "the path of source " + Twine(I)))
      return E;
  return checkFunctions(H.Functions);
}

//===----------------------------------------------------------------------===//
// HeaderReader
//===----------------------------------------------------------------------===//

Error HeaderReader::takeError() {
  if (ok())
    return Error::success();
  return createStringError(inconvertibleErrorCode(), Name + ": " + Message);
}

std::string HeaderReader::describe(const char *What, uint64_t At) const {
  std::string Text = What;
  if (ItemKind)
    Text += (" of " + Twine(ItemKind) + " " + Twine(ItemIndex)).str();
  return Text + " at offset " + hexString(At);
}

void HeaderReader::fail(const char *What, uint64_t At, const Twine &Problem) {
  if (ok())
    Message = (describe(What, At) + " " + Problem +
               "; the file is damaged: make it again")
                  .str();
}

void HeaderReader::failWith(const Twine &Text) {
  if (ok())
    Message = Text.str();
}

bool HeaderReader::need(uint64_t Size, const char *What) {
  if (!ok())
    return false;
  if (View.contains(Offset, Size))
    return true;
  failWith(describe(What, tell()) + " needs " + Twine(Size) + " bytes, but " +
           Container + " ends at " + hexString(Origin + View.size()) +
           "; the file is truncated or damaged: make it again");
  return false;
}

uint64_t HeaderReader::number(unsigned Size, const char *What) {
  if (!need(Size, What))
    return 0;
  Offset += Size;
  return View.uN(Offset - Size, Size);
}

double HeaderReader::f64(const char *What) {
  return llvm::bit_cast<double>(u64(What));
}

UInt128 HeaderReader::u128(const char *What) {
  UInt128 Value;
  if (!need(16, What))
    return Value;
  // One number of the host: the low half comes first on little endian ones.
  uint64_t First = u64(What), Second = u64(What);
  Value.Hi = View.isLittleEndian() ? Second : First;
  Value.Lo = View.isLittleEndian() ? First : Second;
  return Value;
}

StringRef HeaderReader::bytes(uint64_t Size, const char *What) {
  if (!need(Size, What))
    return StringRef();
  Offset += Size;
  return View.slice(Offset - Size, Size);
}

StringRef HeaderReader::cString(const char *What) {
  if (!ok())
    return StringRef();
  std::optional<StringRef> Text = View.cString(Offset);
  if (!Text) {
    failWith(describe(What, tell()) + " has no NUL at its end before " +
             Container + " ends at " + hexString(Origin + View.size()) +
             "; the file is truncated or damaged: make it again");
    return StringRef();
  }
  Offset += Text->size() + 1;
  return *Text;
}

StringRef HeaderReader::string(const char *What) {
  uint64_t At = tell();
  uint32_t Size = u32(What);
  if (isTooLong(Size)) {
    fail(What, At, "has the length " + Twine(int32_t(Size)));
    return StringRef();
  }
  return bytes(Size, What);
}

void HeaderReader::checkName(StringRef Text, uint64_t At, const char *What) {
  if (Text.empty())
    fail(What, At, "is empty");
  else if (Text.contains('\0'))
    fail(What, At, "has a NUL in it: '" + quoted(Text) + "'");
}

StringRef HeaderReader::name(const char *What) {
  uint64_t At = tell();
  StringRef Text = string(What);
  checkName(Text, At, What);
  return Text;
}

uint32_t HeaderReader::count(uint64_t MinSize, const char *What) {
  uint64_t At = tell();
  uint32_t Count = u32(What);
  if (Count <= remaining() / MinSize)
    return Count;
  fail(What, At,
       "is " + Twine(Count) + ", for which there are too few bytes before " +
           Container + " ends at " + hexString(Origin + View.size()));
  return 0;
}

//===----------------------------------------------------------------------===//
// HeaderWriter
//===----------------------------------------------------------------------===//

void HeaderWriter::put(uint64_t At, uint64_t Value, unsigned Size) {
  for (unsigned I = 0; I < Size; ++I)
    Bytes[At + (IsLittleEndian ? I : Size - 1 - I)] = char(Value >> (8 * I));
}

void HeaderWriter::number(uint64_t Value, unsigned Size) {
  Bytes.resize(Bytes.size() + Size);
  put(Bytes.size() - Size, Value, Size);
}

void HeaderWriter::f64(double Value) { u64(llvm::bit_cast<uint64_t>(Value)); }

void HeaderWriter::u128(UInt128 Value) {
  u64(IsLittleEndian ? Value.Lo : Value.Hi);
  u64(IsLittleEndian ? Value.Hi : Value.Lo);
}

void HeaderWriter::patch64(uint64_t At, uint64_t Value) { put(At, Value, 8); }
