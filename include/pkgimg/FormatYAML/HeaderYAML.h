//===- HeaderYAML.h - cache headers in YAML ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A cache header, Julia's or ours, as YAML.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_HEADERYAML_H
#define PKGIMG_FORMATYAML_HEADERYAML_H

#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/FormatYAML/TargetsYAML.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {
namespace FormatYAML {

/// Bytes that replace others in a finished file.
struct Patch {
  /// From the beginning of the file, or from Symbol.
  std::optional<llvm::yaml::Hex64> Offset;
  /// Of an image: a symbol's place in the file.
  std::optional<Reference> Symbol;
  HexBytes Content;
};

/// What is done to the bytes when all else is done.
struct Edits {
  /// Cuts the file, or appends zeros.
  std::optional<uint64_t> FileSize;
  /// Applied in their order, after FileSize.
  std::vector<Patch> Patches;
};

struct Module {
  Text Name;
  std::optional<UUID> TheUUID;
  std::optional<BuildID> Build;
};

/// A dependency; one of File and Require is given.
struct DependencyEntry {
  std::optional<Text> File, Require;
  std::optional<UUID> TheUUID;
  uint64_t Size = 0;
  llvm::yaml::Hex32 CRC = 0;
  Seconds ModificationTime;
  uint32_t Module = 0;
  std::vector<Text> Submodules;
};

struct Source {
  Text Path;
  SourceBlock Content;
};

struct Content {
  Digest Root;
  uint64_t Length = 0;
  std::vector<Digest> Chunks;
};

/// A function that can be looked up.
struct FunctionEntry {
  Text Name, Signature;
  uint32_t Index = 0;
};

struct Section {
  llvm::yaml::Hex32 ID = 0;
  HexBytes Content;
};

/// A header. What is not given has the value that follows from the rest.
struct Header {
  /// Ours, or of an image's data Julia's.
  std::optional<HeaderFormat> Format;
  std::optional<uint16_t> Major, Minor;
  std::optional<uint8_t> PointerSize;
  std::optional<bool> IsLittleEndian;
  std::optional<Text> OS, Arch, Version, Branch, Commit;
  std::optional<Text> Triple, PackageVersion, Producer;
  CacheFlags Flags;
  uint8_t SyntaxVersion = 0;
  std::vector<Module> Modules;
  std::vector<DependencyEntry> Dependencies;
  std::vector<Text> PreferenceKeys;
  llvm::yaml::Hex64 PreferenceHash = 0;
  std::optional<SourceBlock> PreferenceTOML;
  std::vector<Module> RequiredModules;
  std::optional<TargetDataLayout> TargetLayout;
  std::vector<Target> Targets;
  std::vector<Source> Sources;

  /// \name Julia
  /// @{
  std::optional<bool> IsImageData;
  std::optional<llvm::yaml::Hex64> DataChecksum, DataStart, DataEnd;
  std::optional<HexBytes> Data;
  llvm::yaml::Hex32 ImageCRC = 0;
  std::optional<llvm::yaml::Hex32> HeaderCRC;
  /// @}

  /// \name Ours
  /// @{
  std::optional<FormatYAML::Content> Digest;
  std::vector<FunctionEntry> Functions;
  std::vector<Section> UnknownSections;
  /// Bytes of room for the digests of chunks.
  uint64_t Reserve = 0;
  /// @}

  Edits TheEdits;
  /// Makes the digests, or HeaderCRC, fit the bytes once they are edited.
  bool UpdateDigests = false;
};

/// Makes the model that \p Header's writer takes. The result refers to \p H.
llvm::Expected<CacheHeader> toCacheHeader(const Header &H);

/// Makes the YAML of what was read.
Header fromCacheHeader(const CacheHeader &H);

/// Writes \p H to bytes.
llvm::Expected<std::string> buildHeader(const Header &H, uint64_t MaxSize);

/// Reads the header in \p Buffer, so that buildHeader() gives its bytes back.
llvm::Expected<Header> describeHeader(llvm::MemoryBufferRef Buffer);

/// Writes the header that opens Julia's data, padding, and \p Data after it.
/// The edits are about the header with its padding; they make it no longer than
/// \p MaxSize (0 for any size).
llvm::Expected<std::string>
buildHeaderWithData(const Header &H, llvm::StringRef Data, uint64_t MaxSize);

/// Applies FileSize and the patches that have offsets to \p Bytes. \p Locate
/// gives the offset of a symbol. Fails for a patch that leaves the file and for
/// a size beyond \p MaxSize (0 for none).
llvm::Error applyEdits(
    const Edits &E, std::string &Bytes, uint64_t MaxSize,
    llvm::function_ref<llvm::Expected<uint64_t>(const SymbolRef &)> Locate);

/// Returns what turns \p From into \p To: a size, if theirs differ, and patches
/// for the ranges that differ.
Edits diffBytes(llvm::StringRef From, llvm::StringRef To);

} // namespace FormatYAML
} // namespace pkgimg

LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Patch)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Module)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::DependencyEntry)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Source)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::FunctionEntry)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Section)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Patch)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Module)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::DependencyEntry)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Source)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Content)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::FunctionEntry)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Section)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Header)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::HeaderFormat)

namespace pkgimg {
namespace FormatYAML {
/// Maps the keys FileSize and Patches.
void mapEdits(llvm::yaml::IO &IO, Edits &E);
} // namespace FormatYAML
} // namespace pkgimg

#endif // PKGIMG_FORMATYAML_HEADERYAML_H
