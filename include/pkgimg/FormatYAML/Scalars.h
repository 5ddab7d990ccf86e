//===- Scalars.h - the scalars of our YAML ----------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The scalars that the YAML documents are made of, each with one spelling on
/// output, from which the same value is read again.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_SCALARS_H
#define PKGIMG_FORMATYAML_SCALARS_H

#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/Digest.h"
#include "pkgimg/Format/Identity.h"
#include "llvm/Support/YAMLTraits.h"
#include <cstdint>
#include <string>

namespace pkgimg {
namespace FormatYAML {

/// Any bytes that are text for the most part: a name, a path. Text that YAML
/// cannot hold as it is (a NUL, broken UTF-8) is written as "hex:" and digits,
/// and so is text that begins with "hex:".
struct Text {
  std::string Value;

  Text() = default;
  Text(std::string Value) : Value(std::move(Value)) {}
  Text(llvm::StringRef Value) : Value(Value) {}
  Text(const char *Value) : Value(Value) {}
  friend bool operator==(const Text &A, const Text &B) {
    return A.Value == B.Value;
  }
};

/// Returns true if YAML can hold \p Bytes as they are, in quotes if need be,
/// and neither "hex:" nor a macro of yaml2pkgimg is found in them.
bool isPlainText(llvm::StringRef Bytes);

/// Returns true if \p Bytes are lines that a literal block scalar keeps.
bool isBlockText(llvm::StringRef Bytes);

/// Bytes as pairs of hexadecimal digits; blanks between them do not count.
struct HexBytes {
  std::string Value;

  HexBytes() = default;
  HexBytes(std::string Value) : Value(std::move(Value)) {}
  HexBytes(llvm::StringRef Value) : Value(Value) {}
  friend bool operator==(const HexBytes &A, const HexBytes &B) {
    return A.Value == B.Value;
  }
};

/// "7876af07-990d-54b4-ab0e-23690620f79a".
struct UUID {
  UInt128 Value;
};

/// 32 hexadecimal digits.
struct BuildID {
  UInt128 Value;
};

/// 64 hexadecimal digits.
struct Digest {
  Digest256 Value = {};
};

/// A time in seconds: the shortest decimal number that gives the same bits, or
/// the bits themselves, "bits:7ff8000000000001", for what is no number.
struct Seconds {
  double Value = 0;
};

/// One bit of CPUTarget::Flags by name, or any number.
struct TargetFlag {
  uint32_t Value = 0;
};

/// An index of a clone: "3", or "3+slots" with UseSlots.
struct CloneIndex {
  uint32_t Value = 0;
};

/// A symbol with a distance: "name", "name+8", "name-0x10". What a name that
/// ends in such a distance itself needs is "+0" behind it.
struct Reference {
  SymbolRef Value;
};

/// Returns \p Value as Reference spells it.
std::string formatReference(const SymbolRef &Value);
/// Reads what formatReference() writes.
SymbolRef parseReference(llvm::StringRef Text);

/// The text of a source file. It is written as a literal block where that keeps
/// every byte, otherwise as Text.
struct SourceBlock {
  std::string Value;
};

} // namespace FormatYAML
} // namespace pkgimg

namespace pkgimg {
namespace FormatYAML {
/// The quotes that \p Scalar needs, in a list between brackets too.
llvm::yaml::QuotingType getQuotes(llvm::StringRef Scalar);
} // namespace FormatYAML
} // namespace pkgimg

#define PKGIMG_YAML_SCALAR(Type)                                               \
  template <> struct llvm::yaml::ScalarTraits<pkgimg::FormatYAML::Type> {      \
    static void output(const pkgimg::FormatYAML::Type &Value, void *,          \
                       llvm::raw_ostream &OS);                                 \
    static llvm::StringRef input(llvm::StringRef Scalar, void *,               \
                                 pkgimg::FormatYAML::Type &Value);             \
    static QuotingType mustQuote(llvm::StringRef Scalar) {                     \
      return pkgimg::FormatYAML::getQuotes(Scalar);                            \
    }                                                                          \
  };

PKGIMG_YAML_SCALAR(Text)
PKGIMG_YAML_SCALAR(HexBytes)
PKGIMG_YAML_SCALAR(UUID)
PKGIMG_YAML_SCALAR(BuildID)
PKGIMG_YAML_SCALAR(Digest)
PKGIMG_YAML_SCALAR(Seconds)
PKGIMG_YAML_SCALAR(TargetFlag)
PKGIMG_YAML_SCALAR(CloneIndex)
PKGIMG_YAML_SCALAR(Reference)

#undef PKGIMG_YAML_SCALAR

template <>
struct llvm::yaml::BlockScalarTraits<pkgimg::FormatYAML::SourceBlock> {
  static void output(const pkgimg::FormatYAML::SourceBlock &Value, void *,
                     llvm::raw_ostream &OS);
  static llvm::StringRef input(llvm::StringRef Scalar, void *,
                               pkgimg::FormatYAML::SourceBlock &Value);
};

LLVM_YAML_IS_FLOW_SEQUENCE_VECTOR(pkgimg::FormatYAML::Text)
LLVM_YAML_IS_FLOW_SEQUENCE_VECTOR(pkgimg::FormatYAML::TargetFlag)
LLVM_YAML_IS_FLOW_SEQUENCE_VECTOR(pkgimg::FormatYAML::CloneIndex)
LLVM_YAML_IS_FLOW_SEQUENCE_VECTOR(pkgimg::FormatYAML::Reference)
LLVM_YAML_IS_SEQUENCE_VECTOR(pkgimg::FormatYAML::Digest)

#endif // PKGIMG_FORMATYAML_SCALARS_H
