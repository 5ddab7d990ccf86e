; REQUIRES: opt-plugin, powerpc-registered-target

; Where variable arguments cannot be passed on, an alias and a word that is no
; slot stay with the original, and a remark says so.

; RUN: %opt-pkgimg -passes=pkgimg-multiversioning,verify -S %s \
; RUN:   -pass-remarks-missed=pkgimg-multiversioning \
; RUN:   '-pkgimg-mv-targets=ppc64le,+vsx;pwr9,+vsx,+power9-vector' \
; RUN:   2>%t.txt | FileCheck %s
; RUN: FileCheck --check-prefix=REMARK %s < %t.txt

; REMARK: remark: {{.*}}: alias 'variadic_alias' of 'variadic' stays with target 0's code: a variadic call cannot be passed on for this architecture

target triple = "powerpc64le-unknown-linux-gnu"

declare i1 @pkgimg.cpu.supports.power9-vector()

; CHECK: @thread = thread_local global ptr @variadic
; CHECK: @variadic_alias = alias i32 (i32, ...), ptr @variadic
; CHECK-NOT: = alias
@thread = thread_local global ptr @variadic
@variadic_alias = alias i32 (i32, ...), ptr @variadic
@alias = alias i32 (ptr), ptr @fixed

; CHECK: define hidden i32 @variadic.1(i32 %n, ...)
define i32 @variadic(i32 %n, ...) {
  %q = call i1 @pkgimg.cpu.supports.power9-vector()
  ret i32 %n
}

define i32 @fixed(ptr byval(i64) %p) noinline {
  %q = call i1 @pkgimg.cpu.supports.power9-vector()
  %r = zext i1 %q to i32
  ret i32 %r
}

; CHECK-LABEL: define i32 @alias(ptr byval(i64) %p)
; CHECK-NEXT:    %[[F:.*]] = load ptr, ptr @fixed.reloc_slot
; CHECK-NEXT:    %[[R:.*]] = tail call i32 %[[F]](ptr byval(i64) %p)
; CHECK-NEXT:    ret i32 %[[R]]
