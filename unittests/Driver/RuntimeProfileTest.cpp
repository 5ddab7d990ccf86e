//===- RuntimeProfileTest.cpp - What a runtime adds to a link -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/RuntimeProfile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg::driver;

namespace {
/// Returns the error of reading a profile, or an empty text.
std::string getError(StringRef Text) {
  Expected<RuntimeProfile> P =
      RuntimeProfile::parse(MemoryBufferRef(Text, "p.yaml"));
  return P ? "" : toString(P.takeError());
}

/// A profile that is right, up to its variants.
const char Head[] = "schema: 1\n"
                    "name: rt\n"
                    "folders:\n"
                    "  - name: libs\n"
                    "    choose: ['${prefix}/lib']\n";
/// A variant that is right.
const char Tail[] = "variants:\n"
                    "  - platforms: [linux]\n"
                    "    flavor: gnu\n"
                    "    link:\n"
                    "      - args: ['-o', '${output}']\n"
                    "      - inputs: {}\n";

std::string withStep(StringRef Step) {
  return (Head + Twine(Tail) + "      - " + Step + "\n").str();
}

class RuntimeProfileTest : public testing::Test {
protected:
  void addFile(const Twine &Path, StringRef Content = "") {
    VFS->addFile(Path, 0, MemoryBuffer::getMemBufferCopy(Content));
  }

  RuntimeContext getContext(StringRef Target, StringRef Prefix) {
    RuntimeContext C;
    C.Target = Triple(Triple::normalize(Target));
    C.Prefix = Prefix.str();
    C.SysRoot = "/root";
    C.VFS = VFS.get();
    return C;
  }

  /// The line for one archive, its arguments with a space between.
  std::string expand(const RuntimeProfile &P, RuntimeContext C,
                     StringRef Version = "") {
    if (!Version.empty())
      C.Version = cantFail(P.parseVersion(Version));
    auto V = P.selectVariant(C.Target, C.Version.value_or(VersionTuple()));
    if (!V)
      return toString(V.takeError());
    Link = P.expand(**V, C, "OUT", {{{"A"}, true, true}});
    return join(Link.Args, " ");
  }

  IntrusiveRefCntPtr<vfs::InMemoryFileSystem> VFS =
      makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
  RuntimeLink Link;
};
} // namespace

