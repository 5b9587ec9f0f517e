// Small kernels, each for one thing that the emulator does; CUDA's compiler takes them too.

#include "primitives.cuh"

#ifndef INNER
#define INNER 1
#endif

namespace {

template <int THREADS>
__device__ int sum_of_block(int value) {
  __shared__ int partial[THREADS];
  partial[threadIdx.x] = value;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if (int(threadIdx.x) < half) {
      partial[threadIdx.x] += partial[threadIdx.x + half];
    }
    __syncthreads();
  }
  return partial[0];
}

}  // namespace

// --- a block ----------------------------------------------------------------------------------------------------------

extern "C" __global__ void __launch_bounds__(64) sum_64(const int* numbers, int* sums) {
  const int sum = sum_of_block<64>(numbers[blockIdx.x * 64 + threadIdx.x]);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
  }
}

extern "C" __global__ __launch_bounds__(256) void sum_256(const int* numbers, int* sums) {
  const int sum = sum_of_block<256>(numbers[blockIdx.x * 256 + threadIdx.x]);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
  }
}

extern "C" __global__ void reverse(const int* numbers, int* reversed) {
  __shared__ int block[64];
  block[threadIdx.x] = numbers[threadIdx.x];
  __syncthreads();
  reversed[threadIdx.x] = block[63 - threadIdx.x];
}

extern "C" __global__ void places(int* where, long long width, double scale) {
  const int block = int(blockIdx.y * gridDim.x + blockIdx.x);
  where[block * blockDim.x + threadIdx.x] = int(scale * (blockIdx.y * width + blockIdx.x)) + int(threadIdx.x) + INNER;
}

extern "C" __global__ void half_at_barrier() {
  if (threadIdx.x < 32) {
    __syncthreads();
  }
}

extern "C" __global__ void unwritten(float* seen, float* dynamic) {
  __shared__ float block[2];
  seen[blockIdx.x] = block[0];
  dynamic[blockIdx.x] = reinterpret_cast<float*>(shapedmat::shared_memory())[0];
  __syncthreads();
  block[0] = 1;
  reinterpret_cast<float*>(shapedmat::shared_memory())[0] = 1;
}

extern "C" __global__ void write_shared(long long place) { shapedmat::shared_memory()[place] = 1; }

extern "C" __global__ void large_stack(char* any) {
  volatile char bytes[62 * 1024];
  for (int i = 0; i < int(sizeof bytes); ++i) {
    bytes[i] = any[0];
  }
  any[0] = bytes[int(sizeof bytes) - 1 - any[0]];
}

// --- what C++ does not define -----------------------------------------------------------------------------------------

extern "C" __global__ void read_wide(const float* numbers, float* sums, long long first) {
  const auto four = *reinterpret_cast<const shapedmat::Pack<float, 4>*>(numbers + first);
  sums[0] = four.element[0] + four.element[1] + four.element[2] + four.element[3];
}

extern "C" __global__ void index_shared(int* number, long long row, long long col) {
  __shared__ int table[4][8];
  table[row][col] = 1;
  number[0] = table[row][col];
}

extern "C" __global__ void add_integers(int* sum, long long term) { sum[0] += int(term); }

// --- a warp -----------------------------------------------------------------------------------------------------------

extern "C" __global__ void shuffles(const double* numbers, double* down, double* crossed, double* chosen, int* words) {
  const int thread = int(threadIdx.x);
  down[thread] = shapedmat::shuffle_down(numbers[thread], 5);
  crossed[thread] = shapedmat::shuffle_xor(numbers[thread], 6);
  chosen[thread] = shapedmat::shuffle(numbers[thread], (shapedmat::lane() * 7) % shapedmat::WARP);
  words[thread] = shapedmat::shuffle(thread, 3);
}

extern "C" __global__ void votes(const int* yes, unsigned* ballots) {
  ballots[threadIdx.x] = shapedmat::ballot(yes[threadIdx.x] != 0);
}

extern "C" __global__ void reverse_in_warp(const int* numbers, int* reversed, long long with_barrier) {
  __shared__ int warp[32];
  warp[threadIdx.x] = numbers[threadIdx.x];
  if (with_barrier) {
    shapedmat::warp_barrier();
  }
  reversed[threadIdx.x] = warp[31 - threadIdx.x];
}

extern "C" __global__ void lane_missing() {
  if (threadIdx.x != 40) {
    shapedmat::shuffle_down(1, 1);
  }
}

