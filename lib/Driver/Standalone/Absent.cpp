//===- Absent.cpp - Parts of an LLVM package that the tool leaves out -----===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Stands in for two parts that a distribution's LLVM is built with, as an
/// LLVM built without them has them: the merging of Windows manifests, which
/// alone would load libxml2 and with it 30 MB of ICU at every start; and Polly.
///
//===----------------------------------------------------------------------===//

#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/WindowsManifest/WindowsManifestMerger.h"

namespace llvm {
namespace windows_manifest {

char WindowsManifestError::ID = 0;
WindowsManifestError::WindowsManifestError(const Twine &Msg) : Msg(Msg.str()) {}
void WindowsManifestError::log(raw_ostream &OS) const { OS << Msg; }

class WindowsManifestMerger::WindowsManifestMergerImpl {};
WindowsManifestMerger::WindowsManifestMerger() = default;
WindowsManifestMerger::~WindowsManifestMerger() = default;

Error WindowsManifestMerger::merge(MemoryBufferRef) {
  return make_error<WindowsManifestError>("no libxml2");
}
std::unique_ptr<MemoryBuffer> WindowsManifestMerger::getMergedManifest() {
  return nullptr;
}

// LLD asks this first, and runs mt.exe instead.
bool isAvailable() { return false; }

} // namespace windows_manifest
} // namespace llvm

// LTO registers the extensions that LLVM was configured with.
llvm::PassPluginLibraryInfo getPollyPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "Polly (absent)", "",
          [](llvm::PassBuilder &) {}};
}
