// What CUDA has beyond C++, under names of our own: all else here is C++ that an emulator can compile for the CPU.
//
// Instructions and the layouts of fragments: NVIDIA, "Parallel Thread Execution ISA", "Parallel Synchronization and
// Communication Instructions", "Warp Level Matrix Multiply-Accumulate Instructions" and "cvt". Every thread of a warp,
// or of a block, calls what works on it.

#pragma once

namespace shapedmat {

constexpr int WARP = 32;

// Elements that one access moves; at most 16 bytes, the widest access there is.
template <typename T, int W>
struct alignas(W * sizeof(T)) Pack {
  T element[W];
};

}  // namespace shapedmat

#ifdef SHAPEDMAT_EMULATED
#include "emulator.hpp"
#else

namespace shapedmat {

// The block's dynamic shared memory, aligned to 16 bytes.
__device__ __forceinline__ char* shared_memory() {
  extern __shared__ __align__(16) char memory[];
  return memory;
}

// Tells the compiler that a pointer, which it has not seen come in as a kernel's parameter, leads to global memory.
__device__ __forceinline__ void assume_global(const void* pointer) { __builtin_assume(__isGlobal(pointer)); }

// --- within a warp ---------------------------------------------------------------------------------------------------

__device__ __forceinline__ int lane() { return int(threadIdx.x) % WARP; }

// The value of the lane `distance` above this one; this lane's own where there is none. T has 4 or 8 bytes.
template <typename T>
__device__ __forceinline__ T shuffle_down(T value, int distance) {
  return __shfl_down_sync(0xffffffffu, value, distance);
}

// The value of the lane whose number differs in the bits of the mask.
template <typename T>
__device__ __forceinline__ T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(0xffffffffu, value, mask);
}

// The value of one lane.
template <typename T>
__device__ __forceinline__ T shuffle(T value, int lane) {
  return __shfl_sync(0xffffffffu, value, lane);
}

// What the warp's threads wrote to shared memory before is seen by all of them after.
__device__ __forceinline__ void warp_barrier() { __syncwarp(); }

// A bit for each lane.
__device__ __forceinline__ unsigned ballot(bool condition) { return __ballot_sync(0xffffffffu, condition); }

// --- between threads of different warps and blocks -------------------------------------------------------------------

// Add, and return the old value; in global or in shared memory, in no order with other accesses.
__device__ __forceinline__ int add_atomically(int* place, int value) { return atomicAdd(place, value); }

__device__ __forceinline__ unsigned add_atomically(unsigned* place, unsigned value) { return atomicAdd(place, value); }

__device__ __forceinline__ unsigned long long add_atomically(unsigned long long* place, unsigned long long value) {
  return atomicAdd(place, value);
}

// Whoever sees what this thread writes after the fence sees what it wrote before it. __threadfence() would also put all
// fences of the GPU in one order, which takes longer.
__device__ __forceinline__ void fence() { asm volatile("fence.acq_rel.gpu;" : : : "memory"); }

__device__ __forceinline__ long long load_acquire(const long long* place) {
  long long value;
  asm volatile("ld.acquire.gpu.global.s64 %0, [%1];" : "=l"(value) : "l"(__cvta_generic_to_global(place)) : "memory");
  return value;
}

__device__ __forceinline__ void store_release(long long* place, long long value) {
  asm volatile("st.release.gpu.global.s64 [%0], %1;" : : "l"(__cvta_generic_to_global(place)), "l"(value) : "memory");
}

// Whether this is the last of `count` blocks to come here; it then sees what the others wrote before they came. All
// threads of a block call it, and get the same answer. The ticket is zero before the first block and after the last.
__device__ __forceinline__ bool is_last(unsigned* ticket, unsigned count) {
  bool last = false;
  __syncthreads();
  if (threadIdx.x == 0) {
    fence();
    last = atomicAdd(ticket, 1u) == count - 1;
    if (last) {
      *ticket = 0;
      fence();
    }
  }
  // The barrier tells the others: what a flag took of shared memory would be missing where a kernel uses all of it.
  return __syncthreads_or(last) != 0;
}

// All threads of all blocks, which must be on the GPU at once, wait here for one another, and then see what all of them
// wrote. The counter is zero before the first barrier. What the blocks add to it turns its highest bit over when the
// last one comes, and leaves the others zero: no block has to read it before, or to set it back.
__device__ __forceinline__ void grid_barrier(unsigned* counter, unsigned blocks) {
  constexpr unsigned PASSED = 1u << 31;
  __syncthreads();
  if (threadIdx.x == 0) {
    const unsigned long long place = __cvta_generic_to_global(counter);
    const unsigned added = blockIdx.x == 0 && blockIdx.y == 0 ? PASSED - (blocks - 1) : 1;
    unsigned before, now;
    asm volatile("atom.add.release.gpu.global.u32 %0, [%1], %2;" : "=r"(before) : "l"(place), "r"(added) : "memory");
    do {
      asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(now) : "l"(place) : "memory");
    } while (((before ^ now) & PASSED) == 0);
  }
  __syncthreads();
}

// --- tensor cores, from compute capability 8.0 on --------------------------------------------------------------------

// The number rounded to 11 significant bits, ties away from zero; the low 13 bits of the encoding are not looked at.
__device__ __forceinline__ unsigned to_tf32(float x) {
  unsigned rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
  return rounded;
}

// Two numbers rounded to 8 significant bits, ties to even, in one register.
__device__ __forceinline__ unsigned to_bf16x2(float low, float high) {
  unsigned rounded;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(rounded) : "f"(high), "f"(low));
  return rounded;
}

// C += A · B for a warp: A is 16 × 8, B is 8 × 8, and C is 16 × 8. With g = lane / 4 and t = lane % 4, a thread holds
// A(g, t), A(g + 8, t), A(g, t + 4), A(g + 8, t + 4); B(t, g), B(t + 4, g); and of C (g, 2t), (g, 2t + 1), (g + 8, 2t),
// (g + 8, 2t + 1).
__device__ __forceinline__ void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// The same with A 16 × 16 and B 16 × 8: a register holds two numbers with neighbouring inner indices, the lower one in
// its low half, so that 2t and 2t + 1 stand for t above, and 2t + 8 and 2t + 9 for t + 4.
__device__ __forceinline__ void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

}  // namespace shapedmat

#endif
