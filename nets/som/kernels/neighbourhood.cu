// The kernel of one neighbourhood function. The host says before this text what it is compiled for:
//
//   Element        float or double
//   Neighbourhood  one of neighbourhoods.cuh

extern "C" __global__ void __launch_bounds__(shapedmat::som::STRENGTH_THREADS)
    strengthen(const Element* apart, long long size, double influence, double least, Element* strengths) {
  shapedmat::som::strengthen<Neighbourhood>(apart, size, influence, least, strengths);
}
