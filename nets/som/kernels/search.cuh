// Best matching units: the neuron with the smallest score of each sample, without the scores ever being in memory.
//
// A block has a tile of samples. It goes through the neurons in tiles, and each thread through the features with the
// scores of some samples and some neurons in registers, as in a matrix product (V. Volkov and
// J. W. Demmel, "Benchmarking GPUs to tune dense linear algebra", SC 2008); what is smallest stays in registers, too.
// The features come in stages of nearly equal depth, so that none are filled up; the next stage is on its way from memory
// while one is computed. Samples of few features stay in shared memory.

#pragma once

#include "metrics.cuh"

namespace shapedmat {
namespace som {

constexpr int SEARCH_THREADS = 128;
constexpr int ACROSS = 8;  // threads side by side that share samples, in one warp
constexpr int DOWN = SEARCH_THREADS / ACROSS;

constexpr int DEEPEST = 8;           // features of a stage
constexpr int RESIDENT_BYTES = 256;  // the most of a sample that stays in shared memory

// A number that a function is told as a type.
template <int NUMBER>
struct Constant {
  static constexpr int VALUE = NUMBER;
};

// How a search is shared among the threads of a block, and in which stages it takes the features.
template <typename Elements, int FEATURE_COUNT, int SAMPLES_A_THREAD, int NEURONS_A_THREAD>
struct Tiling {
  using Element = Elements;
  static constexpr int FEATURES = FEATURE_COUNT, THREAD_SAMPLES = SAMPLES_A_THREAD, THREAD_NEURONS = NEURONS_A_THREAD;
  static constexpr int WIDTH = 16 / int(sizeof(Element));
  static constexpr int SAMPLES = DOWN * THREAD_SAMPLES;
  static constexpr int NEURONS = ACROSS * THREAD_NEURONS;
  static constexpr int STAGES = (FEATURES + DEEPEST - 1) / DEEPEST;
  static constexpr int DEPTH = (FEATURES + STAGES - 1) / STAGES;
  static constexpr int LAST_DEPTH = FEATURES - (STAGES - 1) * DEPTH;
  static constexpr int FIRST_HALF = THREAD_NEURONS > WIDTH ? THREAD_NEURONS / WIDTH / 2 * WIDTH : THREAD_NEURONS;
  static constexpr bool IS_RESIDENT = FEATURES * int(sizeof(Element)) <= RESIDENT_BYTES;

  static_assert(LAST_DEPTH > 0, "no stage may be empty");
  static_assert(THREAD_SAMPLES % WIDTH == 0 && THREAD_NEURONS % WIDTH == 0, "packs must cover a thread's tile");

  using Packed = Pack<Element, WIDTH>;

  // Threads side by side have packs side by side.
  static __device__ __forceinline__ int sample(int down, int i) { return (i / WIDTH * DOWN + down) * WIDTH + i % WIDTH; }

