"""Compiled loops over samples, for the CPU; the one package here that needs Numba.

Codebooks come transposed, of shape (features, neurons): the loops go over the neurons in the inner dimension, where
vector instructions take several at once, and a missing feature, NaN, is a row that is left out. The neurons are filled
up to a whole number of vectors.
"""
