// How the threads of a block multiply what is in shared memory: with the multiply-add of the element type, each thread
// a small tile of its own, or on tensor cores, each warp.

#pragma once

#include "primitives.cuh"

namespace shapedmat {

// --- how numbers are multiplied --------------------------------------------------------------------------------------

// By the multiply-add of the element type; integers wrap around.
struct FullPrecision {};

// On tensor cores, with operands of 11 significant bits and sums of float; 8 inner indices at a time.
struct TensorFloat32 {
  using Stored = unsigned;

  static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    mma_tf32(c, a, b);
  }

  static __device__ __forceinline__ Stored convert(float x) { return to_tf32(x); }

  // Converts neighbours, and writes them side by side.
  template <int W>
  static __device__ __forceinline__ void store(Stored* place, const Pack<float, W>& pack) {
    Pack<Stored, W> converted;
#pragma unroll
    for (int i = 0; i < W; ++i) {
      converted.element[i] = convert(pack.element[i]);
    }
    *reinterpret_cast<Pack<Stored, W>*>(place) = converted;
  }
};

// On tensor cores, with operands of 8 significant bits and sums of float; 16 inner indices at a time.
struct BFloat16 {
  using Stored = unsigned short;

  static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    mma_bf16(c, a, b);
  }

  static __device__ __forceinline__ Stored convert(float x) { return Stored(to_bf16x2(x, 0.0f)); }

  // Converts neighbours, two by one instruction, and writes them side by side.
  template <int W>
  static __device__ __forceinline__ void store(Stored* place, const Pack<float, W>& pack) {
    if constexpr (W == 1) {
      *place = convert(pack.element[0]);
    } else {
      Pack<unsigned, W / 2> converted;
#pragma unroll
      for (int i = 0; i < W / 2; ++i) {
        converted.element[i] = to_bf16x2(pack.element[2 * i], pack.element[2 * i + 1]);
      }
      *reinterpret_cast<Pack<unsigned, W / 2>*>(place) = converted;
    }
  }
};

template <bool CONDITION, typename Then, typename Else>
struct Either {
  using Type = Then;
};

template <typename Then, typename Else>
struct Either<false, Then, Else> {
  using Type = Else;
};

template <typename T>
__device__ __forceinline__ T multiply_add(T a, T b, T sum) {
  if constexpr (T(1) / T(2) != T(0)) {
    return a * b + sum;
  } else {
    // Signed integers must not overflow in C++, and unsigned ones wrap around.
    using Unsigned = typename Either<sizeof(T) == 8, unsigned long long, unsigned>::Type;
    return T(Unsigned(a) * Unsigned(b) + Unsigned(sum));
  }
}

// --- the sums of a block's threads -----------------------------------------------------------------------------------
//
// Both kinds have the operands of a stage in shared memory their way, and hand the sums over in pieces: a piece is a
// part of the tile's rows, written to shared memory by all threads and read from there in the order of memory.

// Each thread has a tile of THREAD_ROWS × THREAD_COLS; an operand lies as [inner index][row or column].
template <typename Element, int TILE_ROWS, int TILE_COLS, int TILE_INNER, int THREAD_ROWS, int THREAD_COLS, int SLICES>
struct ThreadSums {
  using Stored = Element;

  static constexpr bool INNER_CONTIGUOUS = false;

  static constexpr int WIDEST = 16 / int(sizeof(Element));
  static constexpr int A_PACK = THREAD_ROWS < WIDEST ? THREAD_ROWS : WIDEST;
  static constexpr int B_PACK = THREAD_COLS < WIDEST ? THREAD_COLS : WIDEST;
  static constexpr int THREADS_DOWN = TILE_ROWS / THREAD_ROWS;
  static constexpr int THREADS_ACROSS = TILE_COLS / THREAD_COLS;
  static constexpr int GROUP = THREADS_DOWN * THREADS_ACROSS;

  // What is stored down an operand's lines at once lands on other banks for each of them.
  static constexpr int A_PITCH = TILE_ROWS + WIDEST;
  static constexpr int B_PITCH = TILE_COLS + WIDEST;
  static constexpr int A_SIZE = TILE_INNER * A_PITCH;
  static constexpr int B_SIZE = TILE_INNER * B_PITCH;

  static constexpr int PIECES = THREAD_ROWS / A_PACK;
  static constexpr int PIECE_ROWS = TILE_ROWS / PIECES;
  static constexpr int PIECE_PITCH = TILE_COLS + WIDEST;

  static_assert(TILE_ROWS % THREAD_ROWS == 0 && TILE_COLS % THREAD_COLS == 0, "threads must cover the tile");
  static_assert(THREAD_ROWS % A_PACK == 0 && THREAD_COLS % B_PACK == 0, "packs must cover a thread's tile");
  static_assert(TILE_INNER % SLICES == 0, "slices must share a stage evenly");

  Element sums[THREAD_ROWS][THREAD_COLS] = {};

