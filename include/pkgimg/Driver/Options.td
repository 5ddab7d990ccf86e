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
def Apple_Group    : OptionGroup<"<apple group>">,
                     HelpText<"APPLE PLATFORMS">;
def AppleLinker_Group : OptionGroup<"<apple linker group>">,
                     HelpText<"APPLE PLATFORMS: PASSED TO THE LINKER">;
def Runtime_Group  : OptionGroup<"<runtime group>">,
                     HelpText<"LINKING FOR A RUNTIME">;
def Linker_Group   : OptionGroup<"<linker group>">,
                     HelpText<"WHICH LINKER, AND HOW IT RUNS">;
def Diag_Group     : OptionGroup<"<diagnostics group>">,
                     HelpText<"MESSAGES AND REPORTS">;
def Sanitizer_Group : OptionGroup<"<sanitizer group>">,
                     HelpText<"SANITIZERS AND PROFILES">;
def Image_Group    : OptionGroup<"<image group>">,
  HelpText<"IMAGES: CODE FOR SEVERAL PROCESSORS, AND TABLES TO FIND IT">;
def LTO_Group      : OptionGroup<"<LTO group>">,
                     HelpText<"LINK-TIME OPTIMIZATION">;
def CompileOnly_Group : OptionGroup<"<compile-only options of clang>">;

//===----------------------------------------------------------------------===//
// What to make
//===----------------------------------------------------------------------===//

let Group = Action_Group in {
def o : JoinedOrSeparate<["-"], "o">, MetaVarName<"<file>">,
  HelpText<"Write the output to <file> (default: a.out, on Windows a.dll)">;
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
def _DASH_DASH : Option<["--"], "", KIND_REMAINING_ARGS>,
  HelpText<"Take all arguments that follow as inputs">;
def save_temps_EQ : Joined<["-", "--"], "save-temps=">, MetaVarName<"<where>">,
  Values<"cwd,obj">,
  HelpText<"Keep the optimized bitcode, assembly and object of each bitcode input, and what is made for a link for Windows: in the current directory (cwd) or beside the output (obj)">;
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
  HelpText<"Optimize bitcode inputs: -O0, -O1, -Og, -O2 (the default), -O3, -Ofast, -Os, -Oz">;
}
let Group = CodeGen_Group, Flags = [NoArgumentUnused] in {
def mcpu_EQ : Joined<["-"], "mcpu=">, MetaVarName<"<cpu>">,
  HelpText<"Generate code for <cpu>">;
def march_EQ : Joined<["-"], "march=">, MetaVarName<"<cpu>">,
  HelpText<"Generate code for <cpu>, or on Arm, AArch64 and RISC-V for a version of the instruction set">;
def mabi_EQ : Joined<["-"], "mabi=">, MetaVarName<"<abi>">,
  HelpText<"Generate code for <abi>, and use its libraries">;
def mfloat_abi_EQ : Joined<["-"], "mfloat-abi=">, MetaVarName<"<abi>">,
  HelpText<"ARM: pass floating point values in registers (hard) or not (soft, softfp)">;
def msoft_float : Flag<["-"], "msoft-float">, HelpText<"Same as -mfloat-abi=soft">;
def mhard_float : Flag<["-"], "mhard-float">, HelpText<"Same as -mfloat-abi=hard">;
def mthumb : Flag<["-"], "mthumb">,
  HelpText<"ARM: generate Thumb code, and use its libraries">;
def mno_thumb : Flag<["-"], "mno-thumb">;
def marm : Flag<["-"], "marm">, Alias<mno_thumb>;
def mfpu_EQ : Joined<["-"], "mfpu=">, MetaVarName<"<fpu>">,
  HelpText<"ARM: generate code for the floating point unit <fpu>, and use its libraries">;
def fno_integrated_as : Flag<["-"], "fno-integrated-as">,
  HelpText<"Refused where there is bitcode to compile: no assembler is called">;
def fintegrated_as : Flag<["-"], "fintegrated-as">,
  HelpText<"Assemble in this process (the only way)">;
def no_integrated_as : Flag<["-"], "no-integrated-as">,
  Alias<fno_integrated_as>;
def integrated_as : Flag<["-"], "integrated-as">, Alias<fintegrated_as>;
def j : JoinedOrSeparate<["-"], "j">, MetaVarName<"<n>">,
  HelpText<"Compile up to <n> inputs at once (default: one per hardware thread)">;
}

