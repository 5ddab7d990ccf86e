//===- Compilation.cpp - All that one invocation does ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
using namespace pkgimg::driver;

StagingDirectory *Compilation::getStagingDirectory() {
  if (PrintOnly || StagingFailed || Staging)
    return Staging.get();
  Expected<std::unique_ptr<StagingDirectory>> D =
      StagingDirectory::create(Output);
  if (!D) {
    StagingFailed = true;
    TheDriver.getDiags().error(D.takeError());
    return nullptr;
  }
  Staging = std::move(*D);
  return Staging.get();
}

const char *Compilation::makeTemporary(StringRef Name) {
  std::string Path;
  if (StagingDirectory *D = getStagingDirectory()) {
    Path = D->getTemporaryPath(Name);
    sys::RemoveFileOnSignal(Path);
  } else {
    std::string Unique = Name.str();
    for (unsigned N = 1; !PlannedNames.insert(Unique).second; ++N)
      Unique =
          (sys::path::stem(Name) + "-" + Twine(N) + sys::path::extension(Name))
              .str();
    SmallString<128> Planned(StagingDirectory::getPlannedPath(Output));
    sys::path::append(Planned, Unique);
    Path = std::string(Planned);
  }
  return TranslatedArgs->MakeArgString(Path);
}