TEST(RuntimeProfile, Schema) {
  EXPECT_EQ(getError((Head + Twine(Tail)).str()), "");

  // Each error has its place and says what was expected.
  const std::pair<std::string, StringRef> Cases[] = {
      {"", "p.yaml:1:1: the file is empty; expected a runtime profile"},
      {"a: [\n", "p.yaml:1:5: Could not find closing ]!"},
      {"- a\n", "p.yaml:1:1: expected a mapping, 'key: value'"},
      {"name: rt\n", "p.yaml:1:1: missing required key 'schema'"},
      {"schema: one\n", "p.yaml:1:9: expected a number"},
      {"schema: 2\n", "schema 2 is unknown; this version reads schema 1"},
      {"schema: 1\nname: a b\n", "p.yaml:2:7: invalid name 'a b'"},
      {"schema: 1\nname: rt\nvariants: []\n", "has no variants"},
      {"schema: 1\nname: rt\nvariants: x\n", "p.yaml:3:11: expected a list"},
      {(Head + Twine(Tail) + "---\n" + Head + Tail).str(),
       "p.yaml: a second document begins"},
      {(Head + Twine(Tail) + "folder: x\n").str(),
       "p.yaml:12:1: unknown key 'folder'; expected one of schema, name, "
       "title, "
       "versions, folders, version-from or variants"},
      {"schema: 1\nname: rt\nversions: [1.2, x]\n",
       "p.yaml:3:17: invalid version 'x'; expected two or three numbers"},
      {"schema: 1\nname: rt\nfolders:\n  - name: libs\n    chose: []\n",
       "p.yaml:4:5: missing required key 'choose'"},
      {"schema: 1\nname: rt\nfolders:\n  - name: libs\n    choose: ['${x}']\n",
       "p.yaml:5:14: unknown placeholder '${x}'; expected one of prefix, "},
      {"schema: 1\nname: rt\nfolders:\n  - name: libs\n    choose: ['${x']\n",
       "p.yaml:5:14: the placeholder '${x' has no end"},
      {"schema: 1\nname: rt\nfolders:\n  - name: prefix\n    choose: [a]\n",
       "p.yaml:4:5: the folder's name 'prefix' has a meaning of its own"},
      {"schema: 1\nname: rt\nfolders:\n  - name: a\n    choose: [a]\n"
       "  - name: a\n    choose: [b]\n    platforms: [linux]\n",
       "p.yaml:6:5: the folder 'a' is defined twice for the platform 'linux'"},
      {"schema: 1\nname: rt\nfolders:\n  - name: a\n    choose: [a]\n"
       "    having: ['[']\n",
       "p.yaml:6:14: invalid pattern '['"},
      {"schema: 1\nname: rt\nversion-from:\n  - match: '([0-9]+)'\n",
       "p.yaml:4:5: expected one of file and folder, beside match"},
      {"schema: 1\nname: rt\nversion-from:\n  - file: f\n    match: '(['\n",
       "p.yaml:5:12: invalid regular expression: "},
      {"schema: 1\nname: rt\nversion-from:\n  - file: f\n    match: 'x'\n",
       "p.yaml:5:12: the regular expression has 0 groups; expected one to "
       "three"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [plan9]\n",
       "p.yaml:4:17: unknown platform 'plan9'; expected one of linux, freebsd, "
       "macos, windows, "},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    archs: [vax]\n",
       "p.yaml:5:13: unknown architecture 'vax'; expected one of x86_64, "
       "i686, "},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    libc: bionic\n",
       "p.yaml:5:11: unknown C library 'bionic'; expected gnu or musl"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    flavor: link\n",
       "p.yaml:5:13: unknown flavor 'link'; expected gnu, darwin or wasm"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [macos]\n"
       "    libc: musl\n    flavor: darwin\n    link: []\n",
       "p.yaml:4:5: 'libc' distinguishes the platform linux alone"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    flavor: gnu\n    since: 1.3\n    before: 1.2\n    link: []\n",
       "p.yaml:4:5: the variant matches no version: it begins with 1.3 and "
       "ends "
       "before 1.2"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    flavor: gnu\n    link: []\n",
       "p.yaml:4:5: the link line has 0 arguments '${output}'; expected "
       "exactly "
       "one"},
      {"schema: 1\nname: rt\nvariants:\n  - platforms: [linux]\n"
       "    flavor: gnu\n    link: [{args: ['${output}']}]\n",
       "p.yaml:4:5: the link line has 0 steps 'inputs'; expected exactly one"},
      {withStep("{}"),
       "none of the keys args, inputs, folder, library or file"},
      {withStep("{args: [a], file: b}"),
       "p.yaml:12:10: a step of the link line "
       "has more than one of the keys args"},
      {withStep("args: -x"), "p.yaml:12:15: expected a list"},
      {withStep("args: [[a]]"), "p.yaml:12:17: expected a text, not a list"},
      {withStep("{args: [a], debug: b}"),
       "unknown key 'debug'; expected one of args, if, unless, if-exists or "
       "unless-exists"},
      {withStep("{args: [a], if: [slow]}"),
       "p.yaml:12:26: unknown condition 'slow'; expected debug, verbose, or "},
      {withStep("args: ['-o${output}']"),
       "p.yaml:12:16: '${output}' must be an argument of its own"},
      {withStep("file: '${output}'"), "'${output}' can stand in 'args' alone"},
      {withStep("args: ['${output}']"), "2 arguments '${output}'"},
      {withStep("{inputs: {begin: [a]}, if: [debug]}"),
       "unknown key 'if'; expected one of inputs"},
      {withStep("inputs: {}"), "2 steps 'inputs'"},
      {withStep("inputs: {start: [a]}"),
       "unknown key 'start'; expected one of begin, each or end"},
      {withStep("folder: lib"),
       "p.yaml:12:17: unknown folder 'lib'; expected one of system, loader or "
       "libs"},
      {withStep("folder: system"), "'system' is a place to look for files"},
      {withStep("file: crt.o"),
       "p.yaml:12:9: the file 'crt.o' needs the key 'in'"},
      {withStep("{library: m, or: [libm.so.6]}"),
       "the library 'm' has one of the keys 'or' and 'in'"},
      {withStep("{library: m, optional: perhaps}"),
       "p.yaml:12:32: invalid boolean; expected true or false"},
      {(Head + Twine(Tail) +
        "  - platforms: [freebsd, linux]\n    since: 1.2\n"
        "    flavor: gnu\n    link:\n"
        "      - args: ['${output}']\n"
        "      - inputs: {}\n")
           .str(),
       "p.yaml:12:5: variants 1 and 2 overlap"},
      {"schema: 1\nname: rt\nfolders:\n  - name: a\n    platforms: [windows]\n"
       "    choose: [a]\nvariants:\n  - platforms: [windows, linux]\n"
       "    flavor: gnu\n    link:\n      - args: ['${output}', '${a}']\n"
       "      - inputs: {}\n",
       "p.yaml:8:5: the folder 'a' is used here, and is not defined for the "
       "platform 'linux'"},
  };
  for (const auto &[Text, Expected] : Cases) {
    std::string Error = getError(Text);
    EXPECT_NE(Error.find(Expected), std::string::npos)
        << Text << "\nexpected: " << Expected.str() << "\nfound: " << Error;
  }
}

