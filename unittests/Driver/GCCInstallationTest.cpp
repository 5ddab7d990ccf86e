//===- GCCInstallationTest.cpp - Find gcc's start files -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/GCCInstallation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::toolchains;

namespace {
/// A detector in a file system that has the start files of some installations.
class GCCInstallationTest : public testing::Test {
protected:
  void addGCC(const Twine &Folder) {
    VFS->addFile(Folder + "/crtbegin.o", 0, MemoryBuffer::getMemBuffer(""));
  }

  /// The folder of the files for \p Target, or an empty string.
  std::string find(StringRef Target, ArrayRef<const char *> Argv = {}) {
    std::string Messages;
    raw_string_ostream OS(Messages);
    Diagnostics Diags(OS, "test");
    Driver D("/opt/bin/pkgimg-link", Diags, VFS);
    unsigned Index, Count;
    InputArgList Args = getDriverOptTable().ParseArgs(Argv, Index, Count);
    GCCInstallationDetector Detector(D);
    Detector.init(Triple(Triple::normalize(Target)), Args);
    if (!Detector.isValid())
      return "";
    return (Detector.getInstallPath() + Detector.getMultilibSuffix()).str();
  }

  IntrusiveRefCntPtr<vfs::InMemoryFileSystem> VFS =
      makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
};
} // namespace

TEST_F(GCCInstallationTest, SolarisHasAPrefixPerVersion) {
  addGCC("/usr/gcc/4.9/lib/gcc/x86_64-pc-solaris2.11/4.9.4");
  addGCC("/usr/gcc/10/lib/gcc/x86_64-pc-solaris2.11/10.3.0");
  addGCC("/usr/gcc/10/lib/gcc/x86_64-pc-solaris2.11/10.3.0/32");
  // Linux' folders are not for Solaris.
  addGCC("/usr/lib/gcc/x86_64-linux-gnu/12");
  EXPECT_EQ(find("x86_64-pc-solaris2.11"),
            "/usr/gcc/10/lib/gcc/x86_64-pc-solaris2.11/10.3.0");
  EXPECT_EQ(find("i386-pc-solaris2.11"),
            "/usr/gcc/10/lib/gcc/x86_64-pc-solaris2.11/10.3.0/32");
}

TEST_F(GCCInstallationTest, SolarisFoldersFor64Bits) {
  addGCC("/usr/gcc/7/lib/gcc/i386-pc-solaris2.11/7.3.0");
  addGCC("/usr/gcc/7/lib/gcc/i386-pc-solaris2.11/7.3.0/amd64");
  EXPECT_EQ(find("x86_64-pc-solaris2.11"),
            "/usr/gcc/7/lib/gcc/i386-pc-solaris2.11/7.3.0/amd64");
}

TEST_F(GCCInstallationTest, Hurd) {
  addGCC("/usr/lib/gcc/x86_64-linux-gnu/12");
  EXPECT_EQ(find("x86_64-pc-hurd-gnu"), "");
  addGCC("/usr/lib/gcc/x86_64-gnu/12");
  EXPECT_EQ(find("x86_64-pc-hurd-gnu"), "/usr/lib/gcc/x86_64-gnu/12");
  addGCC("/usr/lib/gcc/i686-gnu/12");
  EXPECT_EQ(find("i686-pc-hurd-gnu"), "/usr/lib/gcc/i686-gnu/12");
}

TEST_F(GCCInstallationTest, AndroidHasItsOwn) {
  addGCC("/usr/lib/gcc/aarch64-linux-gnu/12");
  EXPECT_EQ(find("aarch64-linux-android29"), "");
  addGCC("/opt/lib/gcc/aarch64-linux-android/4.9");
  EXPECT_EQ(find("aarch64-linux-android29"),
            "/opt/bin/../lib/gcc/aarch64-linux-android/4.9");
}

TEST_F(GCCInstallationTest, AndroidMultilibsOfARM) {
  for (const char *Folder : {"", "/armv7-a", "/thumb", "/armv7-a/thumb"})
    addGCC(Twine("/opt/lib/gcc/arm-linux-androideabi/4.9") + Folder);
  const std::string Base = "/opt/bin/../lib/gcc/arm-linux-androideabi/4.9";
  EXPECT_EQ(find("arm-linux-androideabi"), Base);
  EXPECT_EQ(find("armv7-linux-androideabi"), Base + "/armv7-a");
  EXPECT_EQ(find("armv7-linux-androideabi", {"-mthumb"}),
            Base + "/armv7-a/thumb");
  EXPECT_EQ(find("arm-linux-androideabi", {"-mthumb"}), Base + "/thumb");
}

TEST_F(GCCInstallationTest, SiblingsServe) {
  addGCC("/usr/lib/gcc/x86_64-linux-gnu/12");
  EXPECT_EQ(find("i686-linux-gnu"), "");
  addGCC("/usr/lib/gcc/x86_64-linux-gnu/12/32");
  EXPECT_EQ(find("i686-linux-gnu"), "/usr/lib/gcc/x86_64-linux-gnu/12/32");
  addGCC("/usr/lib/gcc/sparc64-linux-gnu/12");
  addGCC("/usr/lib/gcc/sparc64-linux-gnu/12/32");
  EXPECT_EQ(find("sparc-linux-gnu"), "/usr/lib/gcc/sparc64-linux-gnu/12/32");
}

TEST_F(GCCInstallationTest, MIPSMultilibs) {
  for (const char *Folder : {"", "/64", "/n32"})
    addGCC(Twine("/usr/lib/gcc/mips-linux-gnu/12") + Folder);
  EXPECT_EQ(find("mips-linux-gnu"), "/usr/lib/gcc/mips-linux-gnu/12");
  EXPECT_EQ(find("mips64-linux-gnuabi64"), "/usr/lib/gcc/mips-linux-gnu/12/64");
  EXPECT_EQ(find("mips64-linux-gnuabin32"),
            "/usr/lib/gcc/mips-linux-gnu/12/n32");
}
