//===- WindowsExports.cpp - What a DLL exports by default -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowsExports.h"
#include "WindowsSupport.h"
#include "pkgimg/Format/PEExports.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::driver;

/// True for the constants that compilers for Microsoft's ABI name by their
/// values, so that the linker keeps one of each: floating-point numbers,
/// vectors, and strings.
static bool isNamedConstant(StringRef Name) {
  for (StringRef Prefix : {"__real@", "__xmm@", "__ymm@", "__zmm@", "??_C@"})
    if (Name.starts_with(Prefix))
      return true;
  return false;
}

/// Returns the name as a module definition has it: without the underscore that
/// C's names have in x86 objects, which the linker adds by itself, but not to
/// names that are decorated otherwise.
static StringRef getDefinitionName(StringRef Symbol, const Triple &T) {
  if (T.getArch() == Triple::x86 && !Symbol.starts_with("@") &&
      !Symbol.starts_with("?") && !Symbol.contains('@'))
    Symbol.consume_front("_");
  return Symbol;
}

static Error makeLimitError(StringRef Image, uint64_t Count, StringRef Advice) {
  return createStringError(inconvertibleErrorCode(),
                           Image + ": the image would have " + Twine(Count) +
                               " exports, and a DLL can have " +
                               Twine(windows::MaxExports) + "; " + Advice);
}

Expected<std::string> windows::makeDefaultExports(ArrayRef<std::string> Files,
                                                  StringRef Image,
                                                  const Triple &T) {
  StringSet<> Directives;
  // By name; true for data. The order is that of the names, so that the text
  // does not depend on anything else.
  std::map<std::string, bool> Symbols;
  for (const std::string &File : Files) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(
        File, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!Buffer)
      return createStringError(Buffer.getError(),
                               "cannot open '" + Twine(File) +
                                   "': " + Buffer.getError().message());
    Expected<COFFExportInfo> Info =
        readCOFFExportInfo((*Buffer)->getMemBufferRef(), /*WantSymbols=*/true);
    if (!Info)
      return Info.takeError();
    for (StringRef Name : Info->Directives)
      Directives.insert(Name);
    if (!Directives.empty())
      continue;
    auto Wanted = [&](StringRef Name) {
      return isAutoExported(Name, T) && !isNamedConstant(Name) &&
             Name != getDefaultEntry(T) && !Name.empty();
    };
    for (StringRef Name : Info->Defined)
      if (Wanted(Name))
        Symbols.try_emplace(Name.str(), false);
    for (StringRef Name : Info->DefinedData)
      if (Wanted(Name))
        Symbols[Name.str()] = true;
  }

  std::string Text = "EXPORTS\n";
  if (!Directives.empty()) {
    if (Directives.size() > MaxExports)
      return makeLimitError(Image, Directives.size(),
                            "take dllexport from the symbols that no other "
                            "image looks up");
    return Text;
  }
  if (Symbols.size() > MaxExports)
    return makeLimitError(Image, Symbols.size(),
                          "mark the symbols that other images look up with "
                          "dllexport, and the rest is not exported");
  raw_string_ostream OS(Text);
  for (const auto &[Symbol, IsData] : Symbols) {
    // The syntax has no escape. No compiler makes such names.
    if (StringRef(Symbol).find_first_of("\"\r\n") != StringRef::npos)
      return createStringError(
          inconvertibleErrorCode(),
          Image + ": cannot export the symbol '" + Symbol +
              "' by default, since its name has a quotation mark or a line "
              "end; mark the symbols to be exported with dllexport");
    OS << "  \"" << getDefinitionName(Symbol, T) << '"'
       << (IsData ? " DATA" : "") << '\n';
  }
  return OS.str();
}
