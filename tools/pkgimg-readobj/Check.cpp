//===- Check.cpp - what the verifier found --------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

static StringRef getStatusName(VerifiedItem::StatusType Status) {
  switch (Status) {
  case VerifiedItem::Verified:
    return "verified";
  case VerifiedItem::Sound:
    return "sound";
  case VerifiedItem::Skipped:
    return "skipped";
  }
  llvm_unreachable("unknown status");
}

Value readobj::describeCheck(StringRef Name, const VerifierReport &Report) {
  Value V = Value::object();
  V.add("File", Value::string(Name));
  V.add("Kind", Value::enumerator(getPackageFileKindName(Report.Kind)));
  V.add("Sound", Value::boolean(true));
  Value Items = Value::list("Item");
  for (const VerifiedItem &I : Report.Items) {
    Value Item = Value::object();
    Item.add("What", Value::enumerator(I.What));
    Item.add("Status", Value::enumerator(getStatusName(I.Status)));
    if (!I.Detail.empty())
      Item.add("Detail", Value::string(I.Detail));
    Items.append(std::move(Item), I.What);
  }
  V.add("Items", std::move(Items));
  return V;
}

Value readobj::describeFailedCheck(StringRef Name, StringRef Message) {
  Value V = Value::object();
  V.add("File", Value::string(Name));
  V.add("Sound", Value::boolean(false));
  V.add("Error", Value::string(Message));
  return V;
}

void readobj::printCheckLines(const Value &Check, raw_ostream &OS) {
  std::string File = escapeText(Check.find("File")->str());
  if (!Check.find("Sound")->getBool()) {
    OS << File << ": not sound\n";
    return;
  }
  for (const Value::Child &Item : Check.find("Items")->children()) {
    OS << File << ": " << Item.V.find("What")->str() << ": "
       << Item.V.find("Status")->str();
    if (const Value *Detail = Item.V.find("Detail"))
      OS << ": " << escapeText(Detail->str());
    OS << '\n';
  }
  OS << File << ": sound " << Check.find("Kind")->str() << '\n';
}
