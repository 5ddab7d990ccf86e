//===- ObjectCache.cpp - Objects of earlier compilations ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ObjectCache.h"

#include "pkgimg/Config/Version.h"
#include "pkgimg/Format/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace pkgimg;

/// An entry is the object and a digest of it.
static constexpr size_t TrailerSize = 32;

static BLAKE3Result<TrailerSize> getTrailer(StringRef Object) {
  return BLAKE3::hash<TrailerSize>(arrayRefFromStringRef(Object));
}

/// What tells one build of the compiler from another: there is no better name
/// for it than the file that it was started from.
static const std::string &getCompilerIdentity() {
  static const std::string Identity = [] {
    std::string Text =
        "pkgimg " PKGIMG_VERSION_STRING " LLVM " LLVM_VERSION_STRING;
    static int Here;
    sys::fs::file_status Status;
    if (!sys::fs::status(sys::fs::getMainExecutable(nullptr, &Here), Status))
      Text +=
          " " + utostr(Status.getSize()) + " " +
          itostr(Status.getLastModificationTime().time_since_epoch().count());
    return Text;
  }();
  return Identity;
}

Expected<ObjectCache> ObjectCache::open(StringRef Dir, StringRef Policy) {
  ObjectCache Cache;
  Cache.Dir = Dir.str();
  Expected<CachePruningPolicy> Parsed = parseCachePruningPolicy(Policy);
  if (!Parsed)
    return createStringError("the cache policy '" + Policy +
                             "' is not valid: " + toString(Parsed.takeError()));
  Cache.Policy = *Parsed;
  if (std::error_code EC = sys::fs::create_directories(Dir))
    return createStringError(EC, "cannot make the cache folder '" + Dir +
                                     "': " + EC.message());
  return Cache;
}

std::string ObjectCache::getKey(ArrayRef<StringRef> Parts) {
  BLAKE3 Hash;
  auto Add = [&](StringRef Part) {
    uint8_t Size[8];
    support::endian::write64le(Size, Part.size());
    Hash.update(Size);
    Hash.update(Part);
  };
  Add(getCompilerIdentity());
  for (StringRef Part : Parts)
    Add(Part);
  return toHex(Hash.final<20>(), /*LowerCase=*/true);
}

/// Entries have the names that llvm::pruneCache() looks for.
static SmallString<128> getPath(StringRef Dir, StringRef Key) {
  SmallString<128> Path(Dir);
  sys::path::append(Path, "llvmcache-" + Key);
  return Path;
}

std::unique_ptr<MemoryBuffer> ObjectCache::find(StringRef Key) const {
  SmallString<128> Path = getPath(Dir, Key);
  int FD;
  if (sys::fs::openFileForRead(Path, FD))
    return nullptr;
  sys::fs::file_t File = sys::fs::convertFDToNativeFile(FD);
  ErrorOr<std::unique_ptr<MemoryBuffer>> Entry =
      MemoryBuffer::getOpenFile(File, Path, /*FileSize=*/-1,
                                /*RequiresNullTerminator=*/false);
  // Entries go by when they were last used. Of one that is another user's, the
  // time may stay.
  std::error_code Ignored = sys::fs::setLastAccessAndModificationTime(
      FD, std::chrono::system_clock::now());
  Ignored = sys::fs::closeFile(File);
  (void)Ignored;
  if (!Entry || (*Entry)->getBufferSize() < TrailerSize)
    return nullptr;
  StringRef Bytes = (*Entry)->getBuffer();
  StringRef Object = Bytes.drop_back(TrailerSize);
  if (Bytes.take_back(TrailerSize) != toStringRef(getTrailer(Object)))
    return nullptr;
  return MemoryBuffer::getMemBufferCopy(Object);
}

Error ObjectCache::store(StringRef Key, StringRef Object) const {
  BLAKE3Result<TrailerSize> Trailer = getTrailer(Object);
  return writeOutputFile(getPath(Dir, Key),
                         (Object + toStringRef(Trailer)).str());
}

void ObjectCache::prune() const { pruneCache(Dir, Policy); }
