//===- EveryTargetTest.cpp - One input, every target, one process ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Format/FileKind.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::driver;

static const char *const Targets[] = {
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "x86_64-unknown-linux-gnux32",
    "i686-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "armv7-unknown-linux-gnueabihf",
    "powerpc64le-unknown-linux-gnu",
    "riscv64-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "loongarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-android29",
    "x86_64-unknown-linux-android29",
    "aarch64-unknown-linux-ohos",
    "x86_64-unknown-freebsd14",
    "aarch64-unknown-freebsd14",
    "x86_64-unknown-netbsd10",
    "x86_64-unknown-openbsd7.5",
    "x86_64-unknown-dragonfly",
    "x86_64-pc-solaris2.11",
    "x86_64-unknown-haiku",
    "x86_64-unknown-fuchsia",
    "aarch64-unknown-fuchsia",
    "x86_64-pc-hurd-gnu",
    "x86_64-w64-windows-gnu",
    "i686-w64-windows-gnu",
    "aarch64-w64-windows-gnu",
    "armv7-w64-windows-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
    "arm64-apple-macosx11.0.0",
    "x86_64-apple-macosx10.15.0",
    "arm64-apple-ios14.0.0",
    "wasm32-unknown-unknown",
};

static FileKind getImageKind(const Triple &T) {
  if (T.isOSBinFormatCOFF())
    return FileKind::PEImage;
  if (T.isOSBinFormatMachO())
    return FileKind::MachODylib;
  if (T.isOSBinFormatWasm())
    return FileKind::WasmShared;
  return FileKind::ELFShared;
}

namespace {
/// Links the same module again and again in one process.
class EveryTarget : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("every-target", Root));
    Input = (Root + "/package.ll").str();
    std::error_code EC;
    raw_fd_ostream OS(Input, EC);
    ASSERT_FALSE(EC);
    OS << "@table = constant [2 x i32] [i32 40, i32 2]\n"
          "define i32 @sum() {\n"
          "  %a = load i32, ptr @table\n"
          "  %p = getelementptr i32, ptr @table, i32 1\n"
          "  %b = load i32, ptr %p\n"
          "  %r = add i32 %a, %b\n"
          "  ret i32 %r\n"
          "}\n";
  }
  void TearDown() override { sys::fs::remove_directories(Root); }

  /// Returns the bytes of the image that is made as \p Folder/image for \p T.
  std::string link(StringRef T, StringRef Folder) {
    SmallString<128> Output(Root);
    sys::path::append(Output, Folder);
    EXPECT_FALSE(sys::fs::create_directories(Output));
    sys::path::append(Output, "image.bin");

    std::string Messages, Target = ("--target=" + T).str();
    raw_string_ostream OS(Messages);
    Diagnostics Diags(OS, "test");
    Driver D("/no/such/pkgimg-link", Diags);
    D.setIntegratedLLD(true);
    std::unique_ptr<Compilation> C = D.buildCompilation(
        {Target.c_str(), "-Werror", Input.c_str(), "-o", Output.c_str()});
    EXPECT_TRUE(C && D.executeCompilation(*C) == 0) << T.str() << OS.str();
    ErrorOr<std::unique_ptr<MemoryBuffer>> Image =
        MemoryBuffer::getFile(Output, /*IsText=*/false);
    return Image ? (*Image)->getBuffer().str() : "";
  }

  SmallString<128> Root;
  std::string Input;
};
} // namespace

TEST_F(EveryTarget, TwiceTheSameBytes) {
  StringMap<std::string> First;
  // All of them, and then all of them again, in the reverse order and in
  // another folder: nothing of one link may be left for the next.
  for (const char *T : Targets) {
    if (Expected<const Target *> Known = getTarget(Triple(T)); !Known) {
      consumeError(Known.takeError());
      continue;
    }
    First[T] = link(T, "first");
    EXPECT_EQ(identifyFile(First[T]), getImageKind(Triple(T))) << T;
  }
  EXPECT_FALSE(First.empty());
  for (const char *T : reverse(ArrayRef(Targets)))
    if (First.count(T))
      EXPECT_EQ(link(T, "second/folder"), First[T]) << T;
}
