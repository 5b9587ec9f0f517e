// Threads that one thread of the CPU runs in turn: each has a stack of its own, and goes on where it stopped.

#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#if !defined(__x86_64__) || defined(EMULATOR_WITH_UCONTEXT)
#include <ucontext.h>
#endif

#if defined(__x86_64__) && !defined(EMULATOR_WITH_UCONTEXT)
// swapcontext asks the operating system to exchange the masks of signals, which costs more than all the rest. What a
// function must leave as it was: System V Application Binary Interface, AMD64 Architecture, section 3.2.1.
asm(R"(
  .text
  .p2align 4
  .globl emulator_switch
  .hidden emulator_switch
  .type emulator_switch, @function
emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size emulator_switch, . - emulator_switch
)");
extern "C" void emulator_switch(void** stopped, void* next);
#endif

namespace emulator {

constexpr std::size_t STACK_BYTES = 64 * 1024;
constexpr std::size_t RESERVE_BYTES = 4096;
constexpr std::size_t MARK_STEP = 512;
constexpr std::uint64_t UNTOUCHED = 0x5ac3'5ac3'5ac3'5ac3;

// The stack of a fiber, whose pages take memory once they are written.
class Stack {
 public:
  Stack()
      : bytes(static_cast<char*>(mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {}
  Stack(Stack&& other) : bytes(other.bytes) { other.bytes = nullptr; }
  Stack(const Stack&) = delete;
  ~Stack() {
    if (bytes != nullptr) {
      munmap(bytes, STACK_BYTES);
    }
  }

  void mark() {
    for (std::size_t place = 0; place < RESERVE_BYTES; place += MARK_STEP) {
      std::memcpy(bytes + place, &UNTOUCHED, sizeof UNTOUCHED);
    }
  }

  // Whether the fiber left the marks at the end of the stack alone.
  bool sufficed() const {
    for (std::size_t place = 0; place < RESERVE_BYTES; place += MARK_STEP) {
      if (std::memcmp(bytes + place, &UNTOUCHED, sizeof UNTOUCHED) != 0) {
        return false;
      }
    }
    return true;
  }

  char* bytes;
};

#if defined(__x86_64__) && !defined(EMULATOR_WITH_UCONTEXT)

class Fiber {
 public:
  // Lets the fiber begin with `body`, which must not return, when it is switched to.
  void prepare(const Stack& stack, void (*body)()) {
    // As if `body` had been called: six registers that the switch restores, the place to return to, and the word that
    // keeps the stack aligned.
    void** const top = reinterpret_cast<void**>(stack.bytes + STACK_BYTES) - 2;
    top[0] = reinterpret_cast<void*>(body);
    top[1] = nullptr;
    std::memset(top - 6, 0, 6 * sizeof(void*));
    place = top - 6;
  }

  // Stops this fiber, which must be the one that runs, and goes on with another.
  void switch_to(Fiber& next) { emulator_switch(&place, next.place); }

 private:
  void* place = nullptr;
};

#else

class Fiber {
 public:
  void prepare(const Stack& stack, void (*body)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack.bytes;
    context.uc_stack.ss_size = STACK_BYTES;
    context.uc_link = nullptr;
    makecontext(&context, body, 0);
  }

  void switch_to(Fiber& next) { swapcontext(&context, &next.context); }

 private:
  ucontext_t context;
};

#endif

}  // namespace emulator
