//===- ReplayMain.cpp - Run the inputs of a fuzzer ------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The main program of the fuzzers where there is no libFuzzer: it runs each
/// file that it is given once, and all files of the folders. LLVM's FuzzerCLI
/// has the like, but takes no folders, and succeeds when there was nothing to
/// run.
///
//===----------------------------------------------------------------------===//

#include "Fuzzing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <memory>
#include <string>
#include <vector>

using namespace llvm;

static int fail(const Twine &Path, std::error_code EC) {
  errs() << Path << ": " << EC.message() << '\n';
  return 1;
}

int main(int ArgC, char **ArgV) {
  StringRef Program = sys::path::stem(ArgV[0]);
  std::vector<std::string> Inputs;
  for (const char *Path : ArrayRef(ArgV, ArgC).drop_front()) {
    if (!sys::fs::is_directory(Path)) {
      Inputs.push_back(Path);
      continue;
    }
    std::vector<std::string> Files;
    std::error_code EC;
    for (sys::fs::recursive_directory_iterator I(Path, EC), E; !EC && I != E;
         I.increment(EC))
      if (!sys::fs::is_directory(I->path()))
        Files.push_back(I->path());
    if (EC)
      return fail(Path, EC);
    sort(Files);
    append_range(Inputs, Files);
  }
  if (Inputs.empty()) {
    errs() << Program << ": no inputs; give files, or folders of them\n";
    return 1;
  }

  for (const std::string &Path : Inputs) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> File = MemoryBuffer::getFile(
        Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!File)
      return fail(Path, File.getError());
    // So that whoever sees a crash knows which it was.
    errs() << "running " << Path << '\n';
    // A copy of exactly this size: a read behind it is seen by sanitizers.
    StringRef Bytes = (*File)->getBuffer();
    auto Copy = std::make_unique<uint8_t[]>(Bytes.size());
    llvm::copy(Bytes, Copy.get());
    LLVMFuzzerTestOneInput(Copy.get(), Bytes.size());
  }
  outs() << Program << ": ran " << Inputs.size() << " inputs\n";
  return 0;
}
