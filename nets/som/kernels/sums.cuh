// Sums of samples by their units, in double precision, and in an order that the sizes alone decide.
//
// A block has a part of the samples. It sorts them by unit, in the order that they have; then each warp sums up a run of
// as many sorted samples as the others have, however they are shared among the units. A lane has a column of the sums:
// the features times the sample's weight, and after them the weights themselves, where features are missing for each of
// them. Where a unit's samples are shared by several warps, the sums of these are added in their order.

#pragma once

#include "primitives.cuh"

namespace shapedmat {
namespace som {

constexpr int SUM_THREADS = 512;
constexpr int SUM_BLOCKS = 2;  // that a multiprocessor is to have registers for
constexpr int SUM_WARPS = SUM_THREADS / WARP;
constexpr int SORTED = 4096;        // samples that are sorted at a time
constexpr int UNITS_A_BLOCK = 4096;
constexpr int LANE_COLUMNS = 2;
constexpr int COLUMNS_AT_ONCE = WARP * LANE_COLUMNS;
constexpr int SAMPLES_AT_ONCE = 4;  // that are on their way from memory together

template <int FEATURES, bool COMPLETE>
constexpr int COLUMNS = FEATURES + (COMPLETE ? 1 : FEATURES);

// Compilers know this as one instruction.
__device__ __forceinline__ int count_bits(unsigned bits) {
  bits -= bits >> 1 & 0x55555555u;
  bits = (bits & 0x33333333u) + (bits >> 2 & 0x33333333u);
  return int(((bits + (bits >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24);
}

// Replaces each of some numbers in shared memory by the sum of those before it. All threads of the block call it.
__device__ __forceinline__ void sum_up_before(int* numbers, int size) {
  __shared__ int warp_sums[SUM_WARPS];
  const int thread = threadIdx.x, warp = thread / WARP;
  const int each = (size + SUM_THREADS - 1) / SUM_THREADS;
  const int begin = thread * each < size ? thread * each : size;
  const int end = begin + each < size ? begin + each : size;
  int own = 0;
  for (int i = begin; i < end; ++i) {
    own += numbers[i];
  }
  int until = own;
#pragma unroll
  for (int distance = 1; distance < WARP; distance *= 2) {
    const int before = shuffle(until, lane() < distance ? 0 : lane() - distance);
    until += lane() < distance ? 0 : before;
  }
  if (lane() == WARP - 1) {
    warp_sums[warp] = until;
  }
  __syncthreads();
  int sum = until - own;
  for (int other = 0; other < warp; ++other) {
    sum += warp_sums[other];
  }
  for (int i = begin; i < end; ++i) {
    const int number = numbers[i];
    numbers[i] = sum;
    sum += number;
  }
  __syncthreads();
}

// Sorts samples stably by their units, of which those from first_unit on count: `sorted` gets the places of the samples,
// and `ends` where each unit's end in it. All threads of the block call it.
__device__ __forceinline__ void sort_by_unit(const int* __restrict__ units, int samples, int first_unit, int size,
                                             int* ends, unsigned short* sorted) {
  const int thread = threadIdx.x, warp = thread / WARP;
  for (int unit = thread; unit < size; unit += SUM_THREADS) {
    ends[unit] = 0;
  }
  __syncthreads();
  for (int i = thread; i < samples; i += SUM_THREADS) {
    if (const int unit = units[i] - first_unit; unit >= 0 && unit < size) {
      add_atomically(&ends[unit], 1);
    }
  }
  __syncthreads();
  sum_up_before(ends, size);
  // Each warp places the samples of units of its own, those of one unit at once.
  for (int begin = 0; begin < samples; begin += WARP) {
    const int i = begin + lane();
    const int unit = i < samples ? units[i] - first_unit : -1;
    unsigned waiting = ballot(unit >= 0 && unit < size && unit % SUM_WARPS == warp);
    while (waiting != 0) {
      const int leader = count_bits((waiting & (0u - waiting)) - 1);
      const int placed = shuffle(unit, leader);
      const unsigned same = ballot(unit == placed);
      if (unit == placed) {
        sorted[ends[placed] + count_bits(same & ((1u << lane()) - 1))] = (unsigned short)(i);
      }
      warp_barrier();
      if (lane() == leader) {
        ends[placed] += count_bits(same);
      }
      warp_barrier();
      waiting &= ~same;
    }
  }
  __syncthreads();
}

// Writes the sums of each part of the samples, a matrix of neurons × COLUMNS after the other.
//
// Block (x, y) has part x of `part_samples` samples. Its units are the y-th of the slices of them, and it goes through
// slices of columns from y / slices on.
template <typename Element, int FEATURES, bool COMPLETE>
__device__ __forceinline__ void sum_by_unit(const Element* __restrict__ samples, const long long* __restrict__ order,
                                            long long count, const double* __restrict__ weights,
                                            const int* __restrict__ units, long long part_samples, long long neurons,
                                            long long column_slices, double* partial) {
  constexpr int WIDTH = COLUMNS<FEATURES, COMPLETE>;
  __shared__ int ends[UNITS_A_BLOCK];
  __shared__ unsigned short sorted[SORTED];
  __shared__ double carried[SUM_WARPS][COLUMNS_AT_ONCE];

  const int warp = int(threadIdx.x) / WARP;
  const int first_unit = int(blockIdx.y / column_slices) * UNITS_A_BLOCK;
  const int size = int(neurons - first_unit < UNITS_A_BLOCK ? neurons - first_unit : UNITS_A_BLOCK);
  const int first_slice = int(blockIdx.y % column_slices);
  const long long part_begin = blockIdx.x * part_samples;
  const long long part_end = part_begin + part_samples < count ? part_begin + part_samples : count;
  double* const result = partial + (blockIdx.x * neurons + first_unit) * WIDTH;

  for (long long begin = part_begin; begin < part_end; begin += SORTED) {
    const bool is_first = begin == part_begin;
    sort_by_unit(units + begin, int(part_end - begin < SORTED ? part_end - begin : SORTED), first_unit, size, ends, sorted);
    const int total = ends[size - 1];
    const int run = (total + SUM_WARPS - 1) / SUM_WARPS;
    const int run_begin = warp * run < total ? warp * run : total;
    const int run_end = run_begin + run < total ? run_begin + run : total;

    for (int left = first_slice * COLUMNS_AT_ONCE; left < WIDTH; left += int(column_slices) * COLUMNS_AT_ONCE) {
      const auto value = [&](long long row, int column) {
        if (column >= WIDTH || (COMPLETE && column == FEATURES)) {
          return Element(1);
        }
        const Element x = samples[row * FEATURES + column % FEATURES];
        return COMPLETE || x == x ? (column < FEATURES ? x : Element(1)) : Element(0);
      };
      const auto write = [&](int unit, const double(&sums)[LANE_COLUMNS]) {
#pragma unroll
        for (int l = 0; l < LANE_COLUMNS; ++l) {
          if (const int column = left + l * WARP + lane(); column < WIDTH) {
            double* const place = result + (long long)(unit) * WIDTH + column;
            *place = is_first ? sums[l] : *place + sums[l];
          }
        }
      };
      if (is_first) {
        for (int unit = warp; unit < size; unit += SUM_WARPS) {
          if (ends[unit] == (unit == 0 ? 0 : ends[unit - 1])) {
            write(unit, {});
          }
        }
      }

      int unit = -1;
      double sums[LANE_COLUMNS] = {};
      // What belongs to a unit that an earlier warp begins with is left to that one, which waits for it.
      const auto begins_here = [&] { return (unit == 0 ? 0 : ends[unit - 1]) >= run_begin; };
      const auto finish = [&] {
        if (unit < 0) {
          return;
        }
        if (!begins_here()) {
#pragma unroll
          for (int l = 0; l < LANE_COLUMNS; ++l) {
            carried[warp][l * WARP + lane()] = sums[l];
          }
        } else if (ends[unit] <= run_end) {
          write(unit, sums);
        }
      };
      for (int next = run_begin; next < run_end; next += SAMPLES_AT_ONCE) {
        int unit_of[SAMPLES_AT_ONCE];
        double weight[SAMPLES_AT_ONCE];
        Element values[SAMPLES_AT_ONCE][LANE_COLUMNS];
#pragma unroll
        for (int n = 0; n < SAMPLES_AT_ONCE; ++n) {
          if (next + n < run_end) {
            const long long place = begin + sorted[next + n];
            const long long row = order == nullptr ? place : order[place];
            unit_of[n] = units[place] - first_unit;
            weight[n] = weights[row];
#pragma unroll
            for (int l = 0; l < LANE_COLUMNS; ++l) {
              values[n][l] = value(row, left + l * WARP + lane());
            }
          }
        }
#pragma unroll
        for (int n = 0; n < SAMPLES_AT_ONCE; ++n) {
          if (next + n < run_end) {
            if (unit_of[n] != unit) {
              finish();
              unit = unit_of[n];
#pragma unroll
              for (int l = 0; l < LANE_COLUMNS; ++l) {
                sums[l] = 0;
              }
            }
#pragma unroll
            for (int l = 0; l < LANE_COLUMNS; ++l) {
              sums[l] += weight[n] * double(values[n][l]);
            }
          }
        }
      }
      finish();
      __syncthreads();
      if (unit >= 0 && begins_here() && ends[unit] > run_end) {
        for (int other = warp + 1; other < SUM_WARPS && other * run < ends[unit]; ++other) {
#pragma unroll
          for (int l = 0; l < LANE_COLUMNS; ++l) {
            sums[l] += carried[other][l * WARP + lane()];
          }
        }
        write(unit, sums);
      }
      __syncthreads();
    }
  }
}

constexpr int ADD_THREADS = 256;

// Adds the parts in their order.
template <typename Element>
__device__ __forceinline__ void add_parts(const double* __restrict__ partial, long long parts, long long size,
                                          Element* __restrict__ sums) {
  const long long place = (long long)(blockIdx.x) * ADD_THREADS + threadIdx.x;
  if (place >= size) {
    return;
  }
  double sum = 0;
#pragma unroll 8
  for (long long part = 0; part < parts; ++part) {
    sum += partial[part * size + place];
  }
  sums[place] = Element(sum);
}

}  // namespace som
}  // namespace shapedmat
