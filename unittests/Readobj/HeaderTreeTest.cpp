//===- HeaderTreeTest.cpp - Tests of headers as trees ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HeaderTree.h"
#include "TestSupport.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

namespace {

CacheHeader makeHeader(HeaderFormat Format) {
  CacheHeader H;
  H.Format = Format;
  H.Major = Format == HeaderFormat::Julia ? 12 : 1;
  H.Build = {"Linux", "x86_64", "1.12.3", "master", "abc"};
  H.Triple = "x86_64-linux-gnu";
  H.PackageVersion = "1.2.3";
  H.Producer = "pkgimg";
  H.Modules = {{"Foo", {1, 2}, {3, 4}}, {"Script", {}, {0, 5}}};
  H.RequiredModules = {{"Core", {}, {6, 7}}};
  Dependency File;
  File.Path = "@depot/Foo.jl";
  File.Size = 12;
  File.CRC = 0xabc;
  File.ModificationTime = -1.0;
  File.ModuleIndex = 1;
  File.Submodules = {"Foo", "Sub"};
  Dependency Require;
  Require.IsRequire = true;
  Require.Path = "Bar";
  Require.UUID = {8, 9};
  H.Dependencies = {File, Require};
  H.Prefs.Keys = {"a", "b"};
  H.Prefs.Hash = 0x1234;
  H.Prefs.TOML = "[x]\na = 1\n";
  H.Sources = {{"Foo.jl", "module Foo\nend\n"}};
  if (Format == HeaderFormat::PkgImg)
    H.Functions = {{"f", "f64(i32,ptr)", 7}, {"g", "?", 0}};
  H.DataChecksum = 0xfafbfcfd00000001;
  H.ImageCRC = 2;
  H.HeaderCRC = 3;
  return H;
}

Value describe(const CacheHeader &H, Groups Shown = Groups::All,
               HeaderPlace Place = HeaderPlace::File) {
  Value V = Value::object();
  addHeader(V, H, Place, Shown);
  return V;
}

std::string names(const Value &V) {
  std::string S;
  for (const Value::Child &C : V.children())
    S += C.Name + " ";
  return S;
}

TEST(HeaderTreeTest, GroupsChooseMembers) {
  CacheHeader H = makeHeader(HeaderFormat::PkgImg);
  EXPECT_EQ(names(describe(H, Groups::None)), "");
  EXPECT_EQ(names(describe(H, Groups::Headers)), "Header ");
  EXPECT_EQ(names(describe(H, Groups::Flags)), "Flags ");
  EXPECT_EQ(names(describe(H, Groups::Modules)), "Modules RequiredModules ");
  EXPECT_EQ(names(describe(H, Groups::Dependencies)), "Dependencies ");
  EXPECT_EQ(names(describe(H, Groups::Preferences)), "Preferences ");
  EXPECT_EQ(names(describe(H, Groups::Sources)), "Sources ");
  EXPECT_EQ(names(describe(H, Groups::Functions)), "NamedFunctions ");
  EXPECT_EQ(names(describe(makeHeader(HeaderFormat::Julia), Groups::Functions)),
            "");
  EXPECT_EQ(names(describe(H)),
            "Header Flags Modules RequiredModules Dependencies Preferences "
            "Sources NamedFunctions ");
  EXPECT_EQ(names(describe(H, Groups::All, HeaderPlace::Data)),
            "Header Flags RequiredModules ");
}

TEST(HeaderTreeTest, Header) {
  EXPECT_EQ(at(describe(makeHeader(HeaderFormat::PkgImg)), "Header"),
            R"({"Format":"PkgImg","Place":"file","Major":1,"Minor":0,)"
            R"("PointerSize":8,"Endian":"little","OS":"Linux",)"
            R"("Arch":"x86_64","Version":"1.12.3","Branch":"master",)"
            R"("Commit":"abc","SyntaxVersion":0,)"
            R"("Triple":"x86_64-linux-gnu","PackageVersion":"1.2.3",)"
            R"("Producer":"pkgimg","NumNamedFunctions":2})");
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  H.IsLittleEndian = false;
  H.PointerSize = 4;
  EXPECT_EQ(at(describe(H), "Header"),
            R"({"Format":"Julia","Place":"file","Major":12,"PointerSize":4,)"
            R"("Endian":"big","OS":"Linux","Arch":"x86_64",)"
            R"("Version":"1.12.3","Branch":"master","Commit":"abc",)"
            R"("ImageData":false,"DataStart":"0x0","DataEnd":"0x0"})");
  H.Major = 13;
  EXPECT_EQ(at(describe(H), "Header.SyntaxVersion"), "0");
  EXPECT_EQ(at(describe(H, Groups::All, HeaderPlace::Embedded), "Header.Place"),
            "embedded");
  EXPECT_EQ(at(describe(H, Groups::All, HeaderPlace::Data), "Header.Place"),
            "data");
}

TEST(HeaderTreeTest, UnknownSections) {
  CacheHeader H = makeHeader(HeaderFormat::PkgImg);
  H.UnknownSections.push_back({100, "abc"});
  EXPECT_EQ(at(describe(H), "Header.UnknownSections"),
            R"([{"ID":100,"Size":3}])");
}

TEST(HeaderTreeTest, Flags) {
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  H.Flags = CacheFlags();
  EXPECT_EQ(at(describe(H), "Flags"),
            R"({"PkgImages":true,"Debug":1,"CheckBounds":"auto",)"
            R"("Inline":true,"Opt":2,"Byte":"0xa3","Options":)"
            R"("--pkgimages=yes -g1 --check-bounds=auto --inline=yes -O2"})");
  H.Flags.CheckBounds = CacheFlags::BoundsNo;
  EXPECT_EQ(at(describe(H), "Flags.CheckBounds"), "no");
  H.Flags.CheckBounds = 3;
  EXPECT_EQ(at(describe(H), "Flags.CheckBounds"), "unknown");
}

TEST(HeaderTreeTest, Modules) {
  Value V = describe(makeHeader(HeaderFormat::Julia));
  EXPECT_EQ(at(V, "Modules.0"),
            R"({"Name":"Foo","UUID":"00000000-0000-0001-0000-000000000002",)"
            R"("BuildID":"00000000000000030000000000000004"})");
  EXPECT_EQ(at(V, "Modules.1.UUID"), "(none)");
  EXPECT_EQ(at(V, "RequiredModules.0.Name"), "Core");
}

TEST(HeaderTreeTest, Dependencies) {
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  EXPECT_EQ(at(describe(H), "Dependencies.0"),
            R"({"File":"@depot/Foo.jl","Size":12,"CRC":"0xabc",)"
            R"("ModificationTime":-1,"Module":1,)"
            R"("Submodules":["Foo","Sub"]})");
  EXPECT_EQ(at(describe(H), "Dependencies.1"),
            R"({"Require":"Bar",)"
            R"("UUID":"00000000-0000-0008-0000-000000000009"})");
  // Sizes and checksums are stored since 1.11.
  H.Build.Version = "1.10.5";
  EXPECT_EQ(at(describe(H), "Dependencies.0.Size"), "(none)");
  EXPECT_EQ(at(describe(H), "Dependencies.0.CRC"), "(none)");
  H.Build.Version = "nonsense";
  EXPECT_EQ(at(describe(H), "Dependencies.0.CRC"), "(none)");
}

TEST(HeaderTreeTest, Preferences) {
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  EXPECT_EQ(at(describe(H), "PreferenceKeys"), R"(["a","b"])");
  EXPECT_EQ(at(describe(H), "PreferenceHash"), "0x1234");
  EXPECT_EQ(at(describe(H), "Preferences"), "(none)");
  H.Major = 13;
  EXPECT_EQ(at(describe(H), "PreferenceKeys"), "(none)");
  EXPECT_EQ(at(describe(H), "Preferences"), "[x]\na = 1\n");
}

TEST(HeaderTreeTest, Sources) {
  EXPECT_EQ(at(describe(makeHeader(HeaderFormat::PkgImg)), "Sources"),
            R"([{"Path":"Foo.jl","Size":15,"Text":"module Foo\nend\n"}])");
}

TEST(HeaderTreeTest, NamedFunctions) {
  EXPECT_EQ(at(describe(makeHeader(HeaderFormat::PkgImg)), "NamedFunctions"),
            R"-([{"Index":7,"Signature":"f64(i32,ptr)","Name":"f"},)-"
            R"-({"Index":0,"Signature":"?","Name":"g"}])-");
}

TEST(HeaderTreeTest, Digests) {
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  EXPECT_EQ(toJSON(describeDigests(H)),
            R"({"DataChecksum":"0xfafbfcfd00000001","ImageCRC":"0x2",)"
            R"("HeaderCRC":"0x3"})");
  H.IsImageData = true;
  EXPECT_EQ(toJSON(describeDigests(H)),
            R"({"DataChecksum":"0xfafbfcfd00000001"})");

  CacheHeader Ours = makeHeader(HeaderFormat::PkgImg);
  EXPECT_EQ(toJSON(describeDigests(Ours)), "{}");
  Ours.Content.emplace();
  Ours.Content->Root[0] = 0xab;
  Ours.Content->Length = 70000;
  Ours.Content->Chunks.resize(2);
  Ours.Content->Chunks[1][31] = 1;
  std::string Zeros(62, '0');
  EXPECT_EQ(toJSON(describeDigests(Ours)),
            "{\"Content\":{\"Root\":\"ab" + Zeros +
                "\",\"BuildID\":\"ab000000000000000000000000000000\","
                "\"Length\":70000,\"Chunks\":[\"00" +
                Zeros + "\",\"" + Zeros + "01\"]}}");
}

TEST(HeaderTreeTest, Targets) {
  CPUTargets Targets;
  Targets.Layout = TargetDataLayout::Named;
  CPUTarget T;
  T.Name = "haswell";
  T.Flags = CPUTarget::CloneAll | CPUTarget::HasUsed | 1u << 30;
  T.Base = 0;
  T.Enabled = {"avx", "avx2"};
  T.Used = {"avx2"};
  Targets.Targets = {CPUTarget(), T};
  Value V = Value::object();
  addTargets(V, Targets, "generic;haswell");
  EXPECT_EQ(toJSON(V),
            R"({"TargetLayout":"Named","TargetString":"generic;haswell",)"
            R"("Targets":[{"Index":0,"Name":"","Flags":[],"Enabled":[],)"
            R"("Disabled":[]},{"Index":1,"Name":"haswell",)"
            R"("Flags":["CloneAll","bit30"],"Base":0,)"
            R"("Enabled":["avx","avx2"],"Disabled":[],"Used":["avx2"]}]})");

  Targets.Layout = TargetDataLayout::Julia32;
  Targets.Targets = {CPUTarget()};
  Targets.Targets[0].Flags = CPUTarget::VecCall | CPUTarget::UnknownName |
                             CPUTarget::OptSize | CPUTarget::MinSize;
  Targets.Targets[0].ExtFeatures = "+foo";
  Value Julia = Value::object();
  addTargets(Julia, Targets, "");
  EXPECT_EQ(at(Julia, "TargetLayout"), "Julia32");
  EXPECT_EQ(at(Julia, "TargetString"), "(none)");
  EXPECT_EQ(at(Julia, "Targets.0.Flags"),
            R"(["VecCall","UnknownName","OptSize","MinSize"])");
  EXPECT_EQ(at(Julia, "Targets.0.ExtFeatures"), "+foo");
}

TEST(HeaderTreeTest, Sizes) {
  CacheHeader H = makeHeader(HeaderFormat::Julia);
  H.Data = "0123456789";
  Value V = describeHeaderSizes(H, 100);
  EXPECT_EQ(toJSON(V), R"({"Totals":[{"Part":"header","Bytes":75},)"
                       R"({"Part":"sources","Bytes":15},)"
                       R"({"Part":"data","Bytes":10},)"
                       R"({"Part":"file","Bytes":100}]})");
}

} // namespace
