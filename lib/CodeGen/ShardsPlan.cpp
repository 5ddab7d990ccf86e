//===- ShardsPlan.cpp - Which definition goes to which shard --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardsImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::shards;

/// A shard is cut, if the number of shards is free, after at least MinWeight
/// and at most MaxWeight. The range is what cuts by content have to choose
/// from; its ends keep the largest shard under 1.5 times the mean.
static constexpr uint64_t MinWeight = 12000;
static constexpr uint64_t MaxWeight = 20000;
/// Beyond about this number shards become larger instead: each costs reading
/// the declarations and metadata of the whole module.
static constexpr uint64_t ManyShards = 64;
/// A larger local function is not inlined for being called but once: LLVM's
/// bonus for the last call, 15000, by its cost of an instruction, 5.
static constexpr uint64_t MaxLastCallWeight = 3000;
/// Functions up to this cost are inlined at -O2: LLVM's threshold by its cost
/// of an instruction.
static constexpr unsigned InlineLimit = 45;

namespace {
/// Sets of definitions, each known by the one with the lowest number: a
/// function, if there is one.
class Sets {
public:
  explicit Sets(const ModuleGraph &G) {
    for (auto [I, D] : enumerate(G.Defs)) {
      Parent.push_back(I);
      Weight.push_back(D.IsReplicated ? 0 : D.Weight);
    }
  }
  unsigned find(unsigned I) {
    while (Parent[I] != I)
      I = Parent[I] = Parent[Parent[I]];
    return I;
  }
  uint64_t weight(unsigned Root) const { return Weight[Root]; }
  void join(unsigned A, unsigned B) {
    A = find(A);
    B = find(B);
    if (A == B)
      return;
    if (B < A)
      std::swap(A, B);
    Parent[B] = A;
    Weight[A] += Weight[B];
  }

private:
  std::vector<unsigned> Parent;
  std::vector<uint64_t> Weight;
};

/// A run of these is a shard.
struct Cluster {
  /// Where it stands in the module; below all others if it must come first.
  int64_t Position;
  unsigned Root;
  uint64_t Weight;
};

class Planner {
public:
  Planner(ModuleGraph &G, unsigned NumShards);
  unsigned run();

private:
  bool isFunction(unsigned I) const { return isa<Function>(G.Defs[I].GV); }
  void bond();
  bool isCalled(unsigned I) const;
  void findUsers(unsigned I, SmallVectorImpl<unsigned> &Users) const;
  void joinSoleUsers();
  void joinCallers();
  void placeData();
  std::vector<Cluster> getClusters();
  uint64_t getHash(unsigned Root) const;
  std::vector<unsigned> cutByContent(ArrayRef<Cluster> Clusters) const;
  std::vector<unsigned> cutEvenly(ArrayRef<Cluster> Clusters) const;

  ModuleGraph &G;
  unsigned NumShards;
  uint64_t Total = 0;
  /// The limits of shards, if their number is free.
  uint64_t Min = MinWeight, Max = MaxWeight;
  /// The limit for units that a local symbol joins, and for clusters.
  uint64_t UnitLimit, ClusterLimit;
  Sets Units;
  /// By number of a definition that is no function: the function that is its
  /// place in the module, or itself.
  std::vector<unsigned> Place;
};
} // namespace

Planner::Planner(ModuleGraph &G, unsigned NumShards)
    : G(G), NumShards(NumShards), Units(G) {
  for (const Definition &D : G.Defs)
    Total += D.IsReplicated ? 0 : D.Weight;
  // By powers of two, so that a small change changes the sizes seldom.
  while (Total / Max > ManyShards) {
    Min *= 2;
    Max *= 2;
  }
  UnitLimit = NumShards ? std::max<uint64_t>(Total / NumShards, 1) : Max / 2;
  ClusterLimit = NumShards ? Total / NumShards / 6 : Max / 6;
}

void Planner::bond() {
  for (auto [A, B] : G.Bonds)
    if (!G.Defs[A].IsReplicated && !G.Defs[B].IsReplicated)
      Units.join(A, B);
  unsigned Pinned = NoShard;
  for (auto [I, D] : enumerate(G.Defs)) {
    if (!D.IsPinned)
      continue;
    if (Pinned != NoShard)
      Units.join(Pinned, I);
    Pinned = I;
  }
}

bool Planner::isCalled(unsigned I) const {
  return any_of(G.Defs[I].Users, [&](unsigned User) {
    return any_of(G.Defs[User].Refs,
                  [&](const Reference &R) { return R.To == I && R.Calls; });
  });
}