let Group = CodeGen_Group, Flags = [NoArgumentUnused] in {
def g1 : Flag<["-"], "g1">, HelpText<"Keep line tables of the debug information alone">;
def g2 : Flag<["-"], "g2">, HelpText<"Keep all debug information">;
def g3 : Flag<["-"], "g3">, Alias<g2>;
def check_bounds_EQ : Joined<["--"], "check-bounds=">,
  MetaVarName<"<when>">, Values<"yes,no,auto">,
  HelpText<"What calls of pkgimg.checkbounds become: always true (yes), false (no), or as the code says (auto)">;
def inline_EQ : Joined<["--"], "inline=">, MetaVarName<"<when>">,
  Values<"yes,no">,
  HelpText<"With 'no', inline only what must be">;
def fomit_frame_pointer : Flag<["-"], "fomit-frame-pointer">,
  HelpText<"Keep no frame pointers">;
def fno_omit_frame_pointer : Flag<["-"], "fno-omit-frame-pointer">,
  HelpText<"Keep the frame pointer in all functions">;
def momit_leaf_frame_pointer : Flag<["-"], "momit-leaf-frame-pointer">,
  HelpText<"With -fno-omit-frame-pointer, not in those that call nothing">;
def mno_omit_leaf_frame_pointer : Flag<["-"], "mno-omit-leaf-frame-pointer">;
def funwind_tables : Flag<["-"], "funwind-tables">,
  HelpText<"Make unwind tables for all functions">;
def fno_unwind_tables : Flag<["-"], "fno-unwind-tables">,
  HelpText<"Make them where the code asks for them (the default)">;
def fasynchronous_unwind_tables : Flag<["-"], "fasynchronous-unwind-tables">,
  Alias<funwind_tables>;
def fno_asynchronous_unwind_tables :
  Flag<["-"], "fno-asynchronous-unwind-tables">, Alias<fno_unwind_tables>;
def fpass_plugin_EQ : Joined<["-"], "fpass-plugin=">, MetaVarName<"<file>">,
  HelpText<"Load a plugin with passes for the optimizer">;
def mllvm : Separate<["-"], "mllvm">, MetaVarName<"<option>">,
  HelpText<"Pass <option> to LLVM's code generators and optimizer">;
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

let Group = Image_Group in {
def image : Flag<["--"], "image">,
  HelpText<"Make one image of the bitcode inputs: with tables by which a loader finds its functions">;
def image_abi_EQ : Joined<["--"], "image-abi=">, MetaVarName<"<abi>">,
  HelpText<"--image, with the tables of <abi>: pkgimg (the default), or julia-1.10 to julia-1.14">;
def cpu_target_EQ : Joined<["--"], "cpu-target=">, MetaVarName<"<targets>">,
  HelpText<"--image, with code for several processors, as JULIA_CPU_TARGET names them ('help' lists names)">;
def cpu_target : Separate<["--"], "cpu-target">, Alias<cpu_target_EQ>;
def sysimage_EQ : Joined<["--"], "sysimage=">, MetaVarName<"<image>">,
  HelpText<"The base image, whose processors the word 'sysimage' stands for">;
def sysimage_cpu_target_EQ : Joined<["--"], "sysimage-cpu-target=">,
  MetaVarName<"<targets>">,
  HelpText<"The processors that the word 'sysimage' stands for">;
def shards_EQ : Joined<["--"], "shards=">, MetaVarName<"<n>">,
  HelpText<"Cut the code into <n> parts, compiled at once (default: as many as pay)">;
def cache_dir_EQ : Joined<["--"], "cache-dir=">, MetaVarName<"<dir>">,
  HelpText<"Keep the objects of parts in <dir>, and take those that have not changed from there">;
def cache_policy_EQ : Joined<["--"], "cache-policy=">, MetaVarName<"<policy>">,
  HelpText<"When entries of the cache are removed, as lld's --thinlto-cache-policy">;
def image_data_EQ : Joined<["--"], "image-data=">, MetaVarName<"<file>">,
  HelpText<"--image, with the bytes of <file> as its data">;
def compress_image_data : Flag<["--"], "compress-image-data">,
  HelpText<"Compress the data with zstd">;
def package_name_EQ : Joined<["--"], "package-name=">, MetaVarName<"<name>">,
  HelpText<"The package that the image is of (default: the first input's name)">;
def package_uuid_EQ : Joined<["--"], "package-uuid=">, MetaVarName<"<uuid>">,
  HelpText<"The package's UUID">;
def package_version_EQ : Joined<["--"], "package-version=">,
  MetaVarName<"<version>">, HelpText<"The package's version">;
def print_clones : Flag<["--"], "print-clones">,
  HelpText<"Print which functions are cloned for which processors, and why">;
def print_code_size : Flag<["--"], "print-code-size">,
  HelpText<"Print the size of the code for each processor">;
def Wunused_cpu_features : Flag<["-"], "Wunused-cpu-features">,
  HelpText<"Warn of features that --cpu-target asks for, and that no code uses">;
}
def print_cpu_targets : Flag<["--"], "print-cpu-targets">, Group<Action_Group>,
  HelpText<"Print the processors and features that --cpu-target stands for">;

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
def rtlib : Separate<["--"], "rtlib">, Alias<rtlib_EQ>;
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
def stdlib : Separate<["--"], "stdlib">, Alias<stdlib_EQ>;
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
def fopenmp_EQ : Joined<["-"], "fopenmp=">, Flags<[NoArgumentUnused]>,
  MetaVarName<"<library>">, Values<"libomp,libgomp,libiomp5">,
  HelpText<"With -hosted: link OpenMP's runtime <library>">;
def fopenmp : Flag<["-"], "fopenmp">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: link OpenMP's runtime, libomp">;
def fno_openmp : Flag<["-"], "fno-openmp">, Flags<[NoArgumentUnused]>;
def static_openmp : Flag<["-"], "static-openmp">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted and -fopenmp: link OpenMP's runtime statically">;
def fsplit_stack : Flag<["-"], "fsplit-stack">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: wrap pthread_create, for code whose stacks grow">;
def fno_split_stack : Flag<["-"], "fno-split-stack">,
  Flags<[NoArgumentUnused]>;
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
// Apple platforms
//===----------------------------------------------------------------------===//

let Group = Apple_Group in {
def arch : Separate<["-"], "arch">, MetaVarName<"<arch>">,
  HelpText<"Make the image for the architecture <arch>: arm64, arm64e, x86_64, ...">;
def Xarch_ : JoinedAndSeparate<["-"], "Xarch_">, MetaVarName<"<arch> <option>">,
  HelpText<"Take <option> if the image is for the architecture <arch>">;
def isysroot : JoinedOrSeparate<["-"], "isysroot">, MetaVarName<"<dir>">,
  HelpText<"Link against the SDK in <dir>">;
def F : JoinedOrSeparate<["-"], "F">, Flags<[RenderJoined, NoArgumentUnused]>,
  MetaVarName<"<dir>">, HelpText<"Add <dir> to the framework search path">;
def iframework : JoinedOrSeparate<["-"], "iframework">,
  Flags<[NoArgumentUnused]>, MetaVarName<"<dir>">,
  HelpText<"Add <dir> to the framework search path, after those of -F">;
def g_Flag : Flag<["-"], "g">, Flags<[NoArgumentUnused]>,
  HelpText<"Apple platforms: keep the debug map, and make a .dSYM with dsymutil where it is found">;
def g0 : Flag<["-"], "g0">, Flags<[NoArgumentUnused]>,
  HelpText<"Undo -g">;

// The system's version that the image is for.
def mmacos_version_min_EQ : Joined<["-"], "mmacos-version-min=">,
  MetaVarName<"<version>">, HelpText<"The oldest macOS that the image is for">;
def mmacosx_version_min_EQ : Joined<["-"], "mmacosx-version-min=">,
  Alias<mmacos_version_min_EQ>;
def mios_version_min_EQ : Joined<["-"], "mios-version-min=">,
  MetaVarName<"<version>">, HelpText<"The oldest iOS that the image is for">;
def miphoneos_version_min_EQ : Joined<["-"], "miphoneos-version-min=">,
  Alias<mios_version_min_EQ>;
def mios_simulator_version_min_EQ :
  Joined<["-"], "mios-simulator-version-min=">, MetaVarName<"<version>">,
  HelpText<"The oldest iOS simulator that the image is for">;
def miphonesimulator_version_min_EQ :
  Joined<["-"], "miphonesimulator-version-min=">,
  Alias<mios_simulator_version_min_EQ>;
def mtvos_version_min_EQ : Joined<["-"], "mtvos-version-min=">,
  MetaVarName<"<version>">, HelpText<"The oldest tvOS that the image is for">;
def mappletvos_version_min_EQ : Joined<["-"], "mappletvos-version-min=">,
  Alias<mtvos_version_min_EQ>;
def mtvos_simulator_version_min_EQ :
  Joined<["-"], "mtvos-simulator-version-min=">, MetaVarName<"<version>">,
  HelpText<"The oldest tvOS simulator that the image is for">;
def mappletvsimulator_version_min_EQ :
  Joined<["-"], "mappletvsimulator-version-min=">,
  Alias<mtvos_simulator_version_min_EQ>;
def mwatchos_version_min_EQ : Joined<["-"], "mwatchos-version-min=">,
  MetaVarName<"<version>">, HelpText<"The oldest watchOS that the image is for">;
def mwatchos_simulator_version_min_EQ :
  Joined<["-"], "mwatchos-simulator-version-min=">, MetaVarName<"<version>">,
  HelpText<"The oldest watchOS simulator that the image is for">;
def mwatchsimulator_version_min_EQ :
  Joined<["-"], "mwatchsimulator-version-min=">,
  Alias<mwatchos_simulator_version_min_EQ>;
def mtargetos_EQ : Joined<["-"], "mtargetos=">, MetaVarName<"<os><version>">,
  HelpText<"The oldest system that the image is for, as a triple has it: ios14.2-macabi">;
def darwin_target_variant : Separate<["-"], "darwin-target-variant">,
  MetaVarName<"<triple>">,
  HelpText<"Make the image for macOS and Mac Catalyst at once; <triple> is the other">;
def mlinker_version_EQ : Joined<["-"], "mlinker-version=">,
  Flags<[NoArgumentUnused]>, MetaVarName<"<version>">,
  HelpText<"The version of Apple's linker whose arguments to use">;

// What to make.
def dynamiclib : Flag<["-"], "dynamiclib">, Flags<[NoArgumentUnused]>,
  HelpText<"Make a dynamic library (the default)">;
def bundle : Flag<["-"], "bundle">,
  HelpText<"Make a bundle, which can be loaded but not linked with">;
def install_name : Separate<["-"], "install_name">, MetaVarName<"<path>">,
  HelpText<"Under which path the library is loaded (default: @rpath/ and the output's name)">;
def current_version : JoinedOrSeparate<["-"], "current_version">,
  MetaVarName<"<version>">, HelpText<"The library's version">;
def compatibility_version : JoinedOrSeparate<["-"], "compatibility_version">,
  MetaVarName<"<version>">, HelpText<"The oldest version that the library replaces">;
def fapplication_extension : Flag<["-"], "fapplication-extension">,
  HelpText<"Mark the image as safe for application extensions">;
def fno_application_extension : Flag<["-"], "fno-application-extension">,
  HelpText<"Undo -fapplication-extension">;

// Positional inputs.
def framework : Separate<["-"], "framework">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"Link with the framework <name>">;
def weak_framework : Separate<["-"], "weak_framework">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"As -framework; it may be missing at run time">;
def reexport_framework : Separate<["-"], "reexport_framework">,
  Flags<[LinkerInput]>, MetaVarName<"<name>">,
  HelpText<"As -framework; its symbols are exported">;
def lazy_framework : Separate<["-"], "lazy_framework">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"As -framework; it is loaded at the first use">;
def weak_l : Joined<["-"], "weak-l">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"As -l; it may be missing at run time">;
def weak_library : Separate<["-"], "weak_library">, Flags<[LinkerInput]>,
  MetaVarName<"<file>">, HelpText<"Link with the library <file>, which may be missing at run time">;
def reexport_l : Joined<["-"], "reexport-l">, Flags<[LinkerInput]>,
  MetaVarName<"<name>">, HelpText<"As -l; its symbols are exported">;
def reexport_library : JoinedOrSeparate<["-"], "reexport_library">,
  Flags<[LinkerInput]>, MetaVarName<"<file>">,
  HelpText<"Link with the library <file>, and export its symbols">;
def lazy_library : Separate<["-"], "lazy_library">, Flags<[LinkerInput]>,
  MetaVarName<"<file>">, HelpText<"Link with the library <file>, which is loaded at the first use">;
def filelist : Separate<["-"], "filelist">, Flags<[LinkerInput]>,
  MetaVarName<"<file>">, HelpText<"Link the files that <file> names, one a line">;

// Libraries of a hosted link.
def fapple_link_rtlib : Flag<["-"], "fapple-link-rtlib">,
  HelpText<"With -hosted: link compiler-rt even with -nostdlib">;
def nodriverkitlib : Flag<["-"], "nodriverkitlib">,
  HelpText<"With -hosted: do not link the DriverKit framework">;
def fveclib_EQ : Joined<["-"], "fveclib=">, Flags<[NoArgumentUnused]>,
  MetaVarName<"<library>">,
  HelpText<"With -hosted and Accelerate: link the framework of vector functions">;
def ObjC : Flag<["-"], "ObjC">, Flags<[NoArgumentUnused]>,
  HelpText<"Link the archive members with Objective-C classes and categories">;
def ObjCXX : Flag<["-"], "ObjC++">, Flags<[NoArgumentUnused]>, Alias<ObjC>;
def mkernel : Flag<["-"], "mkernel">,
  HelpText<"Link for the kernel: without dynamic libraries">;
def fapple_kext : Flag<["-"], "fapple-kext">,
  HelpText<"Link for a kernel extension: without dynamic libraries">;
def moutline : Flag<["-"], "moutline">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: have link-time code generation move common code into functions of its own">;
def mno_outline : Flag<["-"], "mno-outline">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted: undo -moutline">;
def fPIC : Flag<["-"], "fPIC">, Flags<[NoArgumentUnused]>,
  HelpText<"With -hosted and no system: link the library that fits such code (images always are position independent)">;
def fpie : Flag<["-"], "fpie">, Flags<[NoArgumentUnused]>,
  HelpText<"Pass -pie to the linker, which only concerns executables">;
def fPIE : Flag<["-"], "fPIE">, Alias<fpie>, Flags<[NoArgumentUnused]>;
def fno_pie : Flag<["-"], "fno-pie">, Flags<[NoArgumentUnused]>,
  HelpText<"Pass -no_pie to the linker, which only concerns executables">;
def fno_PIE : Flag<["-"], "fno-PIE">, Alias<fno_pie>, Flags<[NoArgumentUnused]>;
}

// Options of Apple's linker, which are passed to it as they are.
class AppleFlag<string name, string help> : Flag<["-"], name>,
  Group<AppleLinker_Group>, HelpText<help>;
class AppleSeparate<string name, string var, string help> :
  Separate<["-"], name>, Group<AppleLinker_Group>, MetaVarName<var>,
  HelpText<help>;
class AppleEither<string name, string var, string help> :
  JoinedOrSeparate<["-"], name>, Group<AppleLinker_Group>, MetaVarName<var>,
  HelpText<help>;
class AppleMulti<string name, int n, string var, string help> :
  MultiArg<["-"], name, n>, Group<AppleLinker_Group>, MetaVarName<var>,
  HelpText<help>;

def all_load : AppleFlag<"all_load", "Link all archives whole, those of -l too">;
def allowable_client : AppleSeparate<"allowable_client", "<name>", "Let <name> link with the library">;
def arch_errors_fatal : AppleFlag<"arch_errors_fatal", "Make it an error if a file is for another architecture">;
def bind_at_load : AppleFlag<"bind_at_load", "Resolve all symbols when the image is loaded">;
def bundle_loader : AppleSeparate<"bundle_loader", "<program>", "The program that loads the bundle, whose symbols it uses">;
def client_name : AppleEither<"client_name", "<name>", "The name by which the bundle is allowed to link with a library">;
def d_Flag : AppleFlag<"d", "Define common symbols, with -r">, Flags<[NoArgumentUnused]>;
def dead_strip : AppleFlag<"dead_strip", "Leave out what nothing refers to">;
def dylib_file : AppleSeparate<"dylib_file", "<name:file>", "Look for the library <name> in <file>">;
def dylinker : AppleFlag<"dylinker", "Make a dynamic linker">;
def dylinker_install_name : AppleEither<"dylinker_install_name", "<path>", "The path of a dynamic linker">;
def dynamic : AppleFlag<"dynamic", "Link with dynamic libraries (the default)">, Flags<[NoArgumentUnused]>;
def exported_symbols_list : AppleSeparate<"exported_symbols_list", "<file>", "Export the symbols that <file> names alone">;
def flat_namespace : AppleFlag<"flat_namespace", "Look up symbols in all loaded images, not in the library that had them at the link">;
def force_cpusubtype_ALL : AppleFlag<"force_cpusubtype_ALL", "Mark the image as fit for all processors of its architecture">;
def force_flat_namespace : AppleFlag<"force_flat_namespace", "Make the process look up all symbols as -flat_namespace does">;
def force_load : AppleSeparate<"force_load", "<archive>", "Link <archive> whole">;
def headerpad_max_install_names : Joined<["-"], "headerpad_max_install_names">,
  Group<AppleLinker_Group>, HelpText<"Leave room for longer names of libraries">;
def image_base : AppleSeparate<"image_base", "<address>", "The address that the image prefers">;
def init : AppleSeparate<"init", "<symbol>", "The function to call when the image is loaded">;
def keep_private_externs : AppleFlag<"keep_private_externs", "Keep hidden symbols as such, with -r">;
def Mach : AppleFlag<"Mach", "Passed to the linker">;
def multi_module : AppleFlag<"multi_module", "Keep one module for each object">;
def multiply_defined : AppleSeparate<"multiply_defined", "<policy>", "What to do about symbols that several libraries define">;
def multiply_defined_unused : AppleSeparate<"multiply_defined_unused", "<policy>", "The same for symbols that are not used">;
def no_dead_strip_inits_and_terms : AppleFlag<"no_dead_strip_inits_and_terms", "With -dead_strip: keep the functions that are called at load and unload">;
def nofixprebinding : AppleFlag<"nofixprebinding", "Passed to the linker">;
def nomultidefs : AppleFlag<"nomultidefs", "Make it an error if several libraries define a symbol">;
def noprebind : AppleFlag<"noprebind", "Passed to the linker">;
def noseglinkedit : AppleFlag<"noseglinkedit", "Passed to the linker">;
def pagezero_size : AppleEither<"pagezero_size", "<size>", "How many bytes from address 0 cannot be accessed">;
def prebind : AppleFlag<"prebind", "Passed to the linker">;
def prebind_all_twolevel_modules : AppleFlag<"prebind_all_twolevel_modules", "Passed to the linker">;
def private_bundle : AppleFlag<"private_bundle", "Let the bundle define symbols that its loader has">;
def read_only_relocs : AppleSeparate<"read_only_relocs", "<policy>", "What to do about relocations in read-only segments">;
def sectalign : AppleMulti<"sectalign", 3, "<segment> <section> <alignment>", "Align a section">;
def sectcreate : AppleMulti<"sectcreate", 3, "<segment> <section> <file>", "Make a section of the bytes of a file">;
def sectobjectsymbols : AppleMulti<"sectobjectsymbols", 2, "<segment> <section>", "Mark where the parts of a section come from">;
def sectorder : AppleMulti<"sectorder", 3, "<segment> <section> <file>", "Order a section by the names in a file">;
def seg1addr : AppleEither<"seg1addr", "<address>", "The address of the first segment">;
def seg_addr_table : AppleSeparate<"seg_addr_table", "<file>", "A table of the libraries' addresses">;
def seg_addr_table_filename : AppleSeparate<"seg_addr_table_filename", "<path>", "The library's name in that table">;
def segaddr : AppleMulti<"segaddr", 2, "<segment> <address>", "The address of a segment">;
def segcreate : AppleMulti<"segcreate", 3, "<segment> <section> <file>", "Make a section of the bytes of a file">;
def seglinkedit : AppleFlag<"seglinkedit", "Passed to the linker">;
def segprot : AppleMulti<"segprot", 3, "<segment> <max> <initial>", "The protection of a segment">;
def segs_read_ : Joined<["-"], "segs_read_">, Group<AppleLinker_Group>,
  MetaVarName<"<text>">, HelpText<"Passed to the linker">;
def segs_read_only_addr : AppleSeparate<"segs_read_only_addr", "<address>", "The address of the read-only segments">;
def segs_read_write_addr : AppleSeparate<"segs_read_write_addr", "<address>", "The address of the writable segments">;
def single_module : AppleFlag<"single_module", "Make one module of all objects (the default)">;
def sub_library : AppleEither<"sub_library", "<name>", "Export the symbols of the library <name>">;
def sub_umbrella : AppleEither<"sub_umbrella", "<name>", "Export the symbols of the framework <name>">;
def t : AppleFlag<"t", "Print the files that are linked">;
def twolevel_namespace : AppleFlag<"twolevel_namespace", "Note which library defines each symbol (the default)">;
def twolevel_namespace_hints : AppleFlag<"twolevel_namespace_hints", "Passed to the linker">;
def umbrella : AppleSeparate<"umbrella", "<name>", "The framework that the library is a part of">;
def undefined : JoinedOrSeparate<["-"], "undefined">, Group<AppleLinker_Group>,
  MetaVarName<"<policy>">,
  HelpText<"Apple platforms: what to do about undefined symbols: dynamic_lookup (the default), error, warning, suppress">;
def unexported_symbols_list : AppleSeparate<"unexported_symbols_list", "<file>", "Do not export the symbols that <file> names">;
def weak_reference_mismatches : AppleSeparate<"weak_reference_mismatches", "<policy>", "What to do if a symbol may be missing in one place and not in another">;
def whatsloaded : AppleFlag<"whatsloaded", "Print the files that are linked">;
def why_load : AppleFlag<"why_load", "Print why each member of an archive is linked">;
def whyload : Flag<["-"], "whyload">, Group<AppleLinker_Group>, Alias<why_load>;
def X_Flag : AppleFlag<"X", "Leave out local symbols that begin with L">;
def y : Joined<["-"], "y">, Group<AppleLinker_Group>, MetaVarName<"<symbol>">,
  HelpText<"Print the files that refer to <symbol>">;
def Z_Flag : AppleFlag<"Z", "Do not look for libraries in the system's folders">;

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
// Sanitizers and profiles
//===----------------------------------------------------------------------===//

let Group = Sanitizer_Group, Flags = [NoArgumentUnused] in {
def fsanitize_EQ : CommaJoined<["-"], "fsanitize=">, MetaVarName<"<check>">,
  HelpText<"With -hosted: link what the runtime checks <check> need in a shared library (address, thread, memory, undefined, leak, hwaddress, ...)">;
def fno_sanitize_EQ : CommaJoined<["-"], "fno-sanitize=">,
  MetaVarName<"<check>">,
  HelpText<"Turn runtime checks off">;
def fsanitize_trap_EQ : CommaJoined<["-"], "fsanitize-trap=">,
  MetaVarName<"<check>">,
  HelpText<"The checks end the program by themselves, and need no runtime">;
def fsanitize_trap : Flag<["-"], "fsanitize-trap">, Alias<fsanitize_trap_EQ>,
  AliasArgs<["all"]>;
def fno_sanitize_trap_EQ : CommaJoined<["-"], "fno-sanitize-trap=">;
def fno_sanitize_trap : Flag<["-"], "fno-sanitize-trap">,
  Alias<fno_sanitize_trap_EQ>, AliasArgs<["all"]>;
def fsanitize_undefined_trap_on_error : Flag<["-"], "fsanitize-undefined-trap-on-error">,
  Alias<fsanitize_trap_EQ>, AliasArgs<["undefined"]>;
def fno_sanitize_undefined_trap_on_error : Flag<["-"], "fno-sanitize-undefined-trap-on-error">,
  Alias<fno_sanitize_trap_EQ>, AliasArgs<["undefined"]>;
def fsanitize_minimal_runtime : Flag<["-"], "fsanitize-minimal-runtime">,
  HelpText<"Link the small runtime of the undefined behaviour checks">;
def fno_sanitize_minimal_runtime : Flag<["-"], "fno-sanitize-minimal-runtime">;
def fsanitize_coverage : CommaJoined<["-"], "fsanitize-coverage=">,
  MetaVarName<"<kind>">,
  HelpText<"Link the runtime of coverage counters">;
def fno_sanitize_coverage : CommaJoined<["-"], "fno-sanitize-coverage=">;
def fsanitize_link_runtime : Flag<["-"], "fsanitize-link-runtime">;
def fno_sanitize_link_runtime : Flag<["-"], "fno-sanitize-link-runtime">,
  HelpText<"Do not link runtimes of sanitizers">;
def fsanitize_link_cxx_runtime : Flag<["-"], "fsanitize-link-c++-runtime">;
def fno_sanitize_link_cxx_runtime : Flag<["-"], "fno-sanitize-link-c++-runtime">;
def shared_libsan : Flag<["-"], "shared-libsan">,
  HelpText<"Link runtimes of sanitizers as shared libraries">;
def shared_libasan : Flag<["-"], "shared-libasan">, Alias<shared_libsan>;
def static_libsan : Flag<["-"], "static-libsan">,
  HelpText<"Leave runtimes of sanitizers to the executable">;
def static_libasan : Flag<["-"], "static-libasan">, Alias<static_libsan>;
def fsanitize_cfi_cross_dso
      : Flag<["-"], "fsanitize-cfi-cross-dso">,
        HelpText<"Check control flow between shared libraries">;
def fno_sanitize_cfi_cross_dso : Flag<["-"], "fno-sanitize-cfi-cross-dso">;
def fsanitize_stats : Flag<["-"], "fsanitize-stats">,
  HelpText<"Link the runtime that counts the checks">;
def fno_sanitize_stats : Flag<["-"], "fno-sanitize-stats">;
def fsanitize_memtag_mode_EQ : Joined<["-"], "fsanitize-memtag-mode=">,
  MetaVarName<"<mode>">, Values<"sync,async">,
  HelpText<"Report wrong memory tags at once (sync, the default) or later (async)">;
def fsanitize_hwaddress_experimental_aliasing : Flag<["-"], "fsanitize-hwaddress-experimental-aliasing">;
def fno_sanitize_hwaddress_experimental_aliasing : Flag<["-"], "fno-sanitize-hwaddress-experimental-aliasing">;
def fmemory_profile : Flag<["-"], "fmemory-profile">,
  HelpText<"Link the runtime of memory profiles, with -shared-libsan">;
def fmemory_profile_EQ : Joined<["-"], "fmemory-profile=">;
def fno_memory_profile : Flag<["-"], "fno-memory-profile">;
def frtlib_add_rpath : Flag<["-"], "frtlib-add-rpath">,
  HelpText<"Add the folders of clang's shared runtimes to the image's search path">;
def fno_rtlib_add_rpath : Flag<["-"], "fno-rtlib-add-rpath">;
def frtti : Flag<["-"], "frtti">;
def fno_rtti : Flag<["-"], "fno-rtti">,
  HelpText<"There is no run-time type information, so -fsanitize=undefined leaves out vptr">;
def fwrapv : Flag<["-"], "fwrapv">,
  HelpText<"Signed integers may overflow, so -fsanitize=undefined leaves them out">;
def fno_wrapv : Flag<["-"], "fno-wrapv">;
def fstrict_overflow : Flag<["-"], "fstrict-overflow">;
def fno_strict_overflow : Flag<["-"], "fno-strict-overflow">;
def fprofile_generate : Flag<["-"], "fprofile-generate">,
  HelpText<"With -hosted: link the runtime that writes profiles">;
def fprofile_generate_EQ : Joined<["-"], "fprofile-generate=">;
def fcs_profile_generate : Flag<["-"], "fcs-profile-generate">;
def fcs_profile_generate_EQ : Joined<["-"], "fcs-profile-generate=">;
def fno_profile_generate : Flag<["-"], "fno-profile-generate">;
def fprofile_instr_generate : Flag<["-"], "fprofile-instr-generate">,
  HelpText<"With -hosted: link the runtime that writes profiles">;
def fprofile_instr_generate_EQ : Joined<["-"], "fprofile-instr-generate=">;
def fno_profile_instr_generate : Flag<["-"], "fno-profile-instr-generate">,
  HelpText<"Does nothing to a link: as in clang, -fprofile-instr-generate links its library all the same">;
def fcreate_profile : Flag<["-"], "fcreate-profile">;
def forder_file_instrumentation : Flag<["-"], "forder-file-instrumentation">;
def noprofilelib : Flag<["-"], "noprofilelib">,
  HelpText<"Do not link the runtime that writes profiles">;
def coverage : Flag<["-", "--"], "coverage">,
  HelpText<"With -hosted: link the runtime that writes gcov's files">;
def fprofile_arcs : Flag<["-"], "fprofile-arcs">;
def fno_profile_arcs : Flag<["-"], "fno-profile-arcs">;
}

//===----------------------------------------------------------------------===//
// Link-time optimization
//===----------------------------------------------------------------------===//

let Group = LTO_Group, Flags = [NoArgumentUnused] in {
def flto_EQ : Joined<["-"], "flto=">, MetaVarName<"<kind>">,
  Values<"full,thin">,
  HelpText<"Leave bitcode inputs to the linker, which optimizes them together (full) or with summaries of each other (thin)">;
def flto : Flag<["-"], "flto">, Alias<flto_EQ>, AliasArgs<["full"]>,
  HelpText<"Same as -flto=full">;
def flto_EQ_auto : Flag<["-"], "flto=auto">, Alias<flto_EQ>,
  AliasArgs<["full"]>;
def flto_EQ_jobserver : Flag<["-"], "flto=jobserver">, Alias<flto_EQ>,
  AliasArgs<["full"]>;
def fno_lto : Flag<["-"], "fno-lto">,
  HelpText<"Compile each bitcode input by itself (default)">;
def flto_jobs_EQ : Joined<["-"], "flto-jobs=">, MetaVarName<"<n>">,
  HelpText<"Use <n> threads for -flto=thin (0 or all: one per hardware thread)">;
def ffat_lto_objects : Flag<["-"], "ffat-lto-objects">,
  HelpText<"Objects may hold bitcode beside their code; link that">;
def fno_fat_lto_objects : Flag<["-"], "fno-fat-lto-objects">;
def funified_lto : Flag<["-"], "funified-lto">,
  HelpText<"The bitcode is fit for both kinds of link-time optimization">;
def fno_unified_lto : Flag<["-"], "fno-unified-lto">;
}
// With -flto, these go to the linker's code generator.
let Group = LTO_Group, Flags = [NoArgumentUnused, HelpHidden] in {
def gdwarf_aranges : Flag<["-"], "gdwarf-aranges">;
def gsplit_dwarf_EQ : Joined<["-"], "gsplit-dwarf=">;
def gsplit_dwarf : Flag<["-"], "gsplit-dwarf">, Alias<gsplit_dwarf_EQ>,
  AliasArgs<["split"]>;
def gno_split_dwarf : Flag<["-"], "gno-split-dwarf">;
def fenable_matrix : Flag<["-"], "fenable-matrix">;
def fglobal_isel : Flag<["-"], "fglobal-isel">;
def fexperimental_isel : Flag<["-"], "fexperimental-isel">, Alias<fglobal_isel>;
def fno_global_isel : Flag<["-"], "fno-global-isel">;
def fno_experimental_isel : Flag<["-"], "fno-experimental-isel">,
  Alias<fno_global_isel>;
def glldb : Flag<["-"], "glldb">;
def gsce : Flag<["-"], "gsce">;
def gdbx : Flag<["-"], "gdbx">;
def ggdb : Flag<["-"], "ggdb">;
foreach N = ["0", "1", "2", "3"] in def ggdb#N : Flag<["-"], "ggdb"#N>,
  Alias<ggdb>;
def ffunction_sections : Flag<["-"], "ffunction-sections">;
def fno_function_sections : Flag<["-"], "fno-function-sections">;
def fdata_sections : Flag<["-"], "fdata-sections">;
def fno_data_sections : Flag<["-"], "fno-data-sections">;
def fsplit_machine_functions : Flag<["-"], "fsplit-machine-functions">;
def fno_split_machine_functions : Flag<["-"], "fno-split-machine-functions">;
def fprofile_sample_use_EQ : Joined<["-"], "fprofile-sample-use=">;
def fauto_profile_EQ : Joined<["-"], "fauto-profile=">,
  Alias<fprofile_sample_use_EQ>;
def fno_profile_sample_use : Flag<["-"], "fno-profile-sample-use">;
def fprofile_use : Flag<["-"], "fprofile-use">;
def fprofile_use_EQ : Joined<["-"], "fprofile-use=">;
def fprofile_instr_use : Flag<["-"], "fprofile-instr-use">, Alias<fprofile_use>;
def fprofile_instr_use_EQ : Joined<["-"], "fprofile-instr-use=">,
  Alias<fprofile_use_EQ>;
def fno_profile_use : Flag<["-"], "fno-profile-use">;
def fno_profile_instr_use : Flag<["-"], "fno-profile-instr-use">,
  Alias<fno_profile_use>;
def fjmc : Flag<["-"], "fjmc">;
def fno_jmc : Flag<["-"], "fno-jmc">;
def femulated_tls : Flag<["-"], "femulated-tls">;
def fno_emulated_tls : Flag<["-"], "fno-emulated-tls">;
def mtls_dialect_EQ : Joined<["-"], "mtls-dialect=">;
def fstack_size_section : Flag<["-"], "fstack-size-section">;
def fno_stack_size_section : Flag<["-"], "fno-stack-size-section">;
def fcrash_diagnostics_dir_EQ : Joined<["-"], "fcrash-diagnostics-dir=">;
def Rpass_EQ : Joined<["-"], "Rpass=">;
def Rpass_missed_EQ : Joined<["-"], "Rpass-missed=">;
def Rpass_analysis_EQ : Joined<["-"], "Rpass-analysis=">;
def fsave_optimization_record_EQ : Joined<["-"], "fsave-optimization-record=">;
def fsave_optimization_record : Flag<["-"], "fsave-optimization-record">,
  Alias<fsave_optimization_record_EQ>, AliasArgs<["yaml"]>;
def fno_save_optimization_record : Flag<["-"], "fno-save-optimization-record">;
def foptimization_record_file_EQ : Joined<["-"], "foptimization-record-file=">;
def foptimization_record_passes_EQ : Joined<["-"], "foptimization-record-passes=">;
def fdiagnostics_show_hotness : Flag<["-"], "fdiagnostics-show-hotness">;
def fno_diagnostics_show_hotness : Flag<["-"], "fno-diagnostics-show-hotness">;
def fdiagnostics_hotness_threshold_EQ : Joined<["-"], "fdiagnostics-hotness-threshold=">;
def mbranches_within_32B_boundaries : Flag<["-"], "mbranches-within-32B-boundaries">;
def malign_branch_boundary_EQ : Joined<["-"], "malign-branch-boundary=">;
def malign_branch_EQ : CommaJoined<["-"], "malign-branch=">;
def mpad_max_prefix_size_EQ : Joined<["-"], "mpad-max-prefix-size=">;
def save_stats_EQ : Joined<["-", "--"], "save-stats=">;
def save_stats : Flag<["-", "--"], "save-stats">, Alias<save_stats_EQ>,
  AliasArgs<["cwd"]>;
}

//===----------------------------------------------------------------------===//
// BSDs, and other platforms that have options of their own
//===----------------------------------------------------------------------===//

let Group = Link_Group, Flags = [NoArgumentUnused] in {
def pg : Flag<["-"], "pg">,
  HelpText<"With -hosted: link the libraries for gprof (FreeBSD before 14, OpenBSD)">;
def G : JoinedOrSeparate<["-"], "G">, MetaVarName<"<size>">,
  HelpText<"MIPS: put data of at most <size> bytes into the small data section">;
def G_EQ : Joined<["-"], "G=">, Alias<G>;
def std_EQ : Joined<["-", "--"], "std=">, MetaVarName<"<standard>">,
  HelpText<"With -hosted, Solaris: link the start files of C <standard>">;
def std : Separate<["--"], "std">, Alias<std_EQ>;
def ansi : Flag<["-", "--"], "ansi">,
  HelpText<"With -hosted, Solaris: link the start files of ANSI C">;
def fstack_protector : Flag<["-"], "fstack-protector">,
  HelpText<"With -hosted, Solaris and Windows: link the library of the stack protector">;
def fstack_protector_all : Flag<["-"], "fstack-protector-all">;
def fno_stack_protector : Flag<["-"], "fno-stack-protector">,
  HelpText<"Does nothing to a link: as in clang, -fstack-protector links its library all the same">;
def fstack_protector_strong : Flag<["-"], "fstack-protector-strong">;
def fexceptions : Flag<["-"], "fexceptions">,
  HelpText<"With -hosted, Fuchsia: link the C++ library with exceptions (default)">;
def fno_exceptions : Flag<["-"], "fno-exceptions">,
  HelpText<"With -hosted, Fuchsia: link the C++ library without exceptions">;
def fcxx_abi_EQ : Joined<["-"], "fc++-abi=">, MetaVarName<"<abi>">,
  HelpText<"With -hosted, Fuchsia: link the C++ library of <abi> (itanium)">;
}

//===----------------------------------------------------------------------===//
// WebAssembly, and Windows with Microsoft's C runtime
//===----------------------------------------------------------------------===//

let Group = Link_Group in {
def mexec_model_EQ : Joined<["-"], "mexec-model=">, MetaVarName<"<model>">,
  Values<"command,reactor">,
  HelpText<"WebAssembly, with -hosted: link the start file of a command or of a reactor (the default)">;
def visualc_tools_root : Separate<["-"], "Xmicrosoft-visualc-tools-root">,
  MetaVarName<"<dir>">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC, with -hosted: the Visual C++ tools, the folder named after their version">;
def visualc_tools_version : Separate<["-"], "Xmicrosoft-visualc-tools-version">,
  MetaVarName<"<version>">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC, with -hosted: the version of the tools below -Xmicrosoft-windows-sys-root">;
def windows_sdk_root : Separate<["-"], "Xmicrosoft-windows-sdk-root">,
  MetaVarName<"<dir>">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC, with -hosted: the Windows SDK">;
def windows_sdk_version : Separate<["-"], "Xmicrosoft-windows-sdk-version">,
  MetaVarName<"<version>">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC, with -hosted: the version of the Windows SDK">;
def windows_sys_root : Separate<["-"], "Xmicrosoft-windows-sys-root">,
  MetaVarName<"<dir>">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC, with -hosted: a folder with the Visual C++ tools and the Windows SDK">;
def mincremental_linker_compatible : Flag<["-"], "mincremental-linker-compatible">,
  Flags<[NoArgumentUnused]>,
  HelpText<"MSVC: put the time of the link into the image">;
def mno_incremental_linker_compatible : Flag<["-"], "mno-incremental-linker-compatible">,
  Flags<[NoArgumentUnused]>,
  HelpText<"MSVC: put a hash of the image in the place of the time (default)">;
def fms_hotpatch : Flag<["-"], "fms-hotpatch">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC: leave room before each function for a patch at run time">;
def fms_runtime_lib_EQ : Joined<["-"], "fms-runtime-lib=">,
  Flags<[NoArgumentUnused, HelpHidden]>, MetaVarName<"<kind>">,
  Values<"static,static_dbg,dll,dll_dbg">,
  HelpText<"Does nothing: the objects name the C runtime that they were compiled for">;
def fms_omit_default_lib : Flag<["-"], "fms-omit-default-lib">,
  Flags<[NoArgumentUnused, HelpHidden]>,
  HelpText<"Does nothing: see -fms-runtime-lib=">;
def marm64x : Flag<["-"], "marm64x">, Flags<[NoArgumentUnused]>,
  HelpText<"MSVC: make an ARM64X image, with code for arm64 and arm64ec">;
}

//===----------------------------------------------------------------------===//
// Linking for Windows
//===----------------------------------------------------------------------===//

let Group = Link_Group in {
def mwindows : Flag<["-"], "mwindows">,
  HelpText<"Windows: make the image for the graphical subsystem">;
def mconsole : Flag<["-"], "mconsole">,
  HelpText<"Windows: make the image for the console subsystem">;
def mdll : Flag<["-"], "mdll">,
  HelpText<"Windows: make a DLL (the default)">;
def municode : Flag<["-"], "municode">, Flags<[NoArgumentUnused]>,
  HelpText<"Does nothing: an image is no executable">;
def mthreads : Flag<["-"], "mthreads">, Flags<[NoArgumentUnused]>,
  HelpText<"Windows, with -hosted: link MinGW's library for threads">;
def mguard_EQ : Joined<["-"], "mguard=">, MetaVarName<"<kind>">,
  Values<"none,cf,cf-nochecks">,
  HelpText<"Windows: Control Flow Guard (none, cf, cf-nochecks)">;
def fauto_import : Flag<["-"], "fauto-import">, Flags<[NoArgumentUnused]>,
  HelpText<"Windows: link to data of a DLL that are not declared dllimport (default with -hosted)">;
def fno_auto_import : Flag<["-"], "fno-auto-import">,
  Flags<[NoArgumentUnused]>,
  HelpText<"Windows: report such references as undefined">;
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
// clang's options that matter only when it compiles
//===----------------------------------------------------------------------===//

// Build systems pass them to every link. clang takes them silently when it only
// links, and so do we.
let Group = CompileOnly_Group, Flags = [NoArgumentUnused, HelpHidden] in {
include "ClangCompileOptions.td"
}
