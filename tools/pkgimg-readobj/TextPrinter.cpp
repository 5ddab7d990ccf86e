//===- TextPrinter.cpp - trees as text ------------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextPrinter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Unicode.h"

using namespace llvm;
using namespace pkgimg::readobj;

/// The cell of a table for \p V, null where a row has no such member.
static std::string cell(const Value *V) {
  return V ? escapeText(V->str()) : "-";
}

static size_t widthOf(StringRef S) {
  int Width = sys::unicode::columnWidthUTF8(S);
  return Width < 0 ? S.size() : Width;
}

static void printTable(StringRef Name, const Value &V, ScopedPrinter &W) {
  struct Column {
    StringRef Name;
    size_t Width;
    bool IsNumber;
  };
  std::vector<Column> Columns;
  for (const Value::Child &Row : V.children())
    for (const Value::Child &M : Row.V.children()) {
      auto It =
          find_if(Columns, [&](const Column &C) { return C.Name == M.Name; });
      if (It == Columns.end())
        It = Columns.insert(
            It, {M.Name, M.Name.size(), M.V.kind() == Value::Integer});
      It->Width = std::max(It->Width, widthOf(cell(&M.V)));
    }

  ListScope Scope(W, Name);
  auto PrintRow = [&](function_ref<std::string(const Column &)> CellOf) {
    std::string Line;
    for (const Column &C : Columns) {
      std::string Cell = CellOf(C);
      std::string Padding(C.Width - std::min(C.Width, widthOf(Cell)), ' ');
      Line += C.IsNumber ? Padding + Cell : Cell + Padding;
      Line += "  ";
    }
    W.startLine() << StringRef(Line).rtrim(' ') << '\n';
  };
  if (V.empty())
    return;
  PrintRow([](const Column &C) { return C.Name.str(); });
  for (const Value::Child &Row : V.children())
    PrintRow([&](const Column &C) { return cell(Row.V.find(C.Name)); });
}

static void printValue(StringRef Name, const Value &V, ScopedPrinter &W);

static void printList(StringRef Name, const Value &V, ScopedPrinter &W) {
  if (V.isTable())
    return printTable(Name, V, W);

  // Names fit one line; digests do not.
  if (V.match() == Value::ByValue) {
    std::vector<std::string> Elements;
    for (const Value::Child &E : V.children())
      Elements.push_back(escapeText(E.V.str()));
    W.printList(Name, ArrayRef<std::string>(Elements));
    return;
  }
  ListScope Scope(W, Name);
  for (const Value::Child &E : V.children())
    printValue(V.label(), E.V, W);
}

static void printValue(StringRef Name, const Value &V, ScopedPrinter &W) {
  switch (V.kind()) {
  case Value::Object: {
    DictScope Scope(W, Name);
    printText(V, W);
    return;
  }
  case Value::List:
    printList(Name, V, W);
    return;
  case Value::Text: {
    W.startLine() << Name << " (\n";
    W.indent();
    StringRef Rest = V.chars();
    while (!Rest.empty()) {
      StringRef Line;
      std::tie(Line, Rest) = Rest.split('\n');
      W.startLine() << escapeText(Line) << '\n';
    }
    W.unindent();
    W.startLine() << ")\n";
    return;
  }
  default:
    W.printString(Name, escapeText(V.str()));
    return;
  }
}

void pkgimg::readobj::printText(const Value &File, ScopedPrinter &W) {
  for (const Value::Child &M : File.children())
    printValue(M.Name, M.V, W);
}
