# pkgimg_embed_file(input output): writes the bytes of a file as a list of
# numbers, for the inside of a C array. It runs when the build is configured,
# and that again when the file has changed, so that no target depends on it.
function(pkgimg_embed_file input output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${input}")
  file(READ "${input}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(0x0a,)" "\\1\n" bytes "${bytes}")
  file(GENERATE OUTPUT "${output}" CONTENT "${bytes}")
endfunction()
