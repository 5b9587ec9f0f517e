// The threads of a launch as fibers, and the scheduler that runs them.
//
// A thread runs until it waits for others, and then the next one runs. Running the threads in both orders shows a missing
// barrier: whichever of two threads writes what the other reads, in one of the orders it comes too early or too late.

#include "emulator.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fibers.hpp"

// The ends of the section with shared memory, for it to be filled and exchanged.
extern "C" char __start_shared_memory[], __stop_shared_memory[];

// The section exists where a kernel has no shared memory too.
__shared__ char emulator_shared_memory_begins[16];

Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

constexpr std::size_t MOST_THREADS = 1 << 16;
constexpr std::size_t GUARD = 4096;       // bytes before and after the dynamic shared memory
constexpr unsigned IDLE_ROUNDS = 1000;    // after so many rounds in which all threads only spin, they spin forever
constexpr unsigned char UNWRITTEN = 0xff;  // bytes of ones are NaN, so what is read before it is written shows

enum class State { READY, SPINNING, WAITS_FOR_WARP, WAITS_FOR_BLOCK, WAITS_FOR_GRID, ENDED };

struct Thread {
  Fiber fiber;
  State state = State::READY;
  const char* place = "";  // the primitive in which it waits
};

// What the lanes of a warp hand over to one another. The next time that they meet they use the other half: by the time
// after that, all of them have read this one.
struct Warp {
  unsigned arrived = 0;
  unsigned half = 0;
  Operand operands[2][WARP];
};

struct Block {
  unsigned x, y;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<char> static_memory;   // while another block has the section
  std::vector<char> dynamic_memory;  // with a guard on both sides
  bool last = false;

  char* shared() { return dynamic_memory.data() + GUARD; }
};

Fiber scheduler;
std::vector<Stack> stacks;
Block* block;
Thread* thread;
void (*kernel)(const std::uint64_t*);
const std::uint64_t* kernel_arguments;
std::size_t shared_bytes;
bool is_cooperative, is_backwards;
std::string kernel_name, error;

void stop() { thread->fiber.switch_to(scheduler); }

// Ends the launch with an error, from a thread or from the scheduler.
void fail(const std::string& sentence) {
  if (error.empty()) {
    error = "kernel " + kernel_name + ", block (" + std::to_string(block->x) + ", " + std::to_string(block->y) + ")" +
            (thread == nullptr ? "" : ", thread " + std::to_string(thread - block->threads.data())) + ": " + sentence;
  }
  if (thread != nullptr) {
    stop();
  }
}

// --- what threads wait for ---------------------------------------------------------------------------------------------

void wait(State state, const char* place) {
  thread->state = state;
  thread->place = place;
  stop();
}

const Operand* meet_warp(const char* place, const void* operand, std::size_t size) {
  const unsigned number = thread - block->threads.data();
  Warp& warp = block->warps[number / WARP];
  Thread* const lanes = &block->threads[number / WARP * WARP];
  if ((number / WARP + 1) * WARP > block->threads.size()) {
    fail(std::string(place) + " needs all 32 lanes of the warp, and the block has " +
         std::to_string(block->threads.size()) + " threads");
  }
  for (unsigned lane = 0; lane < WARP; ++lane) {
    if (lanes[lane].state == State::WAITS_FOR_WARP && std::strcmp(lanes[lane].place, place) != 0) {
      fail(std::string("it is in ") + place + " while lane " + std::to_string(lane) + " of its warp waits in " +
           lanes[lane].place);
    }
  }
  Operand* const operands = warp.operands[warp.half];
  if (size != 0) {
    std::memcpy(operands[number % WARP], operand, size);
  }
  thread->state = State::WAITS_FOR_WARP;
  thread->place = place;
  if (++warp.arrived == WARP) {
    warp.arrived = 0;
    warp.half ^= 1;
    for (unsigned lane = 0; lane < WARP; ++lane) {
      lanes[lane].state = State::READY;
    }
  }
  // The last one stops too: the lanes go on in their order.
  stop();
  return operands;
}

void meet_block(const char* place) { wait(State::WAITS_FOR_BLOCK, place); }

void meet_grid(const unsigned* counter, unsigned blocks) {
  if (counter[0] != 0) {
    fail("the counter of grid_barrier is " + std::to_string(counter[0]) + ": it must be 0 at first");
  }
  if (!is_cooperative) {
    fail("grid_barrier needs a cooperative launch");
  }
  if (blocks != gridDim.x * gridDim.y) {
    fail("grid_barrier was told of " + std::to_string(blocks) + " blocks, and the grid has " +
         std::to_string(gridDim.x * gridDim.y));
  }
  wait(State::WAITS_FOR_GRID, "grid_barrier");
}

