//===- Value.h - what a file says, as a tree --------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An ordered tree of named values. All that the tool shows of a file is put
/// into one first; text, JSON and differences are made from the tree alone, and
/// so cannot disagree.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_VALUE_H
#define PKGIMG_TOOLS_READOBJ_VALUE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pkgimg {
namespace readobj {

/// One value. The depth of a tree is the builder's choice and small, so that
/// its consumers may recurse.
class Value {
public:
  enum KindType : uint8_t {
    Object,  ///< Named values, in an order.
    List,    ///< Values of one kind, in an order.
    String,  ///< One line, of the file: any bytes.
    Text,    ///< Several lines, of the file: any bytes.
    Bool,    ///< Yes or no.
    Integer, ///< A count, a size, a version.
    Real,    ///< A time.
    Hex,     ///< Bits that are no count: a checksum.
    Address, ///< An address; see compareValues().
    Enum,    ///< The name of one of a few choices.
    Bytes    ///< A digest, a UUID: digits.
  };

  /// How the elements of two lists are matched when they are compared.
  enum MatchType : uint8_t {
    ByKey,   ///< By the keys they were appended with.
    ByValue, ///< By themselves: sets of scalars.
    ByIndex  ///< By their place.
  };

  struct Child;

  static Value object();
  /// \p Label is what text calls an element, "Module"; a static string.
  static Value list(const char *Label, MatchType Match = ByKey);
  /// A list of objects that have scalars alone, which text shows as a table.
  static Value table(const char *Label);
  /// A list of strings, matched by their values.
  static Value strings(llvm::ArrayRef<std::string> Elements);
  static Value strings(llvm::ArrayRef<llvm::StringRef> Elements);
  static Value string(llvm::StringRef S) { return Value(String, S); }
  static Value text(llvm::StringRef S) { return Value(Text, S); }
  static Value boolean(bool B) { return Value(Bool, B); }
  static Value integer(uint64_t N) { return Value(Integer, N); }
  static Value real(double D);
  static Value hex(uint64_t Bits) { return Value(Hex, Bits); }
  static Value address(uint64_t A) { return Value(Address, A); }
  static Value enumerator(llvm::StringRef Name) { return Value(Enum, Name); }
  static Value bytes(llvm::StringRef Digits) { return Value(Bytes, Digits); }

  /// Appends a member to an object. The name is the format's, in CamelCase, and
  /// occurs once.
  void add(llvm::StringRef Name, Value V);
  /// Appends an element to a list. Keys need not be unique: the first of two
  /// equal ones matches the first, and so on. The empty key is none.
  void append(Value V, llvm::StringRef Key = "");

  /// Leaves this value out of comparisons: the name of the file, or the place
  /// of an element that is matched by a key.
  Value notCompared() &&;

  KindType kind() const { return Kind; }
  bool isScalar() const { return Kind != Object && Kind != List; }
  bool isCompared() const { return Compared; }
  bool isTable() const { return Table; }
  MatchType match() const { return Match; }
  llvm::StringRef label() const { return Label; }
  /// Members with their names, or elements with their keys.
  llvm::ArrayRef<Child> children() const { return Children; }
  bool empty() const { return Children.empty(); }
  /// The member \p Name, or null.
  const Value *find(llvm::StringRef Name) const;

  bool getBool() const { return Number; }
  uint64_t getInteger() const { return Number; }
  double getReal() const;
  /// The characters of a string, a text, an enumerator, digits.
  llvm::StringRef chars() const { return Chars; }

  /// A scalar as text shows it, without escapes: "Yes", "12", "0x1a20".
  std::string str() const;

private:
  Value(KindType Kind, llvm::StringRef Chars) : Kind(Kind), Chars(Chars) {}
  Value(KindType Kind, uint64_t Number) : Kind(Kind), Number(Number) {}

  KindType Kind;
  MatchType Match = ByKey;
  bool Table = false;
  bool Compared = true;
  const char *Label = "";
  /// A real by its bits.
  uint64_t Number = 0;
  std::string Chars;
  std::vector<Child> Children;
};

struct Value::Child {
  std::string Name;
  Value V;
};

/// Returns \p S without anything that could mislead a terminal or a reader:
/// what is no printable character of UTF-8 becomes \XX per byte, and a
/// backslash two.
std::string escapeText(llvm::StringRef S);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_VALUE_H
