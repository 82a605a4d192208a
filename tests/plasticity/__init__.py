"""Rules of long-term plasticity against their definitions, and what they read."""