bool is_last(unsigned* ticket, unsigned count) {
  meet_block("is_last");
  if (thread == block->threads.data()) {
    if (*ticket >= count) {
      fail("the ticket is " + std::to_string(*ticket) + ", and only " + std::to_string(count) +
           " blocks take one: it must be 0 at first");
    }
    block->last = *ticket + 1 == count;
    *ticket = block->last ? 0 : *ticket + 1;
  }
  meet_block("is_last");
  return block->last;
}

char* shared() { return block->shared(); }

void spin() { wait(State::SPINNING, "load_acquire"); }

// --- the scheduler -----------------------------------------------------------------------------------------------------

void run_thread() {
  kernel(kernel_arguments);
  thread->state = State::ENDED;
  for (;;) {
    stop();
  }
}

bool all_are(const Block& which, State state) {
  return std::ranges::all_of(which.threads, [=](const Thread& each) { return each.state == state; });
}

bool wake(Block& which, State state) {
  bool woken = false;
  for (Thread& each : which.threads) {
    if (each.state == state) {
      each.state = State::READY;
      woken = true;
    }
  }
  return woken;
}

// Makes a block the one whose shared memory is in the section.
void enter(Block& next) {
  if (block != &next) {
    const std::size_t size = __stop_shared_memory - __start_shared_memory;
    if (block != nullptr) {
      block->static_memory.assign(__start_shared_memory, __stop_shared_memory);
    }
    if (next.static_memory.empty()) {
      std::memset(__start_shared_memory, UNWRITTEN, size);
    } else {
      std::memcpy(__start_shared_memory, next.static_memory.data(), size);
    }
    block = &next;
  }
  blockIdx = {next.x, next.y, 0};
}

// Runs each thread of a warp that can go on, in order, again and again; tells whether one did something but spin.
bool advance_warp(unsigned warp) {
  const unsigned first = warp * WARP;
  const unsigned lanes = std::min(WARP, unsigned(block->threads.size()) - first);
  bool moved = false;
  for (bool ran = true; ran;) {
    ran = false;
    for (unsigned turn = 0; turn < lanes; ++turn) {
      const unsigned number = first + (is_backwards ? lanes - 1 - turn : turn);
      Thread& next = block->threads[number];
      if (next.state != State::READY) {
        continue;
      }
      thread = &next;
      threadIdx = {number, 0, 0};
      scheduler.switch_to(next.fiber);
      thread = nullptr;
      if (!error.empty()) {
        return false;
      }
      ran = true;
      moved |= next.state != State::SPINNING;
    }
  }
  return moved;
}

// Runs a block until its threads have ended, wait for other blocks, or can never go on.
bool advance(Block& which) {
  enter(which);
  bool moved = false;
  for (;;) {
    for (unsigned turn = 0; turn < which.warps.size(); ++turn) {
      moved |= advance_warp(is_backwards ? which.warps.size() - 1 - turn : turn);
      if (!error.empty()) {
        return false;
      }
    }
    if (!all_are(which, State::WAITS_FOR_BLOCK)) {
      return moved;
    }
    for (const Thread& each : which.threads) {
      if (std::strcmp(each.place, which.threads[0].place) != 0) {
        fail(std::string("thread 0 waits in ") + which.threads[0].place + " while thread " +
             std::to_string(&each - which.threads.data()) + " waits in " + each.place);
        return false;
      }
    }
    wake(which, State::WAITS_FOR_BLOCK);
  }
}

// Says how many threads are where, with the first of each.
std::string whereabouts(const Block& which) {
  std::vector<std::pair<std::string, std::pair<unsigned, unsigned>>> groups;
  for (unsigned number = 0; number < which.threads.size(); ++number) {
    const Thread& each = which.threads[number];
    const std::string what = each.state == State::ENDED ? "ended" : std::string("in ") + each.place;
    const auto group = std::ranges::find(groups, what, [](const auto& pair) { return pair.first; });
    if (group == groups.end()) {
      groups.push_back({what, {1, number}});
    } else {
      ++group->second.first;
    }
  }
  std::string sentence;
  for (const auto& [what, count] : groups) {
    sentence += (sentence.empty() ? "" : ", ") + std::to_string(count.first) + " " + what + " (the first is thread " +
                std::to_string(count.second) + ")";
  }
  return sentence;
}

