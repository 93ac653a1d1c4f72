"""The runs of a sweep dealt to jobs that a launcher starts, on this machine or on others."""
