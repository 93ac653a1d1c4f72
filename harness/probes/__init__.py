"""Instruments. They are inert: with probes on or off the trajectory of a run is bitwise the same."""
