; REQUIRES: opt-plugin, x86-registered-target, aarch64-registered-target

; Which functions follow those that are cloned for a reason of their own. Here
; only the functions named "work" have one: they ask for a feature.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=4 \
; RUN:   '-pkgimg-mv-targets=x86-64,+sse2;haswell,+sse2,+avx' 2>&1 | FileCheck %s
; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -disable-output %s \
; RUN:   -mtriple=aarch64-linux-gnu \
; RUN:   -pkgimg-print-clones -pkgimg-mv-inline-limit=4 \
; RUN:   '-pkgimg-mv-targets=generic;apple-m1,+avx' 2>&1 | FileCheck --check-prefix=ARM64 %s

; CHECK:      function
; CHECK-NEXT: {{^work +1 haswell +cpu }}
; CHECK-NEXT: {{^work_and_calls +1 haswell +cpu }}
; CHECK-NEXT: {{^between1 +1 haswell +path }}
; CHECK-NEXT: {{^between2 +1 haswell +path }}
; CHECK-NEXT: {{^calls_small +1 haswell +inline }}
; CHECK-NEXT: {{^small_work +1 haswell +cpu }}
; CHECK-NEXT: {{^calls_hinted +1 haswell +inline }}
; CHECK-NEXT: {{^hinted_work +1 haswell +cpu }}
; CHECK-NEXT: {{^only_caller +1 haswell +inline }}
; CHECK-NEXT: {{^local_work +1 haswell +cpu }}
; CHECK-NEXT: {{^always_work +1 haswell +cpu }}
; CHECK-NEXT: {{^calls_always_work +1 haswell +always_inline }}
; CHECK-NEXT: {{^always +1 haswell +always_inline }}
; CHECK-NEXT: {{^calls_always +1 haswell +cpu }}
; CHECK-NEXT: {{^calls_with_struct +1 haswell +inline }}
; CHECK-NEXT: {{^calls_with_struct_callee +1 haswell +cpu }}
; CHECK-NEXT: {{^through_alias +1 haswell +inline }}
; CHECK-NEXT: target 1 haswell: 17 of

; AArch64 compares tuning features, so small functions, too, must be cloned to be
; inlined.
; ARM64: {{^tiny +1 apple-m1 +inline }}

target triple = "x86_64-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.avx()
declare void @sink(i32)
declare void @take({ i32, i32 })

define void @work() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx()
  %r = zext i1 %q to i32
  call void @sink(i32 %r)
  ret void
}

; A path of two functions that gain nothing, from one that is cloned to another.
define void @work_and_calls() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx()
  call void @between1()
  call void @cold_between()
  ret void
}
define void @between1() noinline {
  call void @between2()
  call void @dead_end()
  ret void
}
define void @between2() noinline {
  call void @work()
  call void @sink(i32 1)
  call void @sink(i32 1)
  ret void
}
; Does not lead to a cloned function.
define void @dead_end() noinline {
  call void @sink(i32 0)
  ret void
}
define void @cold_between() noinline cold {
  call void @work()
  ret void
}
; Is not reached from a cloned function, and could not inline the callee.
define void @only_calls() noinline {
  call void @work()
  ret void
}

; Callers of what would be inlined.
define void @calls_small() noinline {
  call void @small_work()
  call void @small_work()
  ret void
}
define void @small_work() {
  %q = call i1 @pkgimg.cpu.supports.avx()
  ret void
}
define void @cold_calls_small() noinline cold {
  call void @small_work()
  ret void
}
define void @calls_hinted() noinline {
  call void @hinted_work()
  ret void
}
define void @hinted_work() inlinehint {
  %q = call i1 @pkgimg.cpu.supports.avx()
  call void @sink(i32 1)
  call void @sink(i32 1)
  call void @sink(i32 1)
  call void @sink(i32 1)
  ret void
}
define void @only_caller() noinline {
  call void @local_work()
  ret void
}
define internal void @local_work() {
  %q = call i1 @pkgimg.cpu.supports.avx()
  call void @sink(i32 1)
  call void @sink(i32 1)
  call void @sink(i32 1)
  call void @sink(i32 1)
  call void @sink(i32 1)
  ret void
}

; alwaysinline, both ways.
define void @always_work() alwaysinline {
  %q = call i1 @pkgimg.cpu.supports.avx()
  ret void
}
define void @calls_always_work() noinline cold {
  call void @always_work()
  ret void
}
define void @always() alwaysinline {
  call void @sink(i32 1)
  ret void
}
define void @calls_always() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx()
  call void @always()
  call void @tiny()
  ret void
}
; Can be inlined into the clone as it is.
define void @tiny() {
  call void @sink(i32 2)
  ret void
}

; LLVM does not inline calls with aggregates where features differ on x86.
define void @calls_with_struct() {
  call void @take({ i32, i32 } zeroinitializer)
  ret void
}
define void @calls_with_struct_callee() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx()
  call void @calls_with_struct()
  ret void
}

@small_alias = alias void (), ptr @small_work
define void @through_alias() noinline {
  call void @small_alias()
  ret void
}
