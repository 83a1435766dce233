//! Calls of language models, by named endpoint or by MLflow's model URI.
