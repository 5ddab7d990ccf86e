//===- MachOSignature.cpp - ad-hoc signatures of Mach-O files -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The structures are those of xnu's osfmk/kern/cs_blobs.h: a "super blob" of
/// blobs, all of them big endian whatever the file is. A code directory has a
/// hash for each page of the file up to its code limit.
///
//===----------------------------------------------------------------------===//

#include "MachOSignature.h"
#include "InputCheckImpl.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include <array>
#include <cstring>
#include <vector>

using namespace llvm;
using namespace llvm::MachO;
using namespace pkgimg;

namespace {

class SignatureReader : public CheckedFile {
public:
  SignatureReader(StringRef Name, StringRef Bytes) : CheckedFile(Name, Bytes) {}

  /// A code directory's array of hashes.
  struct HashTable {
    uint64_t Offset; ///< In the file.
    uint64_t NumPages;
    uint64_t PageSize;
    uint64_t CodeLimit;
  };

  /// Finds LC_CODE_SIGNATURE; returns false if there is none.
  Expected<bool> findSignature();
  Error readSignature();

  std::vector<HashTable> Tables;

private:
  Error readBlob(uint32_t Type, uint64_t At);
  Error readCodeDirectory(uint64_t At, uint64_t Size);
  Error notAdHoc(const Twine &What) const {
    return error("the signature " + What +
                 "; sign the file again once it has been changed");
  }

  uint64_t Start = 0, End = 0;
  std::vector<uint32_t> DirectoryTypes;
};

} // namespace

Expected<bool> SignatureReader::findSignature() {
  FileKind Kind = identifyFile(View.bytes());
  if (Kind != FileKind::MachODylib)
    return error("expected a Mach-O dynamic library, found: " +
                 getFileKindName(Kind));
  uint32_t Magic = View.u32(0);
  View.setLittleEndian(Magic == MH_MAGIC || Magic == MH_MAGIC_64);
  Magic = View.u32(0);
  uint64_t Offset = Magic == MH_MAGIC_64 ? 32 : 28;
  uint64_t Count = View.u32(16);
  if (Error E = need("the table of load commands", Offset, View.u32(20)))
    return std::move(E);
  const uint64_t CommandsEnd = Offset + View.u32(20);
  bool IsFound = false;
  for (uint64_t I = 0; I != Count; ++I) {
    uint32_t CommandSize = View.u32(Offset + 4);
    if (CommandsEnd - Offset < 8 || CommandSize < 8 ||
        CommandSize > CommandsEnd - Offset)
      return damaged("load command " + Twine(I) + " at offset " +
                     hexString(Offset) +
                     " does not end in the table of load commands");
    if (View.u32(Offset) == LC_CODE_SIGNATURE) {
      if (CommandSize < 16 || IsFound)
        return damaged("LC_CODE_SIGNATURE at offset " + hexString(Offset) +
                       " is the second, or has less than 16 bytes");
      IsFound = true;
      Start = View.u32(Offset + 8);
      uint64_t Size = View.u32(Offset + 12);
      if (Error E = need("the signature", Start, Size))
        return std::move(E);
      End = Start + Size;
    }
    Offset += CommandSize;
  }
  View.setLittleEndian(false);
  return IsFound;
}

Error SignatureReader::readSignature() {
  if (End - Start < 12 || View.u32(Start) != CSMAGIC_EMBEDDED_SIGNATURE)
    return damaged("expected a signature with the magic number " +
                   hexString(CSMAGIC_EMBEDDED_SIGNATURE) + " at offset " +
                   hexString(Start));
  uint64_t Size = View.u32(Start + 4);
  uint64_t Count = View.u32(Start + 8);
  if (Size > End - Start || Size < 12 || Count > (Size - 12) / 8)
    return damaged("the signature at offset " + hexString(Start) + " has " +
                   Twine(Count) + " parts and " + hexString(Size) +
                   " bytes, which its " + hexString(End - Start) +
                   " bytes in the file do not hold");
  End = Start + Size;
  for (uint64_t I = 0; I != Count; ++I) {
    uint64_t Entry = Start + 12 + I * 8;
    if (Error E = readBlob(View.u32(Entry), View.u32(Entry + 4)))
      return E;
  }
  if (Tables.empty())
    return damaged("the signature at offset " + hexString(Start) +
                   " has no code directory");
  return Error::success();
}

