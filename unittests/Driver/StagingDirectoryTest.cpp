//===- StagingDirectoryTest.cpp - Outputs appear whole, or not ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/StagingDirectory.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg::driver;

namespace {
class StagingDirectoryTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("staging", Root));
    Output = (Root + "/image.so").str();
  }
  void TearDown() override { sys::fs::remove_directories(Root); }

  std::unique_ptr<StagingDirectory> create() {
    Expected<std::unique_ptr<StagingDirectory>> D =
        StagingDirectory::create(Output);
    EXPECT_TRUE(bool(D)) << toString(D.takeError());
    return D ? std::move(*D) : nullptr;
  }
  static void write(const Twine &Path, StringRef Text) {
    std::error_code EC;
    raw_fd_ostream OS(Path.str(), EC);
    ASSERT_FALSE(EC) << EC.message();
    OS << Text;
  }
  static std::string read(StringRef Path) {
    auto Buffer = MemoryBuffer::getFile(Path);
    return Buffer ? (*Buffer)->getBuffer().str() : "";
  }
  unsigned countEntries() {
    unsigned N = 0;
    std::error_code EC;
    for (sys::fs::directory_iterator I(Root, EC), E; !EC && I != E;
         I.increment(EC))
      ++N;
    return N;
  }

  SmallString<128> Root;
  std::string Output;
};
} // namespace

TEST_F(StagingDirectoryTest, CommitReplacesTheOutput) {
  write(Output, "old");
  std::unique_ptr<StagingDirectory> D = create();
  EXPECT_EQ(sys::path::filename(D->getStagedOutput()), "image.so");
  write(D->getStagedOutput(), "new");
  EXPECT_EQ(read(Output), "old");
  EXPECT_FALSE(errorToBool(D->commit()));
  EXPECT_EQ(read(Output), "new");
  D.reset();
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(StagingDirectoryTest, FailureLeavesTheOutputAlone) {
  write(Output, "old");
  std::unique_ptr<StagingDirectory> D = create();
  write(D->getStagedOutput(), "half");
  write(D->getTemporaryPath("a.o"), "x");
  D.reset();
  EXPECT_EQ(read(Output), "old");
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(StagingDirectoryTest, TwoAtOnceDoNotMeet) {
  std::unique_ptr<StagingDirectory> A = create(), B = create();
  EXPECT_NE(A->getPath(), B->getPath());
}

TEST_F(StagingDirectoryTest, LeftoversOfAKilledRunAreTakenOver) {
  std::string Stale = StagingDirectory::getPlannedPath(Output);
  ASSERT_FALSE(sys::fs::create_directory(Stale));
  write(Stale + "/image.so", "half");
  write(Stale + "/.lock", "");
  std::unique_ptr<StagingDirectory> D = create();
  EXPECT_EQ(D->getPath(), Stale);
  EXPECT_FALSE(sys::fs::exists(D->getStagedOutput()));
  D.reset();
  EXPECT_EQ(countEntries(), 0u);
}

TEST_F(StagingDirectoryTest, TemporaryNamesAreUnique) {
  std::unique_ptr<StagingDirectory> D = create();
  EXPECT_NE(D->getTemporaryPath("a.o"), D->getTemporaryPath("a.o"));
  EXPECT_NE(D->getTemporaryPath("image.so"), D->getStagedOutput());
}

TEST_F(StagingDirectoryTest, OutputThatCannotBe) {
  Expected<std::unique_ptr<StagingDirectory>> D =
      StagingDirectory::create(Root);
  ASSERT_FALSE(bool(D));
  EXPECT_NE(toString(D.takeError()).find("directory"), std::string::npos);
  D = StagingDirectory::create((Root + "/no/such/folder/x.so").str());
  ASSERT_FALSE(bool(D));
  consumeError(D.takeError());
}
