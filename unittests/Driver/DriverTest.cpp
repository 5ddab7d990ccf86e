//===- DriverTest.cpp - The driver as a library ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Driver.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/Driver/LinkRunner.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::driver;

namespace {
/// A driver in a fake file system; its messages are text.
class DriverTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("driver", Root));
    Object = (Root + "/a.o").str();
    ASSERT_TRUE(compile("define i32 @f() { ret i32 42 }\n", Object));
  }
  void TearDown() override { sys::fs::remove_directories(Root); }

  void addFile(const Twine &Path) {
    VFS->addFile(Path, 0, MemoryBuffer::getMemBuffer(""));
  }

  /// Compiles \p IR for x86_64 Linux into the file \p Path.
  static bool compile(StringRef IR, StringRef Path) {
    std::error_code EC;
    raw_fd_ostream OS(Path, EC);
    CompileOptions Options;
    Options.Target = Triple("x86_64-unknown-linux-gnu");
    SmallString<0> Bytes;
    raw_svector_ostream BytesOS(Bytes);
    if (EC ||
        errorToBool(compileModule(MemoryBufferRef(IR, "f"), Options, BytesOS)))
      return false;
    OS << Bytes;
    return true;
  }

  /// Runs the driver and returns the exit status.
  int run(std::vector<std::string> Args, bool Integrated = true,
          StringRef Program = "/opt/pkgimg/bin/pkgimg-link") {
    Messages.clear();
    raw_string_ostream OS(Messages);
    Diagnostics Diags(OS, "test");
    Driver D(Program, Diags, VFS);
    D.setIntegratedLLD(Integrated);
    std::vector<const char *> Argv;
    for (const std::string &A : Args)
      Argv.push_back(A.c_str());
    std::unique_ptr<Compilation> C = D.buildCompilation(Argv);
    LinkLine.clear();
    if (!C)
      return Diags.hasErrors();
    for (const std::unique_ptr<Command> &Job : C->getJobs())
      if (isa<LinkCommand>(Job.get()))
        for (StringRef Arg : Job->getArguments())
          LinkLine.push_back(Arg.str());
    return D.executeCompilation(*C);
  }
  bool has(StringRef Arg) const { return is_contained(LinkLine, Arg); }

  IntrusiveRefCntPtr<vfs::InMemoryFileSystem> VFS =
      makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
  SmallString<128> Root;
  std::string Object, Messages;
  std::vector<std::string> LinkLine;
};
} // namespace

// All that a hosted link looks for is looked for in the virtual file system.
TEST_F(DriverTest, HostedInAVirtualFileSystem) {
  for (const char *Version : {"9", "10.2.0", "10"})
    for (const char *File : {"crtbegin.o", "crtbeginS.o", "crtendS.o"})
      addFile(Twine("/s/usr/lib/gcc/x86_64-linux-gnu/") + Version + "/" + File);
  addFile("/s/usr/lib/x86_64-linux-gnu/crti.o");
  addFile("/s/usr/lib/x86_64-linux-gnu/crtn.o");
  run({"-###", "-hosted", "--target=x86_64-linux-gnu", "--sysroot=/s", Object});
  EXPECT_TRUE(has("/s/usr/lib/x86_64-linux-gnu/crti.o"));
  // "10" is newer than any 10.x.y.
  EXPECT_TRUE(has("/s/usr/lib/gcc/x86_64-linux-gnu/10/crtbeginS.o"));
  EXPECT_TRUE(has("-lgcc"));
  EXPECT_TRUE(has("-lc"));
}

TEST_F(DriverTest, SelfContainedLooksForNothing) {
  addFile("/s/usr/lib/gcc/x86_64-linux-gnu/10/crtbegin.o");
  run({"-###", "--target=x86_64-linux-gnu", "--sysroot=/s", Object});
  EXPECT_FALSE(has("-lc"));
  for (const std::string &Arg : LinkLine)
    EXPECT_EQ(Arg.find("crt"), std::string::npos) << Arg;
}

// So are MinGW's installations, and the DLLs of a runtime in either mode.
TEST_F(DriverTest, WindowsInAVirtualFileSystem) {
  addFile("/opt/pkgimg/x86_64-w64-mingw32/lib/dllcrt2.o");
  addFile("/opt/pkgimg/lib/gcc/x86_64-w64-mingw32/12/crtbegin.o");
  addFile("/rt/bin/libjulia.dll");
  for (const char *Mode : {"-hosted", "-self-contained"}) {
    run({"-###", Mode, "--target=x86_64-w64-mingw32", "-L/rt/bin", "-ljulia",
         "-lkernel32", Object, "-o", "/out/A.dll"});
    EXPECT_FALSE(has("-ljulia"));
    EXPECT_TRUE(has("/out/.A.dll.pkgimg/libjulia.dll.a"));
    EXPECT_TRUE(has("-lkernel32"));
    const bool Hosted = StringRef(Mode) == "-hosted";
    EXPECT_EQ(has("/opt/pkgimg/x86_64-w64-mingw32/lib/dllcrt2.o"), Hosted);
    EXPECT_EQ(has("/opt/pkgimg/lib/gcc/x86_64-w64-mingw32/12/crtbegin.o"),
              Hosted);
    EXPECT_EQ(has("/out/.A.dll.pkgimg/entry.a"), !Hosted);
  }
}

