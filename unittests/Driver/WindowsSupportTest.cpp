//===- WindowsSupportTest.cpp - Entry stub and import libraries -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/WindowsSupport.h"
#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Format/PEExports.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/COFF.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <map>

using namespace llvm;
using namespace llvm::object;
using namespace pkgimg;
using namespace pkgimg::driver;

static const char *const Targets[] = {
    "x86_64-w64-windows-gnu", "i686-w64-windows-gnu", "aarch64-w64-windows-gnu",
    "thumbv7-w64-windows-gnu"};

/// The content of the section .text.
static std::string getText(const COFFObjectFile &Object) {
  for (const SectionRef &S : Object.sections()) {
    Expected<StringRef> Name = S.getName(), Contents = S.getContents();
    EXPECT_TRUE(bool(Name) && bool(Contents));
    if (Name && Contents && *Name == ".text")
      return Contents->str();
  }
  return "";
}

static std::string compileText(StringRef Source, const Triple &T) {
  CompileOptions Options;
  Options.Target = T;
  SmallString<0> Bytes;
  raw_svector_ostream OS(Bytes);
  if (Error E = compileModule(MemoryBufferRef(Source, "in"), Options, OS)) {
    ADD_FAILURE() << toString(std::move(E));
    return "";
  }
  auto Object = ObjectFile::createCOFFObjectFile(MemoryBufferRef(Bytes, "o"));
  EXPECT_TRUE(bool(Object));
  return Object ? getText(**Object) : "";
}

TEST(EntryStub, IsWhatTheCompilerMakes) {
  for (const char *Target : Targets) {
    SCOPED_TRACE(Target);
    Triple T(Target);
    if (Expected<const llvm::Target *> Found = getTarget(T); !Found) {
      consumeError(Found.takeError());
      continue;
    }
    const bool IsX86 = T.getArch() == Triple::x86;
    std::string Source =
        ("define " + std::string(IsX86 ? "x86_stdcallcc " : "") +
         "i32 @f(ptr, i32, ptr) { ret i32 1 }");
    std::string Expected = compileText(Source, T);
    ASSERT_FALSE(Expected.empty());

    auto Stub = windows::makeEntryStub(T);
    ASSERT_TRUE(bool(Stub)) << toString(Stub.takeError());
    auto Lib = Archive::create((*Stub)->getMemBufferRef());
    ASSERT_TRUE(bool(Lib)) << toString(Lib.takeError());

    // The linker finds both names in the archive's table.
    std::vector<std::string> Names;
    for (const Archive::Symbol &S : (*Lib)->symbols())
      Names.push_back(S.getName().str());
    std::vector<std::string> Wanted =
        IsX86 ? std::vector<std::string>{"_DllMainCRTStartup@12",
                                         "__DllMainCRTStartup@12"}
              : std::vector<std::string>{"DllMainCRTStartup",
                                         "_DllMainCRTStartup"};
    llvm::sort(Names);
    llvm::sort(Wanted);
    EXPECT_EQ(Names, Wanted);
    EXPECT_EQ(windows::getDefaultEntry(T), Wanted[1]);

    unsigned NumMembers = 0;
    Error Err = Error::success();
    for (const Archive::Child &C : (*Lib)->children(Err)) {
      ++NumMembers;
      auto Buffer = C.getMemoryBufferRef();
      ASSERT_TRUE(bool(Buffer));
      auto Object = ObjectFile::createCOFFObjectFile(*Buffer);
      ASSERT_TRUE(bool(Object)) << toString(Object.takeError());
      EXPECT_EQ((*Object)->getMachine(), windows::getMachine(T));
      std::string Text = getText(**Object);
      // The compiler's section is filled up to its alignment.
      EXPECT_EQ(Text, Expected.substr(0, Text.size()));
      EXPECT_GE(Text.size() + 3, Expected.size());

      auto Info = readCOFFExportInfo(*Buffer, true);
      ASSERT_TRUE(bool(Info));
      EXPECT_TRUE(Info->Directives.empty());
      EXPECT_EQ(Info->Defined.size(), 1u);
    }
    ASSERT_FALSE(bool(Err));
    EXPECT_EQ(NumMembers, 2u);
  }
}

namespace {
/// A module definition, and what its import library holds: for each name in the
/// archive's members, what is imported.
class ImportLibraryTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createTemporaryFile("implib", "a", Path));
  }
  void TearDown() override { sys::fs::remove(Path); }

  Expected<windows::ImportDescription> read(StringRef Text, const Triple &T) {
    return windows::readModuleDefinition(MemoryBufferRef(Text, "dir/x.def"), T);
  }
  std::string error(StringRef Text) {
    auto Imports = read(Text, Triple(Targets[0]));
    return Imports ? "no error" : toString(Imports.takeError());
  }

  std::map<std::string, std::string>
  write(const windows::ImportDescription &Imports, const Triple &T) {
    std::map<std::string, std::string> Result;
    Error E = windows::writeImportLibrary(Imports, Path, T);
    EXPECT_FALSE(bool(E)) << toString(std::move(E));
    auto Buffer = MemoryBuffer::getFile(Path);
    EXPECT_TRUE(bool(Buffer));
    auto Lib = Archive::create((*Buffer)->getMemBufferRef());
    EXPECT_TRUE(bool(Lib));
    Error Err = Error::success();
    for (const Archive::Child &C : (*Lib)->children(Err)) {
      auto Member = C.getMemoryBufferRef();
      if (!Member) {
        ADD_FAILURE() << toString(Member.takeError());
        continue;
      }
      if (identify_magic(Member->getBuffer()) !=
          file_magic::coff_import_library)
        continue;
      COFFImportFile File(*Member);
      for (const BasicSymbolRef &Symbol : File.symbols()) {
        std::string Name;
        raw_string_ostream OS(Name);
        EXPECT_FALSE(bool(Symbol.printName(OS)));
        Result[Name] = File.getExportName().str();
      }
    }
    EXPECT_FALSE(bool(Err));
    return Result;
  }

  SmallString<128> Path;
};
} // namespace

