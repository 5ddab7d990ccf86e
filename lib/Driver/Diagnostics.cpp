//===- Diagnostics.cpp - Errors and warnings of the driver ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Diagnostics.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace pkgimg::driver;

Diagnostics::Diagnostics(raw_ostream &OS, StringRef ProgramName)
    : OS(OS), ProgramName(ProgramName),
      UseColors(OS.has_colors() && !sys::Process::GetEnv("NO_COLOR")) {}

void Diagnostics::setUseColors(bool Value) {
  UseColors = Value;
  OS.enable_colors(Value);
}

void Diagnostics::print(raw_ostream::Colors Color, StringRef Kind,
                        const Twine &Message) {
  OS << ProgramName << ": ";
  if (UseColors)
    OS.changeColor(Color, /*Bold=*/true);
  OS << Kind << ": ";
  if (UseColors)
    OS.resetColor();
  OS << Message << '\n';
}

void Diagnostics::error(const Twine &Message) {
  ++NumErrors;
  print(raw_ostream::RED, "error", Message);
}

void Diagnostics::error(Error E) {
  handleAllErrors(std::move(E),
                  [&](const ErrorInfoBase &EI) { error(EI.message()); });
}

void Diagnostics::warning(const Twine &Message, StringRef Group) {
  if (SuppressWarnings)
    return;
  std::string Suffix;
  if (!Group.empty())
    Suffix =
        (Twine(" [") + (WarningsAsErrors ? "-Werror,-W" : "-W") + Group + "]")
            .str();
  if (WarningsAsErrors)
    return error(Message + Suffix);
  print(raw_ostream::MAGENTA, "warning", Message + Suffix);
}

void Diagnostics::note(const Twine &Message) {
  print(raw_ostream::CYAN, "note", Message);
}
