//===- MultiVersioningTargets.cpp - Targets that are written out ----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/MultiVersioning.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pkgimg;

/// The name in \p Known nearest to \p Name, as "; did you mean 'x'?", or
/// nothing if none is near.
static std::string getSuggestion(StringRef Name) {
  static const StringLiteral Known[] = {"clone_all", "opt_size", "min_size",
                                        "base(0)"};
  const StringLiteral *Best = nullptr;
  unsigned BestDistance = 4;
  for (const StringLiteral &K : Known) {
    unsigned Distance = Name.edit_distance(K, true, BestDistance);
    if (Distance < BestDistance) {
      BestDistance = Distance;
      Best = &K;
    }
  }
  return Best ? ("; did you mean '" + *Best + "'?").str() : "";
}

Expected<std::vector<MVTarget>> pkgimg::parseMVTargets(StringRef Text) {
  std::vector<MVTarget> Result;
  auto Fail = [&](StringRef At, const Twine &Expected,
                  const std::string &Hint = "") {
    std::string Found =
        At.empty() ? std::string("nothing") : ("'" + At + "'").str();
    return createStringError(
        std::errc::invalid_argument,
        "CPU targets, position %u: expected %s, found %s%s",
        unsigned(At.data() - Text.data()) + 1, Expected.str().c_str(),
        Found.c_str(), Hint.c_str());
  };

  SmallVector<StringRef, 8> Targets;
  Text.split(Targets, ';');
  for (StringRef TargetText : Targets) {
    SmallVector<StringRef, 32> Tokens;
    TargetText.split(Tokens, ',');
    if (Tokens[0].empty() || Tokens[0].starts_with("+") ||
        Tokens[0].starts_with("-"))
      return Fail(Tokens[0], "the name of a CPU");
    MVTarget &T = Result.emplace_back();
    T.CPU = Tokens[0].str();
    std::vector<StringRef> FeatureTokens;
    for (StringRef Token : drop_begin(Tokens)) {
      StringRef Number = Token;
      if (Token.size() > 1 && (Token[0] == '+' || Token[0] == '-')) {
        FeatureTokens.push_back(Token);
        // The last mention of a feature counts, as in LLVM's strings.
        llvm::erase(T.Features, Token.drop_front().str());
        if (Token[0] == '+')
          T.Features.push_back(Token.drop_front().str());
      } else if (Token == "clone_all") {
        T.CloneAll = true;
      } else if (Token == "opt_size") {
        T.OptSize = true;
      } else if (Token == "min_size") {
        T.MinSize = true;
      } else if (Number.consume_front("base(") && Number.consume_back(")")) {
        if (Number.getAsInteger(10, T.Base))
          return Fail(Number, "the number of a target");
      } else {
        return Fail(Token,
                    "'+feature', '-feature', 'clone_all', 'opt_size', "
                    "'min_size' or 'base(N)'",
                    getSuggestion(Token));
      }
    }
    T.FeatureString = join(FeatureTokens, ",");
  }
  return Result;
}
