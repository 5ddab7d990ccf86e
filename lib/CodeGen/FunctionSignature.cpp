//===- FunctionSignature.cpp - The types of functions as C has them -------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ImageObjects.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Function.h"

using namespace llvm;
using namespace pkgimg;

/// Attributes with which a value of a type is not passed as C passes that type.
static constexpr Attribute::AttrKind OtherWays[] = {
    Attribute::ByVal,     Attribute::ByRef,      Attribute::InAlloca,
    Attribute::InReg,     Attribute::Nest,       Attribute::Preallocated,
    Attribute::StructRet, Attribute::SwiftAsync, Attribute::SwiftError,
    Attribute::SwiftSelf};

/// The name of \p Ty with \p Attributes, or nothing if C has none.
static std::string getTypeName(const Type *Ty, AttributeSet Attributes) {
  for (Attribute::AttrKind Kind : OtherWays)
    if (Attributes.hasAttribute(Kind))
      return "";
  if (Ty->isVoidTy())
    return "void";
  if (Ty->isFloatTy())
    return "f32";
  if (Ty->isDoubleTy())
    return "f64";
  // Another address space is for other pointers than C's.
  if (Ty->isPointerTy())
    return Ty->getPointerAddressSpace() ? "" : "ptr";
  if (!Ty->isIntegerTy())
    return "";
  switch (unsigned Bits = Ty->getIntegerBitWidth()) {
  case 1:
    return "bool";
  case 8:
  case 16:
  case 32:
  case 64:
    return (Attributes.hasAttribute(Attribute::ZExt) && Bits < 64 ? "u" : "i") +
           utostr(Bits);
  default:
    return "";
  }
}

std::string pkgimg::getFunctionSignature(const Function &F) {
  constexpr StringLiteral Unknown("?");
  if (F.getCallingConv() != CallingConv::C)
    return Unknown.str();
  const AttributeList Attributes = F.getAttributes();
  std::string Signature =
      getTypeName(F.getReturnType(), Attributes.getRetAttrs());
  if (Signature.empty())
    return Unknown.str();
  Signature += '(';
  ListSeparator Separator(",");
  for (const Argument &A : F.args()) {
    std::string Name =
        getTypeName(A.getType(), Attributes.getParamAttrs(A.getArgNo()));
    if (Name.empty())
      return Unknown.str();
    Signature += StringRef(Separator);
    Signature += Name;
  }
  if (F.isVarArg()) {
    Signature += StringRef(Separator);
    Signature += "...";
  }
  return Signature + ')';
}