  static __device__ __forceinline__ int neuron(int across, int j) {
    return (j / WIDTH * ACROSS + across) * WIDTH + j % WIDTH;
  }
};

// The place of a neuron's entry in the table of all: for each tile of neurons, for each feature, those of the tile.
template <class Tile>
__device__ __forceinline__ long long place_in_table(long long neuron, int feature) {
  return (neuron / Tile::NEURONS * Tile::FEATURES + feature) * Tile::NEURONS + neuron % Tile::NEURONS;
}

// Writes the unit of each of `count` samples: those of the given numbers, or the first ones where `order` is null.
//
// Block (x, y) looks for the nearest to the x-th tile of samples in the y-th part of the neurons. The last one of the
// parts compares what they found, in `best` and `found`, which have a line of `count` for each of them.
template <class Metric, class Tile, bool COMPLETE, typename Element = typename Tile::Element>
__device__ __forceinline__ void find_units(const Element* __restrict__ samples, const long long* __restrict__ order,
                                           long long count, const Element* __restrict__ centre,
                                           const Element* __restrict__ table, const Element* __restrict__ offsets,
                                           long long neurons, Element* best, int* found, unsigned* tickets, int* units) {
  constexpr int FEATURES = Tile::FEATURES, WIDTH = Tile::WIDTH, DEPTH = Tile::DEPTH;
  constexpr int THREAD_SAMPLES = Tile::THREAD_SAMPLES, THREAD_NEURONS = Tile::THREAD_NEURONS;
  using Packed = typename Tile::Packed;

  constexpr int X_ROWS = Tile::IS_RESIDENT ? FEATURES : 2 * DEPTH;
  // The extra pack puts the lines on different banks, for the writes that go across them.
  __shared__ Packed x_tile[X_ROWS][Tile::SAMPLES / WIDTH + 1];
  __shared__ Packed w_tile[2][DEPTH][Tile::NEURONS / WIDTH];

  constexpr int W_PACKS = DEPTH * Tile::NEURONS / WIDTH;
  constexpr int W_LOADS = (W_PACKS + SEARCH_THREADS - 1) / SEARCH_THREADS;
  constexpr int X_LOADS = Tile::IS_RESIDENT ? 1 : DEPTH * Tile::SAMPLES / SEARCH_THREADS;

  const int thread = threadIdx.x;
  const int across = thread % ACROSS, down = thread / ACROSS;
  const long long first = (long long)(blockIdx.x) * Tile::SAMPLES;
  const int here = int(count - first < Tile::SAMPLES ? count - first : Tile::SAMPLES);
  const long long tiles = (neurons + Tile::NEURONS - 1) / Tile::NEURONS;
  const int tile_begin = int(tiles * blockIdx.y / gridDim.y), tile_end = int(tiles * (blockIdx.y + 1) / gridDim.y);

  // Beyond the last sample, and the last feature, stands any number: nothing comes of it.
  const Element* const own_samples = samples + first * FEATURES;
  const auto value = [&](int sample, int feature) {
    const int row = sample < here ? sample : here - 1;
    const int column = FEATURES % DEPTH == 0 || feature < FEATURES ? feature : FEATURES - 1;
    const Element x =
        order == nullptr ? own_samples[row * FEATURES + column] : samples[order[first + row] * FEATURES + column];
    return Metric::CENTRED ? x - centre[column] : x;
  };
  const auto store = [&](int line, int sample, Element x) {
    x_tile[line][sample / WIDTH].element[sample % WIDTH] = x;
  };

  Packed w_next[W_LOADS];
  Element x_next[X_LOADS];
  const auto fetch = [&](int tile, int stage) {
    const auto* const lines =
        reinterpret_cast<const Packed*>(table) + ((long long)(tile) * FEATURES + stage * DEPTH) * (Tile::NEURONS / WIDTH);
    const int packs = (stage + 1 < Tile::STAGES ? DEPTH : Tile::LAST_DEPTH) * (Tile::NEURONS / WIDTH);
#pragma unroll
    for (int load = 0; load < W_LOADS; ++load) {
      if (const int place = load * SEARCH_THREADS + thread; place < packs) {
        w_next[load] = lines[place];
      }
    }
    if constexpr (!Tile::IS_RESIDENT) {
#pragma unroll
      for (int load = 0; load < X_LOADS; ++load) {
        const int place = load * SEARCH_THREADS + thread;
        x_next[load] = value(place / DEPTH, stage * DEPTH + place % DEPTH);
      }
    }
  };
  const auto stash = [&](int buffer) {
#pragma unroll
    for (int load = 0; load < W_LOADS; ++load) {
      if (const int place = load * SEARCH_THREADS + thread; place < W_PACKS) {
        w_tile[buffer][place / (Tile::NEURONS / WIDTH)][place % (Tile::NEURONS / WIDTH)] = w_next[load];
      }
    }
    if constexpr (!Tile::IS_RESIDENT) {
#pragma unroll
      for (int load = 0; load < X_LOADS; ++load) {
        const int place = load * SEARCH_THREADS + thread;
        store(buffer * DEPTH + place % DEPTH, place / DEPTH, x_next[load]);
      }
    }
  };

  typename Metric::Sum sums[THREAD_SAMPLES][THREAD_NEURONS];
  const auto compare = [&](const Packed(*x_lines)[Tile::SAMPLES / WIDTH + 1], const Packed(*w_lines)[Tile::NEURONS / WIDTH],
                           auto depth, auto compared) {
    constexpr int COMPARED = decltype(compared)::VALUE;
#pragma unroll
    for (int k = 0; k < decltype(depth)::VALUE; ++k) {
      Packed x[THREAD_SAMPLES / WIDTH], w[COMPARED / WIDTH];
#pragma unroll
      for (int pack = 0; pack < THREAD_SAMPLES / WIDTH; ++pack) {
        x[pack] = x_lines[k][pack * DOWN + down];
      }
#pragma unroll
      for (int pack = 0; pack < COMPARED / WIDTH; ++pack) {
        w[pack] = w_lines[k][pack * ACROSS + across];
      }
#pragma unroll
      for (int i = 0; i < THREAD_SAMPLES; ++i) {
        const Element given = x[i / WIDTH].element[i % WIDTH];
        const bool known = COMPLETE || given == given;
#pragma unroll
        for (int j = 0; j < COMPARED; ++j) {
          Metric::add(sums[i][j], known ? given : Element(0), Element(known), w[j / WIDTH].element[j % WIDTH]);
        }
      }
    }
  };

  if constexpr (Tile::IS_RESIDENT) {
    for (int place = thread; place < Tile::SAMPLES * FEATURES; place += SEARCH_THREADS) {
      store(place % FEATURES, place / FEATURES, value(place / FEATURES, place % FEATURES));
    }
  }

  Element least[THREAD_SAMPLES];
  int unit[THREAD_SAMPLES];
#pragma unroll
  for (int i = 0; i < THREAD_SAMPLES; ++i) {
    least[i] = math::infinity<Element>();
    unit[i] = 0;
  }

  int buffer = 0;
  fetch(tile_begin, 0);
  stash(0);
  __syncthreads();
  for (int tile = tile_begin; tile < tile_end; ++tile) {
#pragma unroll
    for (int j = 0; j < THREAD_NEURONS; ++j) {
      const Element offset = offsets[(long long)(tile) * Tile::NEURONS + Tile::neuron(across, j)];
#pragma unroll
      for (int i = 0; i < THREAD_SAMPLES; ++i) {
        sums[i][j] = Metric::start(offset);
      }
    }
#pragma unroll 1
    for (int stage = 0; stage < Tile::STAGES; ++stage) {
      const bool is_last_stage = stage + 1 == Tile::STAGES;
      const bool more = !is_last_stage || tile + 1 < tile_end;
      if (more) {
        fetch(is_last_stage ? tile + 1 : tile, is_last_stage ? 0 : stage + 1);
      }
      const auto* const x_lines = &x_tile[Tile::IS_RESIDENT ? stage * DEPTH : buffer * DEPTH];
      const auto compare_with = [&](auto compared) {
        if (DEPTH == Tile::LAST_DEPTH || !is_last_stage) {
          compare(x_lines, w_tile[buffer], Constant<DEPTH>(), compared);
        } else {
          compare(x_lines, w_tile[buffer], Constant<Tile::LAST_DEPTH>(), compared);
        }
      };
      // The offsets of a half that only fills the tile up are infinite: nothing has to be added to them.
      const long long left = neurons - (long long)(tile) * Tile::NEURONS;
      if (Tile::FIRST_HALF == THREAD_NEURONS || left > ACROSS * Tile::FIRST_HALF) {
        compare_with(Constant<THREAD_NEURONS>());
      } else {
        compare_with(Constant<Tile::FIRST_HALF>());
      }
      if (more) {
        buffer ^= 1;
        stash(buffer);
        __syncthreads();
      }
    }
    // Of equal scores the first counts, and one that is not a number never does.
#pragma unroll
    for (int j = 0; j < THREAD_NEURONS; ++j) {
      const int neuron = tile * Tile::NEURONS + Tile::neuron(across, j);
#pragma unroll
      for (int i = 0; i < THREAD_SAMPLES; ++i) {
        const Element score = Metric::score(sums[i][j]);
        if (score < least[i]) {
          least[i] = score;
          unit[i] = neuron;
        }
      }
    }
  }

#pragma unroll
  for (int i = 0; i < THREAD_SAMPLES; ++i) {
#pragma unroll
    for (int step = 1; step < ACROSS; step *= 2) {
      const Element other = shuffle_xor(least[i], step);
      const int others_unit = shuffle_xor(unit[i], step);
      if (other < least[i] || (other == least[i] && others_unit < unit[i])) {
        least[i] = other;
        unit[i] = others_unit;
      }
    }
    const int sample = Tile::sample(down, i);
    if (across == i % ACROSS && sample < here) {
      if (gridDim.y == 1) {
        units[first + sample] = unit[i];
      } else {
        best[blockIdx.y * count + first + sample] = least[i];
        found[blockIdx.y * count + first + sample] = unit[i];
      }
    }
  }
  if (gridDim.y > 1 && is_last(&tickets[blockIdx.x], gridDim.y)) {
    for (int sample = thread; sample < here; sample += SEARCH_THREADS) {
      Element smallest = best[first + sample];
      int nearest = found[first + sample];
      for (unsigned part = 1; part < gridDim.y; ++part) {
        if (const Element other = best[part * count + first + sample]; other < smallest) {
          smallest = other;
          nearest = found[part * count + first + sample];
        }
      }
      units[first + sample] = nearest;
    }
  }
}

}  // namespace som
}  // namespace shapedmat
