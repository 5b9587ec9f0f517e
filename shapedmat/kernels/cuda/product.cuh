// A tile of a matrix product by one block of threads: what reads the operands, and what takes the sums, are functions
// of the caller's, so that a product can be fused with what comes before and after it.
//
// The sums stay in registers, and shared memory is read as little as a register tile allows: V. Volkov and
// J. W. Demmel, "Benchmarking GPUs to tune dense linear algebra", SC 2008. The loads of the next stage are under way
// while one is multiplied, and groups of threads share the inner indices of each stage: A. Kerr et al., "CUTLASS: fast
// linear algebra in CUDA C++", NVIDIA 2017.

#pragma once

#include "product_sums.cuh"

namespace shapedmat {

// TILE_ROWS × TILE_COLS sums by TILE_ROWS / THREAD_ROWS · TILE_COLS / THREAD_COLS · SLICES threads. The inner dimension
// comes in stages of TILE_INNER, of which each of SLICES groups of threads sums a part.
//
// `a(row, k)` returns a Pack<Element, A_WIDTH> of elements that follow one another along k or, if A_DOWN, along the
// rows; `b(k, col)` a Pack<Element, B_WIDTH> of those that follow one another along the columns or, if B_DOWN, along k:
// that way in which the operand's elements are neighbours in memory, so that threads side by side read what is side by
// side. They are called only for places inside the product, in steps of the width from the tile's first row and column
// and the first inner index; widths must divide the extents.
//
// `finish(row, col, sum)` is called once for each element of the tile that is inside the product, after all loads of
// the tile, with neighbouring columns for threads side by side.
//
// The order of additions depends on the template's arguments alone: the same product has the same bits every time.
template <typename Math, typename Element, int TILE_ROWS, int TILE_COLS, int TILE_INNER, int THREAD_ROWS,
          int THREAD_COLS, int SLICES, bool A_DOWN, int A_WIDTH, bool B_DOWN, int B_WIDTH>
struct ProductTile {
 private:
  using Sums =
      typename SumsOf<Math, Element, TILE_ROWS, TILE_COLS, TILE_INNER, THREAD_ROWS, THREAD_COLS, SLICES>::Type;
  using Stored = typename Sums::Stored;

  static constexpr int STAGE = Sums::A_SIZE + Sums::B_SIZE;
  static constexpr int STAGES_BYTES = 2 * STAGE * int(sizeof(Stored));
  static constexpr int PIECE_BYTES = SLICES * Sums::PIECE_ROWS * Sums::PIECE_PITCH * int(sizeof(Element));

 public:
  static constexpr int THREADS = Sums::GROUP * SLICES;
  static constexpr int SHARED_BYTES = STAGES_BYTES > PIECE_BYTES ? STAGES_BYTES : PIECE_BYTES;
  static constexpr int ROWS = TILE_ROWS;
  static constexpr int COLS = TILE_COLS;
  static constexpr int TILE_SIZE = TILE_ROWS * TILE_COLS;
  static constexpr bool A_IS_DOWN = A_DOWN;
  static constexpr bool B_IS_DOWN = B_DOWN;
  static constexpr int A_PACK = A_WIDTH;
  static constexpr int B_PACK = B_WIDTH;

 private:
  static_assert((A_DOWN ? TILE_ROWS : TILE_INNER) % A_WIDTH == 0, "packs must cover the lines of A");
  static_assert((B_DOWN ? TILE_INNER : TILE_COLS) % B_WIDTH == 0, "packs must cover the lines of B");
  static_assert(Sums::A_SIZE * int(sizeof(Stored)) % 16 == 0 && STAGE * int(sizeof(Stored)) % 16 == 0,
                "operands must begin where the widest access may");

  struct Place {
    int line;
    int inner;
  };

