declare i32 @add(i32, i32)

define i32 @twice(i32 %a) {
  %r = call i32 @add(i32 %a, i32 %a)
  ret i32 %r
}
