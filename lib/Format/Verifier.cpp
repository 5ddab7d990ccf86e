//===- Verifier.cpp - is this file what it says it is? --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/Verifier.h"
#include "CacheHeaderImpl.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/ObjectImage.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

StringRef pkgimg::getPackageFileKindName(PackageFileKind Kind) {
  switch (Kind) {
  case PackageFileKind::Header:
    return "cache header";
  case PackageFileKind::Image:
    return "package image";
  case PackageFileKind::Archive:
    return "object archive";
  }
  llvm_unreachable("unknown kind");
}

namespace {

/// Verifies one file, step by step, into a report.
class FileVerifier {
public:
  FileVerifier(MemoryBufferRef Buffer, const VerifierOptions &Options)
      : Buffer(Buffer), Options(Options) {}

  Expected<VerifierReport> run();

private:
  Error verifyByKind();
  Error verifyHeader();
  Error verifyImage();
  Error verifyArchive();

  Error readEmbeddedHeader();
  Error compareHeaderWithTables();
  Error verifyContent();
  Error verifyData();
  Error compareWithJuliaImage(MemoryBufferRef Image);
  Error compareWithImage(MemoryBufferRef Image);

  void add(VerifiedItem::StatusType Status, StringRef What,
           const Twine &Detail = "") {
    Report.Items.push_back({Status, What, Detail.str()});
  }
  Error error(const Twine &What) const {
    return createStringError(Buffer.getBufferIdentifier() + ": " + What);
  }

  MemoryBufferRef Buffer;
  const VerifierOptions &Options;
  VerifierReport Report;
};

} // namespace

/// \p Value as eight hexadecimal digits.
static std::string hex32(uint32_t Value) {
  std::string Text;
  raw_string_ostream(Text) << format_hex_no_prefix(Value, 8);
  return Text;
}

/// The digest of all content of \p Image compared with what \p Header has.
/// \p Header must be sealed.
static Error compareContent(const ImageFile &Image, const CacheHeader &Header,
                            unsigned Threads) {
  ContentDigest Found =
      computeContentDigest(Image.canonicalContent(), Image.bytes(), Threads);
  const ContentDigest &Expected = *Header.Content;
  if (Found.Root == Expected.Root)
    return Error::success();
  // Where the digests of chunks were kept, say where the change is.
  if (Found.Length != Expected.Length)
    return createStringError(
        Image.name() + ": the image's content has " + Twine(Found.Length) +
        " bytes, its header says " + Twine(Expected.Length) +
        "; the file has been changed: make the image again");
  std::string Where;
  for (size_t I = 0; I < Found.Chunks.size() && I < Expected.Chunks.size(); ++I)
    if (Found.Chunks[I] != Expected.Chunks[I]) {
      Where = (", first in chunk " + Twine(I)).str();
      break;
    }
  return createStringError(Image.name() +
                           ": the image's content has the digest " +
                           formatDigest(Found.Root) + ", its header says " +
                           formatDigest(Expected.Root) + Where +
                           "; the file has been changed: make the image again");
}

Expected<VerifierReport> FileVerifier::run() {
  if (Error E = verifyByKind())
    return std::move(E);
  return std::move(Report);
}

Error FileVerifier::verifyByKind() {
  StringRef Bytes = Buffer.getBuffer();
  FileKind Kind = identifyFile(Bytes);
  if (isCacheHeader(Bytes)) {
    Report.Kind = PackageFileKind::Header;
    return verifyHeader();
  }
  if (Options.Image)
    return error("expected the cache header of '" +
                 Options.Image->getBufferIdentifier() +
                 "', found: " + getFileKindName(Kind) +
                 "; give the .ji file that belongs to the image, or the image "
                 "alone");
  if (isArchive(Kind) || isNativeObject(Kind)) {
    Report.Kind = PackageFileKind::Archive;
    return verifyArchive();
  }
  if (isSharedLibrary(Kind)) {
    Report.Kind = PackageFileKind::Image;
    return verifyImage();
  }
  return error("expected a cache header, a package image or an object archive, "
               "found: " +
               getFileKindName(Kind));
}

Error FileVerifier::verifyHeader() {
  HeaderReadOptions ReadOptions;
  Expected<CacheHeader> Header = readCacheHeader(Buffer, ReadOptions);
  if (!Header)
    return Header.takeError();
  Report.Header = std::move(*Header);
  const CacheHeader &H = *Report.Header;

  if (H.Format == HeaderFormat::Julia)
    add(VerifiedItem::Verified, "header checksum",
        "CRC-32C " + hex32(H.HeaderCRC));
  else
    add(VerifiedItem::Verified, "header digests");
  if (!H.Data.empty())
    add(VerifiedItem::Verified, "data checksum",
        "CRC-32C of " + Twine(H.Data.size()) + " bytes");

  if (!Options.Image) {
    add(VerifiedItem::Skipped, "image", "no image was given");
    return Error::success();
  }
  return H.Format == HeaderFormat::Julia ? compareWithJuliaImage(*Options.Image)
                                         : compareWithImage(*Options.Image);
}

