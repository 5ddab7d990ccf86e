//===- Image.h - the code of an image in this process -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loads the code of an image, in this order: open, look at the header, verify,
/// choose the CPU target, map, write the slots. Nothing is mapped for execution
/// before all of it was found to fit. Every error is a RejectionError.
///
/// The digest of an image says that it is whole, and not who made it:
/// docs/ThreatModel.rst.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LOADER_IMAGE_H
#define PKGIMG_LOADER_IMAGE_H

#include "pkgimg/Format/CacheFlags.h"
#include "pkgimg/Format/Verifier.h"
#include "pkgimg/Loader/Host.h"
#include "pkgimg/Loader/Rejection.h"
#include "pkgimg/Loader/TargetSelection.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// How an image is loaded.
struct LoadOptions {
  /// Computes the digest of all content; without it, only the structure and the
  /// digests of the header are checked.
  bool CheckContent = true;
  /// Threads for that; 0: as many as there are processors.
  unsigned Threads = 1;
  /// The processor to choose for; nullopt: detectHost(). Its triple must be
  /// that of the process.
  std::optional<HostInfo> Host;
  /// What the session asks for; nullopt: flags are not compared.
  std::optional<SessionFlags> Session;
  /// Linux: has the system map the open file, which was verified, and not
  /// whatever has its name by then. The library's name in the process is then
  /// one in /proc/self/fd, so that $ORIGIN in its search path means nothing,
  /// and a debugger or profiler that goes by the name finds no symbols. Without
  /// it, and elsewhere, the file is mapped by its name, and is let go of again
  /// if another has taken its place; its constructors have run by then.
  bool ByDescriptor = true;
};

/// A function of a loaded image, or of a candidate.
struct ImageFunction {
  /// In the image: an element of BasicImageShard::FunctionIndices.
  uint32_t Index = 0;
  /// The target that the code was compiled for: the chosen one or a base of it.
  uint32_t Target = 0;
  /// Where the code is; null for a candidate.
  void *Address = nullptr;
  /// \name From the image's name table, empty if it was found by its index
  /// What parseSignature() reads. They live as long as the image.
  /// @{
  llvm::StringRef Name, Signature;
  /// @}
};

class Image;

/// A file that may become an image of this process. Functions must be called in
/// the order in which they are declared; Image::load() does that. Not
/// thread-safe; several can be used at once.
class ImageCandidate {
public:
  /// Opens the file \p Path, and looks at its first bytes: whether it is a
  /// library of this system's kind. Fails with Unreadable or Format.
  static llvm::Expected<std::unique_ptr<ImageCandidate>>
  open(llvm::StringRef Path, const LoadOptions &Options = {});

  ~ImageCandidate();

  /// Checks platform, flags and CPU targets by the embedded header alone, in
  /// time that does not depend on the size of the image, so that one that does
  /// not fit is not read. Success if there is no such header, or a damaged one,
  /// which verify() is to tell. Fails with Platform, Flags or CPU.
  llvm::Error checkHeader() const;

  /// Verifies the file. Fails with Format or Damaged.
  llvm::Error verify();
  /// What verify() found, which must have succeeded.
  const VerifierReport &report() const { return Report; }

  /// Chooses the target by the image's tables, whatever flags and platform are.
  void select();
  /// What select() found.
  const TargetSelection &selection() const { return Selection; }

  /// Checks the platform, the flags and the choice. Each of the three fails
  /// with the reason of its name.
  llvm::Error checkPlatform() const;
  llvm::Error checkFlags() const;
  llvm::Error checkTargets() const;

  /// The functions of the name table, sorted by name, with the targets whose
  /// code the choice gives them; then those that have no name, by their index.
  /// There must be a choice.
  std::vector<ImageFunction> functions() const;

  /// Maps the image and writes its slots, unless it is loaded already. All
  /// checks must have succeeded. Fails with Changed, InUse or Link.
  llvm::Expected<std::shared_ptr<Image>> load();

  const HostInfo &host() const { return Host; }

private:
  friend class Image;
  struct OpenFile;

  ImageCandidate(llvm::StringRef Path, const LoadOptions &Options);

  llvm::Error reject(RejectReason Reason, const llvm::Twine &What) const;
  llvm::Error checkPlatform(const llvm::Triple &T) const;
  llvm::Error checkFlags(const CacheHeader &Header) const;
  llvm::Error checkTargets(const TargetSelection &S) const;
  /// The header of ours, or of Julia's data; null if there is none.
  const CacheHeader *header() const;
  llvm::Expected<std::shared_ptr<Image>> map();

  std::string Path;
  LoadOptions Options;
  HostInfo Host;
  std::unique_ptr<OpenFile> File;
  VerifierReport Report;
  TargetSelection Selection;
};

/// The code of an image, mapped into this process.
///
/// The functions are those of one CPU target, which is the same for all that
/// load the file in this process, since slots in the image are shared: whoever
/// loads it again gets the same object. All of it is constant, so that any
/// number of threads can use it. It is unmapped when the last reference is
/// dropped; no code of it may run then.
class Image {
public:
  /// Loads \p Path; safe to be called by several threads for one file. The
  /// constructors of the library run before its slots are written, and may load
  /// other images, but not this one.
  ///
  /// Fails with InUse if this process has the same file loaded for another
  /// target, which \p Options.Host can bring about.
  static llvm::Expected<std::shared_ptr<Image>>
  load(llvm::StringRef Path, const LoadOptions &Options = {});

  ~Image();
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;

  /// As it was given to whoever loaded it first.
  llvm::StringRef path() const { return Path; }
  /// The target that was chosen, and the processor that it is for.
  uint32_t target() const { return Target; }
  llvm::StringRef targetName() const { return TargetName; }

  uint32_t numFunctions() const { return Functions.size(); }
  /// The function with the index \p Index, which is below numFunctions().
  ImageFunction getFunction(uint32_t Index) const;
  /// The function that the name table has for \p Name; nullopt if there is
  /// none. Logarithmic.
  std::optional<ImageFunction> findFunction(llvm::StringRef Name) const;
  /// The name table, sorted by name.
  llvm::ArrayRef<NamedFunction> names() const { return Names; }

private:
  friend class ImageCandidate;
  struct Mapping;
  struct Code {
    void *Address;
    uint32_t Target;
  };

  Image();

  std::string Path;
  uint32_t Target = 0;
  std::string TargetName;
  /// By index.
  std::vector<Code> Functions;
  std::vector<NamedFunction> Names;
  std::unique_ptr<Mapping> Mapped;
};

} // namespace pkgimg

#endif // PKGIMG_LOADER_IMAGE_H
