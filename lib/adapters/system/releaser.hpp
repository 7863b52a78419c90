// The deleter of a unique_ptr that owns a C library's object: calls the function by which that library takes it back.
#pragma once

namespace tenantctl {

template <auto Release>
struct Releaser {
  template <class T>
  void operator()(T* resource) const {
    Release(resource);
  }
};

}  // namespace tenantctl
