// What the compiler's checks call where a kernel does what C++ does not define. It is as undefined in CUDA, where a single
// access that is not aligned ends the program. The names are those that g++ declares for -fsanitize=undefined.

#pragma once

#include <cstdint>
#include <string>

namespace emulator {

// The compiler's checks hand over where they are: compiler-rt/lib/ubsan/ubsan_handlers.h in LLVM, which g++ follows.
struct SourcePlace {
  const char* file;
  std::uint32_t line;
  std::uint32_t column;
};

void refuse(const void* data, const std::string& what) {
  const SourcePlace* const place = static_cast<const SourcePlace*>(data);
  if (block != nullptr) {
    fail(what + " (" + place->file + ":" + std::to_string(place->line) + ")");
  }
}

}  // namespace emulator

extern "C" {

void __ubsan_handle_type_mismatch_v1(void* data, void*) {
  emulator::refuse(data, "an address is not a multiple of what its type is aligned to");
}
void __ubsan_handle_out_of_bounds(void* data, void* index) {
  emulator::refuse(data, "index " + std::to_string(reinterpret_cast<std::intptr_t>(index)) + " is outside of its array");
}
void __ubsan_handle_shift_out_of_bounds(void* data, void*, void*) {
  emulator::refuse(data, "an integer is shifted by less than 0 or by all its bits");
}
void __ubsan_handle_add_overflow(void* data, void*, void*) { emulator::refuse(data, "a sum of integers overflows"); }
void __ubsan_handle_sub_overflow(void* data, void*, void*) {
  emulator::refuse(data, "a difference of integers overflows");
}
void __ubsan_handle_mul_overflow(void* data, void*, void*) { emulator::refuse(data, "a product of integers overflows"); }
void __ubsan_handle_negate_overflow(void* data, void*) { emulator::refuse(data, "a negated integer overflows"); }
void __ubsan_handle_divrem_overflow(void* data, void*, void*) {
  emulator::refuse(data, "a quotient of integers overflows, or is by 0");
}

}  // extern "C"
