"""Projections: the arguments of Synapses, made from receptors, weights and rules."""
