"""What the harness says of a study's configurations before they are trained, frozen, and judged by their runs."""
