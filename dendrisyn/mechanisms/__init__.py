"""Mechanisms of a compartment beside synapses: membranes, dendritic spikes, noise."""