TEST_F(ImportLibraryTest, ModuleDefinition) {
  Triple T(Targets[0]);
  auto Imports = read("; a comment\nLIBRARY \"own name.dll\" ; another\n"
                      "EXPORTS\n  f\n  v DATA\n  n @7 NONAME\n  g == other\n",
                      T);
  ASSERT_TRUE(bool(Imports)) << toString(Imports.takeError());
  EXPECT_EQ(Imports->DLLName, "own name.dll");
  auto Symbols = write(*Imports, T);
  EXPECT_EQ(Symbols["f"], "f");
  EXPECT_EQ(Symbols["__imp_f"], "f");
  EXPECT_EQ(Symbols["__imp_v"], "v");
  EXPECT_EQ(Symbols.count("v"), 0u);
  EXPECT_EQ(Symbols["n"], "");
  EXPECT_EQ(Symbols["g"], "other");
}

TEST_F(ImportLibraryTest, NameOfTheDLL) {
  Triple T(Targets[0]);
  auto Imports = read("EXPORTS f", T);
  ASSERT_TRUE(bool(Imports));
  EXPECT_EQ(Imports->DLLName, "x.dll");
  Imports = read("LIBRARY julia\nEXPORTS f", T);
  ASSERT_TRUE(bool(Imports));
  EXPECT_EQ(Imports->DLLName, "julia.dll");
}

TEST_F(ImportLibraryTest, DecoratedNames) {
  Triple T(Targets[1]);
  auto Imports = read("LIBRARY x.dll\nEXPORTS\n cdecl\n std@8\n @fast@4\n"
                      " ?cxx@@YAXXZ\n Sleep@4 == Sleep\n",
                      T);
  ASSERT_TRUE(bool(Imports)) << toString(Imports.takeError());
  auto Symbols = write(*Imports, T);
  EXPECT_EQ(Symbols["_cdecl"], "cdecl");
  EXPECT_EQ(Symbols["_std@8"], "std@8");
  EXPECT_EQ(Symbols["@fast@4"], "@fast@4");
  EXPECT_EQ(Symbols["?cxx@@YAXXZ"], "?cxx@@YAXXZ");
  EXPECT_EQ(Symbols["_Sleep@4"], "Sleep");
}

TEST_F(ImportLibraryTest, StdcallReferences) {
  Triple T(Targets[1]);
  auto Imports = read("LIBRARY x.dll\nEXPORTS\n Sleep\n ExitProcess\n", T);
  ASSERT_TRUE(bool(Imports));
  windows::addStdcallImports(*Imports,
                             {"_Sleep@4", "__imp__ExitProcess@4", "_Sleep@4",
                              "_Other@4", "_Sleep@x", "_@4", "Sleep@4"});
  EXPECT_EQ(Imports->Exports.size(), 4u);
  auto Symbols = write(*Imports, T);
  EXPECT_EQ(Symbols["_Sleep"], "Sleep");
  EXPECT_EQ(Symbols["_Sleep@4"], "Sleep");
  EXPECT_EQ(Symbols["__imp__ExitProcess@4"], "ExitProcess");
  EXPECT_EQ(Symbols.count("_Other@4"), 0u);
}

TEST_F(ImportLibraryTest, SyntaxErrors) {
  auto Starts = [&](StringRef Text, StringRef Prefix) {
    std::string Message = error(Text);
    EXPECT_TRUE(StringRef(Message).starts_with(Prefix)) << Message;
  };
  Starts("LIBRARY x.dll\n\nEXPROTS\n f\n g\n",
         "dir/x.def:3: unknown directive: EXPROTS; expected LIBRARY");
  Starts("LIBRARY x.dll\nVERSION one\nEXPORTS\n f\n g\n",
         "dir/x.def:2: integer expected, but got one; expected LIBRARY");
  Starts("EXPORTS\n a =\n , b\n",
         "dir/x.def:3: identifier expected, but got ,; expected");
  Starts("EXPORTS\n a\n \"b\n", "dir/x.def:3: expected a second quotation");
  Starts("EXPORTS\n a\n \"\"\n", "dir/x.def:3: expected a name between");
  Starts(StringRef("EXPORTS\n\0\n", 10), "dir/x.def:2: expected text");
  Starts("EXPORTS\n a\n b @65536\n", "dir/x.def:3: '@65536' is no ordinal");
  Starts("EXPORTS\n a\n b @ x NONAME\n",
         "dir/x.def: the export 'b' is NONAME and has no ordinal");
}

TEST(AutoExport, LeavesOutTheRuntime) {
  Triple X64(Targets[0]), X86(Targets[1]);
  EXPECT_TRUE(windows::isAutoExported("f", X64));
  EXPECT_TRUE(windows::isAutoExported("DllMain@12", X64));
  EXPECT_FALSE(windows::isAutoExported("DllMain", X64));
  EXPECT_FALSE(windows::isAutoExported("_head_libx", X64));
  EXPECT_FALSE(windows::isAutoExported("__imp_f", X64));
  EXPECT_FALSE(windows::isAutoExported(".refptr.f", X64));
  EXPECT_TRUE(windows::isAutoExported("_f", X86));
  EXPECT_TRUE(windows::isAutoExported("_DllMain", X86));
  EXPECT_FALSE(windows::isAutoExported("_DllMain@12", X86));
  EXPECT_FALSE(windows::isAutoExported("__head_libx", X86));
  EXPECT_FALSE(windows::isAutoExported("___dso_handle", X86));
}