// Runs blocks that are resident at once to their end.
void run_resident(std::vector<Block>& blocks) {
  for (unsigned idle = 0; error.empty();) {
    bool moved = false;
    for (unsigned turn = 0; turn < blocks.size() && error.empty(); ++turn) {
      moved |= advance(blocks[is_backwards ? blocks.size() - 1 - turn : turn]);
    }
    if (!error.empty()) {
      return;
    }
    const auto all = [&](State state) {
      return std::ranges::all_of(blocks, [=](const Block& each) { return all_are(each, state); });
    };
    if (all(State::ENDED)) {
      return;
    }
    const bool arrived = all(State::WAITS_FOR_GRID);
    bool woken = false;
    for (Block& each : blocks) {
      woken |= wake(each, arrived ? State::WAITS_FOR_GRID : State::SPINNING);
    }
    idle = moved ? 0 : idle + 1;
    if (!woken || idle > IDLE_ROUNDS) {
      const auto stuck = std::ranges::find_if(blocks, [](const Block& each) { return !all_are(each, State::ENDED); });
      const bool apart = std::ranges::all_of(
          blocks, [](const Block& each) { return all_are(each, State::WAITS_FOR_GRID) || all_are(each, State::ENDED); });
      block = &*stuck;
      fail(woken   ? "its threads wait forever for memory to change"
           : apart ? "it waits in grid_barrier, and other blocks have ended"
                   : "its threads do not meet: " + whereabouts(*stuck));
    }
  }
}

void prepare(Block& next, unsigned number, unsigned threads, unsigned first_stack) {
  next.x = number % gridDim.x;
  next.y = number / gridDim.x;
  next.last = false;
  next.threads.resize(threads);
  next.warps.assign((threads + WARP - 1) / WARP, {});
  next.dynamic_memory.assign(shared_bytes + 2 * GUARD, char(UNWRITTEN));
  while (stacks.size() < first_stack + threads) {
    stacks.emplace_back();
  }
  for (unsigned each = 0; each < threads; ++each) {
    next.threads[each].state = State::READY;
    stacks[first_stack + each].mark();
    next.threads[each].fiber.prepare(stacks[first_stack + each], run_thread);
  }
}

void check(Block& ended, unsigned first_stack) {
  block = &ended;
  const auto untouched = [](char byte) { return byte == char(UNWRITTEN); };
  const char* const shared = ended.shared();
  if (!std::all_of(shared - GUARD, shared, untouched) ||
      !std::all_of(shared + shared_bytes, shared + shared_bytes + GUARD, untouched)) {
    fail("it wrote outside its " + std::to_string(shared_bytes) + " bytes of dynamic shared memory");
  }
  for (unsigned each = 0; each < ended.threads.size(); ++each) {
    if (!stacks[first_stack + each].sufficed()) {
      fail("a thread needs more stack than the " + std::to_string(STACK_BYTES - RESERVE_BYTES) +
           " bytes that it has here");
    }
  }
}

void run_grid(unsigned threads) {
  const unsigned count = gridDim.x * gridDim.y;
  block = nullptr;
  thread = nullptr;
  error.clear();
  if (is_cooperative && std::size_t(count) * threads > MOST_THREADS) {
    error = "kernel " + kernel_name + ": the emulator runs " + std::to_string(MOST_THREADS) + " threads at once, not " +
            std::to_string(std::size_t(count) * threads);
    return;
  }
  std::vector<Block> blocks(is_cooperative ? count : 1);
  if (is_cooperative) {
    for (unsigned number = 0; number < count; ++number) {
      prepare(blocks[number], number, threads, number * threads);
    }
    run_resident(blocks);
    for (unsigned number = 0; number < count && error.empty(); ++number) {
      check(blocks[number], number * threads);
    }
    return;
  }
  for (unsigned turn = 0; turn < count && error.empty(); ++turn) {
    prepare(blocks[0], is_backwards ? count - 1 - turn : turn, threads, 0);
    block = nullptr;
    run_resident(blocks);
    if (error.empty()) {
      check(blocks[0], 0);
    }
  }
}

const char* launch(const Entry& which, unsigned grid_x, unsigned grid_y, unsigned threads,
                   const std::uint64_t* arguments, std::size_t dynamic_bytes, bool cooperative, bool backwards) {
  gridDim = {grid_x, grid_y, 1};
  blockDim = {threads, 1, 1};
  kernel_name = which.name;
  kernel = which.call;
  kernel_arguments = arguments;
  shared_bytes = dynamic_bytes;
  is_cooperative = cooperative;
  is_backwards = backwards;
  run_grid(threads);
  return error.empty() ? nullptr : error.c_str();
}

}  // namespace emulator

#include "checks.hpp"