/// What uses \p I, itself or through what is copied.
void Planner::findUsers(unsigned I, SmallVectorImpl<unsigned> &Users) const {
  SmallVector<unsigned, 8> Work = {I};
  SmallDenseSet<unsigned, 8> Seen;
  while (!Work.empty())
    for (unsigned User : G.Defs[Work.pop_back_val()].Users) {
      if (!Seen.insert(User).second)
        continue;
      if (G.Defs[User].IsReplicated)
        Work.push_back(User);
      else
        Users.push_back(User);
    }
}

/// Joins local symbols that one unit alone uses to that.
void Planner::joinSoleUsers() {
  SmallVector<unsigned, 64> Locals;
  for (auto [I, D] : enumerate(G.Defs))
    if (D.GV->hasLocalLinkage() && !D.IsReplicated)
      Locals.push_back(I);
  bool IsChanged = true;
  while (IsChanged) {
    IsChanged = false;
    llvm::erase_if(Locals, [&](unsigned I) {
      unsigned Own = Units.find(I), Sole = NoShard;
      SmallVector<unsigned, 16> Users;
      findUsers(I, Users);
      for (unsigned User : Users) {
        User = Units.find(User);
        if (User == Own || User == Sole)
          continue;
        if (Sole != NoShard)
          return false; // Two users; they may yet become one.
        Sole = User;
      }
      if (Sole == NoShard)
        return true;
      // There is nothing to gain from being near a table of addresses.
      if (isFunction(I) &&
          (!isCalled(I) || G.Defs[I].Weight > MaxLastCallWeight))
        return true;
      if (Units.weight(Own) + Units.weight(Sole) > UnitLimit)
        return true;
      Units.join(Own, Sole);
      IsChanged = true;
      return true;
    });
  }
}

/// Joins units with many calls between them, those with most first.
void Planner::joinCallers() {
  struct Edge {
    unsigned From, To;
    uint64_t Score;
  };
  std::vector<Edge> Edges;
  for (auto [I, D] : enumerate(G.Defs)) {
    if (D.IsReplicated)
      continue;
    for (const Reference &R : D.Refs) {
      const Definition &Callee = G.Defs[R.To];
      unsigned A = Units.find(I), B = Units.find(R.To);
      if (!R.Calls || Callee.IsReplicated || A == B)
        continue;
      // A local callee would have to be promoted, a small one be copied.
      uint64_t Score = R.Calls;
      if (Callee.GV->hasLocalLinkage())
        Score *= 2;
      if (Callee.InlineCost <= InlineLimit)
        Score *= 4;
      Edges.push_back({std::min(A, B), std::max(A, B), Score});
    }
  }
  llvm::sort(Edges, [](const Edge &A, const Edge &B) {
    return std::tie(A.From, A.To, A.Score) < std::tie(B.From, B.To, B.Score);
  });
  size_t Size = 0;
  for (const Edge &E : Edges) {
    if (Size && Edges[Size - 1].From == E.From && Edges[Size - 1].To == E.To)
      Edges[Size - 1].Score += E.Score;
    else
      Edges[Size++] = E;
  }
  Edges.resize(Size);
  llvm::sort(Edges, [](const Edge &A, const Edge &B) {
    return std::tie(B.Score, A.From, A.To) < std::tie(A.Score, B.From, B.To);
  });
  for (const Edge &E : Edges) {
    unsigned A = Units.find(E.From), B = Units.find(E.To);
    if (E.Score > 1 && Units.weight(A) + Units.weight(B) <= ClusterLimit)
      Units.join(A, B);
  }
}

/// Gives units without functions the place of the first function that uses
/// them, or that they use, and joins them to its unit if they are small.
void Planner::placeData() {
  Place.resize(G.Defs.size());
  for (unsigned I = 0, E = G.Defs.size(); I != E; ++I)
    Place[I] = NoShard;
  SmallVector<unsigned, 16> Work;
  for (unsigned F = 0, E = G.Defs.size(); F != E && isFunction(F); ++F) {
    if (G.Defs[F].IsReplicated)
      continue;
    Place[F] = F;
    Work.push_back(F);
    while (!Work.empty())
      for (const Reference &R : G.Defs[Work.pop_back_val()].Refs)
        if (Place[R.To] == NoShard &&
            (!isFunction(R.To) || G.Defs[R.To].IsReplicated)) {
          Place[R.To] = F;
          Work.push_back(R.To);
        }
  }
  for (auto [I, D] : enumerate(G.Defs)) {
    if (Place[I] != NoShard)
      continue;
    for (const Reference &R : D.Refs)
      Place[I] = std::min(Place[I], isFunction(R.To) ? R.To : Place[R.To]);
    if (Place[I] == NoShard)
      Place[I] = I;
  }
  for (unsigned I = 0, E = G.Defs.size(); I != E; ++I) {
    unsigned Own = Units.find(I);
    if (G.Defs[I].IsReplicated || isFunction(Own))
      continue;
    unsigned Other = Units.find(Place[I]);
    if (Units.weight(Own) + Units.weight(Other) <= UnitLimit)
      Units.join(Own, Other);
  }
}

