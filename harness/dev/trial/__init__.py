"""How good is the audit? Mutations by rule over many architectures, and the core creation methods over all families."""
