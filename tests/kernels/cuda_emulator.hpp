// Runs a CUDA kernel on the CPU: enough of the language for matmul.cu, with the threads of a block as fibers.
//
// A fiber runs from one barrier to the next before another one starts. Running the threads in both orders shows a missing
// barrier: whichever of two threads writes what the other reads, in one of the orders it comes too early or too late.

#pragma once

#include <ucontext.h>

#include <cstring>
#include <functional>
#include <vector>

struct Index {
  unsigned x, y, z;
};

inline Index threadIdx, blockIdx;

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(threads)
// One block runs at a time, so its shared memory can be static; the section's ends are named, for `emulate` to fill it.
#define __shared__ __attribute__((section("shared_memory"))) static

extern char __start_shared_memory[], __stop_shared_memory[];

namespace emulator {

enum class State { READY, WAITING, DONE };

struct Fiber {
  ucontext_t context;
  State state;
  std::vector<char> stack = std::vector<char>(64 * 1024);
};

inline ucontext_t scheduler;
inline Fiber* current;
inline std::function<void()> kernel;

inline void run_thread() {
  kernel();
  current->state = State::DONE;
}

}  // namespace emulator

inline void __syncthreads() {
#ifdef WITHOUT_BARRIERS
  return;
#endif
  emulator::current->state = emulator::State::WAITING;
  swapcontext(&emulator::current->context, &emulator::scheduler);
}

// Runs the kernel for each block of the grid; false if some threads of a block end while others wait at a barrier.
inline bool emulate(std::function<void()> body, unsigned grid_x, unsigned grid_y, unsigned threads, bool backwards) {
  using namespace emulator;
  kernel = std::move(body);
  std::vector<Fiber> fibers(threads);
  for (unsigned block = 0; block < grid_x * grid_y; ++block) {
    blockIdx = {block % grid_x, block / grid_x, 0};
    // Bytes of ones are NaN, so an element that is read before it is written shows in the result.
    std::memset(__start_shared_memory, 0xff, __stop_shared_memory - __start_shared_memory);
    for (Fiber& fiber : fibers) {
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.data();
      fiber.context.uc_stack.ss_size = fiber.stack.size();
      fiber.context.uc_link = &scheduler;
      makecontext(&fiber.context, run_thread, 0);
      fiber.state = State::READY;
    }
    for (unsigned waiting = threads; waiting > 0;) {
      waiting = 0;
      for (unsigned turn = 0; turn < threads; ++turn) {
        const unsigned thread = backwards ? threads - 1 - turn : turn;
        current = &fibers[thread];
        if (current->state == State::DONE) {
          return false;
        }
        threadIdx = {thread, 0, 0};
        swapcontext(&scheduler, &current->context);
        waiting += current->state == State::WAITING;
      }
      if (waiting != 0 && waiting != threads) {
        return false;
      }
    }
  }
  return true;
}
