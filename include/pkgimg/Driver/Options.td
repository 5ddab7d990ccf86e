//===--- Options.td - Options of pkgimg-link ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE.TXT for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//  The options that pkgimg-link accepts. Where clang or lld has an option of
//  the same meaning, ours has its name, its spellings and its class, so that a
//  command line written for `clang -shared` means the same here.
//
//===----------------------------------------------------------------------===//

include "llvm/Option/OptParser.td"

// Flags of our own; llvm::opt::DriverFlag uses the bits below 4.

// The option is an input of the linker: it keeps its place among the inputs.
def LinkerInput : OptionFlag;

// The option never gets an "argument unused" warning: an output that does not
// need it is nothing that the user should change the command line for.
def NoArgumentUnused : OptionFlag;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

def Action_Group   : OptionGroup<"<action group>">,
                     HelpText<"WHAT TO MAKE">;
def Target_Group   : OptionGroup<"<target group>">,
                     HelpText<"TARGET AND SYSROOT">;
def CodeGen_Group  : OptionGroup<"<codegen group>">,
                     HelpText<"CODE GENERATION (BITCODE INPUTS)">;
def O_Group        : OptionGroup<"<O group>">, Group<CodeGen_Group>;
def Link_Group     : OptionGroup<"<link group>">,
                     HelpText<"LINKING">;
def u_Group        : OptionGroup<"<u group>">, Group<Link_Group>;
def T_Group        : OptionGroup<"<T group>">, Group<Link_Group>;
def Runtime_Group  : OptionGroup<"<runtime group>">,
                     HelpText<"LINKING FOR A RUNTIME">;
def Linker_Group   : OptionGroup<"<linker group>">,
                     HelpText<"WHICH LINKER, AND HOW IT RUNS">;
def Diag_Group     : OptionGroup<"<diagnostics group>">,
                     HelpText<"MESSAGES AND REPORTS">;
def Ignored_Group  : OptionGroup<"<ignored group>">;

//===----------------------------------------------------------------------===//
// What to make
//===----------------------------------------------------------------------===//

let Group = Action_Group in {
def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"<file>">,
  HelpText<"Write the output to <file> (default: a.out)">;
def _output_EQ : Joined<["--"], "output=">, Alias<o>;
def c : Flag<["-"], "c">,
  HelpText<"Compile the bitcode inputs to objects; do not link">;
def S : Flag<["-"], "S">,
  HelpText<"Compile the bitcode inputs to assembly; do not link">;
def emit_llvm : Flag<["-"], "emit-llvm">,
  HelpText<"With -c or -S: stop after the optimizer and write bitcode, or IR as text">;
def r : Flag<["-"], "r">, Flags<[LinkerInput, NoArgumentUnused]>,
  HelpText<"Link the inputs into one relocatable object">;
def shared : Flag<["-", "--"], "shared">, Flags<[NoArgumentUnused]>,
  HelpText<"Make a shared library (the default: a package image is one)">;
def x : JoinedOrSeparate<["-"], "x">, MetaVarName<"<kind>">,
  Values<"ir,object,archive,none">,
  HelpText<"Take the inputs that follow as <kind>: ir (bitcode or IR as text), object, archive, none (recognise them by content, the default)">;
def save_temps_EQ : Joined<["-", "--"], "save-temps=">, MetaVarName<"<where>">,
  Values<"cwd,obj">,
  HelpText<"Keep the optimized bitcode, assembly and object of each bitcode input: in the current directory (cwd) or beside the output (obj)">;
def save_temps : Flag<["-", "--"], "save-temps">, Alias<save_temps_EQ>,
  AliasArgs<["cwd"]>, HelpText<"Alias for -save-temps=cwd">;
def _HASH_HASH_HASH : Flag<["-"], "###">, Flags<[NoArgumentUnused]>,
  HelpText<"Print the commands, and do not run them">;
def v : Flag<["-"], "v">, Flags<[NoArgumentUnused]>,
  HelpText<"Print the commands as they run">;
def _verbose : Flag<["--"], "verbose">, Alias<v>;
def help : Flag<["-", "--"], "help">,
  HelpText<"Print the options">;
def h : Flag<["-"], "h">, Alias<help>, Flags<[HelpHidden]>;
def _help_hidden : Flag<["--"], "help-hidden">,
  HelpText<"Print the options, those for developers included">;
def _version : Flag<["--"], "version">,
  HelpText<"Print the versions of pkgimg, LLVM and LLD">;
def print_search_dirs : Flag<["-", "--"], "print-search-dirs">,
  HelpText<"Print the folders in which programs and libraries are looked for">;
def print_file_name_EQ : Joined<["-", "--"], "print-file-name=">,
  MetaVarName<"<file>">,
  HelpText<"Print where the library <file> is found">;
def print_file_name : Separate<["-", "--"], "print-file-name">,
  Alias<print_file_name_EQ>;
def dumpmachine : Flag<["-"], "dumpmachine">,
  HelpText<"Print the target triple">;
def print_target_triple : Flag<["-", "--"], "print-target-triple">,
  Alias<dumpmachine>;
}