Error FileVerifier::compareWithJuliaImage(MemoryBufferRef Image) {
  const CacheHeader &H = *Report.Header;
  if (!H.ImageCRC)
    return error("the header is of a cache without native code, which has no "
                 "image; verify it alone");
  if (!Options.CheckContent) {
    add(VerifiedItem::Skipped, "image checksum", "content is not checked");
    return Error::success();
  }
  uint32_t Found = crc32c(Image.getBuffer());
  if (Found != H.ImageCRC)
    return createStringError(
        Image.getBufferIdentifier() + ": the image's CRC-32C is " +
        hex32(Found) + ", its header says " + hex32(H.ImageCRC) +
        "; the file has been changed (signing or stripping it is enough): "
        "make the image again");
  add(VerifiedItem::Verified, "image checksum",
      "CRC-32C of " + Twine(Image.getBufferSize()) + " bytes");
  return Error::success();
}

Error FileVerifier::compareWithImage(MemoryBufferRef Buffer) {
  const CacheHeader &H = *Report.Header;
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(Buffer, Options.Arch);
  if (!Image)
    return Image.takeError();
  // The copy in the image may be padded to the room that it was given.
  std::optional<StringRef> Embedded = (*Image)->embeddedHeader();
  StringRef Mine = this->Buffer.getBuffer().take_front(H.Size);
  if (Embedded && !Embedded->starts_with(Mine))
    return createStringError(
        Buffer.getBufferIdentifier() +
        ": the image has another header than the one given; use the image's "
        "own (pkgimg-readobj --extract-header)");
  if (Embedded)
    add(VerifiedItem::Verified, "embedded header", "the same bytes");
  if (!H.Content) {
    add(VerifiedItem::Skipped, "content digest", "the header is not sealed");
    return Error::success();
  }
  if (!Options.CheckContent) {
    add(VerifiedItem::Skipped, "content digest", "content is not checked");
    return Error::success();
  }
  if (Error E = compareContent(**Image, H, Options.Threads))
    return E;
  add(VerifiedItem::Verified, "content digest", formatDigest(H.Content->Root));
  return Error::success();
}

Error FileVerifier::readEmbeddedHeader() {
  std::optional<StringRef> Embedded = Report.Image->embeddedHeader();
  if (!Embedded) {
    add(VerifiedItem::Skipped, "embedded header", "there is none");
    return Error::success();
  }
  if (!Embedded->starts_with(HeaderMagic))
    return error("the embedded header does not begin with the magic of one; "
                 "make the image again");
  std::string Name =
      (Buffer.getBufferIdentifier() + " (embedded header)").str();
  Expected<CacheHeader> Header =
      readCacheHeader(MemoryBufferRef(*Embedded, Name));
  if (!Header)
    return Header.takeError();
  Report.Header = std::move(*Header);
  add(VerifiedItem::Verified, "header digests");
  return Error::success();
}

/// A loader decides by the header whether it maps the image, so the two must
/// say the same.
Error FileVerifier::compareHeaderWithTables() {
  const CacheHeader &H = *Report.Header;
  const ImageTables &T = *Report.Tables;
  if (H.PointerSize != Report.Image->pointerSize())
    return error("the embedded header is for pointers of " +
                 Twine(unsigned(H.PointerSize)) + " bytes, the image's have " +
                 Twine(Report.Image->pointerSize()) + "; make the image again");
  if (H.IsLittleEndian != Report.Image->isLittleEndian())
    return error("the embedded header and the image differ in their byte "
                 "order; make the image again");
  Triple::ArchType Arch = Triple(H.Triple).getArch();
  if (Arch != Triple::UnknownArch && Arch != Report.Image->arch())
    return error("the embedded header is for '" + H.Triple +
                 "', the image is for " +
                 Triple::getArchTypeName(Report.Image->arch()) +
                 "; make the image again");
  if (T.Dialect == ImageDialect::PkgImg &&
      H.Targets.Targets != T.Targets.Targets)
    return error("the embedded header and the image's tables have different "
                 "CPU targets; make the image again");
  if (T.NumFunctions && !H.Flags.UsePkgImages)
    return error("the embedded header says that there is no native code, the "
                 "image has " +
                 Twine(T.NumFunctions) + " functions; make the image again");
  for (const NamedFunction &F : H.Functions)
    if (F.Index >= T.NumFunctions)
      return error("the embedded header says that the function '" +
                   quoted(F.Name) + "' has the index " + Twine(F.Index) +
                   ", the image has " + Twine(T.NumFunctions) +
                   " functions; make the image again");
  add(VerifiedItem::Sound, "agreement", "header and image tables say the same");
  return Error::success();
}

Error FileVerifier::verifyContent() {
  const CacheHeader &H = *Report.Header;
  if (!H.Content) {
    add(VerifiedItem::Skipped, "content digest", "the image is not sealed");
    return Error::success();
  }
  if (!H.Content->Chunks.empty()) {
    if (Error E = checkDigestTree(*H.Content,
                                  Report.Image->canonicalContent().Summary))
      return error(toString(std::move(E)));
    add(VerifiedItem::Verified, "digest tree",
        Twine(H.Content->Chunks.size()) + " chunks");
  }
  if (!Options.CheckContent) {
    add(VerifiedItem::Skipped, "content digest", "content is not checked");
    return Error::success();
  }
  if (Error E = compareContent(*Report.Image, H, Options.Threads))
    return E;
  add(VerifiedItem::Verified, "content digest", formatDigest(H.Content->Root));
  return Error::success();
}

