// The kernels of an epoch of batch training, and of a search, for one map. The host says before this text what it is
// compiled for:
//
//   Element        float or double
//   Metric         one of metrics.cuh
//   Distance       the same of distances.cuh
//   Tile           the Tiling of the search, which knows the number of features
//   COMPLETE       whether no feature of any sample is missing
//   SEARCH_BLOCKS  how many blocks of the search a multiprocessor is to have registers for

extern "C" __global__ void __launch_bounds__(shapedmat::som::SEARCH_THREADS, SEARCH_BLOCKS)
    find_units(const Element* samples, const long long* order, long long count, const Element* centre,
               const Element* table, const Element* offsets, long long neurons, Element* best, int* found,
               unsigned* tickets, int* units) {
  shapedmat::som::find_units<Metric, Tile, COMPLETE>(samples, order, count, centre, table, offsets, neurons, best, found,
                                                     tickets, units);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::SUM_THREADS, shapedmat::som::SUM_BLOCKS)
    sum_by_unit(const Element* samples, const long long* order, long long count, const double* weights, const int* units,
                long long part_samples, long long neurons, long long column_slices, double* partial) {
  shapedmat::som::sum_by_unit<Element, Tile::FEATURES, COMPLETE>(samples, order, count, weights, units, part_samples,
                                                                 neurons, column_slices, partial);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::ADD_THREADS)
    add_parts(const double* partial, long long parts, long long size, Element* sums) {
  shapedmat::som::add_parts(partial, parts, size, sums);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::CODEBOOK_THREADS)
    enter_codebook(const Element* codebook, const Element* centre, long long neurons, Element* table, Element* offsets) {
  shapedmat::som::enter_codebook<Metric, Tile>(codebook, centre, neurons, table, offsets);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::CODEBOOK_THREADS)
    move_to_averages(const Element* totals, Element* codebook, const Element* centre, long long neurons, Element* table,
                     Element* offsets) {
  shapedmat::som::move_codebook<Metric, Tile, COMPLETE, false>(totals, 0.0, codebook, centre, neurons, table, offsets);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::CODEBOOK_THREADS)
    move_by_rate(const Element* totals, double rate, Element* codebook, const Element* centre, long long neurons,
                 Element* table, Element* offsets) {
  shapedmat::som::move_codebook<Metric, Tile, COMPLETE, true>(totals, rate, codebook, centre, neurons, table, offsets);
}

extern "C" __global__ void __launch_bounds__(shapedmat::som::DISTANCE_THREADS)
    measure(const Element* samples, long long count, const Element* codebook, const int* units, Element* distances) {
  shapedmat::som::measure<Distance, Tile::FEATURES>(samples, count, codebook, units, distances);
}
