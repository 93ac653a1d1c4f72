"""From a spec to a model: creation method, init scheme and verified weights put together."""
