; A calling convention whose names carry the size of the arguments.
define x86_stdcallcc i32 @package_std(i32 %x) {
  ret i32 %x
}