// One process links again and again: the same bytes, and nothing left behind.
TEST_F(DriverTest, LinksManyTimesInOneProcess) {
  std::string First;
  for (int I = 0; I != 5; ++I) {
    std::string Output = (Root + "/f.so").str();
    ASSERT_EQ(run({"--target=x86_64-linux-gnu", Object, "-o", Output}), 0)
        << Messages;
    auto Buffer = MemoryBuffer::getFile(Output);
    ASSERT_TRUE(bool(Buffer));
    if (I == 0)
      First = (*Buffer)->getBuffer().str();
    else
      EXPECT_EQ((*Buffer)->getBuffer(), First);
    EXPECT_FALSE(sys::fs::exists(Root + "/.f.so.pkgimg"));
  }
}

TEST_F(DriverTest, ErrorsAreErrorsOfTheCall) {
  EXPECT_EQ(run({"--target=no-such-target", Object}), 1);
  EXPECT_NE(Messages.find("no-such-target"), std::string::npos);
  EXPECT_EQ(run({"-no-such-option", Object}), 1);
  EXPECT_EQ(run({"/no/such/file.o"}), 1);
  EXPECT_NE(Messages.find("no such file"), std::string::npos);
}

TEST_F(DriverTest, WarningsAsErrors) {
  std::string Output = (Root + "/w.so").str();
  EXPECT_EQ(run({"--target=x86_64-linux-gnu", "-static-libgcc", Object, "-o",
                 Output}),
            0);
  EXPECT_NE(Messages.find("-Wunused-command-line-argument"), std::string::npos);
  EXPECT_EQ(run({"--target=x86_64-linux-gnu", "-static-libgcc", "-Werror",
                 Object, "-o", Output}),
            1);
}

// The library's default is a child; here it does not exist, and that is said.
TEST_F(DriverTest, ChildThatCannotStart) {
  std::string Output = (Root + "/c.so").str();
  EXPECT_EQ(run({"--target=x86_64-linux-gnu", Object, "-o", Output},
                /*Integrated=*/false),
            1);
  EXPECT_NE(Messages.find("/opt/pkgimg/bin/pkgimg-link"), std::string::npos)
      << Messages;
  EXPECT_FALSE(sys::fs::exists(Output));
}

// LLD ends the process over more than 254 partitions. The caller's goes on, and
// its next links run in a child. Last of these tests: it is so from here on.
TEST_F(DriverTest, PoisonedProcessGoesOverToTheChild) {
  std::string IR, Partitions = (Root + "/p.o").str();
  for (int I = 0; I != 300; ++I) {
    std::string N = std::to_string(I);
    IR += "define void @f" + N + "() partition \"p" + N + "\" { ret void }\n";
  }
  ASSERT_TRUE(compile(IR, Partitions));
  std::string Output = (Root + "/p.so").str();
  EXPECT_EQ(run({"--target=x86_64-linux-gnu", Partitions, "-o", Output}), 1);
  EXPECT_FALSE(sys::fs::exists(Output));
  EXPECT_FALSE(sys::fs::exists(Root + "/.p.so.pkgimg"));

  EXPECT_EQ(run({"--target=x86_64-linux-gnu", Object, "-o", Output}), 1);
  EXPECT_NE(Messages.find("/opt/pkgimg/bin/pkgimg-link"), std::string::npos)
      << Messages;
  EXPECT_EQ(run({"--target=x86_64-linux-gnu", Object, "-o", Output},
                /*Integrated=*/true, PKGIMG_LINK_PATH),
            0)
      << Messages;
  EXPECT_TRUE(sys::fs::exists(Output));
}

TEST(LLDInvocation, Names) {
  for (const char *Name : {"lld", "ld.lld", "/usr/bin/ld.lld-19", "ld64.lld",
                           "lld-link", "lld-link.exe", "wasm-ld-19"})
    EXPECT_TRUE(isLLDInvocation({Name})) << Name;
  for (const char *Name : {"pkgimg-link", "ld", "lldb", "lld-link-x"})
    EXPECT_FALSE(isLLDInvocation({Name})) << Name;
  EXPECT_TRUE(isLLDInvocation({"pkgimg-link", "-flavor", "gnu"}));
  EXPECT_FALSE(isLLDInvocation({"pkgimg-link", "x.o", "-flavor", "gnu"}));
}

TEST(Threads, SomeCanBeMade) { EXPECT_GE(probeThreads(2), 1u); }