Error SignatureReader::readBlob(uint32_t Type, uint64_t Offset) {
  if (Offset > End - Start || End - Start - Offset < 8)
    return damaged("a part of the signature at offset " +
                   hexString(Start + Offset) + " is outside it; it ends at " +
                   hexString(End));
  uint64_t At = Start + Offset;
  uint64_t Size = View.u32(At + 4);
  if (Size < 8 || Size > End - At)
    return damaged("the part of the signature at offset " + hexString(At) +
                   " has " + hexString(Size) + " bytes; it ends at " +
                   hexString(End));
  if (Type == CSSLOT_CODEDIRECTORY ||
      (Type >= CSSLOT_ALTERNATE_CODEDIRECTORIES &&
       Type < CSSLOT_ALTERNATE_CODEDIRECTORY_LIMIT)) {
    // A directory for each kind of hash, or there would be no end of hashing.
    if (llvm::is_contained(DirectoryTypes, Type))
      return damaged("the signature at offset " + hexString(Start) +
                     " has two code directories of type " + hexString(Type));
    DirectoryTypes.push_back(Type);
    return readCodeDirectory(At, Size);
  }
  // Ad-hoc signatures may have a wrapper without content.
  if (Type == CSSLOT_SIGNATURESLOT && Size > 8)
    return notAdHoc("has a certificate of its owner, at offset " +
                    hexString(At));
  return Error::success();
}

Error SignatureReader::readCodeDirectory(uint64_t At, uint64_t Size) {
  // Its first version had 44 bytes.
  if (View.u32(At) != CSMAGIC_CODEDIRECTORY || Size < 44)
    return damaged("expected a code directory with the magic number " +
                   hexString(CSMAGIC_CODEDIRECTORY) + " at offset " +
                   hexString(At));
  uint32_t Version = View.u32(At + 8);
  if (!(View.u32(At + 12) & CS_ADHOC))
    return notAdHoc("at offset " + hexString(At) + " is not ad hoc");
  uint64_t HashOffset = View.u32(At + 16);
  uint64_t NumPages = View.u32(At + 28);
  uint64_t CodeLimit = View.u32(At + 32);
  unsigned HashSize = View.u8(At + 36);
  unsigned HashType = View.u8(At + 37);
  unsigned Log2PageSize = View.u8(At + 39);
  if (HashType != CS_HASHTYPE_SHA256 || HashSize != CS_SHA256_LEN)
    return notAdHoc("at offset " + hexString(At) + " has hashes of type " +
                    Twine(HashType) + " and " + Twine(HashSize) +
                    " bytes, expected SHA-256 (type 2)");
  if (Version >= CS_SUPPORTSSCATTER && Size >= 48 && View.u32(At + 44) != 0)
    return notAdHoc("at offset " + hexString(At) +
                    " has a table of scattered pages");
  if (Version >= CS_SUPPORTSCODELIMIT64 && Size >= 64 && View.u64(At + 56) != 0)
    CodeLimit = View.u64(At + 56);
  if (CodeLimit > Start)
    return damaged("the code directory at offset " + hexString(At) +
                   " is for the bytes up to " + hexString(CodeLimit) +
                   ", expected those before the signature at " +
                   hexString(Start));
  // 0 stands for one page, whatever its size.
  uint64_t PageSize = CodeLimit;
  if (Log2PageSize) {
    if (Log2PageSize >= 32)
      return damaged("the code directory at offset " + hexString(At) +
                     " has pages of 2^" + Twine(Log2PageSize) + " bytes");
    PageSize = uint64_t(1) << Log2PageSize;
  }
  uint64_t Expected = CodeLimit ? divideCeil(CodeLimit, PageSize) : 0;
  if (NumPages != Expected || HashOffset > Size ||
      NumPages > (Size - HashOffset) / CS_SHA256_LEN)
    return damaged("the code directory at offset " + hexString(At) + " has " +
                   Twine(NumPages) + " hashes at " + hexString(HashOffset) +
                   " of its " + hexString(Size) + " bytes, expected " +
                   Twine(Expected) + " inside it");
  Tables.push_back({At + HashOffset, NumPages, PageSize, CodeLimit});
  return Error::success();
}

Error pkgimg::renewAdHocSignature(MutableArrayRef<char> File, StringRef Name,
                                  uint64_t Offset, uint64_t Size) {
  StringRef Bytes(File.data(), File.size());
  SignatureReader Reader(Name, Bytes);
  Expected<bool> IsSigned = Reader.findSignature();
  if (!IsSigned)
    return IsSigned.takeError();
  if (Error E = Reader.need("the changed range", Offset, Size))
    return E;
  if (!*IsSigned || Size == 0)
    return Error::success();
  if (Error E = Reader.readSignature())
    return E;
  for (const SignatureReader::HashTable &T : Reader.Tables) {
    if (Offset >= T.CodeLimit)
      continue;
    uint64_t End = Size < T.CodeLimit - Offset ? Offset + Size : T.CodeLimit;
    for (uint64_t Page = Offset / T.PageSize; Page * T.PageSize < End; ++Page) {
      uint64_t Start = Page * T.PageSize;
      StringRef Content =
          Bytes.slice(Start, std::min(Start + T.PageSize, T.CodeLimit));
      std::array<uint8_t, 32> Hash =
          SHA256::hash(arrayRefFromStringRef(Content));
      memcpy(File.data() + T.Offset + Page * Hash.size(), Hash.data(),
             Hash.size());
    }
  }
  return Error::success();
}
