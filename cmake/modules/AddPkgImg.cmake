# Targets of this project, on top of LLVM's AddLLVM.

if(NOT PKGIMG_STANDALONE_BUILD)
  set(PKGIMG_LLD_INCLUDE_DIRS ${LLVM_MAIN_SRC_DIR}/../lld/include)
endif()

# add_pkgimg_library(name sources... LINK_COMPONENTS ... LINK_LIBS ...)
macro(add_pkgimg_library name)
  llvm_add_library(${name} STATIC ${ARGN})
  set_target_properties(${name} PROPERTIES FOLDER "pkgimg/libraries")
endmacro()

# add_pkgimg_tool(name sources...): builds and installs a program.
macro(add_pkgimg_tool name)
  add_llvm_executable(${name} ${ARGN})
  set_target_properties(${name} PROPERTIES FOLDER "pkgimg/tools")
  install(TARGETS ${name} RUNTIME DESTINATION bin COMPONENT ${name})
  if(NOT CMAKE_CONFIGURATION_TYPES)
    add_llvm_install_targets(install-${name} DEPENDS ${name} COMPONENT ${name})
  endif()
endmacro()
