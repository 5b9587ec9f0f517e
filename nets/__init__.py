"""Neural networks on shapedmat: the shapes of every weight and activation are in the types."""
