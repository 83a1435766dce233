//! Scorers that ask a model: MLflow's built-in judges, and judges by instructions.
