//===- CacheHeader.h - the header of a cache file ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a `.ji` file says of a package: who it is, what it was made from, and
/// for which runtime, flags and processors. Julia's layout of 1.9 to 1.14 and
/// ours have one model; docs/ImageFormat.rst has both to the byte.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_CACHEHEADER_H
#define PKGIMG_FORMAT_CACHEHEADER_H

#include "pkgimg/Format/CPUTargets.h"
#include "pkgimg/Format/CacheFlags.h"
#include "pkgimg/Format/Digest.h"
#include "pkgimg/Format/Identity.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// Whose layout a header has.
enum class HeaderFormat { Julia, PkgImg };

/// Who made the file: the strings that Julia's `jl_hdr` opens with.
struct RuntimeBuild {
  std::string OS;      ///< As uname says it: "Linux", "NT", "Darwin".
  std::string Arch;    ///< As uname says it: "x86_64", "aarch64".
  std::string Version; ///< Of the runtime: "1.12.3".
  std::string Branch;  ///< Of its sources.
  std::string Commit;  ///< Of its sources.
};

/// A module, or package, by name, UUID and build.
struct ModuleID {
  std::string Name;
  UInt128 UUID; ///< Zero if the package has none.
  /// Of the worklist, Julia stores the low half alone; the high half comes from
  /// the checksum when the image is loaded.
  UInt128 BuildID;
};

/// A file that the package was made from, or a package that one of its modules
/// asked for by name ("require").
struct Dependency {
  bool IsRequire = false;
  /// The path of an included file (`@depot` stands for a depot's path since
  /// 1.11), or the name of a required package.
  std::string Path;
  /// Of a require: the package's UUID.
  UInt128 UUID;
  /// Size in bytes and CRC-32C of the file; Julia stores them since 1.11, and
  /// 0 for requires.
  uint64_t Size = 0;
  uint32_t CRC = 0;
  /// Time of the last change in seconds since 1970; -1.0 if the content counts.
  double ModificationTime = 0;
  /// 1-based index into Modules of who included it; 0 for none.
  uint32_t ModuleIndex = 0;
  /// Names from that module down to the submodule. Empty if ModuleIndex is 0.
  std::vector<std::string> Submodules;
};

/// The preferences that were read while the package was compiled.
struct Preferences {
  /// Julia up to 1.13: their names, and a hash of names and values.
  std::vector<std::string> Keys;
  uint64_t Hash = 0;
  /// Julia 1.14 (#61214) and ours: observed names and values, in TOML.
  std::string TOML;
};

/// The text of one source file, kept so that it can be shown.
struct SourceText {
  std::string Path;
  /// Not owned: in the bytes that were read, or whoever writes owns it.
  llvm::StringRef Text;
};

/// A function that can be looked up by its name: one that the package's IR
/// exports.
struct NamedFunction {
  std::string Name;
  /// Its C-level type, without blanks: `RET(PARAM,PARAM,...)`, where a type is
  /// one of void, bool, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 and ptr,
  /// and `...` comes last if the function is variadic. `?` alone if C has no
  /// name for one of the types. The readers check that there is one, and not
  /// its grammar: a later version may have more types.
  std::string Signature;
  /// Of the function in the image: an element of
  /// BasicImageShard::FunctionIndices.
  uint32_t Index = 0;
};

/// A section of our layout whose number this reader does not know. It is kept,
/// and written again, as it is.
struct UnknownSection {
  uint32_t ID = 0;
  llvm::StringRef Content; ///< Not owned.
};

/// The header. Fields that a layout does not have keep their defaults.
///
/// The names of modules, submodules and packages, and paths, are not empty and
/// have no NUL in them, in either layout: Julia's lists end with an empty name,
/// a path that begins with a NUL is a require there, and whoever passes a name
/// on to C would see another one. The same holds for the names and signatures
/// of functions. The strings of RuntimeBuild, Triple,
/// PackageVersion and Producer have no NUL. Preferences and the text of sources
/// are any bytes. UTF-8 is not checked.
struct CacheHeader {
  HeaderFormat Format = HeaderFormat::PkgImg;

