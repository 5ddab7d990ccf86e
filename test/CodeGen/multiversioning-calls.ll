; REQUIRES: opt-plugin, x86-registered-target, aarch64-registered-target

; Every form of call and reference in code: from code that runs for several
; targets ("shared_...") through a slot where one is needed, from clones to
; clones directly. "work" is cloned, because it asks for a feature.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -mtriple=x86_64-unknown-linux-gnu -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+more' -o %t.x86.ll
; RUN: FileCheck %s < %t.x86.ll
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -mtriple=aarch64-unknown-linux-gnu -pkgimg-mv-inline-limit=0 \
; RUN:   '-pkgimg-mv-targets=generic,+neon;apple-m1,+neon,+more' -o %t.arm.ll
; RUN: FileCheck %s < %t.arm.ll

; The result is fit for the optimiser and the code generator.
; RUN: opt -O2 %t.x86.ll -o %t.x86.bc
; RUN: llc -filetype=obj -relocation-model=pic %t.x86.bc -o %t.x86.o
; RUN: llc -filetype=obj -relocation-model=pic %t.x86.ll -O0 -o %t.x86.o
; RUN: opt -O2 %t.arm.ll -o %t.arm.bc
; RUN: llc -filetype=obj -relocation-model=pic %t.arm.bc -o %t.arm.o

; CHECK: @work.reloc_slot = hidden externally_initialized global ptr @work, align 8
; CHECK-NOT: .reloc_slot =
; CHECK: @variadic.reloc_slot = hidden
; CHECK-NOT: .reloc_slot =

declare i1 @pkgimg.cpu.supports.more()
declare void @escape(ptr)
declare i32 @personality(...)

@counter = thread_local global i32 0
@where = global ptr null

; CHECK-LABEL: define dso_local i32 @work(i32 %x)
; CHECK-LABEL: define hidden i32 @work.1(i32 %x)
define dso_local i32 @work(i32 %x) {
  %q = call i1 @pkgimg.cpu.supports.more()
  ret i32 %x
}

