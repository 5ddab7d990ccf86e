//===- RuntimeProfile.h - What a runtime adds to a link ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A runtime profile describes the link line that a language runtime uses for
/// its package images: one variant per platform and range of versions. It is a
/// YAML document (docs/RuntimeProfiles.rst); those of the runtimes that are
/// built in are written in the same format, in lib/Driver/Profiles.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_RUNTIMEPROFILE_H
#define PKGIMG_DRIVER_RUNTIMEPROFILE_H

#include "pkgimg/Driver/Job.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include "llvm/Support/VersionTuple.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/TargetParser/Triple.h"

#include <optional>
#include <string>
#include <vector>

namespace pkgimg {
namespace driver {

/// The parts of a profile, as its document has them. All text with placeholders
/// has been checked: each `${name}` in it is known.
namespace profile {

/// The newest schema that this version reads, and the only one.
constexpr unsigned SchemaVersion = 1;

/// Text with placeholders, `${name}`.
struct Template {
  std::string Text;
};

/// The name of a folder of the profile, or `system` or `loader`.
struct FolderRef {
  std::string Name;
};

/// `debug`, `verbose`, or the name of an architecture.
struct Condition {
  std::string Name;
};

struct Platform {
  std::string Name;
};
struct Arch {
  std::string Name;
};
enum class LibC { Any, GNU, Musl };

/// A version as the document has it; the patch number may be left out.
struct Version {
  llvm::VersionTuple Value;
};

/// A regular expression whose groups are a version's numbers.
struct VersionRegex {
  std::string Text;
};

/// A pattern for file names, with `*` and `?`.
struct Glob {
  std::string Text;
};

/// A way to read the runtime's version from its prefix: by the content of a
/// file, or by the names in a folder.
struct VersionSource {
  std::optional<Template> File;
  std::optional<Template> Folder;
  VersionRegex Match;
};

/// A folder of the runtime, which is a placeholder of the same name.
struct Folder {
  std::string Name;
  std::vector<Platform> Platforms; ///< All, if empty.
  std::vector<Template> Choose;    ///< Candidates, the first choice first.
  std::vector<Glob> Having;        ///< What the right one has, any of these.
};

/// How the inputs appear in the line.
struct Inputs {
  std::vector<Template> Begin; ///< Before each run of files.
  std::vector<Template> Each;  ///< Before each archive.
  std::vector<Template> End;   ///< After each run of files.
};

/// One step of the link line.
struct Entry {
  enum class EntryKind { Args, Inputs, Folder, Library, File };
  EntryKind Kind = EntryKind::Args;

  std::vector<Template> Args;
  profile::Inputs Inputs;
  std::string Name;             ///< Of a folder, a library or a file.
  std::string DebugName;        ///< Of the library in a debug runtime.
  std::vector<Template> Others; ///< Files to take if there is no such one.
  std::vector<FolderRef> In;    ///< Where files are looked for.
  bool Optional = false;        ///< Left out if it does not exist.
  std::vector<Condition> If;
  std::vector<Condition> Unless;
  std::vector<Template> IfExists;
  std::vector<Template> UnlessExists;
};

/// The link line on some platforms, for a range of versions.
struct Variant {
  std::vector<Platform> Platforms;
  std::vector<Arch> Archs; ///< All, if empty.
  LibC C = LibC::Any;
  std::optional<Version> Since;  ///< The first version.
  std::optional<Version> Before; ///< The first version that is too new.
  LinkerFlavor Flavor = LinkerFlavor::GNU;
  std::vector<Entry> Link;
};

/// The whole of a profile.
struct Description {
  unsigned Schema = 0;
  std::string Name;
  std::string Title;
  std::vector<Version> Versions; ///< Known ones; any, if empty.
  std::vector<Folder> Folders;
  std::vector<VersionSource> VersionFrom;
  std::vector<Variant> Variants;
};

} // namespace profile

/// What the driver knows when it asks for a link line.
struct RuntimeContext {
  llvm::Triple Target;
  /// The runtime's version, if it is known.
  std::optional<llvm::VersionTuple> Version;
  /// The runtime's folder; absolute.
  std::string Prefix;
  /// Root of the target's system, or empty for this machine's.
  std::string SysRoot;
  /// Folders that the user has named with -L, which the linker searches first.
  std::vector<std::string> UserFolders;
  bool Debug = false;
  bool Verbose = false;
  /// Where all of them are looked for.
  llvm::vfs::FileSystem *VFS = nullptr;
};

/// An input, or an option of the user's that stands among the inputs.
struct RuntimeInput {
  std::vector<std::string> Args;
  bool IsFile = false;
  bool IsArchive = false;
};

/// A link line.
struct RuntimeLink {
  LinkerFlavor Flavor = LinkerFlavor::GNU;
  /// Without -flavor.
  std::vector<std::string> Args;
  /// The place of the output's name among the arguments.
  size_t OutputIndex = 0;
  /// What the link needs and the prefix lacks, as messages for the user.
  std::vector<std::string> Errors;
  /// Optional parts that were left out, as messages for -v.
  std::vector<std::string> Notes;
};

/// A profile that has been read and checked.
class RuntimeProfile {
public:
  /// Reads \p Buffer; its identifier is the file's name in messages. An error
  /// says file, line, column, what is wrong and what was expected.
  static llvm::Expected<RuntimeProfile> parse(llvm::MemoryBufferRef Buffer);

