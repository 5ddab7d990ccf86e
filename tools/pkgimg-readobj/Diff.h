//===- Diff.h - differences of two trees ------------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The difference of two files in the format's own terms.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_DIFF_H
#define PKGIMG_TOOLS_READOBJ_DIFF_H

#include "Value.h"
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {
namespace readobj {

/// One difference.
struct Difference {
  /// "Modules[Foo].BuildID": members after dots; elements in brackets, by key,
  /// by value or by index from 0. A second element of one key is "Foo#2".
  std::string Path;
  /// The values; nullopt in the file that has none there.
  std::optional<Value> A, B;
};

/// Compares \p A and \p B.
///
/// Elements of lists are matched as Value::MatchType says, so that one that was
/// inserted is one difference; by index where an element has no key. Where the
/// matched elements of a list stand in another order, that is one difference,
/// whose path ends in "[order]". Of a text, the first line that differs is
/// given, with its number in the path. Addresses are compared if
/// \p CompareAddresses says so. The time is linear.
std::vector<Difference> compareValues(const Value &A, const Value &B,
                                      bool CompareAddresses);

/// \p V on one line: scalars as text shows them, "{Name: Foo, Size: 3}",
/// "[a, b]", "[12 elements]" for a long list, "12 bytes" for a text.
std::string formatOnOneLine(const Value &V);

/// "Path: a -> b", with "(none)" for what is not there.
std::string formatDifference(const Difference &D);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_DIFF_H