  template <int PITCH, bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store(Stored* operand, int line, int inner, const Pack<Element, W>& pack) {
    if constexpr (ALONG_INNER) {
#pragma unroll
      for (int i = 0; i < W; ++i) {
        operand[(inner + i) * PITCH + line] = pack.element[i];
      }
    } else {
      *reinterpret_cast<Pack<Element, W>*>(operand + inner * PITCH + line) = pack;
    }
  }

  template <bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store_a(Stored* a, int row, int inner, const Pack<Element, W>& pack) {
    store<A_PITCH, ALONG_INNER>(a, row, inner, pack);
  }

  template <bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store_b(Stored* b, int col, int inner, const Pack<Element, W>& pack) {
    store<B_PITCH, ALONG_INNER>(b, col, inner, pack);
  }

  // A thread's rows are not neighbours: packs of the threads alternate, so that threads side by side read packs side by
  // side, and no two of them wait for one bank of shared memory. So do the inner indices of the slices.
  __device__ __forceinline__ void multiply(int thread, const Stored* a, const Stored* b) {
    const int slice = thread / GROUP;
    const int down = thread % GROUP / THREADS_ACROSS;
    const int across = thread % GROUP % THREADS_ACROSS;
    const Element* const a_start = a + slice * A_PITCH + down * A_PACK;
    const Element* const b_start = b + slice * B_PITCH + across * B_PACK;
#pragma unroll
    for (int inner = 0; inner < TILE_INNER; inner += SLICES) {
      Pack<Element, A_PACK> a_column[THREAD_ROWS / A_PACK];
      Pack<Element, B_PACK> b_row[THREAD_COLS / B_PACK];
#pragma unroll
      for (int pack = 0; pack < THREAD_ROWS / A_PACK; ++pack) {
        a_column[pack] = *reinterpret_cast<const Pack<Element, A_PACK>*>(a_start + inner * A_PITCH +
                                                                          pack * THREADS_DOWN * A_PACK);
      }
#pragma unroll
      for (int pack = 0; pack < THREAD_COLS / B_PACK; ++pack) {
        b_row[pack] = *reinterpret_cast<const Pack<Element, B_PACK>*>(b_start + inner * B_PITCH +
                                                                       pack * THREADS_ACROSS * B_PACK);
      }
#pragma unroll
      for (int i = 0; i < THREAD_ROWS; ++i) {
#pragma unroll
        for (int j = 0; j < THREAD_COLS; ++j) {
          sums[i][j] = multiply_add(a_column[i / A_PACK].element[i % A_PACK], b_row[j / B_PACK].element[j % B_PACK],
                                    sums[i][j]);
        }
      }
    }
  }

  static __device__ __forceinline__ int row_in_tile(int piece, int row) { return piece * PIECE_ROWS + row; }

  template <int PIECE>
  __device__ __forceinline__ void write_piece(int thread, Element* shared) const {
    const int slice = thread / GROUP;
    const int down = thread % GROUP / THREADS_ACROSS;
    const int across = thread % GROUP % THREADS_ACROSS;
    Element* const start = shared + (slice * PIECE_ROWS + down * A_PACK) * PIECE_PITCH + across * B_PACK;
#pragma unroll
    for (int i = 0; i < A_PACK; ++i) {
#pragma unroll
      for (int pack = 0; pack < THREAD_COLS / B_PACK; ++pack) {
        Pack<Element, B_PACK> row;
#pragma unroll
        for (int j = 0; j < B_PACK; ++j) {
          row.element[j] = sums[PIECE * A_PACK + i][pack * B_PACK + j];
        }
        *reinterpret_cast<Pack<Element, B_PACK>*>(start + i * PIECE_PITCH + pack * THREADS_ACROSS * B_PACK) = row;
      }
    }
  }
};

// Each warp has a tile of 8 THREAD_ROWS × 4 THREAD_COLS, in fragments of 16 × 8; an operand lies as
// [row or column][inner index]. What a thread has of a fragment must be in registers side by side, and is read word by
// word into them: wider reads cost more moves between registers than they save.
template <typename Math, int TILE_ROWS, int TILE_COLS, int TILE_INNER, int THREAD_ROWS, int THREAD_COLS, int SLICES>
struct WarpSums {
  using Stored = typename Math::Stored;

  static constexpr bool INNER_CONTIGUOUS = true;

  static constexpr int WARP_ROWS = 8 * THREAD_ROWS;
  static constexpr int WARP_COLS = 4 * THREAD_COLS;
  static constexpr int WARPS_DOWN = TILE_ROWS / WARP_ROWS;
  static constexpr int WARPS_ACROSS = TILE_COLS / WARP_COLS;
  static constexpr int GROUP = WARPS_DOWN * WARPS_ACROSS * WARP;

  // One multiplication of fragments takes 8 words of each line. A pitch of 4 words more than a multiple of 8 puts what
  // a warp reads at once, 4 words of 8 lines, on different banks.
  static constexpr int WORD = 4 / int(sizeof(Stored));
  static constexpr int WORDS = TILE_INNER / WORD;
  static constexpr int STEPS = WORDS / 8;
  static constexpr int PITCH_WORDS = WORDS + 4;
  static constexpr int PITCH = PITCH_WORDS * WORD;
  static constexpr int A_SIZE = TILE_ROWS * PITCH;
  static constexpr int B_SIZE = TILE_COLS * PITCH;