  /// The names of the runtimes that are built in, in alphabetical order.
  static llvm::ArrayRef<llvm::StringLiteral> getBuiltInNames();

  /// The profile of a built-in runtime. The error for an unknown name lists the
  /// known ones, the nearest first.
  static llvm::Expected<RuntimeProfile> getBuiltIn(llvm::StringRef Name);

  const profile::Description &getDescription() const { return Doc; }
  llvm::StringRef getName() const { return Doc.Name; }

  /// True if the line depends on the version, so that it must be known.
  bool needsVersion() const;

  /// Parses a version as a user writes it: `1.11` is the latest of its series,
  /// `1.11.2` that one. The error for one that the profile does not know lists
  /// those that it knows.
  llvm::Expected<llvm::VersionTuple> parseVersion(llvm::StringRef Text) const;

  /// Reads the version from the prefix. The error says where it was looked for,
  /// or which versions the prefix has if it is not one.
  llvm::Expected<llvm::VersionTuple>
  detectVersion(const RuntimeContext &Context) const;

  /// Fails with a message unless the profile knows \p V.
  llvm::Error checkVersion(llvm::VersionTuple V) const;

  /// Returns the variant for a target and a version, of which there is at most
  /// one; the error lists what there is. A version without a patch number is
  /// the latest of its series.
  llvm::Expected<const profile::Variant *>
  selectVariant(const llvm::Triple &Target, llvm::VersionTuple V) const;

  /// Returns the link line of \p V. What is missing is said in its Errors, and
  /// the line is complete all the same, so that it can be shown.
  RuntimeLink expand(const profile::Variant &V, const RuntimeContext &Context,
                     llvm::StringRef Output,
                     llvm::ArrayRef<RuntimeInput> Inputs) const;

private:
  explicit RuntimeProfile(profile::Description Doc) : Doc(std::move(Doc)) {}

  profile::Description Doc;
};

/// Returns the platform's name in profiles, or an empty string.
llvm::StringRef getProfilePlatform(const llvm::Triple &T);

/// Returns the architecture's name in profiles.
llvm::StringRef getProfileArch(const llvm::Triple &T);

/// Returns the file name of the target's dynamic linker, or an empty string for
/// a target without one.
std::string getDynamicLinkerName(const llvm::Triple &T);

/// Returns the target's standard library folders below \p SysRoot, whether they
/// exist or not. With \p Loader the folder of the dynamic linker comes first.
std::vector<std::string> getSystemFolders(const llvm::Triple &T,
                                          llvm::StringRef SysRoot, bool Loader);

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_RUNTIMEPROFILE_H