Error FileVerifier::verifyData() {
  const ImageTables &T = *Report.Tables;
  if (!Options.CheckContent) {
    add(VerifiedItem::Skipped, "data checksum", "content is not checked");
    return Error::success();
  }
  std::string Storage;
  Expected<StringRef> Data = getImageData(T, Storage, Options.MaxDataSize);
  if (!Data)
    return error(toString(Data.takeError()));

  if (T.DataChecksum) {
    uint32_t Found = crc32c(*Data);
    if (Found != *T.DataChecksum)
      return error("the data's CRC-32C is " + hex32(Found) +
                   ", jl_system_image_checksum says " + hex32(*T.DataChecksum) +
                   "; make the image again");
    add(VerifiedItem::Verified, "data checksum",
        "CRC-32C of " + Twine(Data->size()) + " bytes");
    return Error::success();
  }
  // The header that opens the data has a checksum over what follows it.
  if (!T.DataHeader || !T.DataHeader->DataEnd) {
    add(VerifiedItem::Skipped, "data checksum", "the image has none");
    return Error::success();
  }
  const CacheHeader &H = *T.DataHeader;
  if (H.DataStart > H.DataEnd || H.DataEnd > Data->size())
    return error("the data header says that the data is at " +
                 Twine(H.DataStart) + " to " + Twine(H.DataEnd) + " of " +
                 Twine(Data->size()) + " bytes; make the image again");
  uint32_t Found = crc32c(Data->slice(H.DataStart, H.DataEnd));
  if (Found != uint32_t(H.DataChecksum))
    return error("the data's CRC-32C is " + hex32(Found) +
                 ", its header says " + hex32(uint32_t(H.DataChecksum)) +
                 "; make the image again");
  add(VerifiedItem::Verified, "data checksum",
      "CRC-32C of " + Twine(H.DataEnd - H.DataStart) + " bytes");
  return Error::success();
}

Error FileVerifier::verifyImage() {
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(Buffer, Options.Arch);
  if (!Image)
    return Image.takeError();
  Report.Image = std::move(*Image);
  add(VerifiedItem::Sound, "container",
      getContainerName(Report.Image->format()));

  if (Error E = readEmbeddedHeader())
    return E;
  Expected<ImageTables> Tables = readImageTables(*Report.Image);
  if (!Tables)
    return Tables.takeError();
  Report.Tables = std::move(*Tables);
  add(VerifiedItem::Sound, "image tables",
      getDialectName(Report.Tables->Dialect));

  if (!Report.Header && Report.Tables->Dialect == ImageDialect::PkgImg &&
      Options.RequireHeader)
    return error("the image has no embedded header, which is what its digest "
                 "is in; make the image again");
  if (Report.Header) {
    if (Error E = compareHeaderWithTables())
      return E;
    if (Error E = verifyContent())
      return E;
  }
  // Ours has no checksum of its own: the content digest is over the data.
  if (Report.Tables->Dialect == ImageDialect::PkgImg)
    return Error::success();
  return verifyData();
}

Error FileVerifier::verifyArchive() {
  Expected<InputSummary> Summary = checkLinkerInput(Buffer);
  if (!Summary)
    return Summary.takeError();
  Report.Archive = std::move(*Summary);
  const InputSummary &S = *Report.Archive;
  bool IsArchive = pkgimg::isArchive(S.Kind);
  add(VerifiedItem::Sound, "objects",
      Twine(IsArchive ? S.NumMembers : 1) + " checked");

  if (!isObjectImage(S)) {
    add(VerifiedItem::Skipped, "image tables", "not all are native objects");
    return Error::success();
  }
  Expected<std::unique_ptr<ImageFile>> Image = createObjectImage(Buffer, S);
  if (!Image)
    return Image.takeError();
  Report.Image = std::move(*Image);
  // Objects of a package are as good as those of an image.
  if (!hasImageTables(*Report.Image)) {
    add(VerifiedItem::Skipped, "image tables", "the objects have none");
    return Error::success();
  }
  Expected<ImageTables> Tables = readImageTables(*Report.Image);
  if (!Tables) {
    if (IsArchive)
      return Tables.takeError();
    // One object may have the root, and others what it points at.
    add(VerifiedItem::Skipped, "image tables", toString(Tables.takeError()));
    return Error::success();
  }
  Report.Tables = std::move(*Tables);
  add(VerifiedItem::Sound, "image tables",
      getDialectName(Report.Tables->Dialect));
  return Error::success();
}

Expected<VerifierReport> pkgimg::verify(MemoryBufferRef Buffer,
                                        const VerifierOptions &Options) {
  return FileVerifier(Buffer, Options).run();
}