  // Which of an operand's packs a thread moves. Where shared memory has another order than global memory, threads side
  // by side read one sector of 32 bytes of each line before the next sectors: all of what is moved is used, and what
  // they store lands on different banks.
  template <int LINES, int W, bool ALONG_INNER>
  static __device__ __forceinline__ Place place(int index) {
    constexpr int LENGTH = (ALONG_INNER ? TILE_INNER : LINES) / W;
    constexpr int ACROSS = ALONG_INNER ? LINES : TILE_INNER;
    constexpr int SECTOR = 32 / (W * int(sizeof(Element)));
    constexpr int NEAR = ALONG_INNER == Sums::INNER_CONTIGUOUS || SECTOR > LENGTH || SECTOR == 0 ? LENGTH : SECTOR;
    static_assert(LENGTH % NEAR == 0, "sectors must cover the lines");
    const int along = (index / (NEAR * ACROSS) * NEAR + index % NEAR) * W;
    const int across = index / NEAR % ACROSS;
    return ALONG_INNER ? Place{across, along} : Place{along, across};
  }

  // One thread's part of moving an operand from where `load` finds it to shared memory.
  template <int LINES, int W, bool ALONG_INNER>
  struct Mover {
    static constexpr int PACKS = LINES * TILE_INNER / W;
    static constexpr int LOADS = (PACKS + THREADS - 1) / THREADS;

    Pack<Element, W> packs[LOADS];

    template <class Load>
    __device__ __forceinline__ void fetch(int thread, int first, int line_end, int inner_begin, int inner_end,
                                          Load load) {
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int index = i * THREADS + thread;
        const Place at = place<LINES, W, ALONG_INNER>(index);
        const int line = first + at.line;
        const int inner = inner_begin + at.inner;
        // What is outside the product counts as zero, which adds nothing to a sum.
        packs[i] = Pack<Element, W>{};
        if ((PACKS % THREADS == 0 || index < PACKS) && line < line_end && inner < inner_end) {
          packs[i] = load(line, inner);
        }
      }
    }

    template <class Store>
    __device__ __forceinline__ void stash(int thread, Store store) const {
#pragma unroll
      for (int i = 0; i < LOADS; ++i) {
        const int index = i * THREADS + thread;
        const Place at = place<LINES, W, ALONG_INNER>(index);
        if (PACKS % THREADS == 0 || index < PACKS) {
          store(at.line, at.inner, packs[i]);
        }
      }
    }
  };

  // Sums the products in registers; between its first barrier and its last, all threads are done with shared memory.
  template <class LoadA, class LoadB>
  static __device__ __forceinline__ void add_products(Sums& sums, char* shared, int thread, int top, int left,
                                                      int row_end, int col_end, int inner_begin, int inner_end,
                                                      LoadA a, LoadB b) {
    Stored* const stages = reinterpret_cast<Stored*>(shared);
    const bool working = thread < THREADS;
    Mover<TILE_ROWS, A_WIDTH, !A_DOWN> a_mover;
    Mover<TILE_COLS, B_WIDTH, B_DOWN> b_mover;

    const auto fetch = [&](int begin) {
      a_mover.fetch(thread, top, row_end, begin, inner_end, a);
      b_mover.fetch(thread, left, col_end, begin, inner_end, [&](int col, int inner) { return b(inner, col); });
    };
    const auto stash = [&](Stored* stage) {
      a_mover.stash(thread, [&](int row, int inner, const Pack<Element, A_WIDTH>& pack) {
        Sums::template store_a<!A_DOWN>(stage, row, inner, pack);
      });
      b_mover.stash(thread, [&](int col, int inner, const Pack<Element, B_WIDTH>& pack) {
        Sums::template store_b<B_DOWN>(stage + Sums::A_SIZE, col, inner, pack);
      });
    };

    __syncthreads();
    if (working) {
      fetch(inner_begin);
      stash(stages);
    }
    __syncthreads();
    // While threads multiply out of one of two stages they fill the other, and one barrier a stage is enough.
    int stage = 0;
    for (int begin = inner_begin; begin < inner_end; begin += TILE_INNER) {
      if (working) {
        const bool more = begin + TILE_INNER < inner_end;
        if (more) {
          fetch(begin + TILE_INNER);
        }
        sums.multiply(thread, stages + stage * STAGE, stages + stage * STAGE + Sums::A_SIZE);
        stage ^= 1;
        if (more) {
          stash(stages + stage * STAGE);
        }
      }
      __syncthreads();
    }
  }