; CHECK-LABEL: define i32 @shared_call(
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot, align 8, !invariant.load ![[E:[0-9]+]], !nonnull ![[E]], !noundef ![[E]]
; CHECK-NEXT:    %r = call i32 %[[F]](i32 %x)
; CHECK-NOT:   @shared_call.1
define i32 @shared_call(i32 %x) noinline {
  %r = call i32 @work(i32 %x)
  ret i32 %r
}

; A call through a pointer stays what it is; the pointer is what was loaded.
; CHECK-LABEL: define i32 @shared_indirect(
; CHECK-NEXT:    %r = call i32 %f(i32 1)
define i32 @shared_indirect(ptr %f) {
  %r = call i32 %f(i32 1)
  ret i32 %r
}

; CHECK-LABEL: define i1 @shared_addresses(
; CHECK:         %[[F1:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    store ptr %[[F1]], ptr @where
; CHECK-NEXT:    %[[F2:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    call void @escape(ptr %[[F2]])
; CHECK-NEXT:    %[[F3:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %c = icmp eq ptr %p, %[[F3]]
; CHECK-NEXT:    %[[F4:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %s = select i1 %c, ptr %[[F4]], ptr %p
; CHECK-NEXT:    %[[F5:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %[[I:.*]] = ptrtoint ptr %[[F5]] to i64
; CHECK-NEXT:    store i64 %[[I]], ptr @where
define i1 @shared_addresses(ptr %p) {
  store ptr @work, ptr @where
  call void @escape(ptr @work)
  %c = icmp eq ptr %p, @work
  %s = select i1 %c, ptr @work, ptr %p
  store i64 ptrtoint (ptr @work to i64), ptr @where
  call void @escape(ptr %s)
  ret i1 %c
}

; A phi takes a load from the entry block, and one only.
; CHECK-LABEL: define ptr @shared_phi(
; CHECK-NEXT:  entry:
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    switch
; CHECK:         phi ptr [ %[[F]], %entry ], [ %[[F]], %entry ], [ null, %other ]
define ptr @shared_phi(i32 %x) {
entry:
  switch i32 %x, label %other [ i32 1, label %join
                                i32 2, label %join ]
other:
  br label %join
join:
  %p = phi ptr [ @work, %entry ], [ @work, %entry ], [ null, %other ]
  ret ptr %p
}

; CHECK-LABEL: define i32 @shared_invoke(
; CHECK:         %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %r = invoke i32 %[[F]](i32 1)
define i32 @shared_invoke() personality ptr @personality {
entry:
  %r = invoke i32 @work(i32 1) to label %ok unwind label %bad
ok:
  ret i32 %r
bad:
  %l = landingpad { ptr, i32 } cleanup
  resume { ptr, i32 } %l
}

; CHECK-LABEL: define i32 @shared_musttail(
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    %r = musttail call i32 %[[F]](i32 %x)
; CHECK-NEXT:    ret i32 %r
define i32 @shared_musttail(i32 %x) {
  %r = musttail call i32 @work(i32 %x)
  ret i32 %r
}

; CHECK-LABEL: define i32 @variadic(i32 %n, ...)
; CHECK-LABEL: define hidden i32 @variadic.1(i32 %n, ...)
define i32 @variadic(i32 %n, ...) {
  %list = alloca [32 x i8]
  call void @llvm.va_start(ptr %list)
  call void @llvm.va_end(ptr %list)
  %q = call i1 @pkgimg.cpu.supports.more()
  ret i32 %n
}
; CHECK-LABEL: define i32 @shared_variadic(
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @variadic.reloc_slot
; CHECK-NEXT:    %r = call i32 (i32, ...) %[[F]](i32 1, i64 2)
define i32 @shared_variadic() {
  %r = call i32 (i32, ...) @variadic(i32 1, i64 2)
  ret i32 %r
}

; A constant of the assembler must stay one; a register need not.
; CHECK-LABEL: define void @shared_asm(
; CHECK-NEXT:    call void asm sideeffect "", "i"(ptr @work)
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @work.reloc_slot
; CHECK-NEXT:    call void asm sideeffect "", "r"(ptr %[[F]])
define void @shared_asm() {
  call void asm sideeffect "", "i"(ptr @work)
  call void asm sideeffect "", "r"(ptr @work)
  ret void
}

; What the compiler was told of the targets of an indirect call is true no more.
; CHECK-LABEL: define void @shared_callees(
; CHECK-NEXT:    call i32 %f(i32 0)
; CHECK-NEXT:    ret void
define void @shared_callees(ptr %f) {
  call i32 %f(i32 0), !callees !{ptr @work}
  ret void
}

; Recursion is direct in every version.
; CHECK-LABEL: define i32 @recursive(
; CHECK:         call i32 @recursive(i32 1)
; CHECK:         call void @escape(ptr @recursive)
; CHECK-LABEL: define hidden i32 @recursive.1(
; CHECK:         call i32 @recursive.1(i32 1)
; CHECK:         call void @escape(ptr @recursive.1)
define i32 @recursive(i32 %x) {
  %q = call i1 @pkgimg.cpu.supports.more()
  %r = call i32 @recursive(i32 1)
  call void @escape(ptr @recursive)
  ret i32 %r
}

; So it is among several, of which one only has a reason; the thread-local
; variable is the same for all.
; CHECK-LABEL: define i32 @ping(
; CHECK:         @llvm.threadlocal.address.p0(ptr @counter)
; CHECK:         call i32 @pong(
; CHECK-LABEL: define hidden i32 @ping.1(
; CHECK:         @llvm.threadlocal.address.p0(ptr @counter)
; CHECK:         call i32 @pong.1(
; CHECK-LABEL: define internal i32 @pong(
; CHECK:         call i32 @ping(
; CHECK-LABEL: define internal i32 @pong.1(
; CHECK:         call i32 @ping.1(
define i32 @ping(i32 %x) {
  %q = call i1 @pkgimg.cpu.supports.more()
  %p = call ptr @llvm.threadlocal.address.p0(ptr @counter)
  store i32 %x, ptr %p
  %r = call i32 @pong(i32 %x)
  ret i32 %r
}
define internal i32 @pong(i32 %x) noinline {
  %r = call i32 @ping(i32 %x)
  ret i32 %r
}

; Calls between clones, also with exceptions.
; CHECK-LABEL: define i32 @cloned_caller(
; CHECK:         invoke i32 @work(i32 1)
; CHECK:         call void @escape(ptr @work)
; CHECK-LABEL: define hidden i32 @cloned_caller.1(
; CHECK-SAME:    personality ptr @personality
; CHECK:         invoke i32 @work.1(i32 1)
; CHECK:         landingpad
; CHECK:         call void @escape(ptr @work.1)
; CHECK:         call i32 (i32, ...) @variadic.1(
define i32 @cloned_caller() personality ptr @personality {
entry:
  %q = call i1 @pkgimg.cpu.supports.more()
  %r = invoke i32 @work(i32 1) to label %ok unwind label %bad
ok:
  ret i32 %r
bad:
  %l = landingpad { ptr, i32 } cleanup
  call void @escape(ptr @work)
  %v = call i32 (i32, ...) @variadic(i32 1)
  resume { ptr, i32 } %l
}

; CHECK: !pkgimg.mv.functions = !{![[WORK:[0-9]+]], ![[VARIADIC:[0-9]+]], !{{[0-9]+}}, !{{[0-9]+}}, !{{[0-9]+}}, !{{[0-9]+}}}
; CHECK: !pkgimg.mv.slots = !{![[SLOT:[0-9]+]], !{{[0-9]+}}}
; CHECK: ![[WORK]] = !{ptr @work, ptr @work.1}
; CHECK: ![[VARIADIC]] = !{ptr @variadic, ptr @variadic.1}
; CHECK: ![[SLOT]] = !{ptr @work, ptr @work.reloc_slot, i64 0}