  /// Julia: the format version, 12 (1.9 to 1.13) or 13 (1.14), in Major.
  /// Ours: major and minor.
  uint16_t Major = 0, Minor = 0;
  /// Of the target, 4 or 8 bytes.
  uint8_t PointerSize = 8;
  /// Of the file's integers, which is that of the target. Our integers are
  /// little endian always; there it is the target's alone.
  bool IsLittleEndian = true;

  RuntimeBuild Build;
  CacheFlags Flags;
  /// Julia 1.14, and ours: clamp(minor - 13, 0, 255) of the language's version.
  uint8_t SyntaxVersion = 0;

  /// What the file provides ("worklist"); the first is the package.
  std::vector<ModuleID> Modules;
  std::vector<Dependency> Dependencies;
  Preferences Prefs;
  /// Images that must be loaded first.
  std::vector<ModuleID> RequiredModules;
  /// The processors of the native code; empty if there is none. Julia's are
  /// resolved to names where the header tells the architecture.
  CPUTargets Targets;
  std::vector<SourceText> Sources;

  /// \name Julia
  /// @{
  /// `jl_hdr.pkgimage`: 1 in the copy that opens an image's data.
  bool IsImageData = false;
  /// `jl_hdr.checksum`: 0xfafbfcfd and the CRC-32C of the data. Computed when a
  /// file without native code is written.
  uint64_t DataChecksum = 0;
  /// Extent of the data in a file without native code, 0 in one with it.
  /// Computed when it is written; a start that fits the alignment of some
  /// machine (64 or 128) is kept.
  uint64_t DataStart = 0, DataEnd = 0;
  /// That data. Not owned.
  llvm::StringRef Data;
  /// CRC-32C of the whole shared library; 0 if there is none.
  uint32_t ImageCRC = 0;
  /// CRC-32C of all of the file before it. Computed when it is written.
  uint32_t HeaderCRC = 0;
  /// @}

  /// \name Ours
  /// @{
  /// LLVM's triple of the target.
  std::string Triple;
  /// The version of the package, "1.2.3"; may be empty.
  std::string PackageVersion;
  /// The compiler, in words: "pkgimg 0.1.0 (LLVM 19.1.7)".
  std::string Producer;
  /// Digest of the image's canonical content; nullopt before it is sealed.
  std::optional<ContentDigest> Content;
  /// Sorted by name, byte by byte; no name occurs twice, but an index may.
  std::vector<NamedFunction> Functions;
  std::vector<UnknownSection> UnknownSections;
  /// Bytes from the magic to the end, padding included; set by the reader.
  uint64_t Size = 0;
  /// The capacity of ContentTree in bytes if that is more than what is in it, 0
  /// otherwise; set by the reader. writeCacheHeader() takes it on its own.
  uint64_t Reserve = 0;
  /// @}
};

/// The magic numbers. Julia's is followed by the format version.
extern const llvm::StringLiteral JuliaHeaderMagic; // FB 6A 6C 69 0D 0A 1A 0A
extern const llvm::StringLiteral HeaderMagic; // 89 'p' 'k' 'g' 'i' 'm' 'g' 0A

/// Returns true if \p Bytes begin as a cache header does, Julia's or ours.
inline bool isCacheHeader(llvm::StringRef Bytes) {
  return Bytes.starts_with(JuliaHeaderMagic) || Bytes.starts_with(HeaderMagic);
}

/// The version that writeCacheHeader() writes; see docs/ImageFormat.rst for the
/// rule of compatibility.
constexpr uint16_t HeaderMajor = 1;
constexpr uint16_t HeaderMinor = 0;

/// Where the prefix of our header has the numbers that any header has, for
/// writers of damaged files. The versions are little endian, and have 16 bits.
constexpr uint64_t HeaderMajorAt = 8;
constexpr uint64_t HeaderMinorAt = 10;
constexpr uint64_t HeaderPointerSizeAt = 12;

