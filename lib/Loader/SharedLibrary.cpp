//===- SharedLibrary.cpp - a library that the system has mapped -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedLibrary.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <utility>
#ifndef __APPLE__
#include <link.h>
#endif

using namespace llvm;
using namespace pkgimg;

namespace {
/// Addresses of this process.
struct AddressRange {
  uintptr_t Begin, End;

  bool contains(uintptr_t Address) const {
    return Address >= Begin && Address < End;
  }
};
} // namespace

Expected<SharedLibrary> SharedLibrary::open(const std::string &Name) {
  SharedLibrary Result;
  Result.Handle = dlopen(Name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (Result.Handle)
    return std::move(Result);
  const char *Text = dlerror();
  StringRef Message = Text ? Text : "the system gave no reason";
  Message.consume_front(Name + ": ");
  return createStringError(Message);
}

SharedLibrary::SharedLibrary(SharedLibrary &&Other) noexcept
    : Handle(std::exchange(Other.Handle, nullptr)), Base(Other.Base) {}

SharedLibrary &SharedLibrary::operator=(SharedLibrary &&Other) noexcept {
  std::swap(Handle, Other.Handle);
  std::swap(Base, Other.Base);
  return *this;
}

SharedLibrary::~SharedLibrary() {
  if (Handle)
    dlclose(Handle);
}

Error SharedLibrary::findBase(const ImageFile &File,
                              const ImageSymbol &Symbol) {
  std::string Name = Symbol.Name.str();
  void *Address = dlsym(Handle, Name.c_str());
  if (!Address)
    return createStringError("the loaded library has no symbol '" +
                             Symbol.Name + "'");
  Base = reinterpret_cast<uintptr_t>(Address) - Symbol.Address;

  // dlsym() goes on to the libraries that this one needs. Where the symbol is,
  // the file's first page must be.
  uintptr_t PageSize = sys::Process::getPageSizeEstimate();
  uintptr_t First = Base + File.segments().front().Address;
  Dl_info Info;
  if (!dladdr(Address, &Info) ||
      reinterpret_cast<uintptr_t>(Info.dli_fbase) != alignDown(First, PageSize))
    return createStringError("'" + Symbol.Name +
                             "' was found in another library, which exports it "
                             "as well");
  return Error::success();
}

#ifdef __APPLE__
/// dyld takes the right to write from __DATA_CONST once it has bound it.
static SmallVector<AddressRange, 1> getConstantRanges(uintptr_t Base,
                                                      const ImageFile &File) {
  SmallVector<AddressRange, 1> Result;
  for (const ImageSegment &S : File.segments())
    if (S.Name == "__DATA_CONST")
      Result.push_back(
          {static_cast<uintptr_t>(Base + S.Address),
           static_cast<uintptr_t>(Base + S.Address + S.MemorySize)});
  return Result;
}
#else
/// The pages that PT_GNU_RELRO covers: the loader rounds both ends down (gABI
/// has nothing on it; glibc's _dl_protect_relro and musl do the same).
static SmallVector<AddressRange, 1> getConstantRanges(uintptr_t Base,
                                                      const ImageFile &File) {
  struct Search {
    uintptr_t Base, First;
    SmallVector<AddressRange, 1> Result;
  } S = {
      Base, static_cast<uintptr_t>(Base + File.segments().front().Address), {}};
  dl_iterate_phdr(
      [](dl_phdr_info *Info, size_t, void *Data) {
        Search &S = *static_cast<Search *>(Data);
        if (Info->dlpi_addr != S.Base)
          return 0;
        // Several libraries can have the base 0: one that was linked for its
        // address, and the program.
        uintptr_t PageSize = sys::Process::getPageSizeEstimate();
        bool IsThis = false;
        SmallVector<AddressRange, 1> Ranges;
        for (const auto &P : ArrayRef(Info->dlpi_phdr, Info->dlpi_phnum)) {
          uintptr_t Begin = S.Base + P.p_vaddr, End = Begin + P.p_memsz;
          if (P.p_type == PT_LOAD)
            IsThis |= AddressRange{Begin, End}.contains(S.First);
          if (P.p_type == PT_GNU_RELRO)
            Ranges.push_back(
                {alignDown(Begin, PageSize), alignDown(End, PageSize)});
        }
        if (!IsThis)
          return 0;
        S.Result = std::move(Ranges);
        return 1;
      },
      &S);
  return S.Result;
}
#endif

Error SharedLibrary::write(const ImageFile &File, ArrayRef<WordWrite> Words) {
  auto protect = [](const AddressRange &R, int Rights) -> Error {
    if (mprotect(reinterpret_cast<void *>(R.Begin), R.End - R.Begin, Rights) ==
        0)
      return Error::success();
    return createStringError("cannot change the rights of its constant data: " +
                             sys::StrError(errno));
  };

  SmallVector<AddressRange, 1> Constant = getConstantRanges(Base, File);
  erase_if(Constant, [&](const AddressRange &R) {
    return none_of(Words, [&](const WordWrite &W) {
      return W.Address < R.End && W.Address + sizeof(uintptr_t) > R.Begin;
    });
  });
  for (const AddressRange &R : Constant)
    if (Error E = protect(R, PROT_READ | PROT_WRITE))
      return E;
  // A slot need not be aligned: it may be in the middle of packed data.
  for (const WordWrite &W : Words)
    std::memcpy(reinterpret_cast<void *>(W.Address), &W.Value, sizeof(W.Value));
  for (const AddressRange &R : Constant)
    if (Error E = protect(R, PROT_READ))
      return E;
  return Error::success();
}