std::vector<Cluster> Planner::getClusters() {
  std::vector<Cluster> Clusters;
  SmallDenseSet<unsigned> Pinned;
  for (auto [I, D] : enumerate(G.Defs))
    if (D.IsPinned)
      Pinned.insert(Units.find(I));
  for (auto [I, D] : enumerate(G.Defs)) {
    if (D.IsReplicated || Units.find(I) != I)
      continue;
    int64_t Position = Pinned.contains(I) ? -1 : int64_t(Place[I]);
    Clusters.push_back({Position, unsigned(I), Units.weight(I)});
  }
  llvm::sort(Clusters, [](const Cluster &A, const Cluster &B) {
    return std::tie(A.Position, A.Root) < std::tie(B.Position, B.Root);
  });
  return Clusters;
}

uint64_t Planner::getHash(unsigned Root) const {
  return xxh3_64bits(G.Defs[Root].GV->getName());
}

/// Returns the index behind the last cluster of each shard.
std::vector<unsigned> Planner::cutByContent(ArrayRef<Cluster> Clusters) const {
  std::vector<unsigned> Ends;
  uint64_t Rest = Total;
  unsigned Begin = 0;
  while (Rest > Max) {
    // The last two share what is not enough for them both.
    uint64_t Low = Min, High = Max;
    if (Rest < Max + Min / 2) {
      Low = Min / 2;
      High = Rest - Min / 2;
    }
    unsigned End = 0;
    uint64_t Size = 0, EndSize = 0, Best = 0;
    for (unsigned I = Begin; I != Clusters.size(); ++I) {
      uint64_t Next = Size + Clusters[I].Weight;
      if (Next > High) {
        // A large unit is by itself unless too little stands before it.
        if (!End) {
          bool IsBefore = Size >= Low / 2;
          End = IsBefore ? I : I + 1;
          EndSize = IsBefore ? Size : Next;
        }
        break;
      }
      Size = Next;
      uint64_t Hash = getHash(Clusters[I].Root);
      if (Size >= Low && (!End || Hash < Best)) {
        End = I + 1;
        EndSize = Size;
        Best = Hash;
      }
    }
    Ends.push_back(End);
    Begin = End;
    Rest -= EndSize;
  }
  if (Begin != Clusters.size())
    Ends.push_back(Clusters.size());
  return Ends;
}

/// As cutByContent(), into NumShards shards, or as many as there are clusters.
std::vector<unsigned> Planner::cutEvenly(ArrayRef<Cluster> Clusters) const {
  unsigned Count = std::min<size_t>(NumShards, Clusters.size());
  auto Cut = [&](uint64_t Limit) {
    std::vector<unsigned> Ends;
    uint64_t Size = 0;
    for (unsigned I = 0, E = Clusters.size(); I != E; ++I) {
      // Where no more than a cluster for each other shard is left, cut always.
      bool MustCut = E - I <= Count - std::min<size_t>(Count, Ends.size() + 1);
      if (I && (Size + Clusters[I].Weight > Limit || MustCut)) {
        Ends.push_back(I);
        Size = 0;
      }
      Size += Clusters[I].Weight;
    }
    if (!Clusters.empty())
      Ends.push_back(Clusters.size());
    return Ends;
  };
  // The least limit that needs no more shards.
  uint64_t Low = 0, High = Total;
  while (Low < High) {
    uint64_t Middle = Low + (High - Low) / 2;
    if (Cut(Middle).size() <= Count)
      High = Middle;
    else
      Low = Middle + 1;
  }
  return Cut(Low);
}

unsigned Planner::run() {
  if (G.IsWhole || NumShards == 1 || (!NumShards && Total <= Max)) {
    for (Definition &D : G.Defs) {
      D.IsReplicated = false;
      D.Shard = 0;
    }
    return 1;
  }
  bond();
  joinSoleUsers();
  Sets Bare = Units;
  joinCallers();
  placeData();
  std::vector<Cluster> Clusters = getClusters();
  if (Clusters.size() < NumShards) {
    Units = Bare;
    Clusters = getClusters();
  }
  std::vector<unsigned> Ends =
      NumShards ? cutEvenly(Clusters) : cutByContent(Clusters);
  std::vector<unsigned> ShardOf(G.Defs.size(), NoShard);
  unsigned Begin = 0;
  for (auto [Shard, End] : enumerate(Ends))
    for (; Begin != End; ++Begin)
      ShardOf[Clusters[Begin].Root] = Shard;
  for (auto [I, D] : enumerate(G.Defs))
    if (!D.IsReplicated)
      D.Shard = ShardOf[Units.find(I)];
  return std::max<size_t>(Ends.size(), 1);
}

unsigned shards::planShards(ModuleGraph &G, unsigned NumShards) {
  return Planner(G, NumShards).run();
}