TEST(RuntimeProfile, VariantsThatDoNotOverlap) {
  auto Get = [](StringRef First, StringRef Second) {
    std::string Text = Head + std::string("variants:\n");
    for (StringRef Keys : {First, Second})
      Text +=
          ("  - {flavor: gnu, link: [{args: ['${output}']}, {inputs: {}}], " +
           Keys + "}\n")
              .str();
    return getError(Text);
  };
  EXPECT_EQ(Get("platforms: [linux]", "platforms: [freebsd]"), "");
  EXPECT_EQ(
      Get("platforms: [linux], before: 1.2", "platforms: [linux], since: 1.2"),
      "");
  EXPECT_EQ(
      Get("platforms: [linux], libc: gnu", "platforms: [linux], libc: musl"),
      "");
  EXPECT_EQ(Get("platforms: [linux], archs: [i686]",
                "platforms: [linux], archs: [x86_64, aarch64]"),
            "");
  EXPECT_NE(Get("platforms: [linux], libc: gnu", "platforms: [linux]"), "");
  EXPECT_NE(Get("platforms: [linux], before: 1.2.1",
                "platforms: [linux], since: 1.2"),
            "");
}

TEST(RuntimeProfile, BuiltIn) {
  for (StringRef Name : RuntimeProfile::getBuiltInNames()) {
    Expected<RuntimeProfile> P = RuntimeProfile::getBuiltIn(Name);
    ASSERT_TRUE(bool(P)) << toString(P.takeError());
    EXPECT_EQ(P->getName(), Name);
  }
  std::string Error = toString(RuntimeProfile::getBuiltIn("Julia").takeError());
  EXPECT_NE(Error.find("did you mean 'julia'?"), std::string::npos) << Error;
  Error = toString(RuntimeProfile::getBuiltIn("perl").takeError());
  EXPECT_NE(Error.find("the built-in ones are: julia"), std::string::npos);
  EXPECT_EQ(Error.find("did you mean"), std::string::npos);
}

TEST(RuntimeProfile, Versions) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  EXPECT_EQ(cantFail(P.parseVersion("1.11")), VersionTuple(1, 11));
  EXPECT_EQ(cantFail(P.parseVersion("v1.10.4")), VersionTuple(1, 10, 4));
  EXPECT_EQ(cantFail(P.parseVersion("1.14.0-DEV.1")), VersionTuple(1, 14, 0));
  for (const char *Text : {"1", "1.8", "1.15", "2.9", "x", "", "1.11.2.3"}) {
    Expected<VersionTuple> V = P.parseVersion(Text);
    ASSERT_FALSE(bool(V)) << Text;
    std::string Error = toString(V.takeError());
    EXPECT_NE(Error.find("1.9, 1.10, 1.11, 1.12, 1.13, 1.14"),
              std::string::npos)
        << Error;
  }
}

// All versions on all platforms have exactly one variant: none overlap, or the
// profile would not have been read.
TEST_F(RuntimeProfileTest, JuliaIsComplete) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  for (const char *Target :
       {"x86_64-linux-gnu", "i686-linux-gnu", "aarch64-linux-gnu",
        "armv7-linux-gnueabihf", "powerpc64le-linux-gnu", "riscv64-linux-gnu",
        "x86_64-linux-musl", "aarch64-linux-musl", "x86_64-unknown-freebsd13",
        "aarch64-unknown-freebsd13", "arm64-apple-macosx11.0",
        "x86_64-apple-darwin", "x86_64-w64-mingw32", "i686-w64-mingw32"})
    for (const profile::Version &V : P.getDescription().Versions) {
      auto Variant =
          P.selectVariant(Triple(Triple::normalize(Target)), V.Value);
      EXPECT_TRUE(bool(Variant)) << Target << toString(Variant.takeError());
    }
  for (auto [Target, Expected] :
       {std::pair("x86_64-pc-windows-msvc", "platforms freebsd, linux, macos, "
                                            "windows"),
        std::pair("aarch64-w64-mingw32", "on windows it has i686, x86_64")}) {
    auto Variant =
        P.selectVariant(Triple(Triple::normalize(Target)), VersionTuple(1, 11));
    ASSERT_FALSE(bool(Variant));
    std::string Error = toString(Variant.takeError());
    EXPECT_NE(Error.find(Expected), std::string::npos) << Error;
  }
}

