; REQUIRES: opt-plugin, x86-registered-target, aarch64-registered-target

; Function addresses in initialised variables, and other names of functions.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+more' -o %t.x86.ll
; RUN: FileCheck %s < %t.x86.ll
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -mtriple=aarch64-unknown-linux-gnu -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=generic,+neon;apple-m1,+neon,+more' -o %t.arm.ll
; RUN: FileCheck %s < %t.arm.ll

; No optimisation takes the words for what they are at first, or away.
; RUN: opt -O2 -S %t.x86.ll | FileCheck --check-prefix=O2 %s
; RUN: llc -filetype=obj -relocation-model=pic %t.x86.ll -o %t.o
; RUN: llc -filetype=obj -relocation-model=pic %t.arm.ll -o %t.o

target triple = "x86_64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.more()
declare void @escape(ptr)

; Constants with slots are no longer that.
; CHECK: @vtable = externally_initialized global { [4 x ptr] } { [4 x ptr] [ptr null, ptr @vtable, ptr @work, ptr @plain] }
; CHECK: @nested = externally_initialized global { i8, { i32, [2 x ptr] } } { i8 1, { i32, [2 x ptr] } { i32 2, [2 x ptr] [ptr @variadic, ptr @work] } }
; CHECK: @integer = externally_initialized global i64 ptrtoint (ptr @work to i64)
; CHECK: @variable = externally_initialized global ptr @work
; CHECK: @local = hidden externally_initialized global [2 x ptr] [ptr @work, ptr @plain]
; CHECK: @pkgimg.unnamed = hidden unnamed_addr externally_initialized global [1 x ptr] [ptr @work]
@vtable = constant { [4 x ptr] } { [4 x ptr] [ ptr null, ptr @vtable, ptr @work, ptr @plain ] }
@nested = global { i8, { i32, [2 x ptr] } } { i8 1, { i32, [2 x ptr] } { i32 2, [2 x ptr] [ ptr @variadic, ptr @work ] } }
@integer = constant i64 ptrtoint (ptr @work to i64)
@variable = global ptr @work
@local = internal constant [2 x ptr] [ ptr @work, ptr @plain ]
@0 = private unnamed_addr constant [1 x ptr] [ ptr @work ]

; What is not a word that a loader can write gets a function that calls through
; the slot.
; CHECK: @thread = thread_local global ptr @work.forward
; CHECK: @section = constant ptr @work.forward, section ".mine"
; CHECK: @packed = global <{ i8, ptr }> <{ i8 0, ptr @work.forward }>
; CHECK: @relative = constant i32 trunc (i64 sub (i64 ptrtoint (ptr @work.forward to i64), i64 ptrtoint (ptr @relative to i64)) to i32)
; CHECK: @mixed = externally_initialized global [2 x i64] [i64 ptrtoint (ptr @work to i64), i64 add (i64 ptrtoint (ptr @work.forward to i64), i64 1)]
@thread = thread_local global ptr @work
@section = constant ptr @work, section ".mine"
@packed = global <{ i8, ptr }> <{ i8 0, ptr @work }>
@relative = constant i32 trunc (i64 sub (i64 ptrtoint (ptr @work to i64), i64 ptrtoint (ptr @relative to i64)) to i32)
@mixed = constant [2 x i64] [ i64 ptrtoint (ptr @work to i64), i64 add (i64 ptrtoint (ptr @work to i64), i64 1) ]

; These stay as they are.
; CHECK: @other = constant ptr @plain
; CHECK: @there = available_externally constant ptr @work
; CHECK: @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @constructor, ptr null }]
; CHECK: @llvm.used = appending global [2 x ptr] [ptr @work, ptr @used_alias], section "llvm.metadata"
@other = constant ptr @plain
@there = available_externally constant ptr @work
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @constructor, ptr null }]
@llvm.used = appending global [2 x ptr] [ ptr @work, ptr @used_alias ], section "llvm.metadata"

; CHECK-NOT: @inner =
; CHECK: @weak_alias = weak alias i32 (i32), ptr @work
; CHECK: @data_alias = alias ptr, ptr @variable
; CHECK-NOT: = alias
; CHECK: @ifunc = ifunc i32 (i32), ptr @resolver
@exported_alias = alias i32 (i32), ptr @work
@second_alias = alias i32 (i32), ptr @exported_alias
@inner = internal alias i32 (i32), ptr @work
@used_alias = internal alias i32 (i32), ptr @work
@weak_alias = weak alias i32 (i32), ptr @work
@data_alias = alias ptr, ptr @variable
@ifunc = ifunc i32 (i32), ptr @resolver

