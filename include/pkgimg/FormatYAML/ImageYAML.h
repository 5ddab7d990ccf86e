//===- ImageYAML.h - images in YAML -----------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An image as YAML: what it is made of, and the two directions between that
/// and a file.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_IMAGEYAML_H
#define PKGIMG_FORMATYAML_IMAGEYAML_H

#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/FormatYAML/HeaderYAML.h"
#include "pkgimg/FormatYAML/TablesYAML.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {
namespace FormatYAML {

/// A pointer, or with Minus a distance of 32 bits.
struct Fixup {
  llvm::yaml::Hex64 Offset = 0;
  Reference Target;
  std::optional<Reference> Minus;
};

/// A symbol and its bytes. One with the name of a table takes its place.
struct Definition {
  Text Name;
  DataDefinition::PlaceType Place = DataDefinition::Data;
  std::optional<DataDefinition::LinkageType> Linkage;
  std::optional<uint64_t> Alignment;
  std::optional<bool> IsFunction;
  /// Made longer with zeros if a fixup needs it.
  std::optional<HexBytes> Content;
  uint64_t ZeroFill = 0;
  std::vector<Fixup> Fixups;
};

/// An image.
struct Image {
  ContainerFormat Container = ContainerFormat::ELF;
  Text Triple;
  RelocationStyle Relocations = RelocationStyle::Default;
  std::optional<Text> OutputName;
  std::vector<Text> NeededLibraries;
  bool LocalSymbols = true;
  std::optional<FormatYAML::Header> Header;
  /// Computes the digest of the content, and puts it into the header.
  bool Seal = false;
  std::optional<FormatYAML::Tables> Tables;
  std::optional<FormatYAML::Data> Data;
  std::vector<Definition> Definitions;
  Edits TheEdits;
};

/// The alignment of a definition that gives none.
uint64_t getDefaultAlignment(DataDefinition::PlaceType Place,
                             unsigned PointerSize);

/// Makes what writeLibrary() takes: the definitions of the tables in their
/// order, then Definitions. Fails if they have more than \p MaxSize bytes (0
/// for any).
llvm::Expected<LibrarySpec> toLibrary(const Image &I, uint64_t MaxSize);

/// Writes \p I to the bytes of a library.
llvm::Expected<std::string> buildImage(const Image &I, uint64_t MaxSize);

/// How describeImage() reads.
struct DescribeOptions {
  /// See ImageFile::create().
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
  /// The dialect of the tables, if it is known; found as readImageTables() does
  /// otherwise.
  std::optional<ImageDialect> Dialect;
  /// Without it, tables are described as the definitions that they are.
  bool HasTables = true;
  /// The most bytes that compressed data may have.
  uint64_t MaxDataSize = uint64_t(1) << 30;
};

/// Describes the image, or other shared library, in \p Buffer. If buildImage()
/// can lay it out as it is, which holds for all that it has written, the result
/// gives the same bytes back. For others it gives an image that means the same
/// to whoever reads tables and data, and that is described in the same way.
llvm::Expected<Image> describeImage(llvm::MemoryBufferRef Buffer,
                                    const DescribeOptions &Options = {});

} // namespace FormatYAML
} // namespace pkgimg

LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Fixup)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Definition)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Definition)
LLVM_YAML_DECLARE_MAPPING_TRAITS(pkgimg::FormatYAML::Image)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::ContainerFormat)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::RelocationStyle)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::DataDefinition::PlaceType)
LLVM_YAML_DECLARE_ENUM_TRAITS(pkgimg::DataDefinition::LinkageType)

template <> struct llvm::yaml::MappingTraits<pkgimg::FormatYAML::Fixup> {
  static void mapping(IO &IO, pkgimg::FormatYAML::Fixup &F);
  static const bool flow = true;
};

#endif // PKGIMG_FORMATYAML_IMAGEYAML_H