//===----------------------------------------------------------------------===//
// Target and sysroot
//===----------------------------------------------------------------------===//

let Group = Target_Group in {
def target : Joined<["--"], "target=">, MetaVarName<"<triple>">,
  HelpText<"Make the image for <triple> (default: this machine's)">;
def target_legacy : Separate<["-"], "target">, Alias<target>,
  Flags<[HelpHidden]>;
def _sysroot_EQ : Joined<["--"], "sysroot=">, MetaVarName<"<dir>">,
  HelpText<"Look for the target's C runtime below <dir>">;
def _sysroot : Separate<["--"], "sysroot">, Alias<_sysroot_EQ>;
def gcc_toolchain : Joined<["--"], "gcc-toolchain=">, MetaVarName<"<dir>">,
  HelpText<"Look for gcc installations below <dir> alone">;
def gcc_install_dir_EQ : Joined<["--"], "gcc-install-dir=">,
  MetaVarName<"<dir>">,
  HelpText<"Use the gcc installation in <dir>, the folder with crtbegin.o">;
def gcc_triple_EQ : Joined<["--"], "gcc-triple=">, MetaVarName<"<triple>">,
  HelpText<"Look for a gcc installation of <triple> alone">;
def resource_dir : Separate<["-"], "resource-dir">, Flags<[HelpHidden]>,
  MetaVarName<"<dir>">,
  HelpText<"The resource folder of the clang whose compiler-rt -hosted uses">;
def resource_dir_EQ : Joined<["-"], "resource-dir=">, Alias<resource_dir>,
  Flags<[HelpHidden]>;
def ccc_install_dir : Separate<["-"], "ccc-install-dir">, Flags<[HelpHidden]>,
  MetaVarName<"<dir>">,
  HelpText<"Act as if the program were installed in <dir>">;
def B : JoinedOrSeparate<["-"], "B">, MetaVarName<"<prefix>">,
  Flags<[NoArgumentUnused]>,
  HelpText<"Look for start files, libraries and programs at <prefix> first">;
def m32 : Flag<["-"], "m32">,
  HelpText<"Make the image for the 32-bit variant of the target">;
def m64 : Flag<["-"], "m64">,
  HelpText<"Make the image for the 64-bit variant of the target">;
def mx32 : Flag<["-"], "mx32">,
  HelpText<"Make the image for x32, 32-bit pointers on x86_64">;
def mlittle_endian : Flag<["-"], "mlittle-endian">, Flags<[NoArgumentUnused]>,
  HelpText<"Make the image for the little-endian variant of the target">;
def EL : Flag<["-"], "EL">, Alias<mlittle_endian>;
def mbig_endian : Flag<["-"], "mbig-endian">, Flags<[NoArgumentUnused]>,
  HelpText<"Make the image for the big-endian variant of the target">;
def EB : Flag<["-"], "EB">, Alias<mbig_endian>;
def driver_mode : Joined<["--"], "driver-mode=">, MetaVarName<"<mode>">,
  Values<"gcc,g++">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: link as clang (gcc) does, or as clang++ (g++), with the C++ library">;
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

let Group = O_Group, Flags = [NoArgumentUnused] in {
def O : Joined<["-"], "O">, MetaVarName<"<level>">,
  HelpText<"Optimize bitcode inputs: -O0, -O1, -O2 (the default), -O3, -Os, -Oz">;
}
let Group = CodeGen_Group, Flags = [NoArgumentUnused] in {
def mcpu_EQ : Joined<["-"], "mcpu=">, MetaVarName<"<cpu>">,
  HelpText<"Generate code for <cpu>">;
def march_EQ : Joined<["-"], "march=">, MetaVarName<"<cpu>">,
  HelpText<"Generate code for <cpu> (x86)">;
def mabi_EQ : Joined<["-"], "mabi=">, MetaVarName<"<abi>">,
  HelpText<"Generate code for <abi>, and use its libraries">;
def mfloat_abi_EQ : Joined<["-"], "mfloat-abi=">, MetaVarName<"<abi>">,
  HelpText<"ARM: pass floating point values in registers (hard) or not (soft, softfp)">;
def msoft_float : Flag<["-"], "msoft-float">, HelpText<"Same as -mfloat-abi=soft">;
def mhard_float : Flag<["-"], "mhard-float">, HelpText<"Same as -mfloat-abi=hard">;
def fno_integrated_as : Flag<["-"], "fno-integrated-as">,
  HelpText<"Refused where there is bitcode to compile: no assembler is called">;
def fintegrated_as : Flag<["-"], "fintegrated-as">,
  HelpText<"Assemble in this process (the only way)">;
def j : JoinedOrSeparate<["-"], "j">, MetaVarName<"<n>">,
  HelpText<"Compile up to <n> inputs at once (default: one per hardware thread)">;
}

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

let Group = Link_Group in {
def hosted : Flag<["-", "--"], "hosted">, Flags<[NoArgumentUnused]>,
  HelpText<"Link with the C runtime, as `clang -shared` does: start files, libgcc or compiler-rt, libc">;
def self_contained : Flag<["-", "--"], "self-contained">,
  Flags<[NoArgumentUnused]>,
  HelpText<"Link the inputs alone, and leave undefined symbols to the runtime (default)">;
def L : JoinedOrSeparate<["-"], "L">, Flags<[RenderJoined]>,
  MetaVarName<"<dir>">, HelpText<"Add <dir> to the library search path">;
def l : JoinedOrSeparate<["-"], "l">, Flags<[LinkerInput, RenderJoined]>,
  MetaVarName<"<name>">,
  HelpText<"Link with lib<name>.so or lib<name>.a; -l:<file> takes the file name as it is">;
def Wl_COMMA : CommaJoined<["-"], "Wl,">, Flags<[LinkerInput, RenderAsInput]>,
  MetaVarName<"<arg>">,
  HelpText<"Pass the comma separated arguments in <arg> to the linker">;
def Xlinker : Separate<["-"], "Xlinker">, Flags<[LinkerInput, RenderAsInput]>,
  MetaVarName<"<arg>">, HelpText<"Pass <arg> to the linker">;
def z : Separate<["-"], "z">, Flags<[LinkerInput]>, MetaVarName<"<keyword>">,
  HelpText<"Pass -z <keyword> to the linker">;
def e : Separate<["-"], "e">, Flags<[LinkerInput]>, MetaVarName<"<symbol>">,
  HelpText<"Make <symbol> the entry point">;
def u : JoinedOrSeparate<["-"], "u">, Group<u_Group>, MetaVarName<"<symbol>">,
  HelpText<"Take <symbol> as undefined, so that a library's member is linked">;
def s : Flag<["-"], "s">, HelpText<"Strip all symbols from the image">;
def T : JoinedOrSeparate<["-"], "T">, Group<T_Group>, MetaVarName<"<script>">,
  HelpText<"Use <script> as the linker script">;
def rpath : Separate<["-"], "rpath">, Flags<[LinkerInput]>,
  MetaVarName<"<dir>">,
  HelpText<"Add <dir> to the image's run-time library search path">;
def soname : Separate<["-"], "soname">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"Set the image's DT_SONAME">;
def soname_EQ : Joined<["-", "--"], "soname=">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">;
def rdynamic : Flag<["-"], "rdynamic">,
  HelpText<"Export all symbols (a shared library does so already)">;
def no_undefined : Flag<["--"], "no-undefined">, Flags<[LinkerInput]>,
  HelpText<"Report undefined symbols, as -z defs does">;
def unresolved_symbols_EQ : Joined<["--"], "unresolved-symbols=">,
  Flags<[LinkerInput]>, MetaVarName<"<policy>">,
  HelpText<"What to do about undefined symbols: ignore-all, report-all">;
def rtlib_EQ : Joined<["-", "--"], "rtlib=">,
  MetaVarName<"<library>">, Values<"compiler-rt,libgcc,platform">,
  HelpText<"With -hosted: the compiler's runtime library (compiler-rt, libgcc)">;
def unwindlib_EQ : Joined<["-", "--"], "unwindlib=">,
  MetaVarName<"<library>">, Values<"libgcc,libunwind,none,platform">,
  HelpText<"With -hosted: the unwinder (libgcc, libunwind, none)">;
def static_libgcc : Flag<["-"], "static-libgcc">,
  HelpText<"With -hosted: link libgcc statically">;
def shared_libgcc : Flag<["-"], "shared-libgcc">,
  HelpText<"With -hosted: always link the shared libgcc">;
def static : Flag<["-", "--"], "static">, Flags<[NoArgumentUnused]>,
  HelpText<"Link archives in place of shared libraries">;
def static_libstdcxx : Flag<["-"], "static-libstdc++">,
  HelpText<"With -hosted and --driver-mode=g++: link the C++ library statically">;
def stdlib_EQ : Joined<["-", "--"], "stdlib=">, Flags<[NoArgumentUnused]>,
  MetaVarName<"<library>">, Values<"libc++,libstdc++,platform">,
  HelpText<"With -hosted and --driver-mode=g++: the C++ library (libc++, libstdc++)">;
def fexperimental_library : Flag<["-"], "fexperimental-library">,
  Flags<[NoArgumentUnused]>,
  HelpText<"With -stdlib=libc++: link its unstable part, too">;
def gz_EQ : Joined<["-"], "gz=">, MetaVarName<"<kind>">,
  Values<"none,zlib,zstd">,
  HelpText<"Compress debug sections: none, zlib, zstd">;
def gz : Flag<["-"], "gz">, Alias<gz_EQ>, AliasArgs<["zlib"]>;
def mdaz_ftz : Flag<["-"], "mdaz-ftz">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: take denormal numbers for zero, in the whole process that loads the image">;
def mno_daz_ftz : Flag<["-"], "mno-daz-ftz">, Flags<[NoArgumentUnused]>;
def fandroid_pad_segment : Flag<["-"], "fandroid-pad-segment">,
  Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted, Android: pad the segments to a page size of 64 KiB">;
def fno_android_pad_segment : Flag<["-"], "fno-android-pad-segment">,
  Flags<[NoArgumentUnused]>;
def static_pie : Flag<["-"], "static-pie">, Flags<[NoArgumentUnused]>,
  HelpText<"Refused: an image is no executable">;
def pie : Flag<["-"], "pie">,
  HelpText<"Does nothing: an image is no executable">;
def no_pie : Flag<["-"], "no-pie">, Flags<[NoArgumentUnused]>,
  HelpText<"Does nothing: an image is no executable">;
def nopie : Flag<["-"], "nopie">, Alias<no_pie>;
def pthread : Flag<["-"], "pthread">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: link libpthread">;
def pthreads : Flag<["-"], "pthreads">, Alias<pthread>;
def mrelax : Flag<["-"], "mrelax">, Flags<[HelpHidden]>;
def mno_relax : Flag<["-"], "mno-relax">,
  HelpText<"RISC-V: do not relax the code when linking">;
}
let Group = Link_Group, Flags = [NoArgumentUnused] in {
def nostdlib : Flag<["-", "--"], "nostdlib">,
  HelpText<"With -hosted: no start files and no standard libraries">;
def nodefaultlibs : Flag<["-"], "nodefaultlibs">,
  HelpText<"With -hosted: no standard libraries">;
def nostartfiles : Flag<["-"], "nostartfiles">,
  HelpText<"With -hosted: no start files">;
def nostdlibxx : Flag<["-"], "nostdlib++">,
  HelpText<"With -hosted and --driver-mode=g++: no C++ library">;
def nolibc : Flag<["-"], "nolibc">,
  HelpText<"With -hosted: no C library, but the compiler's runtime library">;
}

//===----------------------------------------------------------------------===//
// Runtimes
//===----------------------------------------------------------------------===//

let Group = Runtime_Group in {
def runtime_EQ : Joined<["--"], "runtime=">, MetaVarName<"<name>[@<version>]">,
  HelpText<"Link as the runtime <name> does for its package images (built in: julia); the default version is that of the prefix">;
def runtime : Separate<["--"], "runtime">, Alias<runtime_EQ>;
def runtime_prefix_EQ : Joined<["--"], "runtime-prefix=">,
  MetaVarName<"<dir>">,
  HelpText<"With --runtime= or --runtime-profile=: the folder in which the runtime is installed">;
def runtime_prefix : Separate<["--"], "runtime-prefix">,
  Alias<runtime_prefix_EQ>;
def runtime_debug : Flag<["--"], "runtime-debug">,
  HelpText<"Link with the runtime's debug libraries">;
def runtime_profile_EQ : Joined<["--"], "runtime-profile=">,
  MetaVarName<"<file>">,
  HelpText<"Link as the runtime that <file> describes does">;
def runtime_profile : Separate<["--"], "runtime-profile">,
  Alias<runtime_profile_EQ>;
}

//===----------------------------------------------------------------------===//
// The linker
//===----------------------------------------------------------------------===//

let Group = Linker_Group, Flags = [NoArgumentUnused] in {
def fuse_ld_EQ : Joined<["-"], "fuse-ld=">, MetaVarName<"<name>">,
  HelpText<"Link with lld (built in, the default), or run the program ld.<name>">;
def ld_path_EQ : Joined<["--"], "ld-path=">, MetaVarName<"<program>">,
  HelpText<"Run <program> as the linker">;
def fintegrated_lld : Flag<["-"], "fintegrated-lld">,
  HelpText<"Run the built-in LLD in this process (default)">;
def fno_integrated_lld : Flag<["-"], "fno-integrated-lld">,
  HelpText<"Run the built-in LLD in a child process">;
def _reproduce_EQ : Joined<["--"], "reproduce=">, MetaVarName<"<file>">,
  HelpText<"Write the linker's inputs and command line to <file>, a tar archive">;
def _reproduce : Separate<["--"], "reproduce">, Alias<_reproduce_EQ>;
}

//===----------------------------------------------------------------------===//
// Messages and reports
//===----------------------------------------------------------------------===//

let Group = Diag_Group, Flags = [NoArgumentUnused] in {
def Werror : Flag<["-"], "Werror">, HelpText<"Turn warnings into errors">;
def w : Flag<["-"], "w">, HelpText<"Suppress all warnings">;
def Wno_unused : Flag<["-"], "Wno-unused-command-line-argument">,
  HelpText<"Do not warn of options that do nothing">;
def Qunused_arguments : Flag<["-"], "Qunused-arguments">, Alias<Wno_unused>;
def fcolor_diagnostics : Flag<["-"], "fcolor-diagnostics">,
  HelpText<"Use colors in messages">;
def fno_color_diagnostics : Flag<["-"], "fno-color-diagnostics">,
  HelpText<"Do not use colors in messages">;
def ftime_report : Flag<["-"], "ftime-report">,
  HelpText<"Print the time that each step and pass took">;
def ftime_trace_EQ : Joined<["-"], "ftime-trace=">, MetaVarName<"<file>">,
  HelpText<"Write a time trace in Chrome's JSON format to <file>">;
def ftime_trace : Flag<["-"], "ftime-trace">,
  HelpText<"Write a time trace to the output's name with .time-trace.json">;
}

// -Wl,--no-demangle and -Xlinker --no-demangle, which the driver moves before
// the inputs, as clang does.
def Z_Xlinker__no_demangle : Flag<["-"], "Z-Xlinker-no-demangle">,
  Flags<[HelpHidden, NoArgumentUnused]>, Group<Link_Group>;

// -lstdc++, which names the C++ library that -stdlib= chooses.
def Z_reserved_lib_stdcxx : Flag<["-"], "Z-reserved-lib-stdc++">,
  Flags<[HelpHidden, NoArgumentUnused, LinkerInput]>, Group<Link_Group>;

//===----------------------------------------------------------------------===//
// clang's compile options that build systems pass to every link
//===----------------------------------------------------------------------===//

let Group = Ignored_Group, Flags = [NoArgumentUnused, HelpHidden] in {
def fPIC : Flag<["-"], "fPIC">, HelpText<"Accepted: images always are position independent">;
def fpic : Flag<["-"], "fpic">, Alias<fPIC>;
}
