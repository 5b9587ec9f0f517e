// C = A · B for one static shape: the host compiles this file once for each shape, with the sizes as macros.
//
//   ELEMENT                        float or double
//   WIDE_OFFSETS                   1 where an offset into A, B or C may not fit 32 bits
//   ROWS, INNER, COLS              A is ROWS × INNER, B is INNER × COLS, C is ROWS × COLS
//   A_COLUMN_MAJOR, B_COLUMN_MAJOR 1 where consecutive elements of a column are neighbours, 0 where those of a row are
//   A_STRIDE, B_STRIDE             elements from one row (column-major: column) to the next
//   TILE_ROWS, TILE_COLS           the tile of C that one block of threads computes
//   TILE_INNER                     how much of the inner dimension is in shared memory at a time
//   THREAD_ROWS, THREAD_COLS       the part of the tile that one thread keeps in registers
//   PARTS                          into how many parts the inner dimension is cut
//
// Block (x, y) computes tile x of the product over part y of the inner dimension, and writes it to the y-th of PARTS
// row-major matrices C, which the host adds up. Parts give a small C with a long inner dimension enough blocks to keep a
// GPU busy, and unlike atomic additions they give the same sum every time.
//
// The sum of products stays in registers, and shared memory is read as little as a register tile allows: V. Volkov and
// J. W. Demmel, "Benchmarking GPUs to tune dense linear algebra", SC 2008.

namespace {

#if WIDE_OFFSETS
using Offset = long long;
#else
using Offset = int;
#endif

constexpr int THREADS_DOWN = TILE_ROWS / THREAD_ROWS;
constexpr int THREADS_ACROSS = TILE_COLS / THREAD_COLS;
constexpr int THREADS = THREADS_DOWN * THREADS_ACROSS;

constexpr int A_LOADS = TILE_ROWS * TILE_INNER / THREADS;
constexpr int B_LOADS = TILE_COLS * TILE_INNER / THREADS;

constexpr Offset TILES_ACROSS = (Offset(COLS) + TILE_COLS - 1) / TILE_COLS;
constexpr Offset STEPS = (Offset(INNER) + TILE_INNER - 1) / TILE_INNER;
constexpr Offset STEPS_PER_PART = (STEPS + PARTS - 1) / PARTS;

// Shared memory is read up to 16 bytes at a time, the widest access there is.
constexpr int WIDEST = 16 / int(sizeof(ELEMENT));
constexpr int A_WIDTH = THREAD_ROWS < WIDEST ? THREAD_ROWS : WIDEST;
constexpr int B_WIDTH = THREAD_COLS < WIDEST ? THREAD_COLS : WIDEST;

static_assert(TILE_ROWS % THREAD_ROWS == 0 && TILE_COLS % THREAD_COLS == 0, "threads must cover the tile");
static_assert(THREAD_ROWS % A_WIDTH == 0 && THREAD_COLS % B_WIDTH == 0, "packs must cover a thread's part");
static_assert(A_LOADS * THREADS == TILE_ROWS * TILE_INNER, "threads must share the loads of A evenly");
static_assert(B_LOADS * THREADS == TILE_COLS * TILE_INNER, "threads must share the loads of B evenly");
static_assert((PARTS - 1) * STEPS_PER_PART < STEPS, "no part may be empty");

template <int WIDTH>
struct alignas(WIDTH * sizeof(ELEMENT)) Pack {
  ELEMENT element[WIDTH];
};

// A thread's rows are not neighbours: packs of the threads alternate, so that threads side by side read packs side by
// side, and no two of them wait for one bank of shared memory.
template <int WIDTH, int THREADS_ALONG>
__device__ __forceinline__ int place_in_tile(int thread, int index) {
  return (index / WIDTH * THREADS_ALONG + thread) * WIDTH + index % WIDTH;
}

// An element outside the matrix counts as zero, which adds nothing to a sum. Where the tile divides the size, the size
// stands in no comparison and the compiler drops the check.
template <bool COLUMN_MAJOR, bool CHECK_ROW, bool CHECK_COL>
__device__ __forceinline__ ELEMENT read(const ELEMENT* __restrict__ matrix, Offset stride, Offset row, Offset rows,
                                        Offset col, Offset cols) {
  if ((CHECK_ROW && row >= rows) || (CHECK_COL && col >= cols)) {
    return ELEMENT(0);
  }
  return COLUMN_MAJOR ? matrix[col * stride + row] : matrix[row * stride + col];
}

}  // namespace

