//===- StagingDirectory.h - Where outputs are made --------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An output is made in a private folder beside its final place, under its own
/// base name, and then renamed. So an output that others may read is never
/// half-written, a failed run leaves the earlier one as it was, and no
/// temporary name gets into the bytes (LLD writes the output's base name into
/// Mach-O UUIDs and into the export directory of DLLs).
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_STAGINGDIRECTORY_H
#define PKGIMG_DRIVER_STAGINGDIRECTORY_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace pkgimg {
namespace driver {

/// The private folder of one run: `.<base>.pkgimg` beside the output `<base>`.
///
/// A lock inside tells a folder in use from one that a killed run has left: the
/// next run for the same output takes the latter over and empties it, and a
/// concurrent run takes the name with a number behind it. Where the file system
/// has no locks, a folder that exists is left alone.
class StagingDirectory {
public:
  /// Makes the folder for \p Output, a path. For an output that is no regular
  /// file (a device, or "-" for standard output) the folder is made in the
  /// system's temporary directory, and getStagedOutput() is \p Output itself.
  /// The error says why nothing can be written there.
  static llvm::Expected<std::unique_ptr<StagingDirectory>>
  create(llvm::StringRef Output);

  /// Returns the path that create() would try first, without making anything.
  static std::string getPlannedPath(llvm::StringRef Output);

  /// Removes the folder with all that is in it.
  ~StagingDirectory();
  StagingDirectory(const StagingDirectory &) = delete;
  StagingDirectory &operator=(const StagingDirectory &) = delete;

  llvm::StringRef getPath() const { return Path; }

  /// The path under which the output is to be made.
  llvm::StringRef getStagedOutput() const { return StagedOutput; }

  /// Returns a path in the folder for a temporary file of the name \p Name,
  /// with a number added if the name is taken already. Nothing is created.
  std::string getTemporaryPath(llvm::StringRef Name);

  /// Returns the path under which a file is to be made that commit() puts at
  /// \p Final, together with the output.
  std::string stageSideOutput(llvm::StringRef Final);

  /// Puts the staged output in its final place, in one step, and the side
  /// outputs before it. A file that was not made is passed over: the linker may
  /// have been asked for its version alone.
  llvm::Error commit();

  /// Makes SIGINT, SIGTERM and the like remove the folders that exist at that
  /// moment before they end the process. For a tool, not for a library in
  /// another's process.
  static void removeAllOnSignal();

  /// Removes what can be removed without allocating: async-signal-safe, for a
  /// process that is about to end on a path that runs no destructors.
  static void removeAllNow();

private:
  StagingDirectory(std::string Path, std::string FinalOutput, bool Beside);
  void registerForSignals();
  /// Takes the path for this object, of all in this process. Locks exclude
  /// other processes alone.
  bool claimInProcess();

  std::string Path;
  std::string FinalOutput;
  std::string StagedOutput;
  std::string LockPath;
  bool Beside;
  std::string PathInUse;
  /// The folder is ours to remove.
  bool Owned = false;
  int LockFD = -1;
  int Slot = -1;
  llvm::StringSet<> Names;
  /// Where side outputs are made, and where they go.
  llvm::SmallVector<std::pair<std::string, std::string>, 1> SideOutputs;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_STAGINGDIRECTORY_H
