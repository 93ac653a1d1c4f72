"""From a study's records to its answer: tables, sentences, figures and a report, without importing torch."""