; CHECK-LABEL: define i32 @work(i32 %x)
; CHECK-LABEL: define internal i32 @work.forward(i32 %x)
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %[[R:.*]] = tail call i32 %[[F]](i32 %x)
; CHECK-NEXT:    ret i32 %[[R]]
define i32 @work(i32 %x) {
  %q = call i1 @pkgimg.cpu.supports.more()
  %r = zext i1 %q to i32
  ret i32 %r
}

define i32 @plain(i32 %x) {
  ret i32 %x
}

define i32 @variadic(i32 %n, ...) {
  %q = call i1 @pkgimg.cpu.supports.more()
  ret i32 %n
}
@variadic_alias = alias i32 (i32, ...), ptr @variadic

; Runs before a loader can have written anything, so it is not cloned.
; CHECK-LABEL: define internal void @constructor()
; CHECK-NOT: @constructor.1
define internal void @constructor() {
  %q = call i1 @pkgimg.cpu.supports.more()
  ret void
}

; CHECK-NOT: @resolver.1
define ptr @resolver() {
  %q = call i1 @pkgimg.cpu.supports.more()
  ret ptr @plain
}

; Within the module, an alias is what it stands for, so that the call is direct
; in the clone.
; CHECK-LABEL: define i32 @call_aliases(
; CHECK-NEXT:    call i32 @work(i32 1)
; CHECK-NEXT:    call i32 @work(i32 2)
; CHECK-NEXT:    call i32 @weak_alias(i32 3)
; CHECK-NEXT:    call i32 @ifunc(i32 4)
; CHECK-LABEL: define hidden i32 @call_aliases.1(
; CHECK-NEXT:    call i32 @work.1(i32 1)
; CHECK-NEXT:    call i32 @work.1(i32 2)
; CHECK-NEXT:    call i32 @weak_alias(i32 3)
; CHECK-NEXT:    call i32 @ifunc(i32 4)
define i32 @call_aliases() {
  %q = call i1 @pkgimg.cpu.supports.more()
  %a = call i32 @inner(i32 1)
  %b = call i32 @second_alias(i32 2)
  %c = call i32 @weak_alias(i32 3)
  %d = call i32 @ifunc(i32 4)
  ret i32 %a
}

; O2-LABEL: define{{.*}} ptr @read_constant()
; O2:         load ptr, ptr {{.*}}@vtable
define ptr @read_constant() {
  %p = load ptr, ptr getelementptr (i8, ptr @vtable, i64 16)
  ret ptr %p
}
; O2-LABEL: define{{.*}} ptr @read_local()
; O2:         load ptr, ptr @local
define ptr @read_local() {
  %p = load ptr, ptr @local
  ret ptr %p
}
define void @use() {
  call void @escape(ptr @0)
  ret void
}

; CHECK-LABEL: define i32 @exported_alias(i32 %x)
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %[[R:.*]] = tail call i32 %[[F]](i32 %x)
; CHECK-LABEL: define i32 @second_alias(i32 %x)
; CHECK-NEXT:    load ptr, ptr @work.reloc_slot
; CHECK-LABEL: define internal i32 @used_alias(i32 %x)
; CHECK-NEXT:    load ptr, ptr @work.reloc_slot
; CHECK-LABEL: define i32 @variadic_alias(i32 %n, ...)
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @variadic.reloc_slot
; CHECK-NEXT:    %[[R:.*]] = musttail call i32 (i32, ...) %[[F]](i32 %n, ...)
; CHECK-NEXT:    ret i32 %[[R]]

; CHECK: !pkgimg.mv.slots = !{
; CHECK: !{ptr @work, ptr @work.reloc_slot, i64 0}
; CHECK: !{ptr @work, ptr @vtable, i64 16}
; CHECK: !{ptr @work, ptr @nested, i64 24}
; CHECK: !{ptr @work, ptr @integer, i64 0}
; CHECK: !{ptr @work, ptr @variable, i64 0}
; CHECK: !{ptr @work, ptr @local, i64 0}
; CHECK: !{ptr @work, ptr @pkgimg.unnamed, i64 0}
; CHECK: !{ptr @work, ptr @mixed, i64 0}
; CHECK: !{ptr @variadic, ptr @variadic.reloc_slot, i64 0}
; CHECK: !{ptr @variadic, ptr @nested, i64 16}