  // Calls `take(row, col, sum)` for each element of the tile, counted from the tile's first, the slices added up.
  template <int PIECE, class Take>
  static __device__ __forceinline__ void hand_over(const Sums& sums, char* shared, int thread, Take take) {
    Element* const piece = reinterpret_cast<Element*>(shared);
    const bool working = thread < THREADS;
    if (working) {
      sums.template write_piece<PIECE>(thread, piece);
    }
    __syncthreads();
    if (working) {
#pragma unroll 4
      for (int index = thread; index < Sums::PIECE_ROWS * TILE_COLS; index += THREADS) {
        const int row = index / TILE_COLS;
        const int col = index % TILE_COLS;
        Element sum = piece[row * Sums::PIECE_PITCH + col];
#pragma unroll
        for (int slice = 1; slice < SLICES; ++slice) {
          sum = add(sum, piece[(slice * Sums::PIECE_ROWS + row) * Sums::PIECE_PITCH + col]);
        }
        take(Sums::row_in_tile(PIECE, row), col, sum);
      }
    }
    if constexpr (PIECE + 1 < Sums::PIECES) {
      __syncthreads();
      hand_over<PIECE + 1>(sums, shared, thread, take);
    }
  }

  static __device__ __forceinline__ Element add(Element a, Element b) { return multiply_add(a, Element(1), b); }

 public:
  // The tile whose first row and column are `top` and `left`, summed over the inner indices from `inner_begin` to
  // before `inner_end`. All threads of the block call it, THREADS or more of them, with SHARED_BYTES of shared memory that may
  // be in use until now, and is in use until their next barrier.
  template <class LoadA, class LoadB, class Finish>
  static __device__ __forceinline__ void multiply(char* shared, int thread, int top, int left, int row_end, int col_end,
                                                  int inner_begin, int inner_end, LoadA a, LoadB b, Finish finish) {
    Sums sums;
    add_products(sums, shared, thread, top, left, row_end, col_end, inner_begin, inner_end, a, b);
    hand_over<0>(sums, shared, thread, [&](int row, int col, Element sum) {
      if (top + row < row_end && left + col < col_end) {
        finish(top + row, left + col, sum);
      }
    });
  }

  // The same by PARTS blocks, each of which sums a part of the inner indices, from 0 to before `inner`; whichever comes
  // last adds the parts in their order, and finishes. The tile has PARTS * TILE_SIZE elements of scratch memory and a
  // ticket that is zero, and is so afterwards.
  template <int PARTS, class LoadA, class LoadB, class Finish>
  static __device__ __forceinline__ void multiply_in_parts(char* shared, int thread, int part, Element* partial,
                                                           unsigned* ticket, int top, int left, int row_end,
                                                           int col_end, int inner, LoadA a, LoadB b, Finish finish) {
    const int stages = (inner + TILE_INNER - 1) / TILE_INNER;
    const int length = (stages + PARTS - 1) / PARTS * TILE_INNER;
    const int begin = part * length < inner ? part * length : inner;
    const int end = inner - begin < length ? inner : begin + length;
    Sums sums;
    add_products(sums, shared, thread, top, left, row_end, col_end, begin, end, a, b);
    hand_over<0>(sums, shared, thread, [&](int row, int col, Element sum) {
      partial[part * TILE_SIZE + row * TILE_COLS + col] = sum;
    });
    if (is_last(ticket, PARTS) && thread < THREADS) {
      for (int index = thread; index < TILE_SIZE; index += THREADS) {
        const int row = top + index / TILE_COLS;
        const int col = left + index % TILE_COLS;
        if (row < row_end && col < col_end) {
          Element sum = partial[index];
#pragma unroll 8
          for (int other = 1; other < PARTS; ++other) {
            sum = add(sum, partial[other * TILE_SIZE + index]);
          }
          finish(row, col, sum);
        }
      }
    }
  }
};

}  // namespace shapedmat
