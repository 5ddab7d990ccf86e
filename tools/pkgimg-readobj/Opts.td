//===--- Opts.td - Options of pkgimg-readobj ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE.TXT for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//  The options that pkgimg-readobj accepts. Each of the first group is a value
//  of Groups; the short forms are llvm-readobj's where the meaning is near.
//
//===----------------------------------------------------------------------===//

include "llvm/Option/OptParser.td"

class F<string name, string help> : Flag<["--"], name>, HelpText<help>;
def ShowGroup  : OptionGroup<"<show group>">, HelpText<"WHAT TO SHOW">;
def DoGroup    : OptionGroup<"<do group>">, HelpText<"WHAT TO DO INSTEAD">;
def HowGroup   : OptionGroup<"<how group>">, HelpText<"HOW">;
def ShortGroup : OptionGroup<"<short group>">, HelpText<"SHORT FORMS">;

class Short<string letter, Option option> : Flag<["-"], letter>, Alias<option>,
  Group<ShortGroup>, HelpText<"Alias for --" # option.Name>;

let Group = ShowGroup in {
def all : F<"all", "Everything that there are options for">;
def headers : F<"headers", "Who made the file, for what, and its main numbers">;
def flags : F<"flags", "The compiler's flags that a session compares with its own">;
def modules : F<"modules", "The modules that the file provides, and those that must be loaded first">;
def dependencies : F<"dependencies", "The files and packages that it was made from">;
def preferences : F<"preferences", "The preferences that were read when it was made">;
def targets : F<"targets", "The processors of the code, and their features by name">;
def shards : F<"shards", "The units of code generation, with their clones by target">;
def functions : F<"functions", "The functions by index, with their clones">;
def globals : F<"globals", "The global slots by index">;
def symbols : F<"symbols", "Exports, imports and local symbols; of objects, the image symbols that they define">;
def sections : F<"sections", "Segments and sections">;
def sizes : F<"sizes", "What takes how many bytes">;
def sources : F<"sources", "The text of the source files">;
def digests : F<"digests", "The digests and checksums that are stored, and for an image, what they should be">;
}

let Group = DoGroup in {
def check : F<"check", "Verify the files, and print what was verified, a line each">;
def diff : F<"diff", "Compare two files in the terms of the format; exit with 0 (same), 1 (different) or 2 (trouble)">;
def extract_header_EQ : Joined<["--"], "extract-header=">, MetaVarName<"<file>">,
  HelpText<"Write the header that is embedded in an image to <file>">;
def extract_header : Separate<["--"], "extract-header">,
  Alias<extract_header_EQ>;
def help : F<"help", "Print the options">;
def version : F<"version", "Print the versions of pkgimg and LLVM">;
}

let Group = HowGroup in {
def json : F<"json", "Print JSON">;
def arch_EQ : Joined<["--"], "arch=">, MetaVarName<"<arch>">,
  HelpText<"Take the slice for <arch> of a universal file (default: all of them)">;
def arch : Separate<["--"], "arch">, Alias<arch_EQ>;
def image_EQ : Joined<["--"], "image=">, MetaVarName<"<file>">,
  HelpText<"With --check: compare the cache header with the library <file>">;
def image : Separate<["--"], "image">, Alias<image_EQ>;
def addresses : F<"addresses", "With --diff: compare addresses, too">;
def _DASH_DASH : Option<["--"], "", KIND_REMAINING_ARGS>,
  HelpText<"Take all arguments that follow as files">;
}

def : Short<"a", all>;
def : Short<"d", dependencies>;
def : Short<"f", functions>;
def : Short<"g", globals>;
def : Short<"h", headers>;
def : Short<"m", modules>;
def : Short<"s", symbols>;
def : Short<"S", sections>;
def : Short<"t", targets>;
