//! Scorers that are rules: they ask no model, and cost nothing.