/// The upper half of a valid `jl_hdr.checksum`, the lower being zeros.
constexpr uint64_t JuliaChecksumMark = uint64_t(0xfafbfcfd) << 32;

/// The sections of our header. The numbers are the format's; never reuse one.
enum class HeaderSection : uint32_t {
  Build = 1,           ///< RuntimeBuild, Producer, Triple, PackageVersion.
  Modules = 2,         ///< Modules.
  Dependencies = 3,    ///< Dependencies, requires among them.
  Preferences = 4,     ///< TOML.
  RequiredModules = 5, ///< RequiredModules.
  Targets = 6,         ///< The blob of writeTargetData(), layout Named.
  Sources = 7,         ///< Sources.
  Content = 8,         ///< Root of the digest of the content.
  ContentTree = 9,     ///< Digests of its chunks.
  Functions = 10       ///< Functions.
};

/// How much readCacheHeader() does.
struct HeaderReadOptions {
  /// Checks the checksum or the digests of all that is read. Without it, the
  /// structure alone is checked.
  bool CheckDigests = true;
  /// Leaves Sources empty, and their bytes unread. Julia's HeaderCRC is over
  /// them, and is not compared then; in ours all else still is.
  bool SkipSources = false;
  /// Ours: leaves Content->Chunks empty, and their bytes unread: 32 for each 64
  /// KiB of the image.
  bool SkipContentTree = false;
  /// Julia's: leaves Enabled and Disabled of the targets empty, which a loader
  /// that compares words has no use for.
  bool SkipFeatureNames = false;
};

/// Reads the header in \p Buffer, Julia's or ours by its magic.
///
/// Total: any bytes give a header or an error, in linear time (a checksum over
/// the file included), with memory of a small multiple of the file. Bytes after
/// our header are allowed, as it says how long it is (an embedded one is
/// padded); bytes after Julia's are an error. The error names the buffer, the
/// field, its offset, what was expected and what was found. The strings of the
/// result are copies, but for those that say that they are not owned.
llvm::Expected<CacheHeader>
readCacheHeader(llvm::MemoryBufferRef Buffer,
                const HeaderReadOptions &Options = {});

/// Reads the header that opens the data of one of Julia's images (`jl_hdr` with
/// pkgimage = 1, flags, syntax version, required modules). \p Size, if not
/// null, gets the number of its bytes, without the zeros up to DataStart. More
/// bytes may follow; that DataEnd is among them is not checked, as \p Data may
/// be the beginning alone.
llvm::Expected<CacheHeader> readJuliaDataHeader(llvm::MemoryBufferRef Data,
                                                uint64_t *Size = nullptr);

/// Writes \p Header in its format: Julia's for the release in Build.Version
/// (1.9 to 1.14), ours in version HeaderMajor.HeaderMinor. Digests and
/// checksums are computed. \p Reserve (ours only) is the number of bytes of
/// ContentTree to leave room for. Fails for what the format cannot hold; the
/// error names the field. A Julia header without Targets has no native code,
/// and gets Data; one with Targets has none.
llvm::Expected<std::string> writeCacheHeader(const CacheHeader &Header,
                                             uint64_t Reserve = 0);

/// Writes what readJuliaDataHeader() reads, without the zeros up to DataStart.
/// DataChecksum, DataStart and DataEnd are computed from Data if it is set or
/// DataStart is 0, and taken as they are otherwise.
llvm::Expected<std::string> writeJuliaDataHeader(const CacheHeader &Header);

/// Makes the digests of a header of ours, of its sections and of prefix and
/// table, right for what the bytes are, whatever else is wrong with them; for
/// writers of damaged files. Total: whatever the bytes are, it changes the
/// digests' fields alone, in linear time. Sections that are not all there, or
/// overlap those before them, keep what they have.
void repairHeaderDigests(llvm::MutableArrayRef<char> Header);

/// Returns FlagRules for the header's runtime.
FlagRules getFlagRules(const CacheHeader &Header);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_CACHEHEADER_H
