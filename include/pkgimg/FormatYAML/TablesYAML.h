//===- TablesYAML.h - tables and data of an image in YAML -------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tables of an image, and its data, as YAML.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_TABLESYAML_H
#define PKGIMG_FORMATYAML_TABLESYAML_H

#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/FormatYAML/HeaderYAML.h"
#include "pkgimg/FormatYAML/TargetsYAML.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {
namespace FormatYAML {

struct CloneSlot {
  uint32_t Function = 0;
  Reference Slot;
};

/// The clones of a shard for one target.
struct Clones {
  /// Left out: whether it is target 0, or one with the flag CloneAll.
  std::optional<bool> Group;
  /// Left out: that of the target's data, or 0.
  std::optional<uint32_t> Base;
  /// Left out of a group: the functions with slots.
  std::optional<std::vector<CloneIndex>> Indices;
  std::vector<Reference> Functions;
};

struct Shard {
  std::vector<Reference> Functions;
  /// Left out: the numbers that follow those of the shards before.
  std::optional<std::vector<uint32_t>> FunctionIndices;
  std::vector<Reference> Globals;
  std::optional<std::vector<uint32_t>> GlobalIndices;
  std::vector<CloneSlot> CloneSlots;
  /// Those that are left out at the end have nothing given.
  std::vector<FormatYAML::Clones> Clones;
};

struct TLSSlots {
  Reference Function, Key, Offset;
};

struct Tables {
  ImageDialect Dialect = ImageDialect::PkgImg;
  std::optional<uint32_t> Version, NumFunctions, NumGlobals;
  std::vector<Shard> Shards;
  /// Left out: what the dialect, or the header of the data, tells.
  std::optional<FeatureNumbering> Numbering;
  std::vector<Target> Targets;
  Text TargetString;
  /// Left out of Julia's dialects from 1.10 on: Julia's own names.
  std::optional<TLSSlots> TLS;
  std::optional<Reference> SmallTypeof;
};

/// The data of an image.
struct Data {
  /// The header that opens Julia's data; Content is then what follows it.
  std::optional<Header> TheHeader;
  std::optional<HexBytes> Content;
  DataCompression Compression = DataCompression::None;
  /// Left out: that of Julia.
  std::optional<int> Level;
  /// The bytes as they are stored, in place of Header and Content.
  std::optional<HexBytes> Stored;
  std::optional<llvm::yaml::Hex32> Checksum;
  std::optional<uint64_t> Alignment;
};

/// The level that Julia compresses data with.
constexpr int JuliaCompressionLevel = 15;

/// Makes the tables for writeImageTables(), without data. \p DataHeader is that
/// of the data, if there is one.
llvm::Expected<ImageTablesSpec>
toTables(const Tables &T, llvm::Triple::ArchType Arch,
         const std::optional<Header> &DataHeader);

/// The reverse. What is derived is left out.
Tables fromTables(const BasicImageTables<SymbolRef> &T,
                  llvm::Triple::ArchType Arch,
                  const std::optional<Header> &DataHeader);

/// Names that Julia's dialects have for slots.
TLSSlots getDefaultTLSSlots();
Reference getDefaultSmallTypeof(ImageDialect Dialect);

/// Data as an image stores it.
struct StoredData {
  std::string Bytes;
  std::optional<uint32_t> Checksum;
};

/// Puts the data together, and compresses it if it is to be. \p Target has the
/// pointer size and the byte order of a header that says neither. \p
/// HasChecksum: the dialect stores one. The header's own edits make it no
/// longer than \p MaxSize (0 for any size).
llvm::Expected<StoredData> buildData(const Data &D, const llvm::Triple &Target,
                                     bool HasChecksum, uint64_t MaxSize);

/// Describes the data of \p T so that buildData() gives it back. Damaged data
/// is described as it is stored. \p MaxSize is the most that is decompressed.
Data describeData(const ImageTables &T, const llvm::Triple &Target,
                  uint64_t MaxSize);

} // namespace FormatYAML
} // namespace pkgimg

LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::CloneSlot)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Clones)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Shard)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Clones)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Shard)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::TLSSlots)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Tables)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Data)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::ImageDialect)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::DataCompression)

template <> struct llvm::yaml::MappingTraits<pkgimg::FormatYAML::CloneSlot> {
  static void mapping(IO &IO, pkgimg::FormatYAML::CloneSlot &S);
  static const bool flow = true;
};

#endif // PKGIMG_FORMATYAML_TABLESYAML_H
