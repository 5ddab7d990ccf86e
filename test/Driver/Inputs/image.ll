; What an image has: exported code and data, and a symbol of the runtime.

@image_data = constant [4 x i32] [i32 1, i32 2, i32 3, i32 4]

declare ptr @runtime_function(ptr)

define ptr @image_function(i32 %index) {
  %slot = getelementptr [4 x i32], ptr @image_data, i32 0, i32 %index
  %result = call ptr @runtime_function(ptr %slot)
  ret ptr %result
}
