//===- WindowsExportsTest.cpp - What a DLL exports by default -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/WindowsExports.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::driver;

namespace {
/// An object in a temporary file.
class TemporaryObject {
public:
  TemporaryObject(StringRef Source, const Triple &T) {
    int FD;
    EXPECT_FALSE(sys::fs::createTemporaryFile("exports", "o", FD, Path));
    CompileOptions Options;
    Options.Target = T;
    raw_fd_ostream File(FD, /*shouldClose=*/true);
    SmallString<0> Bytes;
    raw_svector_ostream OS(Bytes);
    if (Error E = compileModule(MemoryBufferRef(Source, "in"), Options, OS))
      ADD_FAILURE() << toString(std::move(E));
    File << Bytes;
  }
  ~TemporaryObject() { sys::fs::remove(Path); }
  std::string getPath() const { return std::string(Path); }

private:
  SmallString<128> Path;
};

/// Skips what this LLVM has no backend for.
bool isSupported(const Triple &T) {
  Expected<const Target *> Found = getTarget(T);
  if (Found)
    return true;
  consumeError(Found.takeError());
  return false;
}
} // namespace

static const char Plain[] = "@data = global i32 1\n"
                            "@inner = internal global i32 1\n"
                            "declare void @needed()\n"
                            "define double @scale(double %x) {\n"
                            "  %y = fmul double %x, 0x400921FB54442D18\n"
                            "  call void @needed()\n"
                            "  ret double %y\n"
                            "}\n"
                            "define x86_fastcallcc void @fast(i32 %x) {\n"
                            "  ret void\n"
                            "}\n"
                            "define i32 @_DllMainCRTStartup() {\n"
                            "  ret i32 1\n"
                            "}\n"
                            "define void @\"name of words\"() {\n"
                            "  ret void\n"
                            "}\n";

TEST(DefaultExports, AllThatIsDefined) {
  Triple T("x86_64-pc-windows-msvc");
  if (!isSupported(T))
    GTEST_SKIP();
  TemporaryObject Object(Plain, T);
  Expected<std::string> Text =
      windows::makeDefaultExports({Object.getPath()}, "a.dll", T);
  ASSERT_TRUE(bool(Text)) << toString(Text.takeError());
  EXPECT_EQ(*Text, "EXPORTS\n"
                   "  \"data\" DATA\n"
                   "  \"fast\"\n"
                   "  \"name of words\"\n"
                   "  \"scale\"\n");
}

TEST(DefaultExports, DecorationOnX86) {
  Triple T("i686-pc-windows-msvc");
  if (!isSupported(T))
    GTEST_SKIP();
  TemporaryObject Object(Plain, T);
  Expected<std::string> Text =
      windows::makeDefaultExports({Object.getPath()}, "a.dll", T);
  ASSERT_TRUE(bool(Text)) << toString(Text.takeError());
  // The entry point is stdcall there, and this is not it.
  EXPECT_EQ(*Text, "EXPORTS\n"
                   "  \"@fast@4\"\n"
                   "  \"_DllMainCRTStartup\"\n"
                   "  \"data\" DATA\n"
                   "  \"name of words\"\n"
                   "  \"scale\"\n");
}

TEST(DefaultExports, DirectivesWin) {
  Triple T("x86_64-pc-windows-msvc");
  if (!isSupported(T))
    GTEST_SKIP();
  TemporaryObject First(Plain, T);
  TemporaryObject Second("define dllexport void @chosen() {\n"
                         "  ret void\n"
                         "}\n",
                         T);
  for (const std::vector<std::string> &Files :
       {std::vector<std::string>{First.getPath(), Second.getPath()},
        std::vector<std::string>{Second.getPath(), First.getPath()}}) {
    Expected<std::string> Text = windows::makeDefaultExports(Files, "a.dll", T);
    ASSERT_TRUE(bool(Text)) << toString(Text.takeError());
    EXPECT_EQ(*Text, "EXPORTS\n");
  }
}

TEST(DefaultExports, Errors) {
  Triple T("x86_64-pc-windows-msvc");
  Expected<std::string> Text =
      windows::makeDefaultExports({"does-not-exist.o"}, "a.dll", T);
  ASSERT_FALSE(bool(Text));
  EXPECT_TRUE(StringRef(toString(Text.takeError()))
                  .starts_with("cannot open 'does-not-exist.o': "));
  if (!isSupported(T))
    GTEST_SKIP();
  TemporaryObject Object("define void @\"a\\22b\"() {\n"
                         "  ret void\n"
                         "}\n",
                         T);
  Text = windows::makeDefaultExports({Object.getPath()}, "a.dll", T);
  ASSERT_FALSE(bool(Text));
  EXPECT_EQ(toString(Text.takeError()),
            "a.dll: cannot export the symbol 'a\"b' by default, since its name "
            "has a quotation mark or a line end; mark the symbols to be "
            "exported with dllexport");
}
