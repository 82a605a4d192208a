"""Projections: from receptors, weights and rules to the arguments of Synapses."""
