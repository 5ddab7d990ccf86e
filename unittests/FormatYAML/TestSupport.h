//===- TestSupport.h - what the tests of YAML share -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_UNITTESTS_FORMATYAML_TESTSUPPORT_H
#define PKGIMG_UNITTESTS_FORMATYAML_TESTSUPPORT_H

#include "../TestSupport.h"
#include "pkgimg/FormatYAML/FormatYAML.h"
#include <random>
#include <string>

namespace pkgimg {

inline llvm::Expected<FormatYAML::FileDocument> parse(llvm::StringRef Text,
                                                      unsigned Number = 1) {
  return FormatYAML::parseDocument(llvm::MemoryBufferRef(Text, "in.yaml"),
                                   Number);
}

/// YAML to bytes.
inline llvm::Expected<std::string> build(llvm::StringRef Text,
                                         uint64_t MaxSize = 1 << 26) {
  llvm::Expected<FormatYAML::FileDocument> D = parse(Text);
  if (!D)
    return D.takeError();
  return FormatYAML::buildFile(*D, MaxSize);
}

inline llvm::Expected<FormatYAML::FileDocument>
describe(llvm::StringRef Bytes) {
  return FormatYAML::describeFile(llvm::MemoryBufferRef(Bytes, "file"));
}

/// Bytes to YAML.
inline std::string toYAML(llvm::StringRef Bytes) {
  return FormatYAML::printDocument(valueOf(describe(Bytes)));
}

/// Numbers that are the same in every run.
class Random {
public:
  explicit Random(uint64_t Seed) : Engine(Seed) {}

  uint64_t bits() { return Engine(); }
  /// Below \p Limit.
  uint64_t below(uint64_t Limit) { return Engine() % Limit; }
  bool chance(unsigned Percent) { return below(100) < Percent; }
  std::string bytes(size_t Size) {
    std::string Result(Size, '\0');
    for (char &C : Result)
      C = char(bits());
    return Result;
  }
  /// Text with some of what YAML makes something of.
  std::string text(size_t MaxSize) {
    static const char Characters[] =
        "abcXYZ019 _-+.,:;#'\"[]{}!&*|>%@`\\/\n\t?=~<";
    std::string Result;
    for (size_t I = 0, E = below(MaxSize + 1); I < E; ++I)
      Result += Characters[below(sizeof(Characters) - 1)];
    return Result;
  }
  /// A name without NUL, not empty.
  std::string name() {
    std::string Result = "n" + text(12);
    if (chance(10))
      Result += "\xff\x80";
    return Result;
  }

private:
  std::mt19937_64 Engine;
};

} // namespace pkgimg

#endif // PKGIMG_UNITTESTS_FORMATYAML_TESTSUPPORT_H
