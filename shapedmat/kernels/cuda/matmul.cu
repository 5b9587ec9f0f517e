// C = A · B for one static shape by a tiling of product.cuh: a kernel instantiates this with its sizes.

#include "product.cuh"

namespace shapedmat {

constexpr int BAND = 8;

// Block (x, y) sums part y of tile x. Tiles come in bands of a few rows of tiles, so that blocks that run at the same
// time read the same parts of A and B, which then are in the cache.
//
// A is ROWS × INNER and B is INNER × COLS, with strides from one row (Tile::A_IS_DOWN, Tile::B_IS_DOWN: column) to the
// next; C is row-major. `partial` has PARTS * Tile::TILE_SIZE elements for each tile, and `tickets` a zero: only
// PARTS > 1 reads them.
template <class Tile, int PARTS, int ROWS, int INNER, int COLS, long long A_STRIDE, long long B_STRIDE, typename Offset,
          typename Element>
__device__ __forceinline__ void multiply_matrices(const Element* __restrict__ a, const Element* __restrict__ b,
                                                  Element* __restrict__ c, Element* partial, unsigned* tickets) {
  constexpr int DOWN = (ROWS + Tile::ROWS - 1) / Tile::ROWS;
  constexpr int ACROSS = (COLS + Tile::COLS - 1) / Tile::COLS;
  const int tile = int(blockIdx.x);
  const int first = tile / (BAND * ACROSS) * BAND;
  const int height = DOWN - first < BAND ? DOWN - first : BAND;
  const int place = tile % (BAND * ACROSS);
  const int top = (first + place % height) * Tile::ROWS;
  const int left = place / height * Tile::COLS;

  using PackA = Pack<Element, Tile::A_PACK>;
  using PackB = Pack<Element, Tile::B_PACK>;
  const auto load_a = [=](int row, int inner) {
    const Offset line = Tile::A_IS_DOWN ? inner : row;
    return *reinterpret_cast<const PackA*>(a + line * Offset(A_STRIDE) + (Tile::A_IS_DOWN ? row : inner));
  };
  const auto load_b = [=](int inner, int col) {
    const Offset line = Tile::B_IS_DOWN ? col : inner;
    return *reinterpret_cast<const PackB*>(b + line * Offset(B_STRIDE) + (Tile::B_IS_DOWN ? inner : col));
  };
  const auto store = [=](int row, int col, Element sum) { c[Offset(row) * COLS + col] = sum; };

  char* const shared = shared_memory();
  const int thread = int(threadIdx.x);
  if constexpr (PARTS == 1) {
    Tile::multiply(shared, thread, top, left, ROWS, COLS, 0, INNER, load_a, load_b, store);
  } else {
    Element* const sums = partial + (long long)(tile) * PARTS * Tile::TILE_SIZE;
    Tile::template multiply_in_parts<PARTS>(shared, thread, int(blockIdx.y), sums, tickets + tile, top, left, ROWS,
                                            COLS, INNER, load_a, load_b, store);
  }
}

}  // namespace shapedmat