  static constexpr int PIECES = THREAD_ROWS / 2;
  static constexpr int PIECE_ROWS = TILE_ROWS / PIECES;
  static constexpr int PIECE_PITCH = TILE_COLS + 8;

  static_assert(THREAD_ROWS % 2 == 0 && THREAD_COLS % 2 == 0, "fragments must cover a warp's tile");
  static_assert(TILE_ROWS % WARP_ROWS == 0 && TILE_COLS % WARP_COLS == 0, "warps must cover the tile");
  static_assert(WORDS % 8 == 0 && STEPS % SLICES == 0, "slices must share a stage evenly");

  float sums[THREAD_ROWS / 2][THREAD_COLS / 2][4] = {};

  template <bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store(Stored* operand, int line, int inner, const Pack<float, W>& pack) {
    if constexpr (ALONG_INNER) {
      Math::store(operand + line * PITCH + inner, pack);
    } else {
#pragma unroll
      for (int i = 0; i < W; ++i) {
        operand[(line + i) * PITCH + inner] = Math::convert(pack.element[i]);
      }
    }
  }

  template <bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store_a(Stored* a, int row, int inner, const Pack<float, W>& pack) {
    store<ALONG_INNER>(a, row, inner, pack);
  }

  template <bool ALONG_INNER, int W>
  static __device__ __forceinline__ void store_b(Stored* b, int col, int inner, const Pack<float, W>& pack) {
    store<ALONG_INNER>(b, col, inner, pack);
  }

  __device__ __forceinline__ void multiply(int thread, const Stored* a, const Stored* b) {
    const int slice = thread / GROUP;
    const int warp = thread % GROUP / WARP;
    const int group = thread % WARP / 4;
    const int member = thread % 4;
    const int row = warp / WARPS_ACROSS * WARP_ROWS + group;
    const int col = warp % WARPS_ACROSS * WARP_COLS + group;
    const unsigned* const a_start = reinterpret_cast<const unsigned*>(a) + row * PITCH_WORDS + slice * 8 + member;
    const unsigned* const b_start = reinterpret_cast<const unsigned*>(b) + col * PITCH_WORDS + slice * 8 + member;
#pragma unroll
    for (int step = 0; step < STEPS; step += SLICES) {
      unsigned b_fragments[THREAD_COLS / 2][2];
#pragma unroll
      for (int n = 0; n < THREAD_COLS / 2; ++n) {
        const unsigned* const start = b_start + 8 * n * PITCH_WORDS + 8 * step;
        b_fragments[n][0] = start[0];
        b_fragments[n][1] = start[4];
      }
#pragma unroll
      for (int m = 0; m < THREAD_ROWS / 2; ++m) {
        const unsigned* const start = a_start + 16 * m * PITCH_WORDS + 8 * step;
        const unsigned* const lower = start + 8 * PITCH_WORDS;
        const unsigned a_fragment[4] = {start[0], lower[0], start[4], lower[4]};
#pragma unroll
        for (int n = 0; n < THREAD_COLS / 2; ++n) {
          Math::multiply(sums[m][n], a_fragment, b_fragments[n]);
        }
      }
    }
  }

  static __device__ __forceinline__ int row_in_tile(int piece, int row) {
    return row / 16 * WARP_ROWS + piece * 16 + row % 16;
  }

  template <int PIECE>
  __device__ __forceinline__ void write_piece(int thread, float* shared) const {
    const int slice = thread / GROUP;
    const int warp = thread % GROUP / WARP;
    const int row = slice * PIECE_ROWS + warp / WARPS_ACROSS * 16 + thread % WARP / 4;
    const int col = warp % WARPS_ACROSS * WARP_COLS + thread % 4 * 2;
    float* const start = shared + row * PIECE_PITCH + col;
#pragma unroll
    for (int n = 0; n < THREAD_COLS / 2; ++n) {
      const float(&c)[4] = sums[PIECE][n];
      *reinterpret_cast<Pack<float, 2>*>(start + 8 * n) = {{c[0], c[1]}};
      *reinterpret_cast<Pack<float, 2>*>(start + 8 * n + 8 * PIECE_PITCH) = {{c[2], c[3]}};
    }
  }
};

template <typename Math, typename Element, int TILE_ROWS, int TILE_COLS, int TILE_INNER, int THREAD_ROWS,
          int THREAD_COLS, int SLICES>
struct SumsOf {
  using Type = WarpSums<Math, TILE_ROWS, TILE_COLS, TILE_INNER, THREAD_ROWS, THREAD_COLS, SLICES>;
};

template <typename Element, int TILE_ROWS, int TILE_COLS, int TILE_INNER, int THREAD_ROWS, int THREAD_COLS, int SLICES>
struct SumsOf<FullPrecision, Element, TILE_ROWS, TILE_COLS, TILE_INNER, THREAD_ROWS, THREAD_COLS, SLICES> {
  using Type = ThreadSums<Element, TILE_ROWS, TILE_COLS, TILE_INNER, THREAD_ROWS, THREAD_COLS, SLICES>;
};

}  // namespace shapedmat
