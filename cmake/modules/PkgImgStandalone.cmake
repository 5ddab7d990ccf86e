# What LLVM's own tree sets up for a subproject, from an installed LLVM.

option(PKGIMG_LINK_LLVM_DYLIB
  "Link libLLVM.so in place of LLVM's static libraries." OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  message(STATUS "No build type was chosen; building for Release")
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Type of the build" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Debian installs each version in a folder of its own.
file(GLOB _llvm_prefixes /usr/lib/llvm-19)
find_package(LLVM 19.1 REQUIRED CONFIG HINTS ${_llvm_prefixes})
find_package(LLD REQUIRED CONFIG
  HINTS ${LLVM_INSTALL_PREFIX} ${LLVM_DIR}/../lld)
message(STATUS "Using LLVM ${LLVM_PACKAGE_VERSION} from ${LLVM_DIR}")
set(PKGIMG_LLD_INCLUDE_DIRS ${LLD_INCLUDE_DIRS})

# Debian's configuration asks for the shared library; a tool that starts fast
# wants the static ones.
set(LLVM_LINK_LLVM_DYLIB ${PKGIMG_LINK_LLVM_DYLIB})

set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${LLVM_RUNTIME_OUTPUT_INTDIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${LLVM_LIBRARY_OUTPUT_INTDIR})
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${LLVM_LIBRARY_OUTPUT_INTDIR})
set(LLVM_ENABLE_PEDANTIC ON)
set(LLVM_ENABLE_WARNINGS ON)
set(LLVM_ENABLE_WERROR ${PKGIMG_ENABLE_WERROR})
# LLVM's own flags, not those of the packages' build.
set(LLVM_ENABLE_RTTI OFF)
set(LLVM_ENABLE_EH OFF)

find_program(LLVM_TABLEGEN_EXE llvm-tblgen
  HINTS ${LLVM_TOOLS_BINARY_DIR} NO_DEFAULT_PATH REQUIRED)
set(LLVM_TABLEGEN ${LLVM_TABLEGEN_EXE})

# HandleLLVMOptions makes compiler flags of these. LLVM's own libraries are what
# they are.
if(PKGIMG_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PKGIMG_BUILD_FUZZERS needs clang, whose libFuzzer it "
      "uses; the compiler is ${CMAKE_CXX_COMPILER_ID}.")
  endif()
  set(LLVM_USE_SANITIZER "Address;Undefined")
  set(LLVM_USE_SANITIZE_COVERAGE ON)
  # As in LLVM's tree: without the checks that need RTTI.
  set(LLVM_UBSAN_FLAGS
    "-fsanitize=undefined -fno-sanitize=vptr,function -fno-sanitize-recover=all")
endif()

# Linking against 100 MB of archives: lld does it in 2 s, GNU ld in 20.
if(NOT DEFINED LLVM_USE_LINKER AND CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND
   EXISTS ${LLVM_TOOLS_BINARY_DIR}/ld.lld)
  set(LLVM_USE_LINKER lld)
endif()

list(APPEND CMAKE_MODULE_PATH "${LLVM_CMAKE_DIR}")
include(AddLLVM)
include(TableGen)
include(HandleLLVMOptions)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS})
add_definitions(${LLVM_DEFINITIONS})

# LLVM's export names some libraries that a static tool does without:
#  - the shared LLVM, by way of LLD's libraries: two LLVMs in one process;
#  - Polly, by way of Extensions (lib/Driver/Standalone/Absent.cpp stands in);
#  - z3, of which nothing is used; shared zlib and zstd.
function(pkgimg_edit_link_interface target)
  cmake_parse_arguments(ARG "" "" "REMOVE;ADD" ${ARGN})
  get_target_property(libs ${target} INTERFACE_LINK_LIBRARIES)
  foreach(pattern ${ARG_REMOVE})
    list(FILTER libs EXCLUDE REGEX ${pattern})
  endforeach()
  list(APPEND libs ${ARG_ADD})
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${libs}")
endfunction()
if(NOT PKGIMG_LINK_LLVM_DYLIB)
  # What LLD's libraries use of LLVM, which their export leaves to the shared
  # library.
  llvm_map_components_to_libnames(_lld_uses
    BinaryFormat BitWriter CodeGen Core DebugInfoDWARF DebugInfoPDB Demangle
    LibDriver LTO MC Object ObjCARCOpts Option Passes Remarks Support Symbolize
    Target TargetParser TextAPI WindowsDriver WindowsManifest)
  foreach(lib lldCommon lldELF lldCOFF lldMinGW lldMachO lldWasm)
    pkgimg_edit_link_interface(${lib} REMOVE "^LLVM$" "^ZLIB::" "^zstd::"
      ADD ${_lld_uses})
  endforeach()
  find_library(PKGIMG_ZLIB NAMES libz.a z REQUIRED)
  find_library(PKGIMG_ZSTD NAMES libzstd.a zstd REQUIRED)
  pkgimg_edit_link_interface(LLVMSupport REMOVE "libz3" "^ZLIB::" "^zstd::"
    ADD ${PKGIMG_ZLIB} ${PKGIMG_ZSTD})
  pkgimg_edit_link_interface(LLVMExtensions REMOVE "Polly")
  pkgimg_edit_link_interface(LLVMWindowsManifest REMOVE "xml2" "LibXml2")
endif()