extern "C" __global__ void __launch_bounds__(THREADS)
    matmul(const ELEMENT* __restrict__ a, const ELEMENT* __restrict__ b, ELEMENT* __restrict__ c) {
  // Two tiles of each operand: while threads multiply out of one, they fill the other, and one barrier a step is enough.
  // The extra pack at the end of each row puts the rows on different banks, for the writes that run down a column.
  __shared__ Pack<A_WIDTH> a_tile[2][TILE_INNER][TILE_ROWS / A_WIDTH + 1];
  __shared__ Pack<B_WIDTH> b_tile[2][TILE_INNER][TILE_COLS / B_WIDTH + 1];

  const int thread = threadIdx.x;
  const int down = thread / THREADS_ACROSS;
  const int across = thread % THREADS_ACROSS;
  const Offset top = Offset(blockIdx.x) / TILES_ACROSS * TILE_ROWS;
  const Offset left = Offset(blockIdx.x) % TILES_ACROSS * TILE_COLS;
  const Offset first = Offset(blockIdx.y) * STEPS_PER_PART;
  const Offset last = first + STEPS_PER_PART < STEPS ? first + STEPS_PER_PART : STEPS;

  ELEMENT sums[THREAD_ROWS][THREAD_COLS] = {};
  ELEMENT a_next[A_LOADS];
  ELEMENT b_next[B_LOADS];

  // Threads side by side read elements that are neighbours in memory, whichever way the operand lies.
  const auto a_row = [&](int load) {
    const int place = load * THREADS + thread;
    return A_COLUMN_MAJOR ? place % TILE_ROWS : place / TILE_INNER;
  };
  const auto a_depth = [&](int load) {
    const int place = load * THREADS + thread;
    return A_COLUMN_MAJOR ? place / TILE_ROWS : place % TILE_INNER;
  };
  const auto b_col = [&](int load) {
    const int place = load * THREADS + thread;
    return B_COLUMN_MAJOR ? place / TILE_INNER : place % TILE_COLS;
  };
  const auto b_depth = [&](int load) {
    const int place = load * THREADS + thread;
    return B_COLUMN_MAJOR ? place % TILE_INNER : place / TILE_COLS;
  };

  const auto fetch = [&](Offset step) {
    const Offset start = step * TILE_INNER;
#pragma unroll
    for (int load = 0; load < A_LOADS; ++load) {
      a_next[load] = read<A_COLUMN_MAJOR, ROWS % TILE_ROWS != 0, INNER % TILE_INNER != 0>(
          a, A_STRIDE, top + a_row(load), ROWS, start + a_depth(load), INNER);
    }
#pragma unroll
    for (int load = 0; load < B_LOADS; ++load) {
      b_next[load] = read<B_COLUMN_MAJOR, INNER % TILE_INNER != 0, COLS % TILE_COLS != 0>(
          b, B_STRIDE, start + b_depth(load), INNER, left + b_col(load), COLS);
    }
  };

  const auto stash = [&](int buffer) {
#pragma unroll
    for (int load = 0; load < A_LOADS; ++load) {
      a_tile[buffer][a_depth(load)][a_row(load) / A_WIDTH].element[a_row(load) % A_WIDTH] = a_next[load];
    }
#pragma unroll
    for (int load = 0; load < B_LOADS; ++load) {
      b_tile[buffer][b_depth(load)][b_col(load) / B_WIDTH].element[b_col(load) % B_WIDTH] = b_next[load];
    }
  };

  const auto multiply = [&](int buffer) {
#pragma unroll
    for (int depth = 0; depth < TILE_INNER; ++depth) {
      Pack<A_WIDTH> a_column[THREAD_ROWS / A_WIDTH];
      Pack<B_WIDTH> b_row[THREAD_COLS / B_WIDTH];
#pragma unroll
      for (int pack = 0; pack < THREAD_ROWS / A_WIDTH; ++pack) {
        a_column[pack] = a_tile[buffer][depth][pack * THREADS_DOWN + down];
      }
#pragma unroll
      for (int pack = 0; pack < THREAD_COLS / B_WIDTH; ++pack) {
        b_row[pack] = b_tile[buffer][depth][pack * THREADS_ACROSS + across];
      }
#pragma unroll
      for (int i = 0; i < THREAD_ROWS; ++i) {
#pragma unroll
        for (int j = 0; j < THREAD_COLS; ++j) {
          sums[i][j] += a_column[i / A_WIDTH].element[i % A_WIDTH] * b_row[j / B_WIDTH].element[j % B_WIDTH];
        }
      }
    }
  };

  fetch(first);
  stash(0);
  __syncthreads();
  int buffer = 0;
  for (Offset step = first; step < last; ++step) {
    // The loads of the next step are under way while this one is multiplied, which hides their latency.
    const bool more = step + 1 < last;
    if (more) {
      fetch(step + 1);
    }
    multiply(buffer);
    if (more) {
      buffer ^= 1;
      stash(buffer);
      __syncthreads();
    }
  }

  ELEMENT* const result = c + Offset(blockIdx.y) * ROWS * COLS;
#pragma unroll
  for (int i = 0; i < THREAD_ROWS; ++i) {
    const Offset row = top + place_in_tile<A_WIDTH, THREADS_DOWN>(down, i);
#pragma unroll
    for (int j = 0; j < THREAD_COLS; ++j) {
      const Offset col = left + place_in_tile<B_WIDTH, THREADS_ACROSS>(across, j);
      if ((ROWS % TILE_ROWS == 0 || row < ROWS) && (COLS % TILE_COLS == 0 || col < COLS)) {
        result[row * COLS + col] = sums[i][j];
      }
    }
  }
}
