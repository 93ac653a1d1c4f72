"""How a plan is shown: one module, one function of its name."""
