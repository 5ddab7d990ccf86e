; Data, code, and references to both from data and code, its own and a runtime's.
@table = internal constant [6 x i32] [i32 1, i32 2, i32 3, i32 4, i32 5, i32 6]
@counter = global i32 5
@callback = global ptr @package_sum
@host_data = external global i32
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [
  { i32, ptr, ptr } { i32 65535, ptr @start, ptr null }]

declare i32 @host_add(i32, i32)

define internal void @start() {
  store i32 100, ptr @counter
  ret void
}

define i32 @package_sum(i32 %n) {
entry:
  %none = icmp slt i32 %n, 1
  br i1 %none, label %exit, label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i32 [ 0, %entry ], [ %more, %loop ]
  %at = getelementptr [6 x i32], ptr @table, i32 0, i32 %i
  %value = load i32, ptr %at
  %more = add i32 %sum, %value
  %next = add i32 %i, 1
  %done = icmp eq i32 %next, %n
  br i1 %done, label %exit, label %loop
exit:
  %result = phi i32 [ 0, %entry ], [ %more, %loop ]
  ret i32 %result
}

define hidden i32 @helper(i32 %x) noinline {
  %y = mul i32 %x, 2
  ret i32 %y
}

; 2 * callback(n) + counter + host_data, added by the runtime.
define i32 @package_call(i32 %n) {
  %f = load ptr, ptr @callback
  %a = call i32 %f(i32 %n)
  %b = call i32 @helper(i32 %a)
  %c = load i32, ptr @counter
  %d = load i32, ptr @host_data
  %e = call i32 @host_add(i32 %c, i32 %d)
  %r = call i32 @host_add(i32 %b, i32 %e)
  ret i32 %r
}
