# Turns files into a C++ source of raw bytes, so that the one binary carries its SQL, its templates and its default plans.
#   tenantctl_embed(TARGET file...)   files are named relative to the project's root; the same name finds them at run time
function(tenantctl_embed target)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cpp)
  set(inputs "")
  foreach(file IN LISTS ARGN)
    list(APPEND inputs ${CMAKE_SOURCE_DIR}/${file})
  endforeach()
  string(REPLACE ";" "," names "${ARGN}")
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DNAMES=${names} -DOUT=${generated} -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "embedding templates" VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