// A version without a patch number is the latest of its series.
TEST_F(RuntimeProfileTest, PatchNumbers) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  RuntimeContext C = getContext("x86_64-w64-mingw32", "/j");
  EXPECT_EQ(StringRef(expand(P, C, "1.10.4")).count("--disable-auto-import"),
            0u);
  EXPECT_EQ(StringRef(expand(P, C, "1.10.5")).count("--disable-auto-import"),
            1u);
  EXPECT_EQ(StringRef(expand(P, C, "1.10")).count("--disable-auto-import"), 1u);
}

TEST_F(RuntimeProfileTest, JuliaOnEachPlatform) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  addFile("/j/lib/libjulia.so");
  addFile("/j/lib/julia/libjulia-internal.so");
  EXPECT_EQ(expand(P, getContext("aarch64-unknown-freebsd13", "/j"), "1.12"),
            " -shared -o OUT --whole-archive A --no-whole-archive "
            "-L/j/lib/julia -L/j/lib -ljulia -ljulia-internal");
  EXPECT_TRUE(Link.Errors.empty());

  addFile("/m/lib/libjulia.1.11.dylib");
  addFile("/m/lib/libjulia.dylib");
  addFile("/m/lib/julia/libjulia-internal.dylib");
  EXPECT_EQ(expand(P, getContext("arm64-apple-darwin", "/m"), "1.9"),
            "-arch arm64 -undefined dynamic_lookup -platform_version macos "
            "11.0 11.0  -dylib -o OUT -all_load A  -L/m/lib -L/m/lib/julia "
            "-L/m/lib -ljulia -ljulia-internal");
  EXPECT_TRUE(Link.Errors.empty());
  EXPECT_EQ(Link.Flavor, LinkerFlavor::Darwin);
  EXPECT_EQ(Link.Args[Link.OutputIndex], "OUT");

  addFile("/w/bin/libjulia.dll");
  addFile("/w/bin/libjulia-internal.dll");
  addFile("/w/lib/julia/libgcc_s.a");
  EXPECT_EQ(expand(P, getContext("i686-w64-mingw32", "/w"), "1.12"),
            "-m i386pe -Bdynamic --enable-auto-image-base "
            "--allow-multiple-definition --disable-auto-import "
            "--disable-runtime-pseudo-reloc  -shared -o OUT --whole-archive A "
            "--no-whole-archive -L/w/lib/julia -L/w/bin -ljulia "
            "-ljulia-internal -lgcc_s");
  EXPECT_TRUE(Link.Errors.empty());
  EXPECT_EQ(Link.Notes.size(), 4u);
}

TEST_F(RuntimeProfileTest, VersionOfThePrefix) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  auto Detect = [&](StringRef Prefix) {
    auto V = P.detectVersion(getContext("x86_64-linux-gnu", Prefix));
    return V ? V->getAsString() : toString(V.takeError());
  };
  addFile("/so/lib/libjulia.so.1.11");
  addFile("/so/lib/libjulia.so.1.11.2");
  EXPECT_EQ(Detect("/so"), "1.11.2");
  addFile("/debug/lib64/libjulia-debug.so.1.9");
  EXPECT_EQ(Detect("/debug"), "1.9");
  addFile("/dylib/lib/libjulia.1.12.0.dylib");
  EXPECT_EQ(Detect("/dylib"), "1.12.0");
  addFile("/win/share/julia/stdlib/v1.13/x");
  EXPECT_EQ(Detect("/win"), "1.13");
  addFile("/h/include/julia/julia_version.h",
          "#define JULIA_VERSION_STRING \"1.10.9\"\n");
  addFile("/h/lib/libjulia.so.1.11");
  EXPECT_EQ(Detect("/h"), "1.10.9");

  addFile("/two/lib/libjulia.so.1.10");
  addFile("/two/lib/libjulia.so.1.11.1");
  EXPECT_NE(
      Detect("/two").find("several versions of the runtime 'julia' are in "
                          "'/two/lib': 1.10, 1.11.1; name one"),
      std::string::npos)
      << Detect("/two");
  EXPECT_NE(Detect("/none").find("'/none/include/julia/julia_version.h', the "
                                 "names in '/none/lib', the names in "
                                 "'/none/share/julia/stdlib'"),
            std::string::npos)
      << Detect("/none");
}