extern "C" __global__ void lanes_apart() {
  if (threadIdx.x < 8) {
    shapedmat::ballot(true);
  } else {
    shapedmat::warp_barrier();
  }
}

extern "C" __global__ void any_warp_barrier() { shapedmat::warp_barrier(); }

extern "C" __global__ void multiply_tf32(const unsigned* a, const unsigned* b, float* c) {
  const int lane = shapedmat::lane();
  const unsigned of_a[4] = {a[4 * lane], a[4 * lane + 1], a[4 * lane + 2], a[4 * lane + 3]};
  const unsigned of_b[2] = {b[2 * lane], b[2 * lane + 1]};
  float of_c[4] = {c[4 * lane], c[4 * lane + 1], c[4 * lane + 2], c[4 * lane + 3]};
  shapedmat::mma_tf32(of_c, of_a, of_b);
  for (int i = 0; i < 4; ++i) {
    c[4 * lane + i] = of_c[i];
  }
}

extern "C" __global__ void multiply_bf16(const unsigned* a, const unsigned* b, float* c) {
  const int lane = shapedmat::lane();
  const unsigned of_a[4] = {a[4 * lane], a[4 * lane + 1], a[4 * lane + 2], a[4 * lane + 3]};
  const unsigned of_b[2] = {b[2 * lane], b[2 * lane + 1]};
  float of_c[4] = {c[4 * lane], c[4 * lane + 1], c[4 * lane + 2], c[4 * lane + 3]};
  shapedmat::mma_bf16(of_c, of_a, of_b);
  for (int i = 0; i < 4; ++i) {
    c[4 * lane + i] = of_c[i];
  }
}

extern "C" __global__ void round_numbers(const float* numbers, unsigned* tf32, unsigned* bf16x2) {
  tf32[threadIdx.x] = shapedmat::to_tf32(numbers[threadIdx.x]);
  bf16x2[threadIdx.x] = shapedmat::to_bf16x2(numbers[threadIdx.x], -numbers[threadIdx.x]);
}

// --- a grid -----------------------------------------------------------------------------------------------------------

extern "C" __global__ void count(unsigned* counter, unsigned* before, int* falling, unsigned long long* wide) {
  before[blockIdx.x * blockDim.x + threadIdx.x] = shapedmat::add_atomically(counter, 1u);
  shapedmat::add_atomically(falling, -1);
  shapedmat::add_atomically(wide, 1ull << 40);
}

extern "C" __global__ void sum_in_parts(const int* numbers, int* partial, int* sum, int* answers, unsigned* ticket) {
  const int mine = sum_of_block<64>(numbers[blockIdx.x * 64 + threadIdx.x]);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = mine;
  }
  const bool last = shapedmat::is_last(ticket, gridDim.x);
  answers[blockIdx.x * 64 + threadIdx.x] = last;
  if (last && threadIdx.x == 0) {
    *sum = 0;
    for (int part = 0; part < int(gridDim.x); ++part) {
      *sum += partial[part];
    }
  }
}

// Each block passes on what it keeps in shared memory, static and dynamic, three times.
extern "C" __global__ void rotate(int* numbers, unsigned* counter, long long blocks) {
  __shared__ int kept;
  int* const also_kept = reinterpret_cast<int*>(shapedmat::shared_memory());
  for (int turn = 0; turn < 3; ++turn) {
    if (threadIdx.x == 0) {
      kept = numbers[blockIdx.x];
      also_kept[0] = kept;
    }
    shapedmat::grid_barrier(counter, unsigned(blocks));
    if (threadIdx.x == 0) {
      numbers[(blockIdx.x + 1) % gridDim.x] = (kept + also_kept[0]) / 2;
    }
    shapedmat::grid_barrier(counter, unsigned(blocks));
  }
}

extern "C" __global__ void leave_grid(unsigned* counter) {
  if (blockIdx.x != 1) {
    shapedmat::grid_barrier(counter, gridDim.x);
  }
}

// Each block waits until the next one has written.
extern "C" __global__ void pass_down(long long* written) {
  if (threadIdx.x == 0) {
    long long above = 0;
    if (blockIdx.x + 1 < gridDim.x) {
      while ((above = shapedmat::load_acquire(&written[blockIdx.x + 1])) == 0) {
      }
    }
    shapedmat::fence();
    shapedmat::store_release(&written[blockIdx.x], above + 1);
  }
}
