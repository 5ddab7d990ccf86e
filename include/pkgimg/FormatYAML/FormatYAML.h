//===- FormatYAML.h - files in YAML and back --------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The readable twin of our files: YAML documents of a cache header, an image,
/// or target data; to bytes and back. docs/CommandGuide/yaml2pkgimg.rst has the
/// keys.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_FORMATYAML_H
#define PKGIMG_FORMATYAML_FORMATYAML_H

#include "pkgimg/FormatYAML/HeaderYAML.h"
#include "pkgimg/FormatYAML/ImageYAML.h"
#include "pkgimg/FormatYAML/TargetsYAML.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pkgimg {
namespace FormatYAML {

/// Target data alone.
struct TargetData {
  /// Left out: that of Numbering if it is given, otherwise ours.
  std::optional<TargetDataLayout> Layout;
  std::optional<FeatureNumbering> Numbering;
  /// As a triple begins; for the names of features in Julia's layouts.
  Text Arch;
  bool IsLittleEndian = true;
  std::vector<Target> Targets;
  Edits TheEdits;
};

/// Of one file.
using FileDocument = std::variant<Header, Image, TargetData>;

/// Reads document \p Number, counted from 1, of the YAML in \p Buffer. Total:
/// any text gives a document or an error that begins with the place in it. What
/// a document says is not looked at beyond its form.
llvm::Expected<FileDocument> parseDocument(llvm::MemoryBufferRef Buffer,
                                           unsigned Number = 1);

/// Returns \p D as YAML.
std::string printDocument(const FileDocument &D);

/// Makes the file that \p D describes, of at most \p MaxSize bytes (0 for any
/// number). Errors name the document's tag and the field.
llvm::Expected<std::string> buildFile(const FileDocument &D,
                                      uint64_t MaxSize = 0);

/// Describes the file in \p Buffer by its content: a cache header, a shared
/// library, or target data of ours. Errors begin with the buffer's identifier.
llvm::Expected<FileDocument> describeFile(llvm::MemoryBufferRef Buffer,
                                          const DescribeOptions &Options = {});

} // namespace FormatYAML
} // namespace pkgimg

#endif // PKGIMG_FORMATYAML_FORMATYAML_H