// Without a sysroot the host's libraries are found, which may be for another
// machine: their header tells.
TEST_F(RuntimeProfileTest, LibrariesOfAnotherMachine) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  auto MakeELF = [](unsigned char Class, char Machine) {
    std::string Bytes("\x7f"
                      "ELF",
                      4);
    Bytes += {static_cast<char>(Class), 1, 1};
    Bytes.resize(18);
    Bytes += {Machine, 0};
    return Bytes;
  };
  addFile("/root/lib64/libc.so.6", MakeELF(2, 62));
  addFile("/root/usr/aarch64-linux-gnu/lib/libc.so.6",
          MakeELF(2, static_cast<char>(183)));
  expand(P, getContext("aarch64-linux-gnu", "/j"), "1.14");
  EXPECT_TRUE(
      is_contained(Link.Args, "/root/usr/aarch64-linux-gnu/lib/libc.so.6"));
  expand(P, getContext("riscv64-linux-gnu", "/j"), "1.14");
  EXPECT_TRUE(is_contained(Link.Args, "libc.so.6"));
  bool Reported = any_of(Link.Errors, [](StringRef E) {
    return E.contains("cannot find the file 'libc.so.6' for the target "
                      "'riscv64-unknown-linux-gnu'") &&
           E.contains("check --runtime-prefix and --sysroot");
  });
  EXPECT_TRUE(Reported) << join(Link.Errors, "\n");
}

TEST_F(RuntimeProfileTest, TheOtherKindOfRuntime) {
  RuntimeProfile P = cantFail(RuntimeProfile::getBuiltIn("julia"));
  addFile("/j/lib/libjulia.so");
  addFile("/j/lib/julia/libjulia-internal.so");
  RuntimeContext C = getContext("x86_64-linux-gnu", "/j");
  C.Debug = true;
  expand(P, C, "1.11");
  ASSERT_EQ(Link.Errors.size(), 2u);
  EXPECT_NE(Link.Errors[0].find("it has 'julia': leave out --runtime-debug"),
            std::string::npos)
      << Link.Errors[0];
}

// A runtime of one's own, with what Julia's profile does not use.
TEST_F(RuntimeProfileTest, AnotherRuntime) {
  const char Text[] =
      "schema: 1\n"
      "name: rt\n"
      "folders:\n"
      "  - {name: libs, choose: ['${prefix}/a', '${prefix}/b'], having: "
      "['rt*']}\n"
      "version-from:\n"
      "  - {file: '${prefix}/VERSION', match: '^([0-9]+)\\.([0-9]+)'}\n"
      "variants:\n"
      "  - platforms: [wasm]\n"
      "    flavor: wasm\n"
      "    link:\n"
      "      - {args: ['-shared', '-o', '${output}', '$$x', '$y']}\n"
      "      - {args: ['v${version}=${version-major}+${version-minor}']}\n"
      "      - {args: [no], if: [debug]}\n"
      "      - {args: [yes], unless: [debug, verbose]}\n"
      "      - {args: [no], if: [wasm32, debug]}\n"
      "      - {args: ['${arch}'], if: [wasm32]}\n"
      "      - {args: [there], if-exists: ['${libs}/none', '${libs}/rt.o']}\n"
      "      - {args: [no], unless-exists: ['${libs}/rt.o']}\n"
      "      - inputs: {begin: [B], each: [E], end: [F]}\n"
      "      - folder: libs\n"
      "      - {file: crt.o, or: [rt.o], in: [libs]}\n";
  RuntimeProfile P =
      cantFail(RuntimeProfile::parse(MemoryBufferRef(Text, "p.yaml")));
  EXPECT_TRUE(P.needsVersion());
  addFile("/p/b/rt.o");
  addFile("/p/VERSION", "3.4\n");
  RuntimeContext C = getContext("wasm32-unknown-unknown", "/p");
  C.Version = cantFail(P.detectVersion(C));
  EXPECT_EQ(expand(P, C),
            "-shared -o OUT $x $y v3.4=3+4 yes wasm32 there B E A F -L/p/b "
            "/p/b/rt.o");
  EXPECT_TRUE(Link.Errors.empty());

  // Options stand between the runs of files.
  auto V = P.selectVariant(C.Target, *C.Version);
  ASSERT_TRUE(bool(V));
  Link =
      P.expand(**V, C, "OUT",
               {{{"-x", "y"}}, {{"a"}, true}, {{"b"}, true, true}, {{"-z"}}});
  EXPECT_NE(join(Link.Args, " ").find("there -x y B a E b F -z -L/p/b"),
            std::string::npos);
}
