"""The prediction after first steps: measured, fitted, frozen and judged."""
