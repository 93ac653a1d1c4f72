"""The report: one set of contents, rendered as Markdown and as HTML."""
